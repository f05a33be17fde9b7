"""A small material whose maps differ in every channel: a map in the wrong place cannot pass."""

import numpy as np
from numpy.typing import NDArray

from limner.atlas.materials import Material

SIDE = 64


def stone(name: str = "stone “old”", side: int = SIDE) -> Material:
    """Smooth maps, so that block codecs keep them within a small bound; each with a slope of its own."""
    y, x = np.mgrid[0:side, 0:side] / (side - 1)

    def ramp(*channels: NDArray[np.float64]) -> NDArray[np.uint8]:
        stacked = np.stack(channels, axis=-1) if len(channels) > 1 else channels[0]
        return (stacked * 255).round().astype(np.uint8)

    solid = np.ones_like(x)
    return Material(
        name=name,
        maps={
            "albedo": ramp(0.2 + 0.6 * x, 0.9 - 0.7 * y, 0.5 * solid, solid),
            "normal": ramp(0.5 + 0.2 * x, 0.5 - 0.2 * y, 0.9 * solid),
            "roughness": ramp(0.3 + 0.5 * y),
            "ambient_occlusion": ramp(1 - 0.4 * x),
            "metallic": ramp(0.1 + 0.8 * x * y),
            "height": ramp(0.5 * x + 0.5 * y),
            "emission": ramp(0.3 * x, 0.3 * y, 0.1 * solid),
        },
    )
