"""Turns what a network painted into pixel art: pure steps, each harmless when done twice."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

Pixels = NDArray[np.uint8]  # (height, width, 4), straight alpha
ALPHA_THRESHOLD = 128
MAX_COLOURS = 24
EYE = np.array([30, 59, 11], np.float32)  # how much the eye minds a difference of red, green and blue
FAR = np.float32(2**40)  # further than any two colours
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
    """At most `max_colours` opaque colours: near ones are merged, the rarer into the commoner, until they fit."""
    opaque = rgba[..., 3] > 0
    values, places, counts = np.unique(packed(rgba[opaque]), return_inverse=True, return_counts=True)
    if len(values) <= max_colours:
        return rgba
    colours = unpacked(values)
    target = _coarse(colours, counts) if len(colours) > FINE else np.arange(len(colours))
    kept, index = np.unique(target, return_inverse=True)
    weight = np.bincount(index, counts).astype(np.int64)
    target = kept[merged(colours[kept], weight, max_colours)[index]]
    out = rgba.copy()
    out[opaque, :3] = colours[target][places.ravel()]
    return out


def packed(pixels: Pixels) -> NDArray[np.uint32]:
    """(n, ≥ 3) → 0xRRGGBB (n,)."""
    red, green, blue = (pixels[:, channel].astype(np.uint32) for channel in range(3))
    return (red << np.uint32(16)) | (green << np.uint32(8)) | blue


def unpacked(values: NDArray[np.uint32]) -> Pixels:
    """0xRRGGBB (n,) → (n, 3)."""
    return np.stack([values >> 16, (values >> 8) & 255, values & 255], axis=1).astype(np.uint8)


def _coarse(colours: Pixels, counts: NDArray[np.int64]) -> NDArray[np.int64]:
    """For each colour, the commonest of those that share its upper four bits."""
    bucket = (colours >> 4).astype(np.int64) @ np.array([256, 16, 1])
    order = np.lexsort((-counts, bucket))
    first = np.unique(bucket[order], return_index=True)[1]
    leaders = order[first]
    found: NDArray[np.int64] = leaders[np.searchsorted(bucket[leaders], bucket)]
    return found


def merged(colours: Pixels, counts: NDArray[np.int64], max_colours: int) -> NDArray[np.int64]:
    """For each of the colours (n, 3), which one stands for it; `max_colours` are left.

    Distances weigh red, green and blue as the eye does, in whole numbers: the same on every machine.
    """
    return _reduced(_distances(colours), counts, max_colours)


def merged_points(points: NDArray[np.float64], counts: NDArray[np.float64], most: int) -> NDArray[np.int64]:
    """For each point (count, dimensions), the one that stands for it once near ones were merged until `most` are left."""
    distance = np.square(points[:, None] - points[None]).sum(axis=-1)
    np.fill_diagonal(distance, FAR)
    return _reduced(distance, counts, most)


def _reduced(distance: NDArray[Any], counts: NDArray[Any], most: int) -> NDArray[np.int64]:
    """Round by round, those that are each other's nearest become one, the nearer half of such pairs at a time."""
    target, alive, weight = np.arange(len(counts)), np.arange(len(counts)), counts.copy()
    while len(alive) > most:
        gone, stays = _pairs(distance, weight, len(alive) - most)
        step = np.arange(len(alive))
        step[gone] = stays
        np.add.at(weight, stays, weight[gone])
        position = np.zeros(len(counts), np.int64)
        position[alive] = step
        target = alive[position[target]]
        left = np.flatnonzero(step == np.arange(len(alive)))
        alive, weight, distance = alive[left], weight[left], distance[np.ix_(left, left)]
    return target


def _distances(colours: Pixels) -> NDArray[np.float32]:
    """Of all pairs (n, n), `FAR` from each to itself. Whole numbers below 2²⁴, so exact in float32.

    No matrix product: its library wakes a thread for each core, and they wait for cores that draw.
    """
    distance = np.zeros((len(colours), len(colours)), np.float32)
    for channel, weight in zip(colours.T.astype(np.float32), EYE, strict=True):
        difference = channel[:, None] - channel[None]
        difference *= difference
        difference *= weight
        distance += difference
    np.fill_diagonal(distance, FAR)
    return distance


def _pairs(distance: NDArray[Any], weight: NDArray[Any], most: int) -> tuple[NDArray[np.int64], ...]:
    """The rarer and the commoner of the pairs to merge: the nearer half of those that are each other's nearest."""
    nearest = distance.argmin(axis=1)
    one = np.flatnonzero((nearest[nearest] == np.arange(len(nearest))) & (np.arange(len(nearest)) < nearest))
    one = one[np.argsort(distance[one, nearest[one]], kind="stable")][: min(most, (len(one) + 1) // 2)]
    other = nearest[one]
    rarer = weight[one] < weight[other]
    return np.where(rarer, one, other), np.where(rarer, other, one)
