"""The shape of a surface from its height: normals, ambient occlusion, roughness. Every filter wraps where the surface tiles.

A height is (h, w) float32 in [0, 1]; `depth` is how many pixels high 1 stands. Maps are uint8.
"""

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from limner.atlas.resampling import Floats, enlarged_to, halved, padded

Green = Literal["opengl", "directx"]  # whether green points up or down in the picture
Map = NDArray[np.uint8]
OCTAVES = 5  # of ambient occlusion: neighbours 1, 2, 4, 8 and 16 pixels away
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

    At each octave the horizon in eight directions hides the sine of its angle (Bavoil & Sainz 2008, horizon-based); octaves
    are copies of half the size of the one before, and multiply.
    """
    rows, columns = height.shape
    sky = np.ones((rows, columns), np.float32)
    level, distance = height, 1.0
    for octave in range(OCTAVES):
        if octave:
            level, distance = halved(level), distance * 2
        hidden = _hidden(level, relief, distance)
        hidden = enlarged_to(hidden, rows, columns, relief.tile_y, relief.tile_x)
        hidden *= np.float32(-relief.occlusion)
        hidden += 1
        sky *= hidden
        if min(level.shape) < 2:
            break
    sky *= 255
    sky += 0.5
    return sky.astype(np.uint8)


def _hidden(level: Floats, relief: Relief, distance: float) -> Floats:
    """The mean over eight directions of the sine of the horizon one pixel away, in [0, 1).

    A step seen from the other side has the opposite sine, so each of four axes is computed once.
    """
    rows, columns = level.shape
    around = padded(level, 1, relief.tile_y, relief.tile_x)
    hidden = np.zeros((rows, columns), np.float32)
    for down, right in ((0, 1), (1, 0), (1, 1), (1, -1)):
        scale = np.float32(relief.depth / (distance * np.hypot(down, right)))
        left = max(0, -right)  # the steps start at every pixel of `around` that has a next one on this axis
        here = around[: rows + 2 - down, left : columns + 2 - max(0, right)]
        there = around[down:, left + right : left + right + here.shape[1]]
        sine = _sine(there - here, scale)
        forward = sine[1 : rows + 1, 1 - left : 1 - left + columns]
        backward = sine[1 - down : rows + 1 - down, 1 - left - right : 1 - left - right + columns]
        hidden += np.maximum(forward, 0)
        hidden -= np.minimum(backward, 0)
    hidden *= np.float32(1 / 8)
    return hidden


def _sine(rise: Floats, scale: np.float32) -> Floats:
    """Of the angle whose tangent is `rise` times `scale`; changes `rise`."""
    rise *= scale
    length = rise * rise
    length += 1
    np.sqrt(length, out=length)
    rise /= length
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
