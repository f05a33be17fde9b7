"""Turns what a network painted into pixel art: pure steps, each harmless when done twice."""

import numpy as np
from numpy.typing import NDArray

Pixels = NDArray[np.uint8]  # (height, width, 4), straight alpha
ALPHA_THRESHOLD = 128
MAX_COLOURS = 24
FINE = 200  # more colours than this are first thinned to one for each sixteenth of red, green and blue


def clean_pixel_art(rgba: Pixels, max_colours: int = MAX_COLOURS) -> Pixels:
    """Binary alpha, no stray pixels, few colours."""
    return snapped(without_orphans(binary_alpha(rgba)), max_colours)


def binary_alpha(rgba: Pixels, threshold: int = ALPHA_THRESHOLD) -> Pixels:
    """Every pixel wholly opaque, or clear and black."""
    return np.where(rgba[..., 3:] >= threshold, rgba | np.array([0, 0, 0, 255], np.uint8), np.uint8(0)).astype(np.uint8)


def without_orphans(rgba: Pixels) -> Pixels:
    """Opaque pixels that touch no other, even at a corner, become clear; a picture of nothing else stays as it is."""
    opaque = np.pad(rgba[..., 3] > 0, 1)
    height, width = rgba.shape[:2]
    shifts = [(y, x) for y in range(3) for x in range(3) if (y, x) != (1, 1)]
    touched = np.any([opaque[y : y + height, x : x + width] for y, x in shifts], axis=0)
    kept = opaque[1:-1, 1:-1] & touched
    return np.where(kept[..., None], rgba, np.uint8(0)).astype(np.uint8) if kept.any() else rgba


def snapped(rgba: Pixels, max_colours: int) -> Pixels:
    """At most `max_colours` opaque colours: the nearest two are merged, the rarer into the commoner, until they fit."""
    opaque = rgba[..., 3] > 0
    colours, places, counts = np.unique(rgba[opaque][:, :3], axis=0, return_inverse=True, return_counts=True)
    if len(colours) <= max_colours:
        return rgba
    target = _coarse(colours, counts) if len(colours) > FINE else np.arange(len(colours))
    kept = np.unique(target)
    target = kept[
        merged(colours[kept].astype(np.float64), np.bincount(target, counts).astype(np.float64)[kept], max_colours)[
            np.searchsorted(kept, target)
        ]
    ]
    out = rgba.copy()
    out[opaque, :3] = colours[target][places.ravel()]
    return out


def _coarse(colours: Pixels, counts: NDArray[np.int64]) -> NDArray[np.int64]:
    """For each colour, the commonest of those that share its upper four bits."""
    bucket = (colours >> 4).astype(np.int64) @ np.array([256, 16, 1])
    order = np.lexsort((-counts, bucket))
    first = np.unique(bucket[order], return_index=True)[1]
    leaders = order[first]
    found: NDArray[np.int64] = leaders[np.searchsorted(bucket[leaders], bucket)]
    return found


def merged(colours: NDArray[np.float64], counts: NDArray[np.float64], max_colours: int) -> NDArray[np.int64]:
    """For each colour, the colour that stands for it. Distance weighs red, green and blue as the eye does."""
    return merged_points(colours * np.sqrt([0.3, 0.59, 0.11]), counts, max_colours)


def merged_points(points: NDArray[np.float64], counts: NDArray[np.float64], most: int) -> NDArray[np.int64]:
    """For each point (count, dimensions), the one that stands for it once the nearest two were merged until `most` are left."""
    distance = np.square(points[:, None] - points[None]).sum(axis=-1)
    np.fill_diagonal(distance, np.inf)
    target, weight = np.arange(len(points)), counts.copy()
    nearest = distance.argmin(axis=1)
    gap = distance[target, nearest]  # of each colour to its nearest: a scan of these, not of all pairs, for each merger
    for _ in range(len(points) - most):
        one = int(gap.argmin())
        other = int(nearest[one])
        gone, stays = (one, other) if weight[one] < weight[other] else (other, one)
        target[target == gone] = stays
        weight[stays] += weight[gone]
        distance[gone, :] = distance[:, gone] = gap[gone] = np.inf
        widowed = np.flatnonzero(nearest == gone)
        nearest[widowed] = distance[widowed].argmin(axis=1)
        gap[widowed] = distance[widowed, nearest[widowed]]
    return target
