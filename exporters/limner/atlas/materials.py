"""A material: the maps of one surface."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, get_args

import numpy as np
from numpy.typing import NDArray

from limner.atlas.geometry import Size
from limner.atlas.sprites import AtlasError, Provenance

MapName = Literal["albedo", "normal", "roughness", "ambient_occlusion", "metallic", "height", "emission"]
MAP_NAMES: tuple[MapName, ...] = get_args(MapName)
CHANNELS: Mapping[MapName, int] = {"albedo": 4, "normal": 3, "emission": 3}  # the others have one and no axis for it


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Material:
    """Maps of one size, uint8, rows first.

    albedo (h, w, 4) sRGB with straight alpha, emission (h, w, 3) sRGB; normal (h, w, 3) linear, OpenGL's green (up is bright);
    roughness, ambient_occlusion, metallic and height (h, w) linear, 0 to 255 for 0 to 1. Albedo is always there.
    """

    name: str
    maps: Mapping[MapName, NDArray[np.uint8]]
    tile_x: bool = True
    tile_y: bool = True
    provenance: Provenance = field(default_factory=dict)

    @property
    def size(self) -> Size:
        return Size(self.maps["albedo"].shape[1], self.maps["albedo"].shape[0])


def check_material(material: Material) -> None:
    """Raise AtlasError for no albedo, a map that is unknown, empty or of the wrong kind, and maps of different sizes."""
    if "albedo" not in material.maps:
        raise AtlasError(f"material {material.name!r} has no albedo; give it the map of its colours")
    for name, pixels in material.maps.items():
        if name not in MAP_NAMES:
            raise AtlasError(f"material {material.name!r} has a map {name!r}; use {', '.join(MAP_NAMES)}")
        _check_map(material, name, pixels)


def _check_map(material: Material, name: MapName, pixels: NDArray[np.uint8]) -> None:
    what = f"map {name!r} of material {material.name!r}"
    channels = CHANNELS.get(name)
    if pixels.dtype != np.uint8 or pixels.ndim != (3 if channels else 2) or (channels and pixels.shape[2] != channels):
        wanted = f"(height, width, {channels})" if channels else "(height, width)"
        raise AtlasError(f"{what} is {pixels.dtype} of shape {pixels.shape}; make it uint8 of shape {wanted}")
    height, width = pixels.shape[:2]
    if not height or not width:
        raise AtlasError(f"{what} is {width} × {height}; give it a pixel at least")
    if (width, height) != material.size:
        size = material.size
        raise AtlasError(f"{what} is {width} × {height}, its albedo {size.width} × {size.height}; make them equal")
