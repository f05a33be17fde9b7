"""JSON for an importer that builds Unity tilemaps, and the pictures it slices.

Unity's scene files mean nothing without the ids of its own library, so this is a file of ours, for an importer to read (a
`ScriptedImporter` of the extension `tilemap.json`, say). All of it is in Unity's sense: y goes up, the origin is the lower left corner of the scene,
lengths are in cells for tiles and in units (`pixels_per_unit` pixels: a tile's width) for the rest, pivots are fractions from the lower left.

    format, version     "limner-tilemap", 1; a reader refuses another major version
    name, size [columns, rows], tile_size [pixels], pixels_per_unit, view, background "#rrggbb" or null
    tilesets[]          name, texture (path), columns, rows (row 0 is on top), count, tiles[], rules[]
      tiles[]           those with something to say: id, collider ("Grid"), properties
      rules[]           name, kind (corner, edge, mixed), terrains[] {name, color, probability},
                        tiles[] {id, neighbors: 8 terrains from 1, clockwise from the top; 0 is none}
    sprites[]           name, texture, size [pixels], pivot [fractions], outline[] of points in units from the pivot
    layers[]            name, type, order (back to front from 0), opacity, properties, and by type:
      "tiles"           tileset, overhead, cells: rows from the bottom up, each a list of tile ids, -1 for none
      "props"           sort "y"; props[] {name, sprite, position, offset, flip_x, footprint [x, y, w, h] or null, properties};
                        position is the foot, offset moves the sprite to whole pixels
      "picture"         texture, position of its lower left corner, parallax [x, y], repeat [x, y]
      "regions"         regions[] {name, kind, box [x, y, w, h], polygon[] of points, properties}
    properties, provenance
"""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from limner.atlas.flattening import in_order, pivot_of, placed, whole
from limner.atlas.geometry import Box, Point
from limner.atlas.scenes import Layer, PictureLayer, Prop, PropLayer, Region, Scene, TileLayer
from limner.atlas.sprites import Sprite
from limner.atlas.tilesets import Tileset, WangSet
from limner.exporters.files import Files
from limner.exporters.options import ExportOptions
from limner.exporters.scene_pictures import ScenePictures, grid, inside, scene_pictures, split

Tree = dict[str, Any]


def write_unity_tilemap(scene: Scene, stem: str, options: ExportOptions) -> Files:
    """`<stem>.tilemap.json` and the pictures."""
    folder, base = split(stem)
    pictures = scene_pictures(scene, base)
    text = json.dumps(_tree(scene, pictures), ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    return inside(folder, {f"{base}.tilemap.json": text.encode() + b"\n", **pictures.files})


def _tree(scene: Scene, pictures: ScenePictures) -> Tree:
    units = _Units(scene)
    return {
        "format": "limner-tilemap",
        "version": 1,
        "name": scene.name,
        "size": list(scene.size),
        "tile_size": list(scene.tile_size),
        "pixels_per_unit": units.pixels,
        "view": scene.view,
        "background": None if scene.background is None else _colour(scene.background),
        "tilesets": [_tileset(one, pictures.tilesets[one.name]) for one in scene.tilesets],
        "sprites": [_sprite(one, pictures.sprites[one.name], units) for one in scene.sprites],
        "layers": [
            {
                "name": layer.name,
                "order": order,
                **_layer(scene, layer, pictures, units),
                "properties": dict(layer.properties),
            }
            for order, layer in enumerate(scene.layers)
        ],
        "properties": dict(scene.properties),
        "provenance": dict(sorted(scene.provenance.items())),
    }


class _Units:
    """From the pixels of a scene, y down, to Unity's units, y up; a tile is one unit wide."""

    def __init__(self, scene: Scene) -> None:
        self.pixels = scene.tile_size.width
        self._height = scene.size.height * scene.tile_size.height

    def point(self, point: Point) -> list[float]:
        return [point.x / self.pixels, (self._height - point.y) / self.pixels]

    def box(self, box: Box) -> list[float]:
        corner = self.point(Point(box.x, box.bottom))
        return [*corner, box.width / self.pixels, box.height / self.pixels]


def _layer(scene: Scene, layer: Layer, pictures: ScenePictures, units: _Units) -> Tree:
    if isinstance(layer, TileLayer):
        look = {"type": "tiles", "opacity": layer.opacity, "overhead": layer.overhead}
        return {**look, "tileset": layer.tileset, "cells": layer.tiles[::-1].tolist()}
    if isinstance(layer, PropLayer):
        sprites = {sprite.name: sprite for sprite in scene.sprites}
        props = [_prop(prop, sprites[prop.sprite], units) for prop in in_order(layer)]
        return {"type": "props", "opacity": layer.opacity, "sort": "y", "props": props}
    if isinstance(layer, PictureLayer):
        return {"type": "picture", "opacity": layer.opacity, **_picture(layer, pictures.layers[layer.name], units)}
    return {"type": "regions", "opacity": 1.0, "regions": [_region(region, units) for region in layer.regions]}


def _picture(layer: PictureLayer, texture: str, units: _Units) -> Tree:
    corner = Point(whole(layer.offset.x), whole(layer.offset.y) + layer.pixels.shape[0])
    place = {"position": units.point(corner), "parallax": list(layer.parallax)}
    return {"texture": texture, **place, "repeat": [layer.repeat_x, layer.repeat_y]}


def _prop(prop: Prop, sprite: Sprite, units: _Units) -> Tree:
    box, pivot = placed(prop, sprite), pivot_of(sprite)
    across = sprite.size.width - pivot.x if prop.flipped else pivot.x
    off = ((box.x + across - prop.foot.x) / units.pixels, (prop.foot.y - box.y - pivot.y) / units.pixels)
    return {
        "name": prop.name,
        "sprite": prop.sprite,
        "position": units.point(prop.foot),
        "offset": list(off),
        "flip_x": prop.flipped,
        "footprint": None if prop.footprint is None else units.box(prop.footprint),
        "properties": dict(prop.properties),
    }


def _region(region: Region, units: _Units) -> Tree:
    polygon = [units.point(point) for point in region.polygon]
    shape = {"box": units.box(region.box), "polygon": polygon}
    return {"name": region.name, "kind": region.kind, **shape, "properties": dict(region.properties)}


def _sprite(sprite: Sprite, texture: str, units: _Units) -> Tree:
    (width, height), pivot = sprite.size, pivot_of(sprite)
    outline = [[(point.x - pivot.x) / units.pixels, (pivot.y - point.y) / units.pixels] for point in sprite.collision]
    fractions = [pivot.x / width, 1 - pivot.y / height]
    return {"name": sprite.name, "texture": texture, "size": [width, height], "pivot": fractions, "outline": outline}


def _tileset(tileset: Tileset, texture: str) -> Tree:
    columns, rows = grid(tileset)
    special = sorted(set(tileset.properties) | tileset.solid)
    return {
        "name": tileset.name,
        "texture": texture,
        "columns": columns,
        "rows": rows,
        "count": len(tileset.tiles),
        "tiles": [_tile(number, number in tileset.solid, tileset.properties.get(number, {})) for number in special],
        "rules": [_rules(wang_set) for wang_set in tileset.wang_sets],
    }


def _tile(number: int, solid: bool, properties: Mapping[str, object]) -> Tree:
    return {"id": number, "collider": "Grid" if solid else "None", "properties": dict(properties)}


def _rules(wang_set: WangSet) -> Tree:
    terrains = [
        {"name": one.name, "color": _colour(one.colour), "probability": one.probability} for one in wang_set.terrains
    ]
    tiles = [{"id": tile, "neighbors": list(wang_id)} for tile, wang_id in sorted(wang_set.wang_ids.items())]
    return {"name": wang_set.name, "kind": wang_set.kind, "terrains": terrains, "tiles": tiles}


def _colour(rgb: Sequence[int]) -> str:
    return "#{:02x}{:02x}{:02x}".format(*rgb)
