"""Halving and enlarging fields of floats: every pixel counts by the area it covers."""

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]


def halved(field: Floats) -> Floats:
    """Half the size, rounded down but never below 1, by area: (h, w) or (h, w, channels).

    An odd length n = 2m + 1 gives m pixels of three neighbours each, in the shares of n/m that they cover (no half-pixel shift).
    """
    return _halved(_halved(field, 0), 1)


def _halved(field: Floats, axis: int) -> Floats:
    length = field.shape[axis]
    if length == 1:
        return field
    half = length // 2
    moved = np.moveaxis(field, axis, 0)
    first, second = moved[0 : 2 * half : 2], moved[1 : 2 * half : 2]
    if length % 2 == 0:
        return np.moveaxis((first + second) * np.float32(0.5), 0, axis)
    index = np.arange(half, dtype=np.float32).reshape(-1, *[1] * (field.ndim - 1))
    third = moved[2 : 2 * half + 1 : 2]
    mixed = first * ((half - index) / length) + second * np.float32(half / length) + third * ((index + 1) / length)
    return np.moveaxis(mixed.astype(np.float32), 0, axis)


def enlarged_to(field: Floats, height: int, width: int, wrap_y: bool, wrap_x: bool) -> Floats:
    """Bilinear, pixel centres aligned by area; beyond an edge lies the opposite edge or, without wrap, the edge itself."""
    return _stretched(_stretched(field, height, 0, wrap_y), width, 1, wrap_x)


def _stretched(field: Floats, length: int, axis: int, wrap: bool) -> Floats:
    size = field.shape[axis]
    if size == length:
        return field
    place = (np.arange(length) + 0.5) * (size / length) - 0.5
    low = np.floor(place).astype(np.intp)
    share = (place - low).astype(np.float32)
    share = share[:, None] if axis == 0 else share
    high = low + 1
    low, high = (low % size, high % size) if wrap else (low.clip(0, size - 1), high.clip(0, size - 1))
    near = field.take(low, axis=axis)
    step: Floats = field.take(high, axis=axis)
    step -= near
    step *= share
    step += near
    return step


def padded(field: Floats, reach: int, wrap_y: bool, wrap_x: bool) -> Floats:
    """`reach` pixels more on every side: from the opposite edge, or without wrap the edge's own."""
    tall = np.pad(field, ((reach, reach), (0, 0)), mode="wrap" if wrap_y else "edge")
    return np.pad(tall, ((0, 0), (reach, reach)), mode="wrap" if wrap_x else "edge")
