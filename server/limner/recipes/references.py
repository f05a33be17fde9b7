"""Given pictures: a reference to start from, a mask of what may change, colours to hold to."""

import io
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from limner.atlas.pixel_art import EYE, Pixels, packed, unpacked
from limner.generators.imagen import Source, premultiplied

Mask = NDArray[np.bool_]  # (height, width), true where the picture may change
MAX_COLOURS = 256


class Reference(NamedTuple):
    """A reference as the user gave it, and what the user wants of it."""

    pixels: Pixels  # (side, side, 4), straight alpha
    mask: Mask | None

    def source(self, size: int) -> Source:
        """At the network's size. A masked pixel of the small picture is one with any masked pixel below it."""
        small = shrunk(self.pixels, size)
        return Source(premultiplied(small), None if self.mask is None else _shrunk_mask(self.mask, size))

    def kept(self, rgba: Pixels) -> Pixels:
        """`rgba` of the reference's size, with the reference's own bytes outside the mask."""
        return rgba if self.mask is None else np.where(self.mask[..., None], rgba, self.pixels)


def decoded(png: bytes) -> Pixels:
    """Any PNG as 8-bit straight-alpha RGBA: 16 bits are rounded down, palettes and greys are looked up."""
    with Image.open(io.BytesIO(png), formats=["PNG"]) as opened:
        if opened.mode.startswith("I"):
            grey = (np.asarray(opened).astype(np.uint32) >> 8).clip(0, 255).astype(np.uint8)
            return np.dstack([grey, grey, grey, np.full_like(grey, 255)])
        return np.asarray(opened.convert("RGBA"))


def mask_of(png: bytes) -> Mask:
    """White, or half of it and more, may change; clear is not white."""
    rgba = decoded(png).astype(np.uint16)
    found: Mask = rgba[..., :3].mean(axis=2) * rgba[..., 3] / 255 >= 128
    return found


def squared(pixels: Pixels, side: int) -> Pixels:
    """The picture centred on clear ground as a square, and that as `side` pixels: whole pixels where the factor is whole."""
    height, width = pixels.shape[:2]
    longest = max(height, width)
    canvas = np.zeros((longest, longest, 4), np.uint8)
    top, left = (longest - height) // 2, (longest - width) // 2
    canvas[top : top + height, left : left + width] = pixels
    if side % longest == 0:
        return canvas.repeat(side // longest, 0).repeat(side // longest, 1)
    return shrunk(canvas, side)


def shrunk(pixels: Pixels, size: int) -> Pixels:
    """`size` × `size` by averaging areas in premultiplied colour; an enlarged picture comes back exactly."""
    side = pixels.shape[0]
    if side % size == 0:
        factor = side // size
        corner = pixels[::factor, ::factor]
        if np.array_equal(corner.repeat(factor, 0).repeat(factor, 1), pixels):
            return np.ascontiguousarray(corner)
    image = Image.fromarray(pixels).convert("RGBa").resize((size, size), Image.Resampling.BOX)
    return np.asarray(image.convert("RGBA"))


def colours_of(png: bytes) -> tuple[int, ...]:
    """The opaque colours of a picture as 0xRRGGBB, the commonest `MAX_COLOURS` of them, in order."""
    rgba = decoded(png)
    values, counts = np.unique(packed(rgba[rgba[..., 3] >= 128]), return_counts=True)
    commonest = values[np.argsort(-counts, kind="stable")[:MAX_COLOURS]]
    return tuple(int(value) for value in np.sort(commonest))


def held_to(rgba: Pixels, colours: tuple[int, ...]) -> Pixels:
    """Every visible pixel in the nearest of `colours` (0xRRGGBB), red, green and blue weighed as the eye does; alpha stays."""
    palette, weight = unpacked(np.array(colours, np.uint32)).astype(np.float64), np.sqrt(EYE)
    pixels = rgba[..., :3].reshape(-1, 3).astype(np.float64)
    distance = np.square((pixels[:, None] - palette[None]) * weight).sum(axis=2)
    out = rgba.copy()
    out[..., :3] = palette[distance.argmin(axis=1)].reshape(*rgba.shape[:2], 3).astype(np.uint8)
    out[rgba[..., 3] == 0] = 0
    return out


def _shrunk_mask(mask: Mask, size: int) -> Mask:
    """(side, side) → (size, size), true where any pixel below is."""
    factor = mask.shape[0] // size
    blocks = mask.reshape(size, factor, size, factor)
    return np.asarray(blocks.any(axis=(1, 3)), np.bool_)
