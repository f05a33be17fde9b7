"""What follows from a height: normals, roughness, ambient occlusion. They tile where the height does.

A height is (h, w), bytes or floats in [0, 1]; `depth` is how many pixels white lies above black.
"""

import numpy as np
from numpy.typing import NDArray

from limner.atlas.colour import Floats, to_bytes
from limner.atlas.wrapping import box_blurred, padded

Height = NDArray[np.uint8] | Floats
DEPTH = 1 / 24  # the usual depth as a share of the shorter side
RINGS = (1, 2, 4, 8, 16)  # how far ambient occlusion looks, in pixels: powers of two, so that shifting divides
FIXED = 64.0  # steps a pixel of height in whole-number arithmetic


def usual_depth(shape: tuple[int, ...]) -> float:
    """A depth in pixels that suits most surfaces of (h, w)."""
    return max(1.0, min(shape[:2]) * DEPTH)


def slopes(height: Height, depth: float, tile_x: bool = True, tile_y: bool = True) -> tuple[Floats, Floats]:
    """How many pixels the surface rises for each pixel to the right and for each pixel down (Scharr's 3 × 3 filter)."""
    wide = padded(_pixels(height, depth), 1, tile_x, tile_y)
    return _scharr(wide), _scharr(wide.T).T


def normals(
    height: Height, depth: float, tile_x: bool = True, tile_y: bool = True, directx: bool = False
) -> NDArray[np.uint8]:
    """The normal map (h, w, 3): red right, blue out of the picture, green up (OpenGL), or down for DirectX."""
    return normals_of(*slopes(height, depth, tile_x, tile_y), directx=directx)


def normals_of(right: Floats, down: Floats, directx: bool = False) -> NDArray[np.uint8]:
    """The normal map (h, w, 3) of slopes as `slopes` gives them."""
    scale = right * right
    scale += down * down
    scale += np.float32(1)
    np.sqrt(scale, out=scale)
    np.divide(np.float32(127.5), scale, out=scale)
    out = np.empty((*right.shape, 3), np.uint8)
    middle = np.float32(128)  # 127.5, and a half to round by cutting off
    np.subtract(middle, right * scale, out=out[..., 0], casting="unsafe")
    np.add(middle, (-down if directx else down) * scale, out=out[..., 1], casting="unsafe")
    np.add(middle, scale, out=out[..., 2], casting="unsafe")
    return out


def roughness(
    height: Height, depth: float, tile_x: bool = True, tile_y: bool = True, base: float = 0.5
) -> NDArray[np.uint8]:
    """The roughness map (h, w) of slopes that scatter: see `roughness_of`."""
    return roughness_of(*slopes(height, depth, tile_x, tile_y), tile_x, tile_y, base)


def roughness_of(
    right: Floats, down: Floats, tile_x: bool = True, tile_y: bool = True, base: float = 0.5
) -> NDArray[np.uint8]:
    """Roughness where the slopes of 5 × 5 pixels vary: their variance widens the highlight (Olano and Baker 2010, LEAN mapping).

    With alpha = roughness² and Beckmann's slope variance alpha² / 2: roughness⁴ = base⁴ + variance. A plane keeps `base`.
    """
    variance = box_blurred(right * right + down * down, tile_x, tile_y)
    for slope in (right, down):
        mean = box_blurred(slope, tile_x, tile_y)
        mean *= mean
        variance -= mean
    np.maximum(variance, 0, out=variance)
    variance += np.float32(base**4)
    np.sqrt(np.sqrt(variance, out=variance), out=variance)
    return to_bytes(variance)


def ambient_occlusion(height: Height, depth: float, tile_x: bool = True, tile_y: bool = True) -> NDArray[np.uint8]:
    """How much of the sky each pixel sees, (h, w), 255 for all of it.

    Horizon-based (Max 1988; Bavoil and Sainz 2008) in 8 directions: with t the steepest rise in sight, 1 / (1 + t²) of the
    cosine-weighted light comes in. It looks 1, 2, 4, 8 and 16 pixels far.
    """
    rows, columns = height.shape
    sky = np.zeros((rows, columns), np.float32)
    fixed = min(FIXED, 16000 / max(depth, 1.0))  # differences stay within 16 bits
    reach = RINGS[-1]
    wide = padded(np.rint(_pixels(height, depth) * np.float32(fixed)).astype(np.int16), reach, tile_x, tile_y)
    here = wide[reach : reach + rows, reach : reach + columns]
    for down, right in ((0, 1), (1, 1), (1, 0), (1, -1), (0, -1), (-1, -1), (-1, 0), (-1, 1)):
        rise = np.zeros((rows, columns), np.int16)
        for exponent, step in enumerate(RINGS):
            top, left = reach + down * step, reach + right * step
            seen = wide[top : top + rows, left : left + columns] - here
            seen >>= exponent
            np.maximum(rise, seen, out=rise)
        steepness = rise.astype(np.float32)
        steepness *= np.float32(1 / fixed / np.hypot(down, right))
        steepness *= steepness
        steepness += np.float32(1)
        np.reciprocal(steepness, out=steepness)
        sky += steepness
    sky *= np.float32(1 / 8)
    return to_bytes(sky)


def _pixels(height: Height, depth: float) -> Floats:
    """Heights in pixels."""
    full = 255 if height.dtype == np.uint8 else 1
    return height * np.float32(depth / full)


def _scharr(wide: Floats) -> Floats:
    """The rise to the right, (h + 2, w + 2) to (h, w): 3-10-3 across, a difference along."""
    smooth = wide[:-2] + wide[2:]
    smooth *= np.float32(3 / 32)
    smooth += wide[1:-1] * np.float32(10 / 32)
    return smooth[:, 2:] - smooth[:, :-2]
