"""Tiled's XML: a map (`.tmx`) and its tilesets (`.tsx`), from the trees of the JSON format."""

from collections.abc import Iterable, Mapping
from xml.etree.ElementTree import Element, SubElement, indent, tostring

from limner.atlas.scenes import Scene
from limner.atlas.tilesets import Tileset
from limner.exporters.files import Files
from limner.exporters.options import ExportOptions
from limner.exporters.png import encoded
from limner.exporters.scene_pictures import inside, sheet, split
from limner.exporters.tiled_map import tiled_map
from limner.exporters.tiled_tileset import Tree, tileset_tree
from limner.exporters.xml_text import legal

LAYER_TAGS = {"tilelayer": "layer", "objectgroup": "objectgroup", "imagelayer": "imagelayer"}
JSON_ONLY = {"type", "x", "y", "image", "imagewidth", "imageheight"}  # of maps, layers and tilesets


def write_tiled_tmx(scene: Scene, stem: str, options: ExportOptions) -> Files:
    """`<stem>.tmx`, a `.tsx` for each tileset, and the pictures."""
    folder, base = split(stem)
    made = tiled_map(scene, base)
    root = Element("map", _attributes(made.tree))
    _properties(root, made.tree)
    for name, first in made.first.items():
        SubElement(root, "tileset", _attributes({"firstgid": first, "source": f"{name}.tsx"}))
    for layer in made.tree["layers"]:
        _layer(root, layer)
    files = {f"{name}.tsx": _text(_tileset(tree)) for name, tree in made.tilesets.items()}
    return inside(folder, {f"{base}.tmx": _text(root), **files, **made.files})


def write_tiled_tsx(tileset: Tileset, stem: str, options: ExportOptions) -> Files:
    """`<stem>.tsx` and its picture."""
    folder, base = split(stem)
    root = _tileset(tileset_tree(tileset, f"{base}.png"))
    picture = encoded(sheet(tileset), tileset.provenance)
    return inside(folder, {f"{base}.tsx": _text(root), f"{base}.png": picture})


def _layer(root: Element, tree: Tree) -> None:
    element = SubElement(root, LAYER_TAGS[tree["type"]], _attributes(tree))
    _properties(element, tree)
    if "image" in tree:
        _image(element, tree)
    if "data" in tree:
        rows = range(0, len(tree["data"]), tree["width"])
        lines = (",".join(map(str, tree["data"][start : start + tree["width"]])) for start in rows)
        SubElement(element, "data", encoding="csv").text = "\n" + ",\n".join(lines) + "\n"
    _objects(element, tree.get("objects", []))


def _objects(parent: Element, objects: Iterable[Tree]) -> None:
    for tree in objects:
        element = SubElement(parent, "object", _attributes(tree, json_only=()))
        _properties(element, tree)
        if tree.get("point"):
            SubElement(element, "point")
        if "polygon" in tree:
            points = " ".join(f"{_written(point['x'])},{_written(point['y'])}" for point in tree["polygon"])
            SubElement(element, "polygon", points=points)


def _tileset(tree: Tree) -> Element:
    root = Element("tileset", _attributes(tree))
    _properties(root, tree)
    if "image" in tree:
        _image(root, tree)
    for tile in tree["tiles"]:
        element = SubElement(root, "tile", _attributes(tile))
        _properties(element, tile)
        if "image" in tile:
            _image(element, tile)
        if "objectgroup" in tile:
            group = SubElement(element, "objectgroup", _attributes(tile["objectgroup"]))
            _objects(group, tile["objectgroup"]["objects"])
    if tree.get("wangsets"):
        sets = SubElement(root, "wangsets")
        for wang_set in tree["wangsets"]:
            _wang_set(sets, wang_set)
    return root


def _wang_set(parent: Element, tree: Tree) -> None:
    element = SubElement(parent, "wangset", _attributes(tree, json_only=()))
    for colour in tree["colors"]:
        SubElement(element, "wangcolor", _attributes(colour))
    for tile in tree["wangtiles"]:
        SubElement(element, "wangtile", tileid=str(tile["tileid"]), wangid=",".join(map(str, tile["wangid"])))


def _image(parent: Element, tree: Tree) -> None:
    places = {"source": tree["image"], "width": tree["imagewidth"], "height": tree["imageheight"]}
    SubElement(parent, "image", _attributes(places))


def _properties(parent: Element, tree: Tree) -> None:
    if "properties" not in tree:
        return
    element = SubElement(parent, "properties")
    for entry in tree["properties"]:
        one = SubElement(element, "property", name=legal(entry["name"]))
        if entry["type"] != "string":
            one.set("type", entry["type"])
        value = entry["value"]
        one.set("value", str(value).lower() if isinstance(value, bool) else _written(value))


def _attributes(tree: Tree, json_only: Iterable[str] = JSON_ONLY) -> dict[str, str]:
    """The plain entries as attributes; what is not said is what the format takes for granted."""
    implied = {"visible": True, "rotation": 0, "margin": 0, "spacing": 0, "point": True, "opacity": 1.0}
    return {
        key: _written(value)
        for key, value in tree.items()
        if not isinstance(value, Mapping | list) and key not in json_only and implied.get(key) != value
    }


def _written(value: str | float) -> str:
    if isinstance(value, bool):
        return str(int(value))
    if isinstance(value, float):
        return repr(value).removesuffix(".0")
    return legal(str(value))


def _text(root: Element) -> bytes:
    indent(root, " ")
    content: bytes = tostring(root, encoding="utf-8", xml_declaration=True)
    return content + b"\n"
