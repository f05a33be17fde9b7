"""Nine-patches: pictures whose middle stretches while corners and borders keep their size."""

import numpy as np
from numpy.typing import NDArray

from limner.atlas.geometry import Size
from limner.atlas.sprites import AtlasError, NinePatch, Pixels, Sprite


def check_nine_patch(sprite: Sprite) -> None:
    """Raise AtlasError for borders that are negative or leave no middle."""
    if sprite.nine_patch is None:
        return
    left, right, top, bottom = sprite.nine_patch
    if min(sprite.nine_patch) < 0 or left + right >= sprite.size.width or top + bottom >= sprite.size.height:
        raise AtlasError(
            f"sprite {sprite.name!r} has borders {tuple(sprite.nine_patch)} on {sprite.size.width} × {sprite.size.height}; "
            "they must not be negative and must leave a middle"
        )


def found_nine_patch(pixels: Pixels) -> NinePatch | None:
    """Borders around the longest runs of equal columns and of equal rows; None where one of them is shorter than 2."""
    columns, rows = _longest_run(pixels.swapaxes(0, 1)), _longest_run(pixels)
    if columns[1] < 2 or rows[1] < 2:
        return None
    height, width = pixels.shape[:2]
    return NinePatch(columns[0], width - sum(columns), rows[0], height - sum(rows))


def stretched(pixels: Pixels, borders: NinePatch, size: Size) -> Pixels:
    """The picture drawn at `size`: corners as they are, the rest repeated or thinned by nearest pixels.

    Raises AtlasError for a size that the borders alone fill.
    """
    height, width = pixels.shape[:2]
    if size.width <= borders.left + borders.right or size.height <= borders.top + borders.bottom:
        raise AtlasError(
            f"{size.width} × {size.height} leaves no middle beside borders {tuple(borders)}; make it larger"
        )
    rows = _sources(height, borders.top, borders.bottom, size.height)
    columns = _sources(width, borders.left, borders.right, size.width)
    return pixels[rows[:, None], columns]


def _sources(length: int, first: int, last: int, wanted: int) -> NDArray[np.int64]:
    """For each pixel of the wanted length, the pixel that it shows."""
    middle, room = length - first - last, wanted - first - last
    inner = first + (np.arange(room) * 2 + 1) * middle // (2 * room)
    return np.concatenate([np.arange(first), inner, np.arange(length - last, length)])


def _longest_run(lines: Pixels) -> tuple[int, int]:
    """Where the longest run of equal lines begins, and how many they are; the first of equal ones."""
    changes = np.flatnonzero((lines[1:] != lines[:-1]).any(axis=(1, 2))) + 1
    edges = np.concatenate([[0], changes, [len(lines)]])
    lengths = np.diff(edges)
    longest = int(lengths.argmax())
    return int(edges[longest]), int(lengths[longest])
