"""The shape of a surface from its height: normals, ambient occlusion, roughness. Every filter wraps where the surface tiles.

A height is (h, w) float32 in [0, 1]; `depth` is how many pixels high 1 stands. Maps are uint8.
"""

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from limner.atlas.resampling import Floats, padded

Green = Literal["opengl", "directx"]  # whether green points up or down in the picture
Map = NDArray[np.uint8]
REACH = (1, 2, 3, 4, 6, 8, 12, 16)  # how far ambient occlusion looks, in pixels
STEPS, GREATEST = 64, 16000  # of heights in whole numbers: steps a pixel at most, and the greatest number
WINDOW = 2  # pixels to each side over which roughness looks for detail


@dataclass(frozen=True, slots=True, kw_only=True)
class Relief:
    """How a height is read."""

    depth: float = 8.0  # pixels from the lowest height to the highest
    tile_x: bool = True
    tile_y: bool = True
    green: Green = "opengl"
    occlusion: float = 1.0  # strength of ambient occlusion, in [0, 1]
    roughness: float = 0.7  # of a flat surface in the middle of the height, in [0, 1]


def normal_map(height: Floats, relief: Relief) -> Map:
    """Unit normals (h, w, 3), 128 for 0: x right, y up (down for DirectX), z out of the surface.

    The slope is Scharr's: (-1, 0, 1) / 2 along, (3, 10, 3) / 16 across, which is exact on a ramp.
    """
    rows, columns = height.shape
    around = padded(height, 1, relief.tile_y, relief.tile_x)
    scale = np.float32(relief.depth / 32)
    x = _smoothed(around, 0)
    x = (x[:, :-2] - x[:, 2:]) * scale  # the surface leans away from where it rises
    y = _smoothed(around, 1)
    y = (y[2:] - y[:-2]) * scale  # rows count down, y points up
    if relief.green == "directx":
        np.negative(y, out=y)
    length = x * x
    length += y * y
    length += 1
    np.sqrt(length, out=length)
    np.divide(np.float32(127.5), length, out=length)
    out = np.empty((rows, columns, 3), np.uint8)
    for channel, part in enumerate((x, y)):
        part *= length
        part += 128
        np.copyto(out[..., channel], part, casting="unsafe")
    length += 128
    np.copyto(out[..., 2], length.clip(0, 255, out=length), casting="unsafe")
    return out


def _smoothed(around: Floats, axis: int) -> Floats:
    """(3, 10, 3) along an axis; two pixels fewer there."""
    before, here, after = (
        (around[:-2], around[1:-1], around[2:]) if axis == 0 else (around[:, :-2], around[:, 1:-1], around[:, 2:])
    )
    total = before + after
    total *= 3
    total += here * np.float32(10)
    return total


def ambient_occlusion(height: Floats, relief: Relief) -> Map:
    """How much of the sky each pixel sees (h, w): 255 on a flat surface or a peak, less in pits and beside walls.

    Horizon-based (Max 1988; Bavoil & Sainz 2008) in eight directions: with t the steepest rise among eight pixels up to 16 steps
    away, 1 / (1 + t²) of the cosine-weighted light comes in. Whole-number arithmetic: four times as many pixels at once.
    """
    rows, columns = height.shape
    fixed = min(STEPS, GREATEST / max(relief.depth, 1))  # steps a pixel of height; differences stay within 16 bits
    around = padded(height, REACH[-1], relief.tile_y, relief.tile_x) * np.float32(relief.depth * fixed)
    level = np.rint(around).astype(np.int16)
    sky = np.zeros((rows, columns), np.float32)
    for down, right in ((0, 1), (1, 1), (1, 0), (1, -1), (0, -1), (-1, -1), (-1, 0), (-1, 1)):
        steepness = _horizon(level, rows, columns, down, right).astype(np.float32)
        steepness *= np.float32(1 / (fixed * np.hypot(down, right)))
        steepness *= steepness
        steepness += 1
        sky += np.reciprocal(steepness, out=steepness)
    sky -= 8
    sky *= np.float32(255 / 8 * relief.occlusion)
    sky += 255.5
    return sky.astype(np.uint8)


def _horizon(level: NDArray[np.int16], rows: int, columns: int, down: int, right: int) -> NDArray[np.int16]:
    """The steepest rise for each step in a direction, 0 where nothing rises; `level` is padded by the farthest look."""
    edge = REACH[-1]
    here = level[edge : edge + rows, edge : edge + columns]
    rise = np.zeros((rows, columns), np.int16)
    for steps in REACH:
        top, left = edge + down * steps, edge + right * steps
        seen = level[top : top + rows, left : left + columns] - here
        seen //= np.int16(steps)
        np.maximum(rise, seen, out=rise)
    return rise


def roughness_map(height: Floats, relief: Relief) -> Map:
    """A guess (h, w): fine detail scatters light, high places are worn smooth, pits hold dust. Flat at 0.5 gives `relief.roughness`.

    Detail is the standard deviation in a window of 5 × 5 pixels; a deviation of 0.1 adds 0.25, the lowest place 0.1.
    """
    mean = _boxed(height, relief)
    spread = _boxed(height * height, relief)
    spread -= mean * mean
    np.maximum(spread, 0, out=spread)
    np.sqrt(spread, out=spread)
    spread *= 2.5
    spread += np.float32(relief.roughness + 0.1)
    spread -= height * np.float32(0.2)
    np.clip(spread, 0, 1, out=spread)
    spread *= 255
    spread += 0.5
    return spread.astype(np.uint8)


def _boxed(field: Floats, relief: Relief) -> Floats:
    """The mean of the window around each pixel."""
    rows, columns = field.shape
    around = padded(field, WINDOW, relief.tile_y, relief.tile_x)
    side = 2 * WINDOW + 1
    tall = around[:rows].copy()
    for shift in range(1, side):
        tall += around[shift : shift + rows]
    wide = tall[:, :columns].copy()
    for shift in range(1, side):
        wide += tall[:, shift : shift + columns]
    wide *= np.float32(1 / side**2)
    return wide
