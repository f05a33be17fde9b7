"""Mipmaps: ever smaller copies of a picture, down to one pixel, each half the one before (rounded down)."""

from collections.abc import Iterator
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from limner.atlas.resampling import Floats, halved
from limner.atlas.sprites import AtlasError

BAND = 64  # rows
Encoding = Literal["srgb", "linear", "normal"]  # colours; plain numbers; unit vectors


def mip_chain(
    pixels: NDArray[np.uint8], encoding: Encoding, cutout: float | None = None
) -> tuple[NDArray[np.uint8], ...]:
    """The picture and its smaller copies, (h, w) or (h, w, channels) as given; the last is 1 × 1.

    sRGB colours are averaged in linear light, and weighed by alpha where there is one, so that clear pixels give no colour.
    Normals are made unit vectors again. With `cutout`, the alpha in (0, 1) below which a game draws nothing, each copy's alpha
    is scaled so that as large a share as before stays above it (Castaño 2010): leaves do not thin out with distance.
    """
    if pixels.ndim not in (2, 3) or 0 in pixels.shape or pixels.dtype != np.uint8:
        raise AtlasError(
            f"a map of shape {pixels.shape} and type {pixels.dtype} has no mipmaps; use 8 bits and a pixel at least"
        )
    if cutout is not None and not 0 < cutout < 1:
        raise AtlasError(f"cutout is {cutout}; use a number between 0 and 1")
    has_alpha = pixels.ndim == 3 and pixels.shape[2] in (2, 4)
    if max(pixels.shape[:2]) == 1:
        return (pixels,)
    field = _first_half(pixels, encoding, has_alpha)
    coverage = float((pixels[..., -1] > cutout * 255).mean()) if has_alpha and cutout is not None else None
    chain = [pixels]
    while True:
        level = np.concatenate([_encoded(band, encoding, has_alpha) for band in _bands(field)])
        if coverage is not None and cutout is not None:
            level[..., -1] = _covering(field[..., -1], coverage, cutout)
        chain.append(level)
        if max(field.shape[:2]) == 1:
            return tuple(chain)
        field = halved(field)


def to_linear(srgb: NDArray[np.uint8]) -> Floats:
    """Linear light in [0, 1] of sRGB bytes (IEC 61966-2-1)."""
    return LINEAR[srgb]


def to_srgb(linear: Floats) -> NDArray[np.uint8]:
    """sRGB bytes of linear light, rounded."""
    clipped = np.clip(linear, 0, 1)
    curve = np.where(clipped <= 0.0031308, clipped * 12.92, 1.055 * clipped ** np.float32(1 / 2.4) - 0.055)
    return (curve * 255 + 0.5).astype(np.uint8)


def _first_half(pixels: NDArray[np.uint8], encoding: Encoding, has_alpha: bool) -> Floats:
    """The second level as floats. Rows of an odd number share pixels when halved, so only an even number goes band by band."""
    if len(pixels) % 2:
        return halved(_decoded(pixels, encoding, has_alpha))
    return np.concatenate([halved(_decoded(band, encoding, has_alpha)) for band in _bands(pixels)])


def _bands(rows: NDArray[Any]) -> Iterator[NDArray[Any]]:
    """A few rows at a time, an even number but for the last: floats of the whole picture would take four times its memory."""
    return (rows[top : top + BAND] for top in range(0, len(rows), BAND))


def _linear_of_bytes() -> Floats:
    value = np.arange(256) / 255
    return np.where(value <= 0.04045, value / 12.92, ((value + 0.055) / 1.055) ** 2.4).astype(np.float32)


LINEAR = _linear_of_bytes()


def _decoded(pixels: NDArray[np.uint8], encoding: Encoding, has_alpha: bool) -> Floats:
    if encoding == "normal":
        return (pixels.astype(np.float32) - 127.5) / np.float32(127.5)
    field = to_linear(pixels) if encoding == "srgb" else pixels.astype(np.float32) / np.float32(255)
    if has_alpha:
        field[..., -1] = pixels[..., -1] / np.float32(255)
        field[..., :-1] *= field[..., -1:]
    return field


def _encoded(field: Floats, encoding: Encoding, has_alpha: bool) -> NDArray[np.uint8]:
    if encoding == "normal":
        length = np.linalg.norm(field, axis=-1, keepdims=True)
        flat = np.array([0, 0, 1], np.float32)  # where opposite normals cancel
        unit = np.divide(field, length, out=np.broadcast_to(flat, field.shape).copy(), where=length > 1e-6)
        vectors: NDArray[np.uint8] = (unit * 127.5 + 128).clip(0, 255).astype(np.uint8)
        return vectors
    if has_alpha:
        alpha = field[..., -1:]
        colours = np.divide(field[..., :-1], alpha, out=np.zeros_like(field[..., :-1]), where=alpha > 0)
        return np.concatenate([_bytes(colours, encoding), _bytes(alpha, "linear")], axis=-1)
    return _bytes(field, encoding)


def _bytes(field: Floats, encoding: Encoding) -> NDArray[np.uint8]:
    plain: NDArray[np.uint8] = (field.clip(0, 1) * 255 + 0.5).astype(np.uint8)
    return to_srgb(field) if encoding == "srgb" else plain


def _covering(alpha: Floats, coverage: float, cutout: float) -> NDArray[np.uint8]:
    """The alpha scaled by one factor so that the share of `coverage` lies above the cutout, as nearly as whole pixels can."""
    count = round(coverage * alpha.size)
    order = np.sort(alpha, axis=None)[::-1]
    if count == 0 or order[min(count, alpha.size) - 1] == 0:
        scale = np.float32(cutout / max(order[0], cutout))  # nobody passes: keep the greatest at the cutout
        low: NDArray[np.uint8] = np.floor(alpha * scale * 255).astype(np.uint8)
        return low
    inside = _last_to_pass(order, count)
    scaled = alpha * np.float32(cutout / inside)
    above = np.floor(np.float32(cutout * 255)) + 1  # the least byte above the cutout
    level = np.where(alpha >= inside, np.maximum(scaled * 255, above), np.minimum(scaled * 255, above - 1))
    kept: NDArray[np.uint8] = level.clip(0, 255).astype(np.uint8)
    return kept


def _last_to_pass(order: Floats, count: int) -> np.float32:
    """The least alpha that passes, where about `count` shall; equal ones pass together. `order` falls."""
    least = order[count - 1]
    above, with_equals = int((order > least).sum()), int((order >= least).sum())
    return np.float32(order[above - 1] if above and count - above < with_equals - count else least)
