"""Materials and tilesets from pictures on this disk."""

from __future__ import annotations

import re
from pathlib import Path
from typing import get_args

import numpy as np
from numpy.typing import NDArray

from limner.atlas.geometry import Size
from limner.atlas.materials import MapName, Material
from limner.atlas.tilesets import Tileset
from limner.client.access import UsageError
from limner.client.frame_art import FrameChoices, cells_of, pictures_in, shared
from limner.client.pictures import GREY, Note, PictureFile, read_picture

Map = NDArray[np.uint8]
NORMAL = ("normal", "normals", "nor", "nrm", "norm")
UPSIDE_DOWN = ("dx", "directx")  # their green is dark where it should be bright
WORDS: dict[str, MapName] = {
    **dict.fromkeys(("albedo", "basecolor", "diffuse", "color", "colour", "col", "diff", "alb", "base"), "albedo"),
    **dict.fromkeys((word + kind for word in NORMAL for kind in ("", "gl", "opengl", *UPSIDE_DOWN)), "normal"),
    **dict.fromkeys(("roughness", "rough", "rgh", "smoothness", "glossiness", "gloss"), "roughness"),
    **dict.fromkeys(("ambientocclusion", "occlusion", "ao", "occ"), "ambient_occlusion"),
    **dict.fromkeys(("metallic", "metalness", "metal", "met"), "metallic"),
    **dict.fromkeys(("height", "displacement", "disp", "bump"), "height"),
    **dict.fromkeys(("emission", "emissive", "emit", "glow"), "emission"),
}
ORM: dict[MapName, int] = {"ambient_occlusion": 0, "roughness": 1, "metallic": 2}
MASK: dict[MapName, int] = {"metallic": 0, "ambient_occlusion": 1, "roughness": 3}
PACKED = {"orm": ORM, "arm": ORM, "mask": MASK, "maskmap": MASK}  # pictures that hold several maps, by channel
INVERTED = {"smoothness", "glossiness", "gloss"}  # bright is smooth
COLOURED = {"albedo": 4, "normal": 3, "emission": 3}  # channels of a map; the others are grey


def material_at(path: Path, note: Note) -> Material:
    """A folder of maps known by their names (`albedo.png`, `wall_normal.png`, `wall_orm.png`), or one picture as the albedo.

    A map of its own goes before one that is packed with others.
    Raises UsageError for a folder without an albedo, with two pictures for one map, and with maps of several sizes.
    """
    if path.is_file():
        file = read_picture(path, note, first_only=True)
        return Material(name=path.stem, maps={"albedo": file.frames[0].pixels}, provenance=file.provenance)
    found, packed = named_maps(path, note)
    if "albedo" not in found:
        raise UsageError(f"{path}: no albedo map there; name one albedo.png, or name one picture alone")
    files = {picture: read_map(picture, note) for picture, _ in [*found.values(), *packed]}
    maps = {name: map_of(name, word, files[picture].frames[0].pixels) for name, (picture, word) in found.items()}
    for picture, word in packed:
        for name, pixels in unpacked(word, files[picture].frames[0].pixels).items():
            if name not in maps:
                maps[name], found[name] = pixels, (picture, word)
    check_sizes(found, maps)
    said = shared({picture.stem: file.provenance for picture, file in files.items()})
    return Material(name=path.resolve().name, maps=maps, provenance=said)


def named_maps(folder: Path, note: Note) -> tuple[dict[MapName, tuple[Path, str]], list[tuple[Path, str]]]:
    """The pictures of a folder by the map that each is, and those that hold several, each with the word that says so."""
    found: dict[MapName, tuple[Path, str]] = {}
    packed: list[tuple[Path, str]] = []
    for picture in pictures_in(folder):
        word = map_word(picture.stem)
        if word in PACKED:
            packed.append((picture, word))
        elif word is None:
            note(f"{picture}: left out; no map is named so, use {', '.join([*get_args(MapName), *PACKED])}")
        elif other := found.get(WORDS[word]):
            raise UsageError(f"{picture}: {other[0].name} is the {WORDS[word]} map too; keep one")
        else:
            found[WORDS[word]] = (picture, word)
    return found, packed


def read_map(picture: Path, note: Note) -> PictureFile:
    """A map's file; that it is grey is as it should be."""
    return read_picture(picture, lambda line: None if line.endswith(GREY) else note(line), first_only=True)


def map_word(stem: str) -> str | None:
    """The word at the end of a file's name that says which map it is: `Wall_01_Base-Color` says `basecolor`."""
    parts = [part for part in re.split(r"[^a-z0-9]+", re.sub(r"(?<=[a-z])(?=[A-Z])", " ", stem).lower()) if part]
    for count in (2, 1):
        word = "".join(parts[-count:])
        if word in WORDS or word in PACKED:
            return word
    return None


def unpacked(word: str, pixels: Map) -> dict[MapName, Map]:
    """The maps that lie in the channels of one picture; Unity's mask map has smoothness in its alpha."""
    found: dict[MapName, Map] = {
        name: np.ascontiguousarray(pixels[..., channel]) for name, channel in PACKED[word].items()
    }
    if PACKED[word] is MASK:
        found["roughness"] = 255 - found["roughness"]
    return found


def map_of(name: MapName, word: str, pixels: Map) -> Map:
    """One map in the channels that a material wants; smoothness becomes roughness, DirectX's green OpenGL's."""
    channels = COLOURED.get(name)
    if channels is None:
        grey = pixels[..., 0] if (pixels[..., :1] == pixels[..., 1:3]).all() else luminance(pixels)
        return 255 - grey if word in INVERTED else np.ascontiguousarray(grey)
    found = pixels[..., :channels].copy()
    if name == "normal" and word.endswith(UPSIDE_DOWN):
        found[..., 1] = 255 - found[..., 1]
    return found


def luminance(pixels: Map) -> Map:
    weighed: Map = np.round(pixels[..., :3] @ np.array([0.2126, 0.7152, 0.0722])).astype(np.uint8)
    return weighed


def check_sizes(found: dict[MapName, tuple[Path, str]], maps: dict[MapName, Map]) -> None:
    """Raise UsageError for the first map of another size than the albedo."""
    height, width = maps["albedo"].shape[:2]
    for name, pixels in maps.items():
        if pixels.shape[:2] != (height, width):
            other = f"{pixels.shape[1]} × {pixels.shape[0]}"
            raise UsageError(f"{found[name][0]}: is {other}, the albedo {width} × {height}; make them one size")


def tileset_at(path: Path, choices: FrameChoices, note: Note) -> Tileset:
    """The cells of a picture as tiles. Raises UsageError without a tile size."""
    if choices.frame_size is None or not path.is_file():
        raise UsageError(f"{path}: a tileset is one picture and --frame-size WxH, the size of its tiles")
    file = read_picture(path, note, first_only=True)
    tiles = cells_of(file.frames[0].pixels, choices, path)
    columns = file.frames[0].pixels.shape[1] // choices.frame_size.width
    size = Size(*choices.frame_size)
    return Tileset(name=path.stem, tile_size=size, tiles=tuple(tiles), columns=columns, provenance=file.provenance)
