"""Is a small figure called female or male? A linear judge of its pixels; `limner-train presentation` fits and measures it."""

from __future__ import annotations

import io
import json
from importlib.resources import files
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from PIL import Image

SIDE = 32


class Judge(NamedTuple):
    """Above 0 is female."""

    weight: NDArray[np.float32]  # (4 · SIDE · SIDE,), of premultiplied channels in [−1, 1]
    bias: float
    accuracy: float  # balanced, on training figures of other blocks

    def female(self, png: bytes) -> bool:
        """Whether the picture of a PNG, averaged to SIDE × SIDE, is called female."""
        with Image.open(io.BytesIO(png)) as opened:
            premultiplied = opened.convert("RGBA").convert("RGBa").resize((SIDE, SIDE), Image.Resampling.BOX)
        x = np.asarray(premultiplied, np.float32).transpose(2, 0, 1).reshape(-1) / np.float32(127.5) - 1
        return float(x @ self.weight) + self.bias > 0


def judge() -> Judge:
    """The packaged one."""
    folder = files("limner.client")
    with np.load(io.BytesIO(folder.joinpath("presentation.npz").read_bytes())) as kept:
        weight, bias = kept["weight"], float(kept["bias"])
    figures = json.loads(folder.joinpath("presentation.json").read_text(encoding="utf-8"))
    return Judge(weight, bias, float(figures["balanced_accuracy_other_blocks"]))
