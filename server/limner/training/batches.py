"""Packed arrays to training batches: sampled by weight, augmented, conditions dropped at random."""

import json
import math
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image
from torch import Tensor

from limner.generators.imagen import premultiplied
from limner.generators.request import KINDS, STYLES
from limner.training.features import Features

WHOLE_PIXELS = (STYLES.index("pixel") + 1,)  # styles that would blur
FILLED = tuple(KINDS.index(kind) + 1 for kind in ("tile", "texture", "background"))  # kinds that reach their edges

TURNED = 0.4  # share of the smooth pictures that are turned and scaled
DROP_TEXT, DROP_TOKENS, DROP_POOLED, DROP_KIND, DROP_STYLE = 0.1, 0.15, 0.05, 0.3, 0.3


@dataclass(frozen=True, slots=True)
class Batch:
    """x0 (n, 4, S, S) premultiplied RGBA in [−1, 1], and the conditions as the U-Net takes them."""

    x0: Tensor
    tokens: Tensor
    token_mask: Tensor
    pooled: Tensor
    kind: Tensor
    style: Tensor
    caption: Tensor  # the caption's number: equal numbers, equal words

    def to(self, device: torch.device) -> "Batch":
        return Batch(*(getattr(self, name).to(device, non_blocking=True) for name in Batch.__slots__))

    @property
    def condition(self) -> tuple[Tensor, Tensor, Tensor, Tensor, Tensor]:
        return self.tokens, self.token_mask, self.pooled, self.kind, self.style


class Batches:
    """An endless source of batches; its state is the random generator alone."""

    def __init__(self, folder: Path, length: int, seed: int, held_out: bool = False, dropping: bool = True) -> None:
        rows = np.load(folder / "rows.npz")
        keep = np.flatnonzero(rows["held_out"] == held_out)
        self.pictures = np.load(folder / "pictures.npy", mmap_mode="r")
        self.features = Features(folder, length)
        self.rows = {name: rows[name][keep] for name in ("kind", "style", "flip", "first", "count")}
        self.numbers = keep
        self.caption_ids = rows["caption_ids"]
        self.texts: list[str] = json.loads((folder / "captions.json").read_text())
        self.weight = rows["weight"][keep] / rows["weight"][keep].sum()
        self.rng = np.random.default_rng(seed)
        self.dropping = dropping  # of conditions, which guidance needs

    def next(self, size: int) -> Batch:
        """A batch drawn by weight and augmented."""
        picked = self.rng.choice(len(self.numbers), size, p=self.weight)
        captions = self.caption_ids[self.rows["first"][picked] + self.rng.integers(self.rows["count"][picked])]
        pictures = self._augmented(self.pictures[self.numbers[picked]], self.rows["flip"][picked])
        smooth = ~np.isin(self.rows["style"][picked], WHOLE_PIXELS) & ~np.isin(self.rows["kind"][picked], FILLED)
        self._turn(pictures, smooth & (self.rng.random(size) < TURNED))
        return self._batch(pictures, captions, self.rows["kind"][picked], self.rows["style"][picked])

    def these(self, rows: NDArray[np.int64], captions: NDArray[np.int64]) -> Batch:
        """Chosen pictures as they are, with chosen captions."""
        pictures = self.pictures[self.numbers[rows]]
        return self._batch(pictures, captions, self.rows["kind"][rows], self.rows["style"][rows])

    def captioned(self, language: str) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Every row that has a caption in `language`, "english" or "chinese", and its first such caption."""
        chinese = language == "chinese"
        rows, captions = [], []
        for row, (first, count) in enumerate(zip(self.rows["first"], self.rows["count"], strict=True)):
            fitting = [c for c in self.caption_ids[first : first + count] if (not self.texts[c].isascii()) == chinese]
            if fitting:
                rows.append(row)
                captions.append(int(fitting[0]))
        return np.array(rows, np.int64), np.array(captions, np.int64)

    def _batch(
        self,
        pictures: NDArray[np.uint8],
        captions: NDArray[np.int64],
        kind: NDArray[np.int64],
        style: NDArray[np.int64],
    ) -> Batch:
        tokens, mask, pooled = self.features(captions)
        if self.dropping:
            self._drop(tokens, mask, pooled)
            kind = np.where(self.rng.random(len(kind)) < DROP_KIND, 0, kind)
            style = np.where(self.rng.random(len(style)) < DROP_STYLE, 0, style)
        arrays = (premultiplied(pictures), tokens, mask, pooled, kind, style, captions)
        return Batch(*(torch.from_numpy(np.ascontiguousarray(array)) for array in arrays))

    def _drop(self, tokens: NDArray[np.float32], mask: NDArray[np.bool_], pooled: NDArray[np.float32]) -> None:
        """Classifier-free guidance needs nothing at all; other languages lean on the sentence vector alone."""
        draw = self.rng.random(len(tokens))
        nothing = draw < DROP_TEXT
        no_tokens = nothing | ((draw >= DROP_TEXT) & (draw < DROP_TEXT + DROP_TOKENS))
        no_pooled = nothing | (draw >= 1 - DROP_POOLED)
        tokens[no_tokens], mask[no_tokens], pooled[no_pooled] = 0, False, 0

    def _turn(self, pictures: NDArray[np.uint8], rows: NDArray[np.bool_]) -> None:
        """A few degrees around and a little larger or smaller, in premultiplied colour; whole-pixel art would blur."""
        for row in np.flatnonzero(rows):
            degrees, scale = self.rng.uniform(-8, 8), self.rng.uniform(0.88, 1.04)
            pictures[row] = turned(pictures[row], float(degrees), float(scale))

    def _augmented(self, pictures: NDArray[np.uint8], flip: NDArray[np.bool_]) -> NDArray[np.uint8]:
        """Mirrored where the words allow it, moved by a pixel, a little brighter or darker in each channel."""
        out = np.array(pictures)
        mirrored = flip & (self.rng.random(len(out)) < 0.5)
        out[mirrored] = out[mirrored, :, ::-1]
        for row, (dy, dx) in enumerate(self.rng.integers(-1, 2, (len(out), 2))):
            out[row] = np.roll(out[row], (int(dy), int(dx)), axis=(0, 1))
        gain = self.rng.uniform(0.92, 1.06, (len(out), 1, 1, 3))
        out[..., :3] = np.clip(out[..., :3] * gain, 0, 255).astype(np.uint8)
        return out


def turned(picture: NDArray[np.uint8], degrees: float, scale: float) -> NDArray[np.uint8]:
    """(h, w, 4) turned counter-clockwise and scaled about its middle; what comes in from outside is clear."""
    height, width = picture.shape[:2]
    cos, sin = math.cos(math.radians(degrees)) / scale, math.sin(math.radians(degrees)) / scale
    x, y = width / 2, height / 2  # the middle, where pixel (0, 0) covers 0 to 1
    where = (cos, -sin, x - cos * x + sin * y, sin, cos, y - sin * x - cos * y)
    image = Image.fromarray(picture).convert("RGBa")
    moved = image.transform((width, height), Image.Transform.AFFINE, where, Image.Resampling.BILINEAR)
    return np.asarray(moved.convert("RGBA"))
