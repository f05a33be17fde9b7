"""Tiled's maps read as scenes: what our writers make comes back whole, and most maps that people draw come in.

A layer that mixes tilesets becomes a layer for each; mirrored and turned tiles become tiles of their own; groups are taken apart.
Maps that are not orthogonal, infinite maps and turned or stretched objects are refused, with what to do in Tiled.
"""

import base64
import json
import posixpath
import zlib
from collections.abc import Iterator
from dataclasses import replace
from typing import cast

import numpy as np
from numpy.typing import NDArray

from limner.atlas.geometry import Box, Point, Size
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
from limner.atlas.sprites import Pixels
from limner.exporters.files import ExportError
from limner.exporters.tiled_tileset_reading import (
    ACROSS,
    Read,
    TileArt,
    as_tiled_writes,
    colour_of,
    picture_at,
    properties_of,
    read_tileset,
    tree_at,
    without,
)
from limner.exporters.tiled_xml_reading import Tree

WINDOWS: dict[str, int | None] = {"": None, "zlib": zlib.MAX_WBITS, "gzip": zlib.MAX_WBITS | 16}
MOST_BYTES = 16 << 20  # of one layer's numbers: four million tiles
MAP_PROPERTIES = {"view", "provenance"}  # of ours, with places of their own in a scene


def read_tiled(path: str, read: Read, name: str = "") -> Scene:
    """The scene in the map at `path` (`.tmx`, `.tmj` or `.json`); `read` gives the files that belong to it.

    Raises ExportError for a map that a scene cannot hold.
    """
    with as_tiled_writes(path):
        return _scene(path, read, name)


def _scene(path: str, read: Read, name: str) -> Scene:
    tree = tree_at(path, read)
    if tree.get("orientation") != "orthogonal" or tree.get("infinite"):
        raise ExportError(f"{path}: the map is not orthogonal or has no end; change both in Tiled's map properties")
    art, folder = TileArt(), posixpath.dirname(path)
    for listed in tree.get("tilesets", []):
        read_tileset(art, listed, folder, read)
    layers = [layer for one in tree["layers"] for layer in _layers(one, art, folder, read, tree)]
    properties = properties_of(tree)
    return Scene(
        name=name or posixpath.splitext(posixpath.basename(path))[0],
        size=Size(tree["width"], tree["height"]),
        tile_size=Size(tree["tilewidth"], tree["tileheight"]),
        tilesets=tuple(replace(sheet.tileset, tiles=tuple(sheet.tiles)) for sheet in art.sheets),
        sprites=tuple(art.sprites[number] for number in sorted(art.sprites)),
        layers=tuple(layers),
        view="side" if properties.get("view") == "side" else "top-down",
        background=colour_of(tree["backgroundcolor"]) if tree.get("backgroundcolor") else None,
        properties={key: value for key, value in properties.items() if key not in MAP_PROPERTIES},
        provenance=json.loads(str(properties.get("provenance", "{}"))),
    )


def _layers(tree: Tree, art: TileArt, folder: str, read: Read, whole: Tree) -> Iterator[Layer]:
    """The layers of a scene that stand for one of Tiled's."""
    kind = tree["type"]
    if kind == "group":
        opacity = tree.get("opacity", 1)
        for one in tree["layers"]:
            yield from _layers({**one, "opacity": opacity * one.get("opacity", 1)}, art, folder, read, whole)
    elif kind == "tilelayer":
        yield from _tile_layers(tree, art, whole)
    elif kind == "imagelayer":
        if tree.get("image"):
            yield _picture_layer(tree, picture_at(folder, tree["image"], read))
    else:
        yield from _object_layers(tree, art, whole)


def _tile_layers(tree: Tree, art: TileArt, whole: Tree) -> Iterator[TileLayer]:
    if tree.get("offsetx") or tree.get("offsety"):
        raise ExportError(f"layer {tree['name']!r} does not lie on the grid; set its offset to 0 in Tiled")
    numbers = _numbers(tree).reshape(whole["height"], whole["width"])
    values = properties_of(tree)
    used = {sheet.first: sheet for gid in np.unique(numbers[numbers > 0]).tolist() for sheet in [art.sheet(gid)]}
    for nth, (first, sheet) in enumerate(sorted(used.items()) or [(s.first, s) for s in art.sheets[:1]]):
        tiles = np.full(numbers.shape, EMPTY, np.int32)
        for gid in np.unique(numbers[numbers > 0]).tolist():
            if art.sheet(gid).first == first:
                tiles[numbers == gid] = sheet.number(gid)
        yield TileLayer(
            name=tree["name"] if nth == 0 else f"{tree['name']} ({sheet.tileset.name})",
            tileset=sheet.tileset.name,
            tiles=tiles,
            opacity=float(tree.get("opacity", 1)),
            overhead=values.get("overhead") is True,
            properties=without(values, "overhead"),
        )


def _numbers(tree: Tree) -> NDArray[np.int64]:
    """The tile numbers of a layer with their bits, in reading order."""
    if "chunks" in tree:
        raise ExportError(f"layer {tree['name']!r} has no end; turn off Infinite in Tiled's map properties")
    data = tree["data"]
    if isinstance(data, list):
        return np.array(data, np.int64)
    compression = tree.get("compression", "")
    if tree.get("encoding") != "base64" or compression not in WINDOWS:
        raise ExportError(
            f"layer {tree['name']!r} is packed as {compression or 'XML'}; choose CSV in Tiled's map properties"
        )
    content = base64.b64decode(data)
    if (window := WINDOWS[compression]) is not None:
        content = zlib.decompressobj(window).decompress(content, MOST_BYTES)  # what is longer fits no map
    return np.frombuffer(content, "<u4").astype(np.int64)


def _picture_layer(tree: Tree, pixels: Pixels) -> PictureLayer:
    return PictureLayer(
        name=tree["name"],
        pixels=pixels,
        offset=Point(tree.get("offsetx", 0), tree.get("offsety", 0)),
        parallax=Point(tree.get("parallaxx", 1), tree.get("parallaxy", 1)),
        repeat_x=bool(tree.get("repeatx", False)),
        repeat_y=bool(tree.get("repeaty", False)),
        opacity=float(tree.get("opacity", 1)),
        properties=properties_of(tree),
    )


def _object_layers(tree: Tree, art: TileArt, whole: Tree) -> Iterator[PropLayer | RegionLayer]:
    """Props from the tile objects, regions from the rest; footprints belong to their props."""
    objects, values = tree["objects"], properties_of(tree)
    if objects and all(one.get("type") == "footprint" for one in objects):
        return
    feet = _footprints(whole)
    props = tuple(_prop(one, art, feet.get(one["id"])) for one in objects if one.get("gid"))
    regions = tuple(_region(one) for one in objects if not one.get("gid"))
    if props or (not regions and tree.get("visible", True)):
        yield PropLayer(name=tree["name"], props=props, opacity=float(tree.get("opacity", 1)), properties=values)
    if regions or (not props and not tree.get("visible", True)):
        name = f"{tree['name']} regions" if props else tree["name"]
        yield RegionLayer(name=name, regions=regions, properties={} if props else values)


def _footprints(whole: Tree) -> dict[int, Box]:
    """The footprints of the map by the id of their prop."""
    groups = [one for one in whole["layers"] if one["type"] == "objectgroup"]
    feet = [one for group in groups for one in group["objects"] if one.get("type") == "footprint"]
    return {cast(int, properties_of(one).get("prop", 0)): _box(one) for one in feet}


def _prop(tree: Tree, art: TileArt, footprint: Box | None) -> Prop:
    sprite = art.sprite(tree["gid"])
    width, height = sprite.size
    if tree.get("rotation") or (tree.get("width", width), tree.get("height", height)) != (width, height):
        raise ExportError(
            f"object {tree['name']!r} is turned or stretched; undo that in Tiled, or draw a sprite of its size"
        )
    flipped = bool(tree["gid"] & ACROSS)
    pivot = sprite.pivot or Point(width / 2, height)
    across = width - pivot.x if flipped else pivot.x
    foot = Point(tree["x"] + across, tree["y"] - height + pivot.y)
    values = properties_of(tree)
    return Prop(
        name=tree["name"], sprite=sprite.name, foot=foot, flipped=flipped, footprint=footprint, properties=values
    )


def _region(tree: Tree) -> Region:
    x, y = tree["x"], tree["y"]
    polygon = tuple(Point(x + point["x"], y + point["y"]) for point in tree.get("polygon", []))
    kind = tree.get("type") or tree.get("class", "")
    return Region(
        name=tree["name"],
        kind=kind,
        box=_bounds(polygon) or _box(tree),
        polygon=polygon,
        properties=properties_of(tree),
    )


def _bounds(polygon: tuple[Point, ...]) -> Box | None:
    if not polygon:
        return None
    left, top = (int(np.floor(min(sides))) for sides in zip(*polygon, strict=True))
    right, bottom = (int(np.ceil(max(sides))) for sides in zip(*polygon, strict=True))
    return Box(left, top, right - left, bottom - top)


def _box(tree: Tree) -> Box:
    return Box(*(round(tree.get(key, 0)) for key in ("x", "y", "width", "height")))
