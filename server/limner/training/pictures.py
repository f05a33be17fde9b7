"""Clips to square training pictures: whole pixels stay whole, everything else is averaged down."""

import io
from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray
from PIL import Image

Picture = NDArray[np.uint8]  # (height, width, 4), straight alpha
SURFACES = {"tile", "texture", "scene"}  # filled to the edge: never trimmed


def frames(row: Mapping[str, object]) -> list[Picture]:
    """The frames of one clip, left to right."""
    strip = np.asarray(Image.open(io.BytesIO(row["png"])).convert("RGBA"))  # type: ignore[arg-type]
    width = int(row["width"])  # type: ignore[call-overload]
    return [strip[:, x : x + width] for x in range(0, strip.shape[1] - width + 1, width)]


def unscaled(picture: Picture) -> Picture:
    """Pixel art that was enlarged by a whole factor, back at one pixel a pixel."""
    height, width = picture.shape[:2]
    for factor in (8, 6, 5, 4, 3, 2):
        if height % factor or width % factor or min(height, width) // factor < 8:
            continue
        small = picture[::factor, ::factor]
        if np.array_equal(small.repeat(factor, 0).repeat(factor, 1), picture):
            return np.ascontiguousarray(small)
    return picture


def trimmed(picture: Picture) -> Picture:
    """Without the transparent border; an empty picture has no pixels left."""
    rows = np.flatnonzero((picture[..., 3] > 8).any(axis=1))
    columns = np.flatnonzero((picture[..., 3] > 8).any(axis=0))
    if rows.size == 0:
        return picture[:0, :0]
    return picture[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]


def resized(picture: Picture, width: int, height: int) -> Picture:
    """Averaged over areas, in premultiplied colour."""
    image = Image.fromarray(picture).convert("RGBa").resize((width, height), Image.Resampling.BOX)
    return np.asarray(image.convert("RGBA"))


def fitted(picture: Picture, size: int, category: str) -> Picture | None:
    """The picture as `size` × `size`, or None when there is nothing to see."""
    picture = unscaled(picture)
    if category in SURFACES:
        return _filled(picture, size)
    picture = trimmed(picture)
    height, width = picture.shape[:2]
    if min(height, width) < 3:
        return None
    if max(height, width) <= size // 2:
        picture = picture.repeat(2, 0).repeat(2, 1)
    elif max(height, width) > size:
        scale = size / max(height, width)
        picture = resized(picture, max(1, round(width * scale)), max(1, round(height * scale)))
    return _centred(picture, size)


def _filled(picture: Picture, size: int) -> Picture | None:
    height, width = picture.shape[:2]
    if min(height, width) < 8 or max(height, width) > 4 * min(height, width):
        return None
    side = min(height, width)
    top, left = (height - side) // 2, (width - side) // 2
    square = picture[top : top + side, left : left + side]
    if size % side == 0:
        return square.repeat(size // side, 0).repeat(size // side, 1)
    return resized(square, size, size)


def _centred(picture: Picture, size: int) -> Picture:
    height, width = picture.shape[:2]
    canvas = np.zeros((size, size, 4), np.uint8)
    top, left = (size - height) // 2, (size - width) // 2
    canvas[top : top + height, left : left + width] = picture
    return canvas


def hue_turned(picture: Picture, degrees: float) -> Picture:
    """Every colour turned around the wheel; greys and alpha stay."""
    hsv = np.asarray(Image.fromarray(picture[..., :3]).convert("HSV")).copy()
    hsv[..., 0] = (hsv[..., 0].astype(np.int32) + round(degrees * 256 / 360)) % 256
    planes = [Image.fromarray(np.ascontiguousarray(hsv[..., channel])) for channel in range(3)]
    rgb = np.asarray(Image.merge("HSV", planes).convert("RGB"))
    return np.concatenate([rgb, picture[..., 3:]], axis=-1)
