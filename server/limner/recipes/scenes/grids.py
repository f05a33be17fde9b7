"""Arithmetic on masks over a grid."""

import numpy as np
from numpy.typing import NDArray

Mask = NDArray[np.bool_]
AROUND = ((0, 1), (1, 0), (0, -1), (-1, 0))


def moved(mask: Mask, down: int, right: int, outside: bool = False) -> Mask:
    """The mask shifted; what comes in from beyond the grid is `outside`."""
    height, width = mask.shape
    out = np.full_like(mask, outside)
    out[max(0, down) : height + min(0, down), max(0, right) : width + min(0, right)] = mask[
        max(0, -down) : height + min(0, -down), max(0, -right) : width + min(0, -right)
    ]
    return out


def grown(mask: Mask, steps: int = 1, corners: bool = True) -> Mask:
    """Everything within so many steps; `corners`: diagonal steps count too."""
    out = mask.copy()
    for _ in range(steps):
        wide = out | moved(out, 0, 1) | moved(out, 0, -1)
        out = wide | moved(wide if corners else out, 1, 0) | moved(wide if corners else out, -1, 0)
    return out


def shrunk(mask: Mask, steps: int = 1, edges: bool = True) -> Mask:
    """What is further than so many steps from everything else. `edges`: the grid's border counts as inside."""
    out: Mask = ~grown(~mask if edges else np.pad(~mask, 1, constant_values=True), steps)
    return out if edges else out[1:-1, 1:-1]


def distance(mask: Mask, most: int = 64) -> NDArray[np.int32]:
    """Steps to the nearest true cell, diagonal ones too; 0 inside, `most` where it is that far or further."""
    out = np.where(mask, 0, most).astype(np.int32)
    reached = mask
    for step in range(1, most):
        wider = grown(reached)
        fresh = wider & ~reached
        if not fresh.any():
            break
        out[fresh] = step
        reached = wider
    return out


def components(mask: Mask) -> NDArray[np.int32]:
    """Each connected part (by edges) by a number from 1, in reading order of their first cells; 0 outside."""
    out = np.zeros(mask.shape, np.int32)
    left, number = mask.copy(), 0
    while left.any():
        number += 1
        part = np.zeros_like(mask)
        part.flat[int(left.argmax())] = True
        size = 0
        while (count := int(part.sum())) != size:
            size = count
            for _ in range(8):  # several steps for each count
                part = grown(part, corners=False) & left
        out[part] = number
        left &= ~part
    return out


def sizes(parts: NDArray[np.int32]) -> NDArray[np.int64]:
    """How many cells each part has, by number; 0 for what lies outside."""
    counts = np.bincount(parts.ravel(), minlength=int(parts.max()) + 1)
    counts[0] = 0
    return counts


def largest(mask: Mask) -> Mask:
    """The largest connected part."""
    parts = components(mask)
    return np.asarray((parts == int(sizes(parts).argmax())) & mask, np.bool_)


def without_small(mask: Mask, fewest: int) -> Mask:
    """The mask without parts of fewer cells."""
    parts = components(mask)
    return np.asarray((sizes(parts) >= fewest)[parts] & mask, np.bool_)


def cells_of(corners: Mask) -> Mask:
    """(h + 1, w + 1) corners → (h, w) cells whose four corners are all true."""
    return corners[:-1, :-1] & corners[1:, :-1] & corners[:-1, 1:] & corners[1:, 1:]


def touched(corners: Mask) -> Mask:
    """(h + 1, w + 1) corners → (h, w) cells with any true corner."""
    return corners[:-1, :-1] | corners[1:, :-1] | corners[:-1, 1:] | corners[1:, 1:]


def without_saddles(corners: Mask) -> Mask:
    """Corners where no cell has just two opposite ones: the two are joined."""
    out = corners.copy()
    for _ in range(8):
        a, b, c, d = out[:-1, :-1], out[:-1, 1:], out[1:, :-1], out[1:, 1:]
        falling, rising = a & d & ~b & ~c, b & c & ~a & ~d
        if not (falling.any() or rising.any()):
            break
        out[:-1, 1:] |= falling
        out[:-1, :-1] |= rising
    return out
