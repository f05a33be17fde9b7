"""Materials for the tests: smooth maps that block codecs keep well, each different from the others."""

import numpy as np
from numpy.typing import NDArray

from limner.atlas.materials import MapName, Material

ORIGIN = {"generator": "limner", "prompt": 'old "stone" 石', "seed": "7"}
SHAPES = [(16, 16), (1, 1), (5, 3), (7, 64), (2, 130)]  # (height, width)


def byte(field: NDArray[np.float64]) -> NDArray[np.uint8]:
    return (field * 255 + 0.5).astype(np.uint8)


def stone(
    height: int = 16, width: int = 16, alpha: int = 255, provenance: dict[str, str] | None = None, name: str = "stone"
) -> Material:
    """All seven maps. With an alpha below 255 the right half has it."""
    y, x = np.mgrid[:height, :width].astype(float)
    y, x = y / max(1, height - 1), x / max(1, width - 1)
    opacity = np.where(np.arange(width) < width / 2, 255, alpha) + np.zeros((height, 1))
    lean_x, lean_y = 0.3 * x, -0.4 * y
    lean_z = np.sqrt(1 - lean_x**2 - lean_y**2)
    maps: dict[MapName, NDArray[np.uint8]] = {
        "albedo": np.dstack([byte(0.2 + 0.6 * x), byte(0.9 - 0.7 * y), byte(0.5 + 0 * x), opacity.astype(np.uint8)]),
        "normal": (np.dstack([lean_x, lean_y, lean_z]) * 127.5 + 127.5).round().astype(np.uint8),
        "roughness": byte(0.3 + 0.5 * y),
        "ambient_occlusion": byte(1 - 0.4 * x),
        "metallic": byte(0.1 + 0.8 * x * y),
        "height": byte(0.5 * x + 0.5 * y),
        "emission": np.dstack([byte(0.3 * x), byte(0.3 * y), byte(0.1 + 0 * x)]),
    }
    return Material(name=name, maps=maps, provenance=provenance or {})
