"""The trained frame network as the files of a model folder: graph, card."""

import hashlib
import json
from pathlib import Path

from limner.training import frame_network
from limner.training.export import export
from limner.training.frames_run import FrameRun
from limner.training.imagen import hardware

MODEL_ID = "frames"
SOURCES = ("puny-world (CC0)", "cc0-3d (CC0)", "superpowers (CC0)", "antumdeluge-icons (CC0)", "0x72-dungeon (CC0)", "luizmelo (CC0)", "makecode-arcade (MIT)", "papyszoo/pixelfrog packs (CC0)")  # fmt: skip


def write(run: FrameRun, data: Path, folder: Path) -> dict[str, object]:
    """Export the averaged network of `run` into `folder`; returns what was measured."""
    folder.mkdir(parents=True, exist_ok=True)
    network = run.ema.cpu().eval()
    inputs, free = frame_network.example_inputs(), frame_network.free_axes()
    error = export(network, inputs, ["scores"], folder / "frames.onnx", "int8", free)
    card = {
        "id": MODEL_ID,
        "title": "Limner frames: a figure in eight directions and its movements",
        "version": "1",
        "licence": "Apache-2.0",
        "files": {"frames.onnx": hashlib.sha256((folder / "frames.onnx").read_bytes()).hexdigest()},
        "parameters": sum(parameter.numel() for parameter in network.parameters()),
        "max_abs_error": error,
        "training_sources": sorted(SOURCES),
        "limits": [
            "Learnt from some two hundred figures: pixel-art people with large heads, rendered heroes and creatures.",
            "Figures of other proportions are turned into figures of these when they are seen from another side.",
            "Drawings of imagen-base are strange to it: it hardly turns them, and the puppet moves them.",
            "Held-out figures are new in name, not always in kind: some are recolourings of training figures, or carry other weapons; the table flatters.",
        ],
        "training": {
            "samples_seen": run.loop.samples,
            "steps": run.loop.step,
            "seconds": round(run.loop.seconds),
            "hardware": hardware(run.device),
            "data_digest": hashlib.sha256((data / "moves.npz").read_bytes()).hexdigest(),
        },
    }
    (folder / "card.json").write_text(json.dumps(card, indent=1, ensure_ascii=False) + "\n")
    return {"max_abs_error": error, "bytes": (folder / "frames.onnx").stat().st_size, "samples": run.loop.samples}


def write_evaluation(folder: Path, rows: dict[str, object]) -> None:
    """Put the table of figures into the card."""
    card = json.loads((folder / "card.json").read_text())
    card["training"]["evaluation"] = rows
    (folder / "card.json").write_text(json.dumps(card, indent=1, ensure_ascii=False) + "\n")
