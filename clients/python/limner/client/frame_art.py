"""Sprites from what lies on this disk: a picture, a folder of them, a strip, an animation, an Aseprite or packed JSON."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from limner.atlas.geometry import Point, Size
from limner.atlas.sprites import Direction, FrameTag, Pixels, Provenance, Sprite, SpriteSet
from limner.client.access import UsageError
from limner.client.frame_choices import FrameChoices as FrameChoices
from limner.client.pictures import SUFFIXES, Note, PictureFile, read_picture
from limner.client.sheet_json import sheet_art

NUMBERED = re.compile(r"(?P<tag>.*?)[-_ .]*(?P<number>\d+)")
PIVOTS = {
    "center": (0.5, 0.5),
    "top": (0.5, 0),
    "bottom": (0.5, 1),
    "left": (0, 0.5),
    "right": (1, 0.5),
    "top-left": (0, 0),
    "top-right": (1, 0),
    "bottom-left": (0, 1),
    "bottom-right": (1, 1),
}


def sprites_at(path: Path, choices: FrameChoices, note: Note) -> SpriteSet:
    """The art at a path. Raises UsageError where there is none, or where the choices do not fit it."""
    art = _art(path, choices, note)
    if choices.duration_ms is not None:
        art = replace(art, sprites=tuple(replace(sprite, duration_ms=choices.duration_ms) for sprite in art.sprites))
    if choices.pivot is not None:
        pivot = choices.pivot
        art = replace(art, sprites=tuple(replace(sprite, pivot=pivot_of(pivot, sprite.size)) for sprite in art.sprites))
    return art if choices.direction is None else directed(art, choices.direction)


def directed(art: SpriteSet, direction: Direction) -> SpriteSet:
    """The art with every tag in one direction; without tags, with one of all frames that is named after it."""
    tags = art.frame_tags or (FrameTag(name=direction, first=0, last=len(art.sprites) - 1),)
    return replace(art, frame_tags=tuple(replace(tag, direction=direction) for tag in tags))


def _art(path: Path, choices: FrameChoices, note: Note) -> SpriteSet:
    cut = choices.frames is not None or choices.frame_size is not None
    if cut and (path.is_dir() or path.suffix.lower() == ".json"):
        raise UsageError(f"{path}: --frames and --frame-size cut one picture; name a picture")
    if choices.tags and not path.is_dir():
        raise UsageError(f"{path}: --tags reads the names of the pictures in a folder; name a folder")
    if path.is_dir():
        return folder_art(path, choices, note)
    if path.suffix.lower() == ".json":
        return sheet_art(path, note)
    file = read_picture(path, note)
    if cut:
        return strip_art(path, file, choices)
    return animation_art(path.stem, file)


def pictures_in(folder: Path) -> list[Path]:
    """The pictures of a folder, f2 before f10. Raises UsageError where there is none."""
    found = [path for path in folder.glob("*") if path.suffix.lower() in SUFFIXES and not path.name.startswith(".")]
    if not found:
        raise UsageError(f"{folder}: no PNG there; name a picture or a folder of them")
    return sorted(found, key=natural)


def natural(path: Path) -> tuple[list[tuple[bool, int, str]], str]:
    """The order that people expect of names with numbers: digits count as one number, letters without their case."""
    parts = re.split(r"(\d+)", path.stem)
    return [
        (False, int(part), "") if part.isdecimal() else (True, 0, part.casefold()) for part in parts if part
    ], path.name


def folder_art(folder: Path, choices: FrameChoices, note: Note) -> SpriteSet:
    """Each picture of a folder as a sprite; with `tags`, those that share a name but for their numbers as one tag."""
    paths = pictures_in(folder)
    files = [read_picture(path, note, first_only=True) for path in paths]
    sprites = [sprite_of(path.stem, file.frames[0].pixels) for path, file in zip(paths, files, strict=True)]
    said = shared({path.stem: file.provenance for path, file in zip(paths, files, strict=True)})
    if not choices.tags:
        return SpriteSet(sprites=tuple(sprites), provenance=said)
    ordered, tags = tagged(sprites)
    return SpriteSet(sprites=tuple(ordered), frame_tags=tuple(tags), provenance=said)


def tagged(sprites: Sequence[Sprite]) -> tuple[list[Sprite], list[FrameTag]]:
    """The sprites with those of one tag together, and the tags, in the order of their first frames."""
    groups: dict[str, list[Sprite]] = {}
    for sprite in sprites:
        match = NUMBERED.fullmatch(sprite.name)
        groups.setdefault((match["tag"] if match else "") or sprite.name, []).append(sprite)
    ordered = [sprite for group in groups.values() for sprite in group]
    tags, first = [], 0
    for name, group in groups.items():
        tags.append(FrameTag(name=name, first=first, last=first + len(group) - 1))
        first += len(group)
    return ordered, tags


def strip_art(path: Path, file: PictureFile, choices: FrameChoices) -> SpriteSet:
    """The cells of a sheet in reading order: `frames` of a horizontal strip, or cells of `frame_size`."""
    if len(file.frames) > 1:
        raise UsageError(f"{path}: is an animation already; leave out --frames and --frame-size")
    cells = cells_of(file.frames[0].pixels, choices, path)
    width = len(str(len(cells)))
    sprites = (sprite_of(f"{path.stem}-{number:0{width}}", cell) for number, cell in enumerate(cells, 1))
    return SpriteSet(sprites=tuple(sprites), provenance=file.provenance)


def cells_of(pixels: Pixels, choices: FrameChoices, path: Path) -> list[Pixels]:
    """The cells of a sheet, row by row. Raises UsageError where they do not fill it."""
    height, width = pixels.shape[:2]
    size, count = choices.frame_size, choices.frames
    if size is None:
        if not count or width % count:
            raise UsageError(f"{path}: {width} pixels wide, no whole number of pixels for each of --frames {count}")
        size = Size(width // count, height)
    if size.width < 1 or size.height < 1 or width % size.width or height % size.height:
        raise UsageError(
            f"{path}: {width} × {height} is no whole number of frames of {size.width} × {size.height} (--frame-size)"
        )
    places = [(x, y) for y in range(0, height, size.height) for x in range(0, width, size.width)]
    if count is not None and not 1 <= count <= len(places):
        raise UsageError(f"{path}: holds {len(places)} frames of that size, not --frames {count}")
    return [pixels[y : y + size.height, x : x + size.width] for x, y in places[:count]]


def animation_art(stem: str, file: PictureFile) -> SpriteSet:
    """One sprite for a still picture; the frames of an animation with their times."""
    if len(file.frames) == 1:
        return SpriteSet(sprites=(sprite_of(stem, file.frames[0].pixels),), provenance=file.provenance)
    width = len(str(len(file.frames)))
    sprites = (
        replace(sprite_of(f"{stem}-{number:0{width}}", frame.pixels), duration_ms=frame.duration_ms or 100)
        for number, frame in enumerate(file.frames, 1)
    )
    return SpriteSet(sprites=tuple(sprites), provenance=file.provenance)


def sprite_of(name: str, pixels: Pixels) -> Sprite:
    return Sprite(name=name, pixels=pixels)


def shared(said: Mapping[str, Provenance]) -> Provenance:
    """What all pictures say of their origin under its own name, what only some say under `<picture>/<name>`."""
    keys = {key for one in said.values() for key in one}
    common = {key: next(iter(said.values()))[key] for key in keys if len({one.get(key) for one in said.values()}) == 1}
    own = {f"{name}/{key}": value for name, one in said.items() for key, value in one.items() if key not in common}
    return common | own


def pivot_of(text: str, size: Size) -> Point:
    """A pivot from a word or `X,Y`. Raises UsageError."""
    if text in PIVOTS:
        across, down = PIVOTS[text]
        return Point(across * size.width, down * size.height)
    try:
        x, y = map(float, text.split(","))
    except ValueError:
        raise UsageError(f"--pivot {text}: write X,Y in pixels, or one of {', '.join(PIVOTS)}") from None
    return Point(x, y)
