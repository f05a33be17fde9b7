"""A whole material from the one map that somebody drew."""

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from limner.atlas.heights import height_from_albedo, metallic_map
from limner.atlas.materials import MapName, Material, check_material
from limner.atlas.relief import Relief, ambient_occlusion, normal_map, roughness_map
from limner.atlas.sprites import Provenance


@dataclass(frozen=True, slots=True, kw_only=True)
class Surface:
    """What the maps are derived with. Edges that tile are the relief's."""

    relief: Relief = field(default_factory=Relief)
    detail: float = 0.7  # share of fine detail in the height, in [0, 1]
    inverted: bool = False  # dark is high
    metal: float = 0.0  # how much of it is bare metal, in [0, 1]


def surfaced(
    name: str, albedo: NDArray[np.uint8], surface: Surface | None = None, provenance: Provenance | None = None
) -> Material:
    """The material of an albedo (h, w, 4): height, normal (OpenGL's green, whatever the relief says), roughness, ambient occlusion, metallic.

    Raises AtlasError for an albedo without pixels or of another shape.
    """
    surface = surface or Surface()
    relief = surface.relief
    check_material(Material(name=name, maps={"albedo": albedo}))
    height = height_from_albedo(albedo, relief.tile_x, relief.tile_y, surface.detail, surface.inverted)
    maps: dict[MapName, NDArray[np.uint8]] = {
        "albedo": albedo,
        "height": (height * 255 + 0.5).astype(np.uint8),
        "normal": normal_map(height, Relief(depth=relief.depth, tile_x=relief.tile_x, tile_y=relief.tile_y)),
        "roughness": roughness_map(height, relief),
        "ambient_occlusion": ambient_occlusion(height, relief),
        "metallic": metallic_map(albedo, surface.metal),
    }
    return Material(name=name, maps=maps, tile_x=relief.tile_x, tile_y=relief.tile_y, provenance=provenance or {})
