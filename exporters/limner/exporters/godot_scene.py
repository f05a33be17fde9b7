"""A Godot 4 scene (`.tscn`, for 4.3 and later) that stays editable.

Tile layers are TileMapLayers on one TileSet. Props are Sprite2Ds whose position is the foot, so that y-sorting works, with
a StaticBody2D where they have a footprint. Pictures are Sprite2Ds, in a Parallax2D where they move on their own or repeat.
Regions are Marker2Ds (points) and Area2Ds, in the group that is their kind. Properties of ours are the metadata
`properties`, since Godot allows only plain words as metadata names.
Source: `scene/2d/tile_map_layer.cpp` (`set_tile_map_data_from_array`), `scene/2d/parallax_2d.cpp`.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from limner.atlas.flattening import in_order, pixel_size, placed, whole
from limner.atlas.geometry import Box, Point, Size
from limner.atlas.scenes import (
    EMPTY,
    WITH_CAMERA,
    Layer,
    PictureLayer,
    Prop,
    PropLayer,
    Region,
    Scene,
    TileLayer,
)
from limner.exporters.files import Files, distinct
from limner.exporters.godot_text import (
    Color,
    Ext,
    Node,
    PackedVector2,
    Rect2,
    Sub,
    Vector2,
    node_name,
    scene,
    with_provenance,
)
from limner.exporters.godot_tileset import tile_set
from limner.exporters.options import ExportOptions
from limner.exporters.scene_pictures import grid, inside, scene_pictures, split

NEAREST, REPEATED, UNTOUCHED = 1, 2, 2  # CanvasItem.TEXTURE_FILTER_NEAREST, TEXTURE_REPEAT_ENABLED; MOUSE_FILTER_IGNORE
WIDEST_VIEW = 2048  # pixels that a repeating picture covers at least
VERSION = bytes(2)  # of the packed cells: 0, in 16 bits
CELL = np.dtype(
    [("x", "<i2"), ("y", "<i2"), ("source", "<u2"), ("column", "<u2"), ("row", "<u2"), ("alternative", "<u2")]
)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Stage:
    """What is gathered while the nodes are made."""

    art: Scene
    tiles: Sub
    pictures: Mapping[str, Ext]  # of picture layers
    sprites: Mapping[str, Ext]
    shapes: list[Sub]

    def shape(self, size: Size) -> Sub:
        """A rectangle; equal ones share a resource."""
        id_ = f"box_{size.width}x{size.height}"
        found = next((sub for sub in self.shapes if sub.id == id_), None)
        if found is None:
            found = Sub(id_, "RectangleShape2D", {"size": Vector2(*size)})
            self.shapes.append(found)
        return found


def write_godot_scene(art: Scene, stem: str, options: ExportOptions) -> Files:
    """`<stem>.tscn` and the pictures, which lie beside it wherever that is."""
    folder, base = split(stem)
    made = scene_pictures(art, base)
    sheets = {name: Ext(f"tiles_{n}", "Texture2D", path) for n, (name, path) in enumerate(made.tilesets.items())}
    used = {prop.sprite for layer in art.layers if isinstance(layer, PropLayer) for prop in layer.props}
    sprites = {
        name: Ext(f"sprite_{n}", "Texture2D", path)
        for n, (name, path) in enumerate(made.sprites.items())
        if name in used
    }
    pictures = {name: Ext(f"picture_{n}", "Texture2D", path) for n, (name, path) in enumerate(made.layers.items())}
    parts = tile_set(art.tile_size, art.tilesets, sheets)
    tiles = Sub("tiles", "TileSet", parts.body)
    stage = _Stage(art=art, tiles=tiles, pictures=pictures, sprites=sprites, shapes=[])
    nodes = list(_nodes(stage))
    ext = [*sheets.values(), *pictures.values(), *sprites.values()]
    text = scene(ext, [*parts.sources, tiles, *stage.shapes], nodes)
    return inside(folder, {f"{base}.tscn": text, **made.files})


def _nodes(stage: _Stage) -> Iterator[Node]:
    """The root, then each layer with what it holds."""
    art = stage.art
    properties = {**art.properties, "view": art.view}
    root = {"texture_filter": NEAREST, **_kept(properties)}
    yield Node(node_name(art.name), "Node2D", None, with_provenance(root, art.provenance))
    names = distinct(["Background", *(node_name(layer.name) for layer in art.layers)])
    if art.background is not None:
        size = pixel_size(art)
        colour = Color(*(side / 255 for side in art.background))
        corner = {"offset_right": float(size.width), "offset_bottom": float(size.height)}
        yield Node(names[0], "ColorRect", ".", {**corner, "mouse_filter": UNTOUCHED, "color": colour})
    for name, layer in zip(names[1:], art.layers, strict=True):
        yield from _layer(stage, name, layer)


def _layer(stage: _Stage, name: str, layer: Layer) -> Iterator[Node]:
    if isinstance(layer, TileLayer):
        own = {"overhead": True} if layer.overhead else {}
        body = {"tile_map_data": _cells(stage.art, layer), "tile_set": stage.tiles}
        yield Node(name, "TileMapLayer", ".", {**_faded(layer), **body, **_kept({**own, **layer.properties})})
    elif isinstance(layer, PictureLayer):
        yield from _picture(stage, name, layer)
    elif isinstance(layer, PropLayer):
        yield Node(name, "Node2D", ".", {**_faded(layer), "y_sort_enabled": True, **_kept(layer.properties)})
        props = in_order(layer)
        for own_name, prop in zip(distinct(node_name(prop.name) for prop in props), props, strict=True):
            yield from _prop(stage, name, own_name, prop)
    else:
        yield Node(name, "Node2D", ".", _kept(layer.properties))
        names = distinct(node_name(region.name) for region in layer.regions)
        for own_name, region in zip(names, layer.regions, strict=True):
            yield from _region(stage, name, own_name, region)


def _cells(art: Scene, layer: TileLayer) -> bytes:
    """The packed cells of a TileMapLayer: the format's version, 0, and 12 bytes for each cell that is not empty."""
    source = next(n for n, tileset in enumerate(art.tilesets) if tileset.name == layer.tileset)
    rows, columns = np.nonzero(layer.tiles != EMPTY)
    tiles = layer.tiles[rows, columns]
    cells = np.zeros(tiles.size, CELL)
    cells["x"], cells["y"], cells["source"] = columns, rows, source
    cells["row"], cells["column"] = np.divmod(tiles, grid(art.tilesets[source]).width)
    packed: bytes = cells.tobytes()
    return VERSION + packed


def _picture(stage: _Stage, name: str, layer: PictureLayer) -> Iterator[Node]:
    """A sprite, and around it a Parallax2D where the picture does not simply lie in the scene."""
    shown: dict[str, object] = {"texture": stage.pictures[layer.name], "centered": False}
    place = Vector2(float(whole(layer.offset.x)), float(whole(layer.offset.y)))
    if layer.parallax == WITH_CAMERA and not (layer.repeat_x or layer.repeat_y):
        yield Node(name, "Sprite2D", ".", {**_faded(layer), "position": place, **shown, **_kept(layer.properties)})
        return
    body: dict[str, object] = {"scroll_scale": Vector2(*map(float, layer.parallax)), "scroll_offset": place}
    if layer.repeat_x or layer.repeat_y:
        size = _covering(stage.art, layer)
        body["repeat_size"] = Vector2(size.width * layer.repeat_x, size.height * layer.repeat_y)
        shown |= {"texture_repeat": REPEATED, "region_enabled": True, "region_rect": Rect2(0, 0, *size)}
    yield Node(name, "Parallax2D", ".", {**_faded(layer), **body, **_kept(layer.properties)})
    yield Node("Picture", "Sprite2D", name, shown)


def _covering(art: Scene, layer: PictureLayer) -> Size:
    """The picture so often side by side, where it repeats, that no screen sees its end."""
    height, width = layer.pixels.shape[:2]
    scene_width, scene_height = pixel_size(art)
    across = -(-max(WIDEST_VIEW, scene_width) // width) if layer.repeat_x else 1
    down = -(-max(WIDEST_VIEW, scene_height) // height) if layer.repeat_y else 1
    return Size(width * across, height * down)


def _prop(stage: _Stage, parent: str, name: str, prop: Prop) -> Iterator[Node]:
    """A sprite that hangs on its foot; the offset makes up for a foot between two pixels."""
    box = placed(prop, next(sprite for sprite in stage.art.sprites if sprite.name == prop.sprite))
    body: dict[str, object] = {"position": Vector2(*map(float, prop.foot)), "texture": stage.sprites[prop.sprite]}
    body |= {"centered": False, "offset": Vector2(float(box.x - prop.foot.x), float(box.y - prop.foot.y))}
    flipped = {"flip_h": True} if prop.flipped else {}
    yield Node(name, "Sprite2D", parent, {**body, **flipped, **_kept(prop.properties)})
    if prop.footprint is not None:
        yield Node("Body", "StaticBody2D", f"{parent}/{name}")
        yield _shape_of(stage, f"{parent}/{name}/Body", prop.footprint, prop.foot)


def _region(stage: _Stage, parent: str, name: str, region: Region) -> Iterator[Node]:
    """A marker, or an area with a shape; its position is the corner of the box."""
    body = {"position": Vector2(float(region.box.x), float(region.box.y)), **_kept(region.properties)}
    groups = [region.kind] if region.kind else []
    if not region.polygon and not (region.box.width and region.box.height):
        yield Node(name, "Marker2D", parent, body, groups)
        return
    yield Node(name, "Area2D", parent, body, groups)
    if region.polygon:
        points = [(float(point.x - region.box.x), float(point.y - region.box.y)) for point in region.polygon]
        yield Node("Shape", "CollisionPolygon2D", f"{parent}/{name}", {"polygon": PackedVector2(points)})
    else:
        yield _shape_of(stage, f"{parent}/{name}", region.box, Point(region.box.x, region.box.y))


def _shape_of(stage: _Stage, parent: str, box: Box, origin: Point) -> Node:
    """The box as a shape of the node at `origin`; Godot places shapes by their middle."""
    middle = Vector2(box.x + box.width / 2 - origin.x, box.y + box.height / 2 - origin.y)
    return Node(
        "Shape", "CollisionShape2D", parent, {"position": middle, "shape": stage.shape(Size(box.width, box.height))}
    )


def _faded(layer: TileLayer | PropLayer | PictureLayer) -> dict[str, object]:
    return {"modulate": Color(1, 1, 1, float(layer.opacity))} if layer.opacity < 1 else {}


def _kept(properties: Mapping[str, object]) -> dict[str, object]:
    return {"metadata/properties": dict(properties)} if properties else {}
