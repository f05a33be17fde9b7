"""Figures seen from other sides, and moved there, by the frame network: any picture in, frames as large as the puppet's out."""

from typing import NamedTuple

import numpy as np

from limner.atlas.pixel_art import clean_pixel_art
from limner.atlas.puppets import MARGIN
from limner.atlas.sprites import AtlasError
from limner.generators.frames import CANVAS, PALETTE, bounds
from limner.recipes.painting import Picture

LARGEST = 40  # pixels of a figure that the network is shown: room is left to reach out
FACTORS = range(16, 0, -1)
BY_PUPPET: frozenset[str] = (
    frozenset()
)  # actions that the puppet moves better than the network, once it has turned the figure


class Small(NamedTuple):
    """A figure as the network takes it, and how many pixels of the picture one of its pixels is high and wide."""

    pixels: Picture
    factor: int


def small(pixels: Picture) -> Small:
    """Pixels of whole blocks become one each; what is still too large is averaged down. Raises AtlasError where nothing shows."""
    factor = next(factor for factor in FACTORS if _blocks(pixels, factor))
    try:
        top, ground, left, right = bounds(pixels)
    except ValueError as error:
        raise AtlasError(str(error)) from error
    factor *= -(-max(ground - top, right - left) // (factor * LARGEST))
    return Small(clean_pixel_art(_averaged(pixels, factor), PALETTE), factor)


def on_canvas(frame: Picture, reduced: Small, pixels: Picture) -> Picture:
    """A frame of the network, enlarged to where `limner.atlas.puppets.figure` puts the figure of `pixels`."""
    _, ground, left, right = bounds(reduced.pixels)
    height, width = pixels.shape[:2]
    margin, factor = max(height, width) // MARGIN, reduced.factor
    x = margin + factor * (left - (CANVAS - (right - left)) // 2)
    y = 2 * margin + factor * (ground - CANVAS)
    return _pasted(frame.repeat(factor, 0).repeat(factor, 1), x, y, height + 2 * margin, width + 2 * margin)


def _pasted(part: Picture, x: int, y: int, height: int, width: int) -> Picture:
    """On clear ground of that size; what lies outside is cut off."""
    canvas = np.zeros((height, width, 4), np.uint8)
    seen = part[max(0, -y) : height - y, max(0, -x) : width - x]
    canvas[max(0, y) : max(0, y) + seen.shape[0], max(0, x) : max(0, x) + seen.shape[1]] = seen
    return canvas


def _blocks(pixels: Picture, factor: int) -> bool:
    """Whether every pixel is a square of `factor` by `factor`."""
    height, width = pixels.shape[:2]
    if height % factor or width % factor:
        return False
    return np.array_equal(pixels[::factor, ::factor].repeat(factor, 0).repeat(factor, 1), pixels)


def _averaged(pixels: Picture, factor: int) -> Picture:
    """Each square of `factor` by `factor` as one pixel, in premultiplied colour; the last ones are filled up with clear ground."""
    height, width = pixels.shape[:2]
    filled = np.pad(pixels, ((0, -height % factor), (0, -width % factor), (0, 0))).astype(np.float64)
    filled[..., :3] *= filled[..., 3:] / 255
    rows, columns = filled.shape[0] // factor, filled.shape[1] // factor
    mean = filled.reshape(rows, factor, columns, factor, 4).mean(axis=(1, 3))
    alpha = mean[..., 3:] / 255
    mean[..., :3] = np.divide(mean[..., :3], alpha, out=np.zeros_like(mean[..., :3]), where=alpha > 0)
    out: Picture = np.round(mean).clip(0, 255).astype(np.uint8)
    return out
