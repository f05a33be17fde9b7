"""Mipmaps: each level half the size of the one before, averaged as light, clear pixels without a say."""

from enum import Enum, auto
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from limner.atlas.colour import Floats, to_bytes, to_light, to_srgb
from limner.atlas.sprites import AtlasError


class Content(Enum):
    """What the numbers of a map mean, which decides how they are averaged."""

    COLOUR = auto()  # sRGB, (h, w, 3) or (h, w, 4) with straight alpha
    NORMAL = auto()  # unit vectors, (h, w, 3)
    LINEAR = auto()  # each channel a number of its own: (h, w) or (h, w, channels)


class MipOptions(NamedTuple):
    """`alpha_cutoff` in (0, 255]: keep the share of pixels at least that opaque, so that leaves do not thin out far away."""

    content: Content = Content.COLOUR
    alpha_cutoff: int | None = None


PICTURE = MipOptions()


def mip_chain(pixels: NDArray[np.uint8], options: MipOptions = PICTURE) -> list[NDArray[np.uint8]]:
    """All levels, from the picture itself down to 1 × 1; of odd sides the half is rounded down.

    Every level is made from the unrounded one before it. Raises AtlasError for a picture without pixels.
    """
    if 0 in pixels.shape[:2]:
        raise AtlasError(f"a map is {pixels.shape[1]} × {pixels.shape[0]}; give it pixels")
    levels, values = [pixels], _averageable(pixels, options.content)
    coverage = _coverage(pixels, options)
    while max(values.shape[:2]) > 1:
        values = _halved(_halved(values).swapaxes(0, 1)).swapaxes(0, 1)
        level = _finished(values, options.content).reshape(values.shape[:2] + pixels.shape[2:])
        levels.append(_covered(level, coverage, options.alpha_cutoff or 0) if coverage else level)
    return levels


def _halved(values: Floats) -> Floats:
    """Half as many rows. Three rows share out an odd number evenly (Guthe and Heckbert 2005), so that no row weighs more."""
    rows = values.shape[0]
    half = rows // 2
    if rows == 1:
        return values
    if rows % 2 == 0:
        return (values[0::2] + values[1::2]) * np.float32(0.5)
    place = np.arange(half, dtype=np.float32).reshape(-1, *[1] * (values.ndim - 1))
    total = (half - place) * values[0:-1:2] + half * values[1::2] + (place + 1) * values[2::2]
    return total * np.float32(1 / rows)


def _averageable(pixels: NDArray[np.uint8], content: Content) -> Floats:
    if content is Content.NORMAL:
        return pixels.astype(np.float32) * np.float32(2 / 255) - np.float32(1)
    if content is Content.LINEAR:
        return np.atleast_3d(pixels).astype(np.float32) * np.float32(1 / 255)
    light = to_light(pixels)
    if pixels.shape[-1] == 4:
        light[..., 3] = pixels[..., 3] * np.float32(1 / 255)
        light[..., :3] *= light[..., 3:]
    return light


def _finished(values: Floats, content: Content) -> NDArray[np.uint8]:
    if content is Content.NORMAL:
        length = np.sqrt(np.square(values).sum(axis=-1, keepdims=True))
        straight = np.array([0, 0, 1], np.float32)  # opposite vectors cancel out: then none is better than straight up
        return to_bytes(np.where(length > 1e-3, values / np.maximum(length, 1e-3), straight) * 0.5 + 0.5)
    if content is Content.LINEAR:
        return to_bytes(values)
    if values.shape[-1] != 4:
        return to_srgb(values)
    alpha = values[..., 3:]
    colour = to_srgb(values[..., :3] / np.maximum(alpha, 1e-6))
    return np.concatenate([colour, to_bytes(alpha)], axis=-1)


def _coverage(pixels: NDArray[np.uint8], options: MipOptions) -> float:
    """The share of pixels that pass the cutoff; 0 where nobody asks."""
    if options.alpha_cutoff is None or pixels.ndim != 3 or pixels.shape[2] != 4:
        return 0.0
    return float((pixels[..., 3] >= options.alpha_cutoff).mean())


def _covered(level: NDArray[np.uint8], coverage: float, cutoff: int) -> NDArray[np.uint8]:
    """The alpha scaled so that the same share passes, as near as whole pixels allow (Castaño 2010)."""
    alpha = level[..., 3]
    passing = round(coverage * alpha.size)
    if passing == 0:
        return level
    faintest = int(np.sort(alpha, axis=None)[-passing])  # the last that has to pass
    if faintest == 0:
        return level
    scaled = np.minimum(255, np.ceil(alpha.astype(np.float64) * cutoff / faintest - 1e-9))
    return np.dstack([level[..., :3], scaled.astype(np.uint8)])
