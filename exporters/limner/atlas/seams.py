"""How well a picture tiles: the step over its wrapped edges against the steps inside."""

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from limner.atlas.sprites import AtlasError

QUIET = 0.5 / 255  # half a grey level is added above and below: two flat edges are no seam, and nothing is divided by 0


class Seams(NamedTuple):
    """1 where the wrapped edges differ as neighbours inside do, 2 where twice as much. `x` is the left edge against the right."""

    x: float
    y: float


def seams(pixels: NDArray[Any]) -> Seams:
    """The seams of a map (h, w) or (h, w, channels), uint8, or floats in [0, 1]. RGBA counts by what shows: colour times alpha.

    The steps inside count by their mean over the picture or, where it is greater, that of the steps beside the two edges.
    A picture one pixel wide has no neighbours inside; its wrapped edges are equal, so it has no seam.
    """
    shown = premultiplied(pixels)
    return Seams(_seam(shown, axis=1), _seam(shown, axis=0))


def premultiplied(pixels: NDArray[Any]) -> NDArray[np.float32]:
    """Floats in [0, 1] of three axes; colours times alpha where there are four channels."""
    if pixels.ndim not in (2, 3) or 0 in pixels.shape:
        raise AtlasError(
            f"a map of shape {pixels.shape} has no pixels; use (height, width) or (height, width, channels)"
        )
    shown = pixels.reshape(*pixels.shape[:2], -1).astype(np.float32)
    if pixels.dtype == np.uint8:
        shown /= 255
    if shown.shape[2] == 4:
        shown[..., :3] *= shown[..., 3:]
    return shown


def straight(shown: NDArray[np.float32]) -> NDArray[np.uint8]:
    """The reverse of `premultiplied`, rounded to 8 bits; clear pixels are black."""
    out = np.clip(shown, 0, 1)
    if out.shape[2] == 4:
        alpha = out[..., 3:]
        out[..., :3] = np.divide(out[..., :3], alpha, out=np.zeros_like(out[..., :3]), where=alpha > 0.5 / 255)
    return (np.clip(out, 0, 1) * 255 + 0.5).astype(np.uint8)


def _seam(shown: NDArray[np.float32], axis: int) -> float:
    first, last = shown.take(0, axis=axis), shown.take(-1, axis=axis)
    if shown.shape[axis] == 1:
        return 1.0
    wrapped = float(np.abs(first - last).mean())
    steps = np.abs(np.diff(shown, axis=axis))
    beside = float((steps.take(0, axis=axis) + steps.take(-1, axis=axis)).mean()) / 2
    inside = max(float(steps.mean()), beside)  # a wave may be steepest at its edge, and yet have no seam
    return (wrapped + QUIET) / (inside + QUIET)
