"""One palette for several pictures, with alpha: exact where the colours are few enough, else the nearest ones merged."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from limner.atlas.pixel_art import merged_points
from limner.atlas.sprites import AtlasError, Pixels

MOST = 256
FINE = 1024  # more colours than this are first thinned to the commonest of those that are almost alike
EYE = np.sqrt([0.3, 0.59, 0.11, 1.0])  # how much a step in red, green, blue and alpha is seen


class Indexed(NamedTuple):
    """Pictures as places in a palette: each (height, width) uint8; the palette (count, 4), straight alpha."""

    pictures: list[NDArray[np.uint8]]
    palette: Pixels


def indexed(pictures: Sequence[Pixels], most: int = MOST) -> Indexed:
    """The pictures on one palette of at most `most` colours. All clear pixels are one colour, black, at place 0 if there are any.

    Raises AtlasError for `most` outside [2, 256].
    """
    if not 2 <= most <= MOST:
        raise AtlasError(f"a palette of {most} colours; use 2 to {MOST}")
    flat = np.concatenate([_cleared(pixels).reshape(-1, 4) for pixels in pictures])
    words, places, counts = np.unique(flat.view("<u4")[:, 0], return_inverse=True, return_counts=True)
    colours = words.astype("<u4")[:, None].view(np.uint8)  # clear black is 0, so it comes first
    kept, target = _reduced(colours, counts, most)
    ends = np.cumsum([pixels.shape[0] * pixels.shape[1] for pixels in pictures])[:-1]
    parts = np.split(target[places.ravel()].astype(np.uint8), ends)
    return Indexed([part.reshape(pixels.shape[:2]) for part, pixels in zip(parts, pictures, strict=True)], kept)


def _cleared(pixels: Pixels) -> Pixels:
    return np.ascontiguousarray(np.where(pixels[..., 3:] > 0, pixels, np.uint8(0)))


def _reduced(colours: Pixels, counts: NDArray[np.int64], most: int) -> tuple[Pixels, NDArray[np.int64]]:
    """The colours that stay, and for each colour the place of the one that stands for it."""
    target = np.arange(len(colours))
    if len(colours) <= most:
        return colours, target
    clear = int(colours[0, 3] == 0)  # transparency stands for nothing else
    target[clear:] = clear + _merged(colours[clear:], counts[clear:], most - clear)
    kept, places = np.unique(target, return_inverse=True)
    return colours[kept], places.ravel()


def _merged(colours: Pixels, counts: NDArray[np.int64], most: int) -> NDArray[np.int64]:
    alpha = colours[:, 3:].astype(np.float64)
    points = np.concatenate([colours[:, :3] * (alpha / 255), alpha], axis=1) * EYE
    leaders = _leaders(points, counts)
    near = np.unique(leaders)
    weights = np.bincount(leaders, counts, minlength=len(colours))[near].astype(np.float64)
    stands = near[merged_points(points[near], weights, most)] if len(near) > most else near
    return stands[np.searchsorted(near, leaders)]


def _leaders(points: NDArray[np.float64], counts: NDArray[np.int64]) -> NDArray[np.int64]:
    """For each point, the commonest of those in its cell; the cells are as small as makes them at most FINE."""
    found = np.arange(len(points))
    size = 4.0
    while len(np.unique(found)) > FINE:
        cells = np.unique((points // size).astype(np.int64), axis=0, return_inverse=True)[1].ravel()
        order = np.lexsort((-counts, cells))
        first = order[np.unique(cells[order], return_index=True)[1]]
        found = first[cells]
        size *= 1.5
    return found
