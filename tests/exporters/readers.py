"""Readers of what the atlas formats write, each by its engine's own rules and with Pillow; nothing of the writers is used here."""

import io
import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any
from xml.etree import ElementTree

import numpy as np
import tinycss2
import yaml
from PIL import Image

from limner.atlas.sprites import Pixels

Read = dict[str, Pixels]
Reader = Callable[[Mapping[str, bytes], Sequence[str]], Read]  # the files, and the sprites' names in order
CLOCKWISE, COUNTER = Image.Transpose.ROTATE_270, Image.Transpose.ROTATE_90  # Pillow counts against the clock


def picture(files: Mapping[str, bytes], path: str) -> Image.Image:
    return Image.open(io.BytesIO(files[path])).convert("RGBA")


def framed(part: Image.Image, size: tuple[int, int], at: tuple[int, int]) -> Pixels:
    """A trimmed part where it lay in the whole."""
    whole = Image.new("RGBA", size)
    whole.paste(part, at)
    return np.asarray(whole)


def cut(page: Image.Image, x: float, y: float, width: float, height: float) -> Image.Image:
    box = (int(x), int(y), int(x + width), int(y + height))
    assert 0 <= box[0] < box[2] <= page.width
    assert 0 <= box[1] < box[3] <= page.height
    return page.crop(box)


def json_frame(page: Image.Image, entry: dict[str, Any]) -> Pixels:
    """As PixiJS does: a rotated frame takes height by width of the page, and is turned back against the clock."""
    frame, source, size = entry["frame"], entry["spriteSourceSize"], entry["sourceSize"]
    if entry["rotated"]:
        part = cut(page, frame["x"], frame["y"], frame["h"], frame["w"]).transpose(COUNTER)
    else:
        part = cut(page, frame["x"], frame["y"], frame["w"], frame["h"])
    assert part.size == (source["w"], source["h"])
    assert entry["trimmed"] == (part.size != (size["w"], size["h"]))
    return framed(part, (size["w"], size["h"]), (source["x"], source["y"]))


def sheets(files: Mapping[str, bytes], suffix: str) -> Iterator[tuple[Image.Image, dict[str, Any]]]:
    for path in files:
        if path.endswith(suffix) and "frames" in (sheet := json.loads(files[path])):
            page = picture(files, sheet["meta"]["image"])
            assert page.size == (sheet["meta"]["size"]["w"], sheet["meta"]["size"]["h"])
            yield page, sheet


def read_hash(files: Mapping[str, bytes], names: Sequence[str]) -> Read:
    found = sheets(files, ".json")
    return {name: json_frame(page, entry) for page, sheet in found for name, entry in sheet["frames"].items()}


def read_array(files: Mapping[str, bytes], names: Sequence[str]) -> Read:
    found = sheets(files, ".json")
    return {entry["filename"]: json_frame(page, entry) for page, sheet in found for entry in sheet["frames"]}


def read_pixi(files: Mapping[str, bytes], names: Sequence[str]) -> Read:
    """The first sheet alone, and those that it says belong to it."""
    linked = json.loads(files["art.json"])["meta"].get("related_multi_packs", [])
    return read_hash({path: files[path] for path in files if path in ["art.json", *linked] or ".png" in path}, names)


def read_phaser(files: Mapping[str, bytes], names: Sequence[str]) -> Read:
    textures = json.loads(files["art.json"])["textures"]
    return {
        entry["filename"]: json_frame(picture(files, texture["image"]), entry)
        for texture in textures
        for entry in texture["frames"]
    }


def read_paper2d(files: Mapping[str, bytes], names: Sequence[str]) -> Read:
    found: Read = {}
    for page, sheet in sheets(files, ".paper2dsprites"):
        assert sheet["meta"]["target"] == "paper2d"
        for name, entry in sheet["frames"].items():
            assert not entry["rotated"]
            assert set(entry["pivot"]) == {"x", "y"}
            found[name] = json_frame(page, entry)
    return found


def read_libgdx(files: Mapping[str, bytes], names: Sequence[str]) -> Read:
    """By the steps of libGDX's `TextureAtlasData.load`: a line with a colon is an entry, any other a name; blank lines part pages."""
    found: Read = {}
    for block in files["art.atlas"].decode().split("\n\n"):
        (path, about), *regions = named_entries(block)
        page = picture(files, path)
        assert page.size == tuple(map(int, about["size"]))
        found |= {name: libgdx_region(page, entries) for name, entries in regions}
    return {name: found[" ".join(name.replace(":", "_").split())] for name in names}


def named_entries(block: str) -> list[tuple[str, dict[str, list[str]]]]:
    found: list[tuple[str, dict[str, list[str]]]] = []
    for line in block.strip("\n").split("\n"):
        if ":" in line:
            found[-1][1].update([entry(line)])
        else:
            found.append((line, {}))
    return found


def entry(line: str) -> tuple[str, list[str]]:
    key, values = line.split(":", 1)
    return key.strip(), [value.strip() for value in values.split(",")]


def libgdx_region(page: Image.Image, entries: dict[str, list[str]]) -> Pixels:
    """A rotated region was turned against the clock when it was packed; offsets count from the bottom left."""
    x, y, width, height = map(int, entries["bounds"])
    left, below, full_width, full_height = map(int, entries.get("offsets", ["0", "0", str(width), str(height)]))
    if entries.get("rotate") == ["90"]:
        part = cut(page, x, y, height, width).transpose(CLOCKWISE)
    else:
        part = cut(page, x, y, width, height)
    return framed(part, (full_width, full_height), (left, full_height - below - height))


def read_starling(files: Mapping[str, bytes], names: Sequence[str]) -> Read:
    """By Starling's `TextureAtlas.parseAtlasXml`; a rotated SubTexture shows its region turned against the clock."""
    found: Read = {}
    for root in (ElementTree.fromstring(files[path]) for path in files if path.endswith(".xml")):
        page = picture(files, root.attrib["imagePath"])
        for one in root.iter("SubTexture"):
            part = cut(page, *(int(one.attrib[key]) for key in ("x", "y", "width", "height")))
            if one.get("rotated") == "true":
                part = part.transpose(COUNTER)
            size = (int(one.get("frameWidth", part.width)), int(one.get("frameHeight", part.height)))
            found[one.attrib["name"]] = framed(part, size, (-int(one.get("frameX", 0)), -int(one.get("frameY", 0))))
    return found


def unquoted(text: str) -> str:
    return re.sub(r"\\(.)", r"\1", text, flags=re.DOTALL)


STRING = r'"((?:[^"\\]|\\.)*)"'


def godot_blocks(text: str) -> Iterator[tuple[str, str]]:
    """Each `[tag …]` of a text resource with what stands below it."""
    parts = re.split(r"^\[(\w+[^\n]*)\]$", text, flags=re.MULTILINE)
    return zip(parts[1::2], parts[2::2], strict=True)


def godot_textures(files: Mapping[str, bytes], path: str) -> Iterator[Pixels]:
    """The AtlasTextures of a resource: `region` on the page, `margin` its place and what the whole is larger by."""
    pages: dict[str, Image.Image] = {}
    for head, body in godot_blocks(files[path].decode()):
        attributes = {key: unquoted(value) for key, value in re.findall(rf"(\w+)={STRING}", head)}
        if head.startswith("ext_resource"):
            pages[attributes["id"]] = picture(files, attributes["path"])
        if match := re.search(rf"^atlas = ExtResource\({STRING}\)$", body, re.MULTILINE):
            region, margin = (godot_rect(body, key) for key in ("region", "margin"))
            assert region is not None
            left, top, wider, higher = margin or (0, 0, 0, 0)
            part = cut(pages[match[1]], *region)
            yield framed(part, (part.width + int(wider), part.height + int(higher)), (int(left), int(top)))


def godot_rect(body: str, key: str) -> tuple[float, ...] | None:
    match = re.search(rf"^{key} = Rect2\((.*)\)$", body, re.MULTILINE)
    return tuple(map(float, match[1].split(","))) if match else None


def read_godot_atlas(files: Mapping[str, bytes], names: Sequence[str]) -> Read:
    found: Read = {}
    for path in (path for path in files if path.endswith(".tres")):
        name = re.search(rf"^resource_name = {STRING}$", files[path].decode(), re.MULTILINE)
        assert name is not None
        (found[unquoted(name[1])],) = godot_textures(files, path)
    return found


def read_godot_spriteframes(files: Mapping[str, bytes], names: Sequence[str]) -> Read:
    return dict(zip(names, godot_textures(files, "art.tres"), strict=True))


def read_unity(files: Mapping[str, bytes], names: Sequence[str]) -> Read:
    """Rectangles count from the bottom left; the whole is found from the pivot, which is the untrimmed picture's middle."""
    found: Read = {}
    for path in (path for path in files if path.endswith(".meta")):
        importer = yaml.safe_load(files[path])["TextureImporter"]
        page = picture(files, path.removesuffix(".meta"))
        assert importer["maxTextureSize"] >= max(page.size)
        table = importer["spriteSheet"]["nameFileIdTable"]
        for one in importer["spriteSheet"]["sprites"]:
            rect, pivot = one["rect"], one["pivot"]
            width, height = rect["width"], rect["height"]
            assert table[one["name"]] == one["internalID"] != 0
            part = cut(page, rect["x"], page.height - rect["y"] - height, width, height)
            found[one["name"]] = np.asarray(part)
            assert one["alignment"] == 9
            assert isinstance(pivot["x"], int | float)
    return found


def read_css(files: Mapping[str, bytes], names: Sequence[str]) -> Read:
    rules = tinycss2.parse_stylesheet(files["art.css"].decode(), skip_comments=True, skip_whitespace=True)
    found: Read = {}
    for rule in rules:
        assert rule.type == "qualified-rule"
        (name,) = (token.value for token in rule.prelude if token.type == "ident")
        said = {
            one.lower_name: [token for token in one.value if token.type != "whitespace"]
            for one in tinycss2.parse_blocks_contents(rule.content, skip_comments=True, skip_whitespace=True)
        }
        if "width" in said:
            page = picture(files, css_url(said["background-image"][0]))
            x, y = (token.value for token in said["background-position"])
            part = cut(page, -x, -y, said["width"][0].value, said["height"][0].value)
            sprite = names[len(found)]
            assert name == "art-" + "-".join(sprite.split()), "a class holds no white space"
            found[sprite] = np.asarray(part)
    return found


def css_url(token: Any) -> str:
    text: str = token.value if token.type == "url" else token.arguments[0].value
    return text


def read_sheet(files: Mapping[str, bytes], names: Sequence[str]) -> Read:
    content = json.loads(files["art.json"])
    page = picture(files, content["meta"]["image"])
    width, height, columns = content["frame"]["w"], content["frame"]["h"], content["columns"]
    assert page.size == (columns * width, content["rows"] * height)
    found: Read = {}
    for number, one in enumerate(content["frames"]):
        cell = cut(page, number % columns * width, number // columns * height, width, height)
        part = one["sprite"]
        found[one["name"]] = np.asarray(cut(cell, part["x"], part["y"], part["w"], part["h"]))
    return found


def read_pictures(files: Mapping[str, bytes], names: Sequence[str]) -> Read:
    pictures = [path for path in files if path.endswith(".png")]
    return {name: np.asarray(picture(files, path)) for name, path in zip(names, pictures, strict=True)}


READERS: dict[str, Reader] = {
    "aseprite-json": read_hash,
    "css": read_css,
    "godot-atlas": read_godot_atlas,
    "godot-spriteframes": read_godot_spriteframes,
    "libgdx": read_libgdx,
    "paper2d": read_paper2d,
    "phaser-json": read_phaser,
    "pixi-json": read_pixi,
    "png": read_pictures,
    "png-indexed": read_pictures,
    "sheet": read_sheet,
    "starling-xml": read_starling,
    "texturepacker-json": read_hash,
    "texturepacker-json-array": read_array,
    "unity": read_unity,
}
