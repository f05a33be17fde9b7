"""The trained base U-Net as the files of a model folder: graph, card, loss plot."""

import hashlib
import json
from pathlib import Path

from limner.training import dataset, diffusion, imagen, sheets, unet
from limner.training.export import export

MODEL_ID = "imagen-base"


def write(run: imagen.Run, data: Path, folder: Path) -> dict[str, object]:
    """Export the averaged network of `run` into `folder`; returns what was measured."""
    folder.mkdir(parents=True, exist_ok=True)
    network = run.ema.cpu().eval()
    inputs = unet.example_inputs(run.config.size)
    error = export(network, inputs, ["denoised"], folder / "unet.onnx", "int8", unet.free_axes())
    sheets.plot_losses(run.folder / "log.csv", folder / "loss.png")
    card = _card(run, data, folder, error)
    (folder / "card.json").write_text(json.dumps(card, indent=1, ensure_ascii=False) + "\n")
    return {
        "max_abs_error_int8": error,
        "bytes": (folder / "unet.onnx").stat().st_size,
        "samples": run.loop.samples,
    }


def write_evaluation(folder: Path, rows: dict[str, dict[str, float | None]]) -> None:
    """Put the table of figures into the model's card."""
    card = json.loads((folder / "card.json").read_text())
    card["training"]["evaluation"] = rows
    (folder / "card.json").write_text(json.dumps(card, indent=1, ensure_ascii=False) + "\n")


def _card(run: imagen.Run, data: Path, folder: Path, error: float) -> dict[str, object]:
    return {
        "id": MODEL_ID,
        "family": "imagen",
        "title": "Limner base: 32 × 32 sprites from text",
        "version": "1",
        "licence": "Apache-2.0",
        "sizes": [run.config.size],
        "files": {name: hashlib.sha256((folder / name).read_bytes()).hexdigest() for name in ("unet.onnx",)},
        "sigma_data": run.config.sigma_data,
        "sigma_min": 0.03,
        "sigma_max": diffusion.SIGMA_MAX,
        "steps": 14,
        "guidance_scale": 5.0,
        "sampler": "dpmpp-2m",
        "schedule": "karras",
        "kinds": list(dataset.KINDS),
        "styles": list(dataset.STYLES),
        "parameters": sum(parameter.numel() for parameter in run.ema.parameters()),
        "max_abs_error": error,
        "training_sources": sorted(SOURCES),
        "limits": [
            "Briefly trained: figures, walls, potions, swords, lava and dragons are there; cats, castles, chests and other rare things mostly cannot be recognised.",
            "Draws 32 × 32 pictures; larger ones are whole-factor enlargements.",
            "Knows game art: single figures, things and surfaces. Sentences with several actors or positions are not followed.",
            "No text or numbers in pictures, no photographs, no named people.",
        ],
        "training": imagen.record(run, data),
    }


SOURCES = ("dcss-cc0 (CC0)", "crawl-rltiles (CC0)", "antumdeluge-icons (CC0)", "cc0-3d (CC0)", "Kenney packs (CC0)", "papyszoo packs (CC0)", "procgen-cc0 (CC0)", "puny-world (CC0)", "0x72-dungeon (CC0)", "luizmelo (CC0)", "ninja-zelda (CC0)", "superpowers (CC0)", "sbs-textures (CC0)", "ambientCG materials (CC0)", "makecode-arcade (MIT)", "fluent-emoji-flat (MIT)", "noto-emoji (Apache-2.0)", "freedoom (BSD-3-Clause)", "openclipart-pd (public domain)")  # fmt: skip
