"""What a picture looks like in 48 bytes, whatever its place, its mirror image and most of its colours.

Two planes of 8 × 8: shade (luminance against the figure's own mean, where it is opaque) in 4 bits, and cover (alpha) in 2.
Pictures are moved so that the centre of what is opaque lies in the middle.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float32]
Pictures = NDArray[np.uint8]  # (n, 32, 32, 4), straight alpha
SIDE, CELLS = 32, 8
CELL = SIDE // CELLS
BYTES = CELLS * CELLS * 6 // 8
LUMINANCE = np.array([0.299, 0.587, 0.114], np.float32)  # Rec. 601
SHADE_SHARE = 0.6  # of the likeness; the rest is the outline's
SHADE_LEAST, COVER_LEAST = 0.01, 0.02  # root mean squares under which a plane says nothing
STEPS = 1  # pixels that a query may lie off, each way


class Planes(NamedTuple):
    """Shade (n, 64) in [−1, 1] and cover (n, 64) in [0, 1]."""

    shade: Array
    cover: Array


def planes(pictures: Pictures, steps: int = 0) -> Planes:
    """The planes of pictures, each `(2 steps + 1)²` times where `steps` moves it: rows of one picture follow one another."""
    whole = _centred(pictures, steps)  # (n, 2, 32 + 2 steps, …)
    count, ways = len(pictures), 2 * steps + 1
    sums = np.zeros((count, 2, whole.shape[2] + 1, whole.shape[3] + 1), np.float32)
    sums[:, :, 1:, 1:] = whole.cumsum(axis=2, dtype=np.float32).cumsum(axis=3, dtype=np.float32)
    edges = np.arange(ways)[:, None] + CELL * np.arange(CELLS + 1)  # (ways, 9)
    rows = sums[:, :, edges, :]
    rows = rows[:, :, :, 1:] - rows[:, :, :, :-1]  # (n, 2, ways, 8, W)
    cells = rows[..., edges]
    cells = (cells[..., 1:] - cells[..., :-1]) / (CELL * CELL)  # (n, 2, ways, 8, ways, 8)
    flat = cells.transpose(1, 0, 2, 4, 3, 5).reshape(2, count * ways * ways, CELLS * CELLS)
    return Planes(flat[0], flat[1])


def _centred(pictures: Pictures, pad: int) -> Array:
    """Shade and cover pixel by pixel, (n, 2, 32 + 2 pad, …), around the centre of what is opaque; nothing outside."""
    unit = pictures.astype(np.float32) / np.float32(255)
    alpha = unit[..., 3]
    luminance = unit[..., :3] @ LUMINANCE
    whole = np.maximum(alpha.sum(axis=(1, 2)), 1e-6)
    mean = (luminance * alpha).sum(axis=(1, 2)) / whole
    both = np.stack([(luminance - mean[:, None, None]) * alpha, alpha], axis=1)
    middle = np.arange(SIDE, dtype=np.float32) + 0.5
    high = np.round((alpha.sum(axis=2) @ middle) / whole).astype(np.int64) - SIDE // 2
    left = np.round((alpha.sum(axis=1) @ middle) / whole).astype(np.int64) - SIDE // 2
    room = np.pad(both, ((0, 0), (0, 0), (SIDE, SIDE), (SIDE, SIDE)))
    span = np.arange(SIDE - pad, 2 * SIDE + pad)
    rows, columns = high[:, None] + span, left[:, None] + span
    picture, plane = np.arange(len(pictures))[:, None, None, None], np.arange(2)[:, None, None]
    found: Array = room[picture, plane, rows[:, None, :, None], columns[:, None, None, :]]
    return found


def compared(one: Planes) -> Array:
    """Rows (n, 128) of length 1 whose products are likenesses: 1 is the same. Length 0 for a picture that says nothing."""
    cover = one.cover - one.cover.mean(axis=1, keepdims=True)
    shade_size = np.linalg.norm(one.shade, axis=1, keepdims=True)
    cover_size = np.linalg.norm(cover, axis=1, keepdims=True)
    shaded, shaped = shade_size > SHADE_LEAST * CELLS, cover_size > COVER_LEAST * CELLS
    share = np.where(shaded & shaped, SHADE_SHARE, shaded.astype(np.float32))
    rest = np.where(shaded & shaped, 1 - SHADE_SHARE, shaped.astype(np.float32))
    parts = [
        np.sqrt(share) * one.shade / np.maximum(shade_size, 1e-6),
        np.sqrt(rest) * cover / np.maximum(cover_size, 1e-6),
    ]
    return np.concatenate(parts, axis=1).astype(np.float32)


def plain(one: Planes) -> NDArray[np.bool_]:
    """(n,): one colour inside its outline. Such pictures are like many others, and copies of none."""
    found: NDArray[np.bool_] = np.linalg.norm(one.shade, axis=1) <= SHADE_LEAST * CELLS
    return found


def packed(one: Planes) -> NDArray[np.uint8]:
    """(n, 48): the shade against its own largest value in 4 bits, then the cover in 2."""
    most = np.maximum(np.abs(one.shade).max(axis=1, keepdims=True), 1e-6)
    faint = np.linalg.norm(one.shade, axis=1, keepdims=True) <= SHADE_LEAST * CELLS
    shade = np.where(faint, 0, np.round(one.shade / most * 7)).astype(np.int8) + 7
    cover = np.round(one.cover * 3).astype(np.uint8)
    shade_bits = (shade[:, ::2].astype(np.uint8) << 4) | shade[:, 1::2].astype(np.uint8)
    cover_bits = cover[:, ::4] << 6 | cover[:, 1::4] << 4 | cover[:, 2::4] << 2 | cover[:, 3::4]
    return np.concatenate([shade_bits, cover_bits], axis=1)


def unpacked(rows: NDArray[np.uint8]) -> Planes:
    """What `packed` kept; the shade in units of its largest value."""
    first, second = rows[:, : CELLS * CELLS // 2], rows[:, CELLS * CELLS // 2 :]
    shade = np.stack([first >> 4, first & 15], axis=2).reshape(len(rows), CELLS * CELLS).astype(np.float32)
    cover = np.stack([second >> 6, second >> 4 & 3, second >> 2 & 3, second & 3], axis=2).reshape(
        len(rows), CELLS * CELLS
    )
    return Planes((shade - 7) / np.float32(7), cover.astype(np.float32) / np.float32(3))


def hashed(one: Planes) -> NDArray[np.uint64]:
    """(n, 2): a bit for each cell that is lighter than the figure, and for each that is covered."""
    most = np.maximum(np.abs(one.shade).max(axis=1, keepdims=True), 1e-6)
    bits = np.concatenate([one.shade > 0.15 * most, one.cover >= 0.5], axis=1)
    words: NDArray[np.uint64] = np.packbits(bits, axis=1).view(np.uint64)
    return words
