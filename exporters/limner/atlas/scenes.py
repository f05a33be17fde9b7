"""A scene that stays editable: tile layers, props and regions, in pixels of the whole scene, origin top left."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from limner.atlas.geometry import Box, Point, Size
from limner.atlas.sprites import Pixels, Provenance, Sprite
from limner.atlas.tilesets import Tileset

Property = str | int | float | bool
EMPTY = -1
ORIGIN, WITH_CAMERA = Point(0, 0), Point(1, 1)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class TileLayer:
    """Tiles on the scene's grid. `tiles` (rows, columns) int32: tile numbers of `tileset`, EMPTY where there is none."""

    name: str
    tileset: str  # a tileset's name
    tiles: NDArray[np.int32]
    opacity: float = 1.0
    overhead: bool = False  # drawn above whoever walks there
    properties: Mapping[str, Property] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Prop:
    """A sprite that stands in the scene; `foot` is where its pivot lies (default pivot: bottom centre)."""

    name: str
    sprite: str  # a sprite's name
    foot: Point
    flipped: bool = False
    footprint: Box | None = None  # where nobody walks, in scene pixels
    properties: Mapping[str, Property] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class PropLayer:
    """Props, drawn in the order of their feet."""

    name: str
    props: tuple[Prop, ...]
    opacity: float = 1.0
    properties: Mapping[str, Property] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class PictureLayer:
    """A picture behind or before the scene; moves by `parallax` of what the camera moves, repeats sideways where asked."""

    name: str
    pixels: Pixels
    offset: Point = ORIGIN
    parallax: Point = WITH_CAMERA
    repeat_x: bool = False
    repeat_y: bool = False
    opacity: float = 1.0
    properties: Mapping[str, Property] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Region:
    """A named place: a spawn point (a box without size), a rectangle, or a polygon."""

    name: str
    kind: str  # spawn, exit, biome, landmark, …
    box: Box
    polygon: tuple[Point, ...] = ()  # in scene pixels; empty: the box
    properties: Mapping[str, Property] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class RegionLayer:
    """Regions: nothing to see, much to know."""

    name: str
    regions: tuple[Region, ...]
    properties: Mapping[str, Property] = field(default_factory=dict)


Layer = TileLayer | PropLayer | PictureLayer | RegionLayer


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Scene:
    """Layers from back to front over a grid of `size` tiles."""

    name: str
    size: Size  # in tiles
    tile_size: Size
    tilesets: tuple[Tileset, ...]
    sprites: tuple[Sprite, ...]
    layers: tuple[Layer, ...]
    view: Literal["top-down", "side"] = "top-down"
    background: tuple[int, int, int] | None = None
    properties: Mapping[str, Property] = field(default_factory=dict)
    provenance: Provenance = field(default_factory=dict)
