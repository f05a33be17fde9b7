"""The trained joint embedding as the files of a model folder: one graph a tower, and a card."""

import hashlib
import json
from pathlib import Path

import torch
from torch import nn

from limner.training import dataset, sheets
from limner.training.export import export
from limner.training.imagen import hardware
from limner.training.joint import Joint
from limner.training.joint_run import MAX_SCALE, JointRun, retrieval

MODEL_ID = "joint"


def write(run: JointRun, folder: Path) -> dict[str, object]:
    """Export the averaged towers of `run` into `folder`; returns what was measured."""
    towers = run.ema.cpu().eval()
    errors = export_towers(towers, folder)
    figures = retrieval(towers, run.data)
    sheets.plot_losses(run.loop.folder / "log.csv", folder / "loss.png", "contrastive + content + kind loss")
    card = {
        "id": MODEL_ID,
        "title": "Limner joint embedding of pictures and sentences",
        "version": "1",
        "licence": "Apache-2.0",
        "size": towers.config.size,
        "embedding": towers.config.embedding,
        "scale": float(towers.log_scale.detach().exp().clamp(max=MAX_SCALE)),
        "kinds": list(dataset.KINDS),
        "files": digests(folder),
        "max_abs_error": errors,
        "parameters": sum(parameter.numel() for parameter in towers.parameters()),
        "retrieval_among_100": figures,
        "training": {
            "samples_seen": run.loop.samples,
            "steps": run.loop.step,
            "seconds": round(run.loop.seconds),
            "hardware": hardware(run.device),
            "data_digest": dataset.digest(run.data),
        },
    }
    (folder / "card.json").write_text(json.dumps(card, indent=1, ensure_ascii=False) + "\n")
    return {**figures, **errors}


def export_towers(towers: Joint, folder: Path) -> dict[str, float]:
    """Write both graphs; returns the largest absolute difference of each to torch."""
    folder.mkdir(parents=True, exist_ok=True)
    generator = torch.Generator().manual_seed(0)
    config = towers.config
    mask = torch.ones(2, 12, dtype=torch.bool)
    mask[1, 7:] = False
    text = {
        "tokens": torch.randn(2, 12, config.token_features, generator=generator) * mask[..., None],
        "token_mask": mask,
        "pooled": nn.functional.normalize(torch.randn(2, config.pooled_features, generator=generator)),
    }
    free = {name: {0: "n"} for name in (*text, "embedding", "kind")}
    free["tokens"][1] = free["token_mask"][1] = "length"
    picture = {"x": torch.randn(2, 4, config.size, config.size, generator=generator)}
    image_free = {"x": {0: "n"}, "embedding": {0: "n"}}
    return {
        "image.onnx": export(towers.image, picture, ["embedding"], folder / "image.onnx", "int8", image_free),
        "text.onnx": export(towers.text, text, ["embedding", "kind"], folder / "text.onnx", "float16", free),
    }


def digests(folder: Path) -> dict[str, str]:
    """sha256 of both graphs."""
    return {name: hashlib.sha256((folder / name).read_bytes()).hexdigest() for name in ("image.onnx", "text.onnx")}
