"""Between sRGB's bytes and light: what is added, averaged or weighed is light, not bytes."""

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]
LUMINANCE = np.array([0.2126, 0.7152, 0.0722], np.float32)  # ITU-R BT.709: what the eye makes of red, green and blue


def _decoded(byte: NDArray[np.float64]) -> NDArray[np.float64]:
    """IEC 61966-2-1, bytes to light."""
    value = byte / 255
    return np.where(value <= 0.04045, value / 12.92, ((value + 0.055) / 1.055) ** 2.4)


LIGHT = _decoded(np.arange(256, dtype=np.float64)).astype(np.float32)  # light in [0, 1] of each byte
_STEPS = _decoded(np.arange(255, dtype=np.float64) + 0.5).astype(np.float32)  # where one byte ends and the next begins


def to_light(srgb: NDArray[np.uint8]) -> Floats:
    """Light in [0, 1], same shape."""
    return LIGHT[srgb]


def to_srgb(light: Floats) -> NDArray[np.uint8]:
    """The nearest bytes; light outside [0, 1] is cut off. `to_srgb(to_light(x))` is x."""
    return np.searchsorted(_STEPS, light, side="right").astype(np.uint8)


def to_bytes(share: Floats) -> NDArray[np.uint8]:
    """[0, 1] to 0 to 255 in a straight line, halves up."""
    return (np.clip(share, 0, 1) * np.float32(255) + np.float32(0.5)).astype(np.uint8)


def luminance(rgb: NDArray[np.uint8]) -> Floats:
    """How bright each pixel is, (h, w) of light in [0, 1]; alpha does not count."""
    return LIGHT[rgb[..., :3]] @ LUMINANCE
