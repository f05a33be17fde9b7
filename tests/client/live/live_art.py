"""Small pictures in a folder, and a feed that looks when the test says so."""

import io
from pathlib import Path

import numpy as np
from PIL import Image

from limner.client.live import Folder, Live

NEVER_S = 3600.0


def png(width: int, height: int, seed: int, *, opaque: bool = False) -> bytes:
    """Noise in all four channels, or three: every mistake in order or blending shows."""
    pixels = np.random.default_rng(seed).integers(0, 256, (height, width, 4), dtype=np.uint8)
    if opaque:
        pixels[..., 3] = 255
    target = io.BytesIO()
    Image.fromarray(pixels).save(target, "PNG")
    return target.getvalue()


def rgba(content: bytes) -> bytes:
    return Image.open(io.BytesIO(content)).convert("RGBA").tobytes()


class Looked(Live):
    """Looks only in `frame`, which is what a frame of the game would see after a look of the thread."""

    def __init__(self, folder: Path) -> None:
        self.folder = Folder(folder, every_s=NEVER_S)
        self.told: list[str] = []
        super().__init__(self.folder, tell=self.told.append)

    def frame(self) -> list[str]:
        self.folder.look(self)
        return self.poll()
