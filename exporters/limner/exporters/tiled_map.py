"""A scene as Tiled's map: the tree of its JSON format, from which TMX is written too.

Tile layers are tile layers. A prop layer is an object layer of tile objects from an image collection of all sprites,
drawn by their lower edges (or in the order given, where a pivot lies elsewhere), and a hidden one with the footprints.
Regions are hidden objects of the class that is their kind. Tiles that are solid have a collision shape and a property.
Source: https://doc.mapeditor.org/en/stable/reference/json-map-format/ (1.10).
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import count

import numpy as np

from limner.atlas.flattening import in_order, pivot_of, placed
from limner.atlas.geometry import Box
from limner.atlas.scenes import (
    EMPTY,
    Layer,
    PictureLayer,
    Prop,
    PropLayer,
    Region,
    RegionLayer,
    Scene,
    TileLayer,
)
from limner.atlas.sprites import Sprite
from limner.exporters.files import Files
from limner.exporters.scene_pictures import ScenePictures, grid, scene_pictures
from limner.exporters.tiled_tileset import Tree, colour, properties, props_tileset, tileset_tree, written_by

FLIPPED = 0x80000000  # the bit of a tile number for "mirrored left to right"


@dataclass(frozen=True, slots=True, kw_only=True)
class TiledMap:
    """The map without its tilesets; those, each with the first of its tile numbers; the pictures of all."""

    tree: Tree
    tilesets: Mapping[str, Tree]  # by the path of the picture, or of the folder, that it shows
    first: Mapping[str, int]
    files: Files


@dataclass(frozen=True, slots=True, kw_only=True)
class _Plan:
    """What layers need to know about the rest."""

    scene: Scene
    pictures: ScenePictures
    first: Mapping[str, int]  # tileset name → the number of its first tile
    first_sprite: int
    layer_ids: Iterator[int] = field(default_factory=lambda: count(1))
    object_ids: Iterator[int] = field(default_factory=lambda: count(1))


def tiled_map(scene: Scene, base: str) -> TiledMap:
    """The map, the tilesets and the pictures of a scene whose file is named `base`."""
    pictures = scene_pictures(scene, base)
    starts = np.cumsum([1, *(grid(one).width * grid(one).height for one in scene.tilesets)]).tolist()
    first = {one.name: start for one, start in zip(scene.tilesets, starts, strict=False)}
    plan = _Plan(scene=scene, pictures=pictures, first=first, first_sprite=starts[-1])
    layers = [tree for layer in scene.layers for tree in _layers(plan, layer)]
    paths = {name: path.removesuffix(".png") for name, path in pictures.tilesets.items()}
    tilesets = {paths[one.name]: tileset_tree(one, pictures.tilesets[one.name]) for one in scene.tilesets}
    numbers = {paths[name]: number for name, number in first.items()}
    if scene.sprites:
        tilesets[f"{base}-props"] = props_tileset(scene.sprites, pictures.sprites)
        numbers[f"{base}-props"] = plan.first_sprite
    tree = _map(scene, layers, next(plan.layer_ids), next(plan.object_ids))
    return TiledMap(tree=tree, tilesets=tilesets, first=numbers, files=pictures.files)


def _map(scene: Scene, layers: list[Tree], next_layer: int, next_object: int) -> Tree:
    background = {} if scene.background is None else {"backgroundcolor": colour(scene.background)}
    return {
        "type": "map",
        **written_by(),
        "orientation": "orthogonal",
        "renderorder": "right-down",
        "width": scene.size.width,
        "height": scene.size.height,
        "tilewidth": scene.tile_size.width,
        "tileheight": scene.tile_size.height,
        "infinite": False,
        **background,
        "nextlayerid": next_layer,
        "nextobjectid": next_object,
        **properties({"view": scene.view, **scene.properties}, scene.provenance),
        "layers": layers,
    }


def _layers(plan: _Plan, layer: Layer) -> Iterator[Tree]:
    """The layers of Tiled that stand for one of ours."""
    if isinstance(layer, TileLayer):
        yield _tile_layer(plan, layer)
    elif isinstance(layer, PictureLayer):
        yield _image_layer(plan, layer)
    elif isinstance(layer, PropLayer):
        yield from _prop_layers(plan, layer)
    else:
        yield _object_layer(plan, layer, [_region(plan, region) for region in layer.regions], visible=False)


def _tile_layer(plan: _Plan, layer: TileLayer) -> Tree:
    numbers = np.where(layer.tiles == EMPTY, 0, layer.tiles + plan.first[layer.tileset])
    overhead = {"overhead": True} if layer.overhead else {}
    return {
        **_head(plan, layer, "tilelayer"),
        "width": plan.scene.size.width,
        "height": plan.scene.size.height,
        **properties({**overhead, **layer.properties}),
        "data": numbers.ravel().tolist(),
    }


def _image_layer(plan: _Plan, layer: PictureLayer) -> Tree:
    return {
        **_head(plan, layer, "imagelayer"),
        "offsetx": layer.offset.x,
        "offsety": layer.offset.y,
        "parallaxx": layer.parallax.x,
        "parallaxy": layer.parallax.y,
        "repeatx": layer.repeat_x,
        "repeaty": layer.repeat_y,
        **properties(layer.properties),
        "image": plan.pictures.layers[layer.name],
        "imagewidth": layer.pixels.shape[1],
        "imageheight": layer.pixels.shape[0],
    }


def _prop_layers(plan: _Plan, layer: PropLayer) -> Iterator[Tree]:
    numbers = {sprite.name: index for index, sprite in enumerate(plan.scene.sprites)}
    props = in_order(layer)
    sprites = [plan.scene.sprites[numbers[prop.sprite]] for prop in props]
    objects = [
        _prop(plan, prop, sprite, plan.first_sprite + numbers[prop.sprite])
        for prop, sprite in zip(props, sprites, strict=True)
    ]
    by_edge = all(pivot_of(sprite).y == sprite.size.height for sprite in sprites)
    yield {**_object_layer(plan, layer, objects), "draworder": "topdown" if by_edge else "index"}
    footprints = [
        _footprint(plan, prop, tree["id"]) for prop, tree in zip(props, objects, strict=True) if prop.footprint
    ]
    if footprints:
        empty = RegionLayer(name=f"{layer.name} footprints", regions=())
        yield _object_layer(plan, empty, footprints, visible=False)


def _object_layer(plan: _Plan, layer: PropLayer | RegionLayer, objects: list[Tree], visible: bool = True) -> Tree:
    head = _head(plan, layer, "objectgroup")
    return {**head, "visible": visible, "draworder": "index", **properties(layer.properties), "objects": objects}


def _head(plan: _Plan, layer: Layer, kind: str) -> Tree:
    opacity = 1.0 if isinstance(layer, RegionLayer) else layer.opacity
    return {
        "id": next(plan.layer_ids),
        "name": layer.name,
        "type": kind,
        "opacity": opacity,
        "visible": True,
        "x": 0,
        "y": 0,
    }


def _prop(plan: _Plan, prop: Prop, sprite: Sprite, number: int) -> Tree:
    """A tile object; its place is its lower left corner."""
    box = placed(prop, sprite)
    tree = _object(plan, prop.name, "prop", Box(box.x, box.bottom, box.width, box.height))
    return {**tree, "gid": number | FLIPPED if prop.flipped else number, **properties(prop.properties)}


def _footprint(plan: _Plan, prop: Prop, of: object) -> Tree:
    assert prop.footprint is not None
    link = [{"name": "prop", "type": "object", "value": of}]
    return {**_object(plan, prop.name, "footprint", prop.footprint), "properties": link}


def _region(plan: _Plan, region: Region) -> Tree:
    tree = _object(plan, region.name, region.kind, region.box)
    if region.polygon:
        x, y = region.box.x, region.box.y
        tree |= {"width": 0, "height": 0, "polygon": [{"x": point.x - x, "y": point.y - y} for point in region.polygon]}
    elif region.box.width == region.box.height == 0:
        tree["point"] = True
    return {**tree, **properties(region.properties)}


def _object(plan: _Plan, name: str, kind: str, box: Box) -> Tree:
    return {
        "id": next(plan.object_ids),
        "name": name,
        "type": kind,
        "x": box.x,
        "y": box.y,
        "width": box.width,
        "height": box.height,
        "rotation": 0,
        "visible": True,
    }
