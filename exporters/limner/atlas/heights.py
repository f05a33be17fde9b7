"""A height guessed from colours, and which colours may be bare metal."""

import numpy as np
from numpy.typing import NDArray

from limner.atlas.mipmaps import to_linear
from limner.atlas.resampling import Floats

LUMA = np.array([0.2126, 0.7152, 0.0722], np.float32)  # Rec. 709
METALS = np.array(  # linear base colours: iron, silver, aluminium, gold, copper, brass (measured reflectance at normal incidence)
    [
        (0.53, 0.51, 0.49),
        (0.96, 0.95, 0.91),
        (0.91, 0.92, 0.92),
        (1.0, 0.78, 0.34),
        (0.95, 0.64, 0.54),
        (0.91, 0.78, 0.42),
    ],
    np.float32,
)
HUE_TOLERANCE = 0.12  # how far a hue may lie from a metal's and count for a third


def height_from_albedo(
    albedo: NDArray[np.uint8], tile_x: bool = True, tile_y: bool = True, detail: float = 0.7, inverted: bool = False
) -> Floats:
    """A height (h, w) in [0, 1]: bright is high (or low, `inverted`). Clear pixels are the lowest.

    The luminance is split at an eighth of the shorter side: `detail` in [0, 1] is the share of the fine part, the rest is that
    of the coarse one. Stretched so that its 1st and 99th percentile become 0.05 and 0.95; a flat picture is 0.5.
    """
    luminance = ((albedo[..., :3].astype(np.float32) / np.float32(255)) @ LUMA).astype(np.float32)
    coarse = blurred(luminance, min(luminance.shape) / 8, tile_y, tile_x)
    mixed = detail * (luminance - coarse) + (1 - detail) * coarse
    height = _stretched(-mixed if inverted else mixed)
    if albedo.shape[2] == 4:
        height *= albedo[..., 3] / np.float32(255)
    return height


def blurred(field: Floats, sigma: float, wrap_y: bool, wrap_x: bool) -> Floats:
    """Gaussian blur of a field (h, w) with this standard deviation in pixels, by FFT; mirrored at an edge that does not wrap."""
    rows, columns = field.shape
    if not wrap_y:
        field = np.concatenate([field, field[::-1]])
    if not wrap_x:
        field = np.concatenate([field, field[:, ::-1]], axis=1)
    kernel_y = np.exp(-2 * (np.pi * sigma * np.fft.fftfreq(field.shape[0])) ** 2)
    kernel_x = np.exp(-2 * (np.pi * sigma * np.fft.rfftfreq(field.shape[1])) ** 2)
    spectrum = np.fft.rfft2(field) * kernel_y[:, None] * kernel_x
    return np.fft.irfft2(spectrum, s=field.shape)[:rows, :columns].astype(np.float32)


def metallic_map(albedo: NDArray[np.uint8], metal: float) -> NDArray[np.uint8]:
    """A guess (h, w): `metal` in [0, 1], the share that the caller knows to be bare metal, where the hue is that of a metal.

    Colours cannot tell iron from grey stone, so nothing is metal unless the caller says so. The nearest of six metals counts by
    the distance of hues (colour over its sum), and dark colours, which no bare metal has, count less.
    """
    linear = to_linear(albedo[..., :3])
    total = linear.sum(axis=-1, keepdims=True)
    hue = linear / np.maximum(total, 1e-4)
    hues = METALS / METALS.sum(axis=1, keepdims=True)
    apart = np.min([((hue - one) ** 2).sum(axis=-1) for one in hues], axis=0)
    near = np.exp(-apart / HUE_TOLERANCE**2)
    bright = np.clip(total[..., 0] / 3 / 0.2, 0, 1)  # the darkest of these metals reflects more than a fifth
    found: NDArray[np.uint8] = (metal * near * bright * 255 + 0.5).astype(np.uint8)
    return found


def _stretched(field: Floats) -> Floats:
    low, high = np.percentile(field, [1, 99])
    if high - low < 1e-4:
        return np.full_like(field, 0.5)
    wide: Floats = np.clip((field - low) / (high - low) * 0.9 + 0.05, 0, 1).astype(np.float32)
    return wide
