"""Make a picture tile: a patch from elsewhere in the picture covers the seam, cut where the two agree best.

One axis at a time: the picture is rolled by half so that the seam lies in the middle, the best-fitting strip of the same
picture is laid over it, and its two borders follow the paths of least difference (Efros & Freeman 2001, image quilting).
With `smooth` the colours on both sides of the cuts then meet by a solve in the gradient domain (Pérez et al. 2003, Poisson
editing, by FFT); without it every pixel stays one of the picture's own, as pixel art wants.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from limner.atlas.seams import premultiplied, straight

SMALLEST = 8  # pixels along an axis; below that there is no room for a patch
TRIES = 192  # about how many strips are compared before the best is looked at closely
Floats = NDArray[np.float32]


class _Patched(NamedTuple):
    """The rolled picture, the strip that covers its middle, and where the strip shows."""

    rolled: Floats  # (h, w, c)
    strip: Floats  # (h, w, c), equal to `rolled` beyond the strip
    shows: NDArray[np.bool_]  # (h, w)


def made_seamless(
    pixels: NDArray[np.uint8], tile_x: bool = True, tile_y: bool = True, smooth: bool = True
) -> NDArray[np.uint8]:
    """The picture, changed near its edges (with `smooth` a little everywhere) so that it tiles along the chosen axes.

    `pixels` (h, w) or (h, w, channels), straight alpha. An axis shorter than 8 pixels stays as it is.
    """
    shown = premultiplied(pixels)
    if tile_x and shown.shape[1] >= SMALLEST:
        shown = _repaired(shown, wraps=False, smooth=smooth)
    if tile_y and shown.shape[0] >= SMALLEST:
        shown = _repaired(shown.swapaxes(0, 1), wraps=tile_x, smooth=smooth).swapaxes(0, 1)
    return straight(shown).reshape(pixels.shape)


def _repaired(shown: Floats, wraps: bool, smooth: bool) -> Floats:
    """The picture without the seam between its last and first column. `wraps`: its rows tile already, and go on tiling."""
    half = shown.shape[1] // 2
    patched = _patched(shown, wraps)
    joined = _blended(patched, wraps) if smooth else np.where(patched.shows[..., None], patched.strip, patched.rolled)
    return np.roll(joined, -half, axis=1)


def _patched(shown: Floats, wraps: bool) -> _Patched:
    height, width = shown.shape[:2]
    band = max(4, width // 4)
    half = width // 2
    rolled = np.roll(shown, half, axis=1)
    start = half - band // 2
    under = rolled[:, start : start + band]
    source = _best_source(shown, under)
    over = shown[:, source : source + band]
    apart = _apart(under, over)  # (h, band)
    cost = apart[:, :-1] + apart[:, 1:]  # of a cut between column j and j + 1
    middle = band // 2 - 1  # the seam itself
    left = _path(cost[:, :middle], wraps)
    right = middle + 1 + _path(cost[:, middle + 1 :], wraps)
    columns = np.arange(band)
    shows = np.zeros((height, width), np.bool_)
    shows[:, start : start + band] = (columns > left[:, None]) & (columns <= right[:, None])
    strip = rolled.copy()
    strip[:, start : start + band] = over
    return _Patched(rolled, strip, shows)


def _best_source(shown: Floats, under: Floats) -> int:
    """The first column of the strip whose best cuts would cost least; coarse first, then every column around the best."""
    last = shown.shape[1] - under.shape[1]
    step = max(1, last // TRIES)
    rows = slice(None, None, step)
    first = min(range(0, last + 1, step), key=lambda column: _misfit(shown[rows], under[rows], column))
    near = range(max(0, first - step + 1), min(last, first + step - 1) + 1)
    return min(near, key=lambda column: _misfit(shown[rows], under[rows], column))


def _misfit(shown: Floats, under: Floats, column: int) -> float:
    """What the cuts cost at least: on each side of the seam the cheapest column of each row."""
    apart = _apart(under, shown[:, column : column + under.shape[1]])
    middle = under.shape[1] // 2
    return float(apart[:, :middle].min(axis=1).sum() + apart[:, middle:].min(axis=1).sum())


def _apart(one: Floats, other: Floats) -> Floats:
    """The squared distance of each pixel's channels."""
    step = one - other
    squares: Floats = np.einsum("hwc,hwc->hw", step, step)
    return squares


def _path(cost: Floats, closed: bool) -> NDArray[np.intp]:
    """For each row the column of the cheapest path from top to bottom that moves a column at most per row.

    A closed path ends within a column of where it began.
    """
    if not closed:
        return _traced(cost)
    middle = len(cost) // 2
    anchor = _traced(np.roll(cost, middle, axis=0))[middle]  # where a path through the wrapped edge crosses it
    fenced = cost.copy()
    fenced[0] = np.inf
    fenced[0, anchor] = cost[0, anchor]
    fenced[-1] = np.where(np.abs(np.arange(cost.shape[1]) - anchor) <= 1, cost[-1], np.inf)
    return _traced(fenced)


def _traced(cost: Floats) -> NDArray[np.intp]:
    """Dynamic programming over the rows."""
    height, width = cost.shape
    total = cost.astype(np.float64)
    for row in range(1, height):
        above = np.pad(total[row - 1], 1, constant_values=np.inf)
        total[row] += np.minimum(np.minimum(above[:-2], above[1:-1]), above[2:])
    path = np.empty(height, np.intp)
    path[-1] = total[-1].argmin()
    for row in range(height - 2, -1, -1):
        first = max(0, path[row + 1] - 1)
        path[row] = first + total[row, first : min(width, path[row + 1] + 2)].argmin()
    return path


def _blended(patched: _Patched, wraps: bool) -> Floats:
    """The picture whose gradients are those of the part that shows; across a cut, the mean of both. The mean colour stays."""
    joined = np.empty_like(patched.rolled)
    for channel in range(joined.shape[2]):  # one at a time: a solve takes many times the memory of what it solves
        rolled, strip = (np.ascontiguousarray(layer[..., channel]) for layer in (patched.rolled, patched.strip))
        across, down = (_gradients(rolled, strip, patched.shows, axis) for axis in (1, 0))
        mean = float(np.where(patched.shows, strip, rolled).mean())
        joined[..., channel] = _solved(across, down, mean) if wraps else _solved_loose(across, down, mean)
    return joined


def _gradients(rolled: Floats, strip: Floats, shows: NDArray[np.bool_], axis: int) -> Floats:
    """The step to the next pixel along an axis, wrapped, (h, w)."""
    here = shows.astype(np.float32)
    share = (here + np.roll(here, -1, axis)) / 2  # of the strip: 0, ½ at a cut, 1
    steps = [np.roll(layer, -1, axis) - layer for layer in (rolled, strip)]
    return ((1 - share) * steps[0] + share * steps[1]).astype(np.float32)


def _solved_loose(across: Floats, down: Floats, mean: float) -> Floats:
    """As `_solved`, but nothing flows over the first and last row: the picture is solved with its mirror image below."""
    down[-1] = 0
    mirrored = np.concatenate([down[:-1], down[-1:], -down[-2::-1], down[-1:]])
    return _solved(np.concatenate([across, across[::-1]]), mirrored, mean)[: len(across)]


def _solved(across: Floats, down: Floats, mean: float) -> Floats:
    """The periodic field (h, w) whose steps are closest to these in the least squares, with this mean."""
    height, width = across.shape
    bend = across - np.roll(across, 1, axis=1)
    bend += down
    bend -= np.roll(down, 1, axis=0)
    spectrum = np.fft.rfft2(bend)
    rows = 2 * np.cos(2 * np.pi * np.arange(height) / height) - 2
    columns = 2 * np.cos(2 * np.pi * np.arange(width // 2 + 1) / width) - 2
    scale = (rows[:, None] + columns).astype(np.float32)
    scale[0, 0] = 1
    spectrum /= scale
    spectrum[0, 0] = mean * (height * width)
    return np.fft.irfft2(spectrum, s=(height, width)).astype(np.float32)
