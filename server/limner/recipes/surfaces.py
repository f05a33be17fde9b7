"""What a surface is made of, by the nearest meaning of its words, and the maps that follow."""

import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

import numpy as np
from numpy.typing import NDArray

from limner.atlas.heights import height_from_albedo, metallic_map
from limner.atlas.materials import MapName
from limner.atlas.relief import Relief, ambient_occlusion, normal_map, roughness_map
from limner.generators.text_encoder import TextEncoder

Map = NDArray[np.uint8]
WORN = 32  # the depths of the table are for pictures of this side


@dataclass(frozen=True, slots=True, kw_only=True)
class Surface:
    """How a kind of surface is turned into maps."""

    name: str
    words: tuple[str, ...]
    depth: float
    roughness: float
    metal: float = 0.0

    def relief(self, side: int, tile_x: bool, tile_y: bool) -> Relief:
        return Relief(depth=self.depth * side / WORN, roughness=self.roughness, tile_x=tile_x, tile_y=tile_y)


class Surfaces:
    """The table, with the meanings of its words."""

    def __init__(self, text_encoder: TextEncoder) -> None:
        self._surfaces = surfaces()
        self._encoder = text_encoder
        words = [word for surface in self._surfaces for word in surface.words]
        self._owner = np.repeat(np.arange(len(self._surfaces)), [len(surface.words) for surface in self._surfaces])
        self._meanings = text_encoder(words).pooled

    def nearest(self, prompt: str) -> Surface:
        """The surface one of whose words means most nearly what the prompt says."""
        meaning = self._encoder([prompt]).pooled[0]
        return self._surfaces[int(self._owner[int((self._meanings @ meaning).argmax())])]


@cache
def surfaces() -> tuple[Surface, ...]:
    """The table as it is in the package."""
    table = tomllib.loads((files("limner.recipes") / "surfaces.toml").read_text(encoding="utf-8"))
    return tuple(Surface(**{**entry, "words": tuple(entry["words"])}) for entry in table["surface"])


def mapped(albedos: Sequence[Map], surface: Surface, ring: int, tile_x: bool, tile_y: bool) -> list[dict[MapName, Map]]:
    """All maps of pictures (h, w, 4) that share their `ring` outermost pixels along the axes that tile.

    Near the shared ring the heights are those of the first picture, and so are slopes and shadows: the maps tile with one another.
    """
    relief = surface.relief(albedos[0].shape[0], tile_x, tile_y)
    heights = [height_from_albedo(albedo, tile_x, tile_y) for albedo in albedos]
    share = shared(albedos[0].shape[:2], ring, tile_x, tile_y)
    heights = [heights[0] * share + height * (1 - share) for height in heights]
    shadows = [ambient_occlusion(height, relief) for height in heights]
    shadows = [np.rint(shadows[0] * share + shadow * (1 - share)).astype(np.uint8) for shadow in shadows]
    return [
        {
            "albedo": albedo,
            "height": (height * 255 + 0.5).astype(np.uint8),
            "normal": normal_map(height, relief),
            "roughness": roughness_map(height, relief),
            "ambient_occlusion": shadow,
            "metallic": metallic_map(albedo, surface.metal),
        }
        for albedo, height, shadow in zip(albedos, heights, shadows, strict=True)
    ]


def shared(shape: tuple[int, ...], ring: int, tile_x: bool, tile_y: bool) -> NDArray[np.float32]:
    """How much of a map is the first picture's (h, w): 1 on the ring, falling to 0 at twice its width."""
    apart = np.full(shape, np.inf)
    for axis, tiles in ((0, tile_y), (1, tile_x)):
        if tiles:
            place = np.arange(shape[axis])
            from_edge = np.minimum(place, shape[axis] - 1 - place)
            apart = np.minimum(apart, from_edge[:, None] if axis == 0 else from_edge[None])
    return np.clip(2 - (apart + 1) / ring, 0, 1).astype(np.float32)
