"""Tiled's XML as the tree that its JSON would be."""

import re
from collections.abc import Callable
from typing import Any
from xml.etree import ElementTree
from xml.etree.ElementTree import Element

from limner.exporters.files import ExportError

Tree = dict[str, Any]
LAYERS = {"layer": "tilelayer", "objectgroup": "objectgroup", "imagelayer": "imagelayer", "group": "group"}
NUMBERS = re.compile(
    r"((tile|image)?(width|height)|tilecount|columns|margin|spacing|firstgid|g?id|tileid|[xy]|rotation|opacity"
    r"|(offset|parallax)[xy]|probability)"
)
FLAGS = {"visible", "repeatx", "repeaty", "infinite"}


def tree_of(content: bytes) -> Tree:
    """A map or a tileset. Raises ExportError for what is neither."""
    try:
        root = ElementTree.fromstring(content)
    except ElementTree.ParseError as error:
        raise ExportError(f"Tiled's file is not XML ({error}); save it again") from error
    if root.tag == "map":
        return _map(root)
    if root.tag == "tileset":
        return _tileset(root)
    raise ExportError(f"a file of Tiled begins with map or tileset, not {root.tag!r}; choose another file")


def _map(root: Element) -> Tree:
    tilesets = [_tileset(one) for one in root.findall("tileset")]
    return {**_plain(root), "tilesets": tilesets, "layers": _layers(root)}


def _layers(parent: Element) -> list[Tree]:
    return [_layer(one) for one in parent if one.tag in LAYERS]


def _layer(one: Element) -> Tree:
    tree = {**_plain(one), "type": LAYERS[one.tag]}
    if one.tag == "group":
        tree["layers"] = _layers(one)
    elif one.tag == "objectgroup":
        tree["objects"] = [_object(child) for child in one.findall("object")]
    elif one.tag == "layer" and (data := one.find("data")) is not None:
        tree |= {key: data.get(key, "") for key in ("encoding", "compression")}
        text = data.text or ""
        csv = tree["encoding"] == "csv"
        tree["data"] = [int(number) for number in text.split(",") if number.strip()] if csv else text.strip()
        if data.find("chunk") is not None:
            tree["chunks"] = []
    return tree


def _object(one: Element) -> Tree:
    tree = _plain(one)
    tree["type"] = one.get("type", one.get("class", ""))
    if one.find("point") is not None:
        tree["point"] = True
    if (polygon := one.find("polygon")) is not None:
        points = (point.split(",") for point in polygon.get("points", "").split())
        tree["polygon"] = [{"x": float(x), "y": float(y)} for x, y in points]
    return tree


def _tileset(root: Element) -> Tree:
    tree = _plain(root)
    tree["tiles"] = [_tile(one) for one in root.findall("tile")]
    tree["wangsets"] = [_wang_set(one) for one in root.findall("wangsets/wangset")]
    return tree


def _tile(one: Element) -> Tree:
    tree = _plain(one)
    if (group := one.find("objectgroup")) is not None:
        tree["objectgroup"] = {"objects": [_object(child) for child in group.findall("object")]}
    return tree


def _wang_set(one: Element) -> Tree:
    tiles = [
        {"tileid": int(tile.get("tileid", "0")), "wangid": [int(side) for side in tile.get("wangid", "").split(",")]}
        for tile in one.findall("wangtile")
    ]
    colours = [_plain(colour) for colour in one.findall("wangcolor")]
    return {**_plain(one), "type": one.get("type", "mixed"), "colors": colours, "wangtiles": tiles}


def _plain(one: Element) -> Tree:
    """The attributes with their types, the picture, and the properties."""
    tree: Tree = {}
    for key, text in one.attrib.items():
        tree[key] = _number(text) if NUMBERS.fullmatch(key) else text == "1" if key in FLAGS else text
    if (image := one.find("image")) is not None:
        tree |= {"image": image.get("source", "")}
    if (listed := one.find("properties")) is not None:
        tree["properties"] = [_property(entry) for entry in listed.findall("property")]
    return tree


def _property(one: Element) -> Tree:
    kind = one.get("type", "string")
    text = one.get("value", one.text or "")
    read: dict[str, Callable[[str], object]] = {
        "int": int,
        "object": int,
        "float": float,
        "bool": lambda value: value == "true",
    }
    return {"name": one.get("name", ""), "type": kind, "value": read.get(kind, str)(text)}


def _number(text: str) -> int | float:
    value = float(text)
    return int(value) if value.is_integer() else value
