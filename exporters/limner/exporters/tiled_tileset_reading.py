"""Tiled's tilesets read as ours: sheets with their Wang sets, collections as sprites."""

import io
import json
import posixpath
import zlib
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, cast

import numpy as np
from PIL import Image

from limner.atlas.geometry import Point, Size
from limner.atlas.scenes import (
    Property,
)
from limner.atlas.sprites import Pixels, Sprite
from limner.atlas.tilesets import Terrain, Tileset, WangId, WangSet
from limner.exporters.files import ExportError
from limner.exporters.tiled_xml_reading import Tree, tree_of

FORMATS = ("PNG", "GIF", "WEBP", "JPEG", "BMP", "TGA")  # of pictures; others start programs, or are never used in maps
MOST_PIXELS = 64 << 20  # of one picture
BROKEN = (  # what reading a file that is not as it should be can raise
    AttributeError, EOFError, IndexError, KeyError, MemoryError, OverflowError, RecursionError, SyntaxError, TypeError,
    ValueError, zlib.error,
)  # fmt: skip
Read = Callable[[str], bytes]  # the bytes at a path relative to the map
ACROSS, DOWN, TURNED, NUMBER = 0x80000000, 0x40000000, 0x20000000, 0x0FFFFFFF  # the bits of a tile number


@dataclass(slots=True)
class _Sheet:
    """A tileset on the way in: tiles grow where some are mirrored or turned."""

    first: int
    tileset: Tileset
    tiles: list[Pixels]
    turned: dict[int, int] = field(default_factory=dict)  # tile with its bits → the number of the tile made for it

    def number(self, gid: int) -> int:
        tile = (gid & NUMBER) - self.first
        bits = gid & (ACROSS | DOWN | TURNED)
        if not bits:
            return tile
        if gid not in self.turned:
            self.turned[gid] = len(self.tiles)
            self.tiles.append(_moved(self.tiles[tile], bits))
        return self.turned[gid]


@dataclass(slots=True)
class TileArt:
    """What the tile numbers of a map stand for."""

    sheets: list[_Sheet] = field(default_factory=list)
    sprites: dict[int, Sprite] = field(default_factory=dict)  # by tile number

    def sheet(self, gid: int) -> _Sheet:
        found = [one for one in self.sheets if one.first <= gid & NUMBER]
        if not found or (gid & NUMBER) - found[-1].first >= len(found[-1].tileset.tiles):
            raise ExportError(f"no tileset of the map has tile {gid & NUMBER}; save the map again in Tiled")
        return found[-1]

    def sprite(self, gid: int) -> Sprite:
        number = gid & NUMBER
        if number not in self.sprites:
            sheet = self.sheet(number)
            tile = number - sheet.first
            self.sprites[number] = Sprite(name=f"{sheet.tileset.name} {tile}", pixels=sheet.tileset.tiles[tile])
        return self.sprites[number]


def read_tiled_tileset(path: str, read: Read) -> Tileset:
    """The tileset in the file at `path` (`.tsx`, `.tsj` or `.json`). Raises ExportError for one that is not cut from a picture."""
    with as_tiled_writes(path):
        art = TileArt()
        read_tileset(art, {"firstgid": 1, "source": path}, "", read)
        if not art.sheets:
            raise ExportError(f"{path} is a collection of pictures; choose a tileset that is cut from one picture")
        return art.sheets[0].tileset


@contextmanager
def as_tiled_writes(path: str) -> Iterator[None]:
    """Turn everything that a broken file can cause into an ExportError with its path."""
    try:
        yield
    except ExportError:
        raise
    except OSError as error:
        raise ExportError(f"{path}: a file of it cannot be read ({error}); put it where Tiled expects it") from error
    except Image.DecompressionBombError as error:
        raise ExportError(f"{path}: a picture of it is too large ({error}); cut it into smaller ones") from error
    except BROKEN as error:
        raise ExportError(f"{path} is not as Tiled writes it ({error!r}); save it again in Tiled") from error


def tree_at(path: str, read: Read) -> Tree:
    content = read(path)
    if path.endswith((".tmx", ".tsx")):
        return tree_of(content)
    try:
        return cast(Tree, json.loads(content))
    except ValueError as error:
        raise ExportError(f"{path} is not JSON ({error}); save it again") from error


def read_tileset(art: TileArt, listed: Tree, folder: str, read: Read) -> None:
    first = listed["firstgid"]
    if "source" in listed:
        path = posixpath.normpath(posixpath.join(folder, listed["source"]))
        listed, folder = tree_at(path, read), posixpath.dirname(path)
    if listed.get("image"):
        tileset = _sheet(listed, picture_at(folder, listed["image"], read))
        art.sheets.append(_Sheet(first, tileset, list(tileset.tiles)))
        return
    for tile in listed.get("tiles", []):
        art.sprites[first + tile["id"]] = _sprite(tile, picture_at(folder, tile["image"], read))


def picture_at(folder: str, path: str, read: Read) -> Pixels:
    content = read(posixpath.normpath(posixpath.join(folder, path)))
    with Image.open(io.BytesIO(content), formats=FORMATS) as picture:
        if picture.width * picture.height > MOST_PIXELS:
            raise ExportError(
                f"{path}: {picture.width} × {picture.height} pixels are too many; cut it into smaller ones"
            )
        return np.asarray(picture.convert("RGBA"))


def _sheet(tree: Tree, picture: Pixels) -> Tileset:
    width, height = tree["tilewidth"], tree["tileheight"]
    margin, spacing, columns = tree.get("margin", 0), tree.get("spacing", 0), tree["columns"]
    down, across = picture.shape[:2]
    if min(width, height, columns) < 1 or min(margin, spacing) < 0 or tree["tilecount"] > down * across:
        raise ExportError(f"tileset {tree['name']!r} has sizes that no picture fits; save it again in Tiled")
    tiles = []
    for number in range(tree["tilecount"]):
        row, column = divmod(number, columns)
        x, y = margin + column * (width + spacing), margin + row * (height + spacing)
        if x + width > across or y + height > down:
            raise ExportError(f"tileset {tree['name']!r} names more tiles than its picture has; save it again in Tiled")
        tiles.append(picture[y : y + height, x : x + width])
    known = {tile["id"]: properties_of(tile) for tile in tree.get("tiles", [])}
    solid = {tile["id"] for tile in tree.get("tiles", []) if _solid(tile)}
    origin = str(properties_of(tree).get("provenance", "{}"))
    return Tileset(
        name=tree["name"],
        tile_size=Size(width, height),
        tiles=tuple(tiles),
        columns=columns,
        wang_sets=tuple(_wang_set(one) for one in tree.get("wangsets", [])),
        properties={tile: own for tile, values in known.items() if (own := without(values, "solid"))},
        solid=frozenset(solid),
        provenance=json.loads(origin),
    )


def _solid(tile: Tree) -> bool:
    """Whether somebody said so, or drew a collision shape without saying."""
    said = properties_of(tile).get("solid")
    return bool(tile.get("objectgroup", {}).get("objects")) if said is None else said is True


def _sprite(tile: Tree, pixels: Pixels) -> Sprite:
    values = properties_of(tile)
    name = str(values.get("sprite", posixpath.splitext(posixpath.basename(tile["image"]))[0]))
    pivot = (
        Point(float(values["pivot_x"]), float(values["pivot_y"])) if {"pivot_x", "pivot_y"} <= values.keys() else None
    )
    shapes = [one["polygon"] for one in tile.get("objectgroup", {}).get("objects", []) if "polygon" in one]
    polygon = tuple(Point(point["x"], point["y"]) for point in shapes[0]) if shapes else ()
    return Sprite(name=name, pixels=pixels, pivot=pivot, collision=polygon)


def _wang_set(tree: Tree) -> WangSet:
    terrains = tuple(
        Terrain(name=one["name"], colour=colour_of(one["color"]), probability=float(one.get("probability", 1)))
        for one in tree.get("colors", [])
    )
    ids = {one["tileid"]: WangId(*one["wangid"]) for one in tree.get("wangtiles", [])}
    return WangSet(name=tree["name"], kind=tree["type"], terrains=terrains, wang_ids=ids)


def properties_of(tree: Tree) -> dict[str, Property]:
    return {one["name"]: one["value"] for one in tree.get("properties", [])}


def without(values: Mapping[str, Property], name: str) -> dict[str, Property]:
    return {key: value for key, value in values.items() if key != name}


def colour_of(text: str) -> tuple[int, int, int]:
    """#rrggbb or #aarrggbb."""
    red, green, blue = bytes.fromhex(text.lstrip("#"))[-3:]
    return red, green, blue


def _moved(pixels: Pixels, bits: int) -> Pixels:
    """A tile turned over its falling diagonal, then mirrored left to right, then top to bottom, as the bits say."""
    moved: Any = pixels.swapaxes(0, 1) if bits & TURNED else pixels
    moved = moved[:, ::-1] if bits & ACROSS else moved
    return np.ascontiguousarray(moved[::-1] if bits & DOWN else moved)
