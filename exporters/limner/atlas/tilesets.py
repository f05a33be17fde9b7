"""Tilesets: tiles of one size, and the Wang sets that say which may lie side by side."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, NamedTuple

from limner.atlas.geometry import Size
from limner.atlas.sprites import Pixels, Provenance

WangKind = Literal["corner", "edge", "mixed"]


class WangId(NamedTuple):
    """The terrain at each side and corner of a tile, clockwise from the top; counted from 1, 0 is none (Tiled's order)."""

    top: int = 0
    top_right: int = 0
    right: int = 0
    bottom_right: int = 0
    bottom: int = 0
    bottom_left: int = 0
    left: int = 0
    top_left: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Terrain:
    """What a Wang colour means: grass, water, …"""

    name: str
    colour: tuple[int, int, int]  # how an editor paints it
    probability: float = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class WangSet:
    """Which terrain lies at the corners and edges of each tile. A set of two terrains is complete at 16, 16 or 256 tiles (blob: 47)."""

    name: str
    kind: WangKind
    terrains: tuple[Terrain, ...]
    wang_ids: Mapping[int, WangId]  # tile number → its id


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Tileset:
    """Tiles of one size, numbered from 0 in reading order of a picture `columns` wide."""

    name: str
    tile_size: Size
    tiles: tuple[Pixels, ...]
    columns: int = 8
    wang_sets: tuple[WangSet, ...] = ()
    properties: Mapping[int, Mapping[str, str | int | float | bool]] = field(default_factory=dict)  # by tile number
    solid: frozenset[int] = frozenset()  # tiles that nothing walks through
    provenance: Provenance = field(default_factory=dict)
