"""A material: the maps of one surface."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, get_args

import numpy as np
from numpy.typing import NDArray

from limner.atlas.geometry import Size
from limner.atlas.sprites import AtlasError, Provenance

MapName = Literal["albedo", "normal", "roughness", "ambient_occlusion", "metallic", "height", "emission"]
Map = NDArray[np.uint8]
CHANNELS = {"albedo": 4, "normal": 3, "emission": 3}  # the others have one, and no third axis


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

    @property
    def size(self) -> Size:
        """Of every map; 0 × 0 without one."""
        for pixels in self.maps.values():
            return Size(pixels.shape[1], pixels.shape[0])
        return Size(0, 0)


def check_material(material: Material) -> None:
    """Raise AtlasError for a missing albedo, an unknown map, a map of another shape than its name asks for, and maps that differ in size."""
    if "albedo" not in material.maps:
        raise AtlasError(f"material {material.name!r} has no albedo map; add one, (height, width, 4) bytes")
    height, width = material.maps["albedo"].shape[:2]
    for name, pixels in material.maps.items():
        if name not in get_args(MapName):
            raise AtlasError(f"material {material.name!r}: map {name!r} is unknown; use {', '.join(get_args(MapName))}")
        rest = (CHANNELS[name],) if name in CHANNELS else ()
        if pixels.ndim != 2 + len(rest) or pixels.shape[2:] != rest or pixels.dtype != np.uint8:
            wanted = " × ".join(["height", "width", *map(str, rest)])
            raise AtlasError(
                f"material {material.name!r}: map {name!r} has shape {pixels.shape} of {pixels.dtype}; give {wanted} bytes"
            )
        if 0 in pixels.shape[:2]:
            raise AtlasError(
                f"material {material.name!r}: map {name!r} is {pixels.shape[1]} × {pixels.shape[0]}; give it pixels"
            )
        if pixels.shape[:2] != (height, width):
            raise AtlasError(
                f"material {material.name!r}: map {name!r} is {pixels.shape[1]} × {pixels.shape[0]}, the albedo {width} × {height}; "
                "scale them to one size"
            )
