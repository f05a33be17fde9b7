"""Filters at the border: where a picture tiles they look across to the other side, elsewhere the border repeats."""

from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from limner.atlas.colour import Floats

Kind = TypeVar("Kind", bound=np.generic)


def padded(values: NDArray[Kind], by: int, tile_x: bool, tile_y: bool) -> NDArray[Kind]:
    """(h, w, …) to (h + 2 by, w + 2 by, …)."""
    rest = [(0, 0)] * (values.ndim - 2)
    wide = np.pad(values, [(0, 0), (by, by), *rest], mode="wrap" if tile_x else "edge")
    return np.pad(wide, [(by, by), (0, 0), *rest], mode="wrap" if tile_y else "edge")


def box_blurred(values: Floats, tile_x: bool, tile_y: bool) -> Floats:
    """The mean of 5 × 5 pixels, (h, w)."""
    wide = padded(values, 2, tile_x, tile_y)
    pairs = wide[:-1] + wide[1:]
    down = pairs[:-3] + pairs[2:-1]
    down += wide[4:]
    pairs = down[:, :-1] + down[:, 1:]
    across = pairs[:, :-3] + pairs[:, 2:-1]
    across += down[:, 4:]
    across *= np.float32(1 / 25)
    return across


def gaussian_blurred(values: Floats, sigma: float, tile_x: bool, tile_y: bool) -> Floats:
    """A Gaussian of any width, (h, w), by Fourier transform; where the picture does not tile it is mirrored first."""
    height, width = values.shape
    whole = values if tile_x else np.concatenate([values, values[:, ::-1]], axis=1)
    whole = whole if tile_y else np.concatenate([whole, whole[::-1]], axis=0)
    down, across = np.fft.fftfreq(whole.shape[0]), np.fft.rfftfreq(whole.shape[1])
    gains = [np.exp(-2 * (np.pi * sigma * frequency) ** 2).astype(np.float32) for frequency in (down, across)]
    spectrum = np.fft.rfft2(whole) * gains[0][:, None] * gains[1][None]
    return np.fft.irfft2(spectrum, s=whole.shape)[:height, :width].astype(np.float32)
