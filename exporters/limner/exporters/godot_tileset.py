"""Godot 4's TileSet: tiles, terrains with peering bits, collision shapes and custom data.

A Wang set becomes a terrain set of the mode that matches its kind. A tile belongs to one terrain set in Godot: the first Wang
set that names it. Godot also wants the terrain in a tile's middle, which says what its brush takes the tile for:
- corners: the terrain that most corners have (of two that have as many, the later one, which is drawn over the other);
- edges: the latest terrain that crosses a side, so that the end of a road is road;
- a blob: its inner terrain. Its outer one is no neighbour to Godot, since no tile of the set is outer all over.
Solid tiles have one full shape on physics layer 0; properties are custom data layers.
Source: Godot's `scene/resources/2d/tile_set.cpp` (`TileSet::_set`, `TileData::_set`).
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from limner.atlas.geometry import Size
from limner.atlas.tilesets import Tileset, WangId, WangSet
from limner.exporters.files import Files
from limner.exporters.godot_text import Color, Ext, PackedVector2, Sub, Vector2i, resource, with_provenance
from limner.exporters.options import ExportOptions
from limner.exporters.png import encoded
from limner.exporters.scene_pictures import grid, inside, sheet, split

MODES = {"mixed": 0, "corner": 1, "edge": 2}  # TileSet.TerrainMode
VARIANT_TYPES = {bool: 1, int: 2, float: 3, str: 4}
SIDES = {
    "top": "top_side",
    "top_right": "top_right_corner",
    "right": "right_side",
    "bottom_right": "bottom_right_corner",
    "bottom": "bottom_side",
    "bottom_left": "bottom_left_corner",
    "left": "left_side",
    "top_left": "top_left_corner",
}
KINDS = {"corner": WangId._fields[1::2], "edge": WangId._fields[0::2], "mixed": WangId._fields}


@dataclass(frozen=True, slots=True)
class TileSetParts:
    """The properties of a TileSet and, before it in the file, the sources it refers to."""

    body: Mapping[str, object]
    sources: Sequence[Sub]


def write_godot_tileset(tileset: Tileset, stem: str, options: ExportOptions) -> Files:
    """`<stem>.tres` and its picture."""
    folder, base = split(stem)
    picture = Ext("tiles", "Texture2D", f"{base}.png")
    parts = tile_set(tileset.tile_size, [tileset], {tileset.name: picture})
    text = resource("TileSet", [picture], parts.sources, with_provenance(parts.body, tileset.provenance))
    return inside(folder, {f"{base}.tres": text, f"{base}.png": encoded(sheet(tileset), tileset.provenance)})


def tile_set(tile_size: Size, tilesets: Sequence[Tileset], pictures: Mapping[str, Ext]) -> TileSetParts:
    """One TileSet of all tilesets; source n is tileset n."""
    wang_sets = [wang_set for tileset in tilesets for wang_set in tileset.wang_sets]
    layers = _data_layers(tilesets)
    sources, first = [], 0
    for number, tileset in enumerate(tilesets):
        tiles = dict(_tiles(tileset, first, layers))
        sources.append(_source(f"source_{number}", tileset, pictures[tileset.name], tiles))
        first += len(tileset.wang_sets)
    body: dict[str, object] = {"tile_size": Vector2i(*tile_size)}
    if any(tileset.solid for tileset in tilesets):
        body["physics_layer_0/collision_layer"] = 1
    for number, wang_set in enumerate(wang_sets):
        body |= _terrain_set(f"terrain_set_{number}", wang_set)
    for number, (name, kind) in enumerate(layers.items()):
        body |= {f"custom_data_layer_{number}/name": name, f"custom_data_layer_{number}/type": kind}
    return TileSetParts(body | {f"sources/{number}": source for number, source in enumerate(sources)}, sources)


def _source(id_: str, tileset: Tileset, picture: Ext, tiles: Mapping[str, object]) -> Sub:
    head = {"resource_name": tileset.name, "texture": picture, "texture_region_size": Vector2i(*tileset.tile_size)}
    return Sub(id_, "TileSetAtlasSource", {**head, **tiles})


def _terrain_set(key: str, wang_set: WangSet) -> dict[str, object]:
    body: dict[str, object] = {f"{key}/mode": MODES[wang_set.kind]}
    for number, terrain in enumerate(wang_set.terrains):
        body[f"{key}/terrain_{number}/name"] = terrain.name
        body[f"{key}/terrain_{number}/color"] = Color(*(side / 255 for side in terrain.colour))
    return body


def _data_layers(tilesets: Sequence[Tileset]) -> dict[str, int]:
    """The Variant type of each property; 0, any, where tiles disagree."""
    types: dict[str, int] = {}
    for tileset in tilesets:
        for values in tileset.properties.values():
            for name, value in values.items():
                kind = VARIANT_TYPES[type(value)]
                types[name] = kind if types.get(name, kind) == kind else 0
    return dict(sorted(types.items()))


def _tiles(tileset: Tileset, first_set: int, layers: Mapping[str, int]) -> Iterator[tuple[str, object]]:
    """The properties of an atlas source that make its tiles."""
    columns = grid(tileset).width
    numbers = {name: number for number, name in enumerate(layers)}
    for tile in range(len(tileset.tiles)):
        row, column = divmod(tile, columns)
        key = f"{column}:{row}/0"
        yield key, 0
        yield from ((f"{key}/{name}", value) for name, value in _terrains(tileset, tile, first_set))
        if tile in tileset.solid:
            yield f"{key}/physics_layer_0/polygon_0/points", _full_shape(tileset.tile_size)
        for name, value in tileset.properties.get(tile, {}).items():
            yield f"{key}/custom_data_{numbers[name]}", value


def _terrains(tileset: Tileset, tile: int, first_set: int) -> Iterator[tuple[str, object]]:
    found = next((pair for pair in enumerate(tileset.wang_sets) if tile in pair[1].wang_ids), None)
    if found is None:
        return
    number, wang_set = found
    sides = {side: getattr(wang_set.wang_ids[tile], side) for side in KINDS[wang_set.kind]}
    yield "terrain_set", first_set + number
    inner = len(wang_set.terrains)
    if _is_blob(wang_set):
        sides = {side: terrain for side, terrain in sides.items() if terrain == inner}
        yield "terrain", inner - 1
    elif (middle := _middle(wang_set, sides)) is not None:
        yield "terrain", middle - 1
    yield from ((f"terrains_peering_bit/{SIDES[side]}", terrain - 1) for side, terrain in sides.items() if terrain)


def _middle(wang_set: WangSet, sides: Mapping[str, int]) -> int | None:
    """The terrain of a cell, by its sides or corners; None where they have none."""
    counts = Counter(terrain for terrain in sides.values() if terrain)
    if not counts:
        return None
    if wang_set.kind == "edge":
        return max(counts)
    return max(counts, key=lambda terrain: (counts[terrain], terrain))


def _is_blob(wang_set: WangSet) -> bool:
    """Whether the last terrain fills every cell, as in a set of 47: it has no corner without both edges beside it."""
    if wang_set.kind != "mixed":
        return False
    inner = len(wang_set.terrains)
    return all(
        wang_id[corner] != inner or wang_id[corner - 1] == wang_id[(corner + 1) % 8] == inner
        for wang_id in wang_set.wang_ids.values()
        for corner in range(1, 8, 2)
    )


def _full_shape(size: Size) -> PackedVector2:
    """The whole tile, about its middle."""
    x, y = size.width / 2, size.height / 2
    return PackedVector2([(-x, -y), (x, -y), (x, y), (-x, y)])
