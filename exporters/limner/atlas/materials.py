"""A material: the maps of one surface."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from limner.atlas.sprites import Provenance

MapName = Literal["albedo", "normal", "roughness", "ambient_occlusion", "metallic", "height", "emission"]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Material:
    """Maps of one size, uint8, rows first.

    albedo (h, w, 4) sRGB with straight alpha, emission (h, w, 3) sRGB; normal (h, w, 3) linear, OpenGL's green (up is bright);
    roughness, ambient_occlusion, metallic and height (h, w) linear, 0 to 255 for 0 to 1.
    """

    name: str
    maps: Mapping[MapName, NDArray[np.uint8]]
    tile_x: bool = True
    tile_y: bool = True
    provenance: Provenance = field(default_factory=dict)
