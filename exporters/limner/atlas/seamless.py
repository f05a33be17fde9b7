"""Whether a picture tiles, and making it tile: in x, in y or in both."""

from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from limner.atlas.cutting import cheapest_path
from limner.atlas.sprites import AtlasError, Pixels

Repair = Literal["cut", "level", "both"]
Floats = NDArray[np.float64]
QUIET = 0.25  # levels of 255 added to both sides of the ratio: a flat picture has no seam
FEATHER = 3  # pixels over which a cut is blended where new colours are allowed
SMALLEST = 8  # pixels along an axis below which there is nothing to cut


class Seams(NamedTuple):
    """How much more the picture changes across its wrapped border than between neighbours inside: 1 is no seam."""

    x: float  # from the right border to the left
    y: float  # from the bottom to the top

    @property
    def worst(self) -> float:
        return max(self)


def seams(pixels: NDArray[np.uint8]) -> Seams:
    """The seams of a map, (h, w) or (h, w, channels); the fourth channel is alpha, and what is clear has no colour."""
    values = _seen(pixels)
    return Seams(_seam(np.moveaxis(values, 1, 0)), _seam(values))


def _seam(values: Floats) -> float:
    inside = float(np.abs(np.diff(values, axis=0)).mean()) if len(values) > 1 else 0.0
    return (float(np.abs(values[0] - values[-1]).mean()) + QUIET) / (inside + QUIET)


def made_seamless(pixels: Pixels, tile_x: bool = True, tile_y: bool = True, repair: Repair = "both") -> Pixels:
    """The picture with borders that meet; its middle stays where it is.

    `cut` lays a strip from the middle of the picture over the border, along the two lines where it differs least from what lies there
    (a minimum-cut seam: Efros and Freeman 2001): it makes no new colour, so it suits pixel art. `level` takes away the smooth part
    of the picture that jumps at the border (Moisan 2011, periodic plus smooth decomposition): it suits uneven light.
    `both` levels, then cuts with a soft edge. Raises AtlasError for a picture with a side below 8 pixels where it has to be cut.
    """
    if repair not in ("cut", "level", "both"):
        raise AtlasError(f"repair {repair!r} is unknown; use cut, level or both")
    height, width = pixels.shape[:2]
    if repair != "level" and ((tile_x and width < SMALLEST) or (tile_y and height < SMALLEST)):
        raise AtlasError(
            f"{width} × {height} is too small to cut a seam; give at least {SMALLEST} pixels, or use level"
        )
    values = _seen(pixels) if repair != "cut" else pixels.astype(np.float64)
    if repair != "cut":
        values = _levelled(values, tile_x, tile_y)
    if repair != "level":
        feather = 0 if repair == "cut" else FEATHER
        if tile_x:
            values = _patched(values.swapaxes(0, 1), feather, closed=False).swapaxes(0, 1)
        if tile_y:
            values = _patched(values, feather, closed=tile_x)
    return values.astype(np.uint8) if repair == "cut" else _unseen(values)


def _patched(values: Floats, feather: int, closed: bool) -> Floats:
    """Rows 0 and -1 meet. `values` is (length, across, …); `closed` where the two ends of the cut must meet as well."""
    length, across = values.shape[:2]
    half, reach = length // 2, max(2, length // 6)
    rolled = np.roll(
        values, half, axis=0
    )  # its border is whole, the seam lies before row `half`; in `values` that place is whole
    cost = np.square(rolled - values).sum(axis=-1)
    before = (
        half - 1 - cheapest_path(cost[half - reach : half][::-1].T, closed)
    )  # the last row above the seam that stays
    after = half + cheapest_path(cost[half : half + reach].T, closed)  # and the first below
    rows = np.arange(length)[:, None]
    inside = np.minimum(rows - before[None], after[None] - rows).astype(np.float64)  # 0 on the lines
    share = np.clip(inside / (feather + 1), 0, 1) if feather else (inside > 0).astype(np.float64)
    share[half - 1 : half + 1] = 1  # where the seam lies nothing of it may show
    return np.roll(rolled + (values - rolled) * share[..., None].reshape(length, across, 1), -half, axis=0)


def _levelled(values: Floats, tile_x: bool, tile_y: bool) -> Floats:
    """The periodic part along the axes that tile: the jump at the border, solved for the smoothest surface that has it."""
    jump = np.zeros_like(values)
    if tile_x:
        step = values[:, -1] - values[:, 0]
        jump[:, 0] += step
        jump[:, -1] -= step
    if tile_y:
        step = values[-1] - values[0]
        jump[0] += step
        jump[-1] -= step
    spectrum = np.fft.rfft2(jump, axes=(0, 1))
    down = np.cos(2 * np.pi * np.fft.fftfreq(values.shape[0]))[:, None, None]
    right = np.cos(2 * np.pi * np.fft.rfftfreq(values.shape[1]))[None, :, None]
    divisor = 2 * (down + right) - 4  # the Laplacian of a periodic picture
    divisor[0, 0] = 1
    spectrum /= divisor
    spectrum[0, 0] = 0
    smooth: Floats = np.fft.irfft2(spectrum, s=values.shape[:2], axes=(0, 1))
    return values - smooth


def _seen(pixels: NDArray[np.uint8]) -> Floats:
    """(h, w, channels), colours weighed by their alpha."""
    values = np.atleast_3d(pixels).astype(np.float64)
    if values.shape[2] == 4:
        values[..., :3] *= values[..., 3:] / 255
    return values


def _unseen(values: Floats) -> Pixels:
    """Bytes with straight alpha from what `_seen` gives."""
    values = np.clip(values, 0, 255)
    if values.shape[2] == 4:
        values[..., :3] = np.minimum(255, values[..., :3] * 255 / np.maximum(values[..., 3:], 1))
    return np.rint(values).astype(np.uint8)
