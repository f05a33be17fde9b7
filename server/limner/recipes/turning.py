"""Figures seen from other sides, and moved there, by the frame network: any picture in, frames as large as the puppet's out."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from limner.atlas.pixel_art import clean_pixel_art
from limner.atlas.puppets import MARGIN
from limner.atlas.sprites import AtlasError
from limner.generators.frames import CANVAS, PALETTE, bounds, placed
from limner.recipes.painting import Picture

LARGEST = 40  # pixels of a figure that the network is shown: room is left to reach out
FACTORS = range(16, 0, -1)
# Error of the network's own drawing of a figure at rest, above which it is strange to the network. Figures like those that it learnt from have
# less: all held-out ones up to 0.096, 95 % of the training ones up to 0.087.
KNOWN = 0.1


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


def known(frame: Picture, reduced: Small) -> bool:
    """Whether the network can draw the figure as it stands, southwards: if not, its movements are not to be trusted either.

    `frame` is what it drew. On held-out figures it errs by up to 0.096, on the generator's own drawings by 0.11 to 0.18.
    """
    drawn, true = (_premultiplied(picture) for picture in (frame, placed(reduced.pixels)))
    shown = (drawn[..., 3] > 0) | (true[..., 3] > 0)
    return bool(np.abs(drawn - true).mean(axis=-1)[shown].mean() <= KNOWN)


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


def _premultiplied(pixels: Picture) -> NDArray[np.float32]:
    alpha = pixels[..., 3:].astype(np.float32) / 255
    return np.concatenate([pixels[..., :3] / np.float32(255) * alpha, alpha], axis=-1)


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
