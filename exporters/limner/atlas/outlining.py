"""An outline around a sprite, outside its edge or on it."""

import numpy as np
from numpy.typing import NDArray

from limner.atlas.sprites import AtlasError, Pixels

Colour = tuple[int, int, int, int]
THICKEST = 64


def outlined(
    pixels: Pixels,
    colour: Colour = (0, 0, 0, 255),
    thickness: int = 1,
    *,
    inside: bool = False,
    corners: bool = False,
    alpha_threshold: int = 0,
) -> Pixels:
    """The picture with an outline of `thickness` pixels around what is more opaque than `alpha_threshold`.

    Outside, the picture grows by `thickness` on every side; inside, the outline replaces the sprite's own border, which the
    picture's edge does not hide. With `corners` steps go diagonally too. Raises AtlasError for a thickness outside [1, 64].
    """
    if not 1 <= thickness <= THICKEST:
        raise AtlasError(f"an outline of {thickness} pixels; use 1 to {THICKEST}")
    around = ((thickness, thickness), (thickness, thickness), (0, 0))
    grown = np.pad(pixels, around)
    body = grown[..., 3] > alpha_threshold
    if inside:
        line = body & _spread(~body, thickness, corners)
        line = line[thickness:-thickness, thickness:-thickness]
        return np.where(line[..., None], np.array(colour, np.uint8), pixels)
    line = _spread(body, thickness, corners) & ~body
    return np.where(line[..., None], np.array(colour, np.uint8), grown)


def _spread(mask: NDArray[np.bool_], steps: int, corners: bool) -> NDArray[np.bool_]:
    """The mask with everything within so many steps of it."""
    found = mask
    for _ in range(steps):
        wide = np.pad(found, 1)
        across = wide[1:-1, :-2] | wide[1:-1, 2:] | found
        if corners:
            tall = np.pad(across, ((1, 1), (0, 0)))
            found = tall[:-2] | tall[2:] | across
        else:
            found = across | wide[:-2, 1:-1] | wide[2:, 1:-1]
    return found
