"""Tilesets as Tiled's JSON says them: a sheet of tiles with its Wang sets, and a collection of the sprites of a scene."""

from collections.abc import Mapping, Sequence
from typing import Any

from limner.atlas.flattening import pivot_of
from limner.atlas.scenes import Property
from limner.atlas.sprites import Provenance, Sprite
from limner.atlas.tilesets import Tileset, WangSet
from limner.exporters.provenance import as_text
from limner.exporters.scene_pictures import grid

Tree = dict[str, Any]  # what `json` writes
PROPERTY_TYPES = {bool: "bool", int: "int", float: "float", str: "string"}


def tileset_tree(tileset: Tileset, image: str) -> Tree:
    """A tileset cut from the picture `image`; Tiled counts the clear cells at the end of the last row too."""
    columns, rows = grid(tileset)
    width, height = tileset.tile_size
    special = sorted(set(tileset.properties) | tileset.solid)
    return {
        "type": "tileset",
        **written_by(),
        "name": tileset.name,
        "tilewidth": width,
        "tileheight": height,
        "tilecount": columns * rows,
        "columns": columns,
        "margin": 0,
        "spacing": 0,
        "image": image,
        "imagewidth": columns * width,
        "imageheight": rows * height,
        **properties({}, tileset.provenance),
        "tiles": [_tile(tileset, number) for number in special],
        "wangsets": [_wang_set(wang_set) for wang_set in tileset.wang_sets],
    }


def props_tileset(sprites: Sequence[Sprite], paths: Mapping[str, str]) -> Tree:
    """A collection of pictures, each a tile with the sprite's name and pivot among its properties."""
    return {
        "type": "tileset",
        **written_by(),
        "name": "props",
        "tilewidth": max(sprite.size.width for sprite in sprites),
        "tileheight": max(sprite.size.height for sprite in sprites),
        "tilecount": len(sprites),
        "columns": 0,
        "margin": 0,
        "spacing": 0,
        "tiles": [_sprite(number, sprite, paths[sprite.name]) for number, sprite in enumerate(sprites)],
    }


def properties(values: Mapping[str, Property], provenance: Provenance | None = None) -> Tree:
    """The entry `properties`, or none. Provenance becomes one of them, as JSON text."""
    given = {**({"provenance": as_text(provenance)} if provenance else {}), **values}
    if not given:
        return {}
    listed = [{"name": name, "type": PROPERTY_TYPES[type(value)], "value": value} for name, value in given.items()]
    return {"properties": sorted(listed, key=lambda entry: str(entry["name"]))}


def written_by() -> Tree:
    """The version of the format; readers look for both."""
    return {"version": "1.10", "tiledversion": "1.10.2"}


def colour(rgb: tuple[int, int, int]) -> str:
    return "#{:02x}{:02x}{:02x}".format(*rgb)


def _tile(tileset: Tileset, number: int) -> Tree:
    solid = number in tileset.solid
    own = {**({"solid": True} if solid else {}), **tileset.properties.get(number, {})}
    width, height = tileset.tile_size
    shape = {"x": 0, "y": 0, "width": width, "height": height}
    return {"id": number, **properties(own), **(_collision(shape) if solid else {})}


def _sprite(number: int, sprite: Sprite, path: str) -> Tree:
    width, height = sprite.size
    pivot = pivot_of(sprite)
    own: Mapping[str, Property] = {"sprite": sprite.name, "pivot_x": float(pivot.x), "pivot_y": float(pivot.y)}
    points = [{"x": point.x, "y": point.y} for point in sprite.collision]
    shape = {"x": 0, "y": 0, "width": 0, "height": 0, "polygon": points}
    return {
        "id": number,
        "image": path,
        "imagewidth": width,
        "imageheight": height,
        **properties(own),
        **(_collision(shape) if points else {}),
    }


def _collision(shape: Tree) -> Tree:
    """What a tile is made of for the physics: a group with one shape."""
    one = {"id": 1, "name": "", "type": "", **shape, "rotation": 0, "visible": True}
    group = {"id": 2, "name": "", "type": "objectgroup", "opacity": 1.0, "visible": True, "x": 0, "y": 0}
    return {"objectgroup": {**group, "draworder": "index", "objects": [one]}}


def _wang_set(wang_set: WangSet) -> Tree:
    colours = [
        {"name": one.name, "color": colour(one.colour), "tile": -1, "probability": one.probability}
        for one in wang_set.terrains
    ]
    tiles = [{"tileid": tile, "wangid": list(wang_id)} for tile, wang_id in sorted(wang_set.wang_ids.items())]
    return {"name": wang_set.name, "type": wang_set.kind, "tile": -1, "colors": colours, "wangtiles": tiles}
