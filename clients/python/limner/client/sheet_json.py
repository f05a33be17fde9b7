"""A sheet with its JSON, as Aseprite and TexturePacker write them: frames, times, tags, pivots, nine-patches."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from limner.atlas.geometry import Point, Size
from limner.atlas.sprites import Direction, FrameTag, NinePatch, Pixels, Sprite, SpriteSet
from limner.client.access import UsageError
from limner.client.pictures import Note, read_picture

DIRECTIONS: dict[str, Direction] = {
    "forward": "forward",
    "reverse": "reverse",
    "pingpong": "ping-pong",
    "pingpong_reverse": "ping-pong",
}


def sheet_art(path: Path, note: Note) -> SpriteSet:
    """The sprites that a JSON and its picture describe. Raises UsageError where either is not as it must be."""
    try:
        described = json.loads(path.read_text(encoding="utf-8"))
        meta, entries = described["meta"], _entries(described["frames"])
        sheet = path.parent / str(meta["image"])
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise UsageError(f"{path}: no JSON of a sheet ({error!r}); export it with frames and meta.image") from error
    pixels = read_picture(sheet, note, first_only=True).frames[0].pixels
    try:
        sprites = tuple(_sprite(name, entry, pixels, sheet) for name, entry in entries)
        tags = tuple(_tag(tag) for tag in meta.get("frameTags", ()))
        said = {str(key): str(value) for key, value in meta.get("provenance", {}).items()}
        names = {name for name, _ in entries}  # a slice named as a frame is of that frame alone
        for piece in meta.get("slices", ()):
            sprites = tuple(
                _marked(sprite, number, piece) if piece["name"] == sprite.name or piece["name"] not in names else sprite
                for number, sprite in enumerate(sprites)
            )
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise UsageError(f"{path}: a frame, tag or slice is not as Aseprite writes it ({error!r})") from error
    if any(tag.direction == "ping-pong" and raw["direction"] != "pingpong" for tag, raw in _pairs(tags, meta)):
        note(f"{path}: ping-pong tags that start at their end start at their beginning")
    return SpriteSet(sprites=sprites, frame_tags=tags, provenance=said)


def _entries(frames: Any) -> list[tuple[str, Mapping[str, Any]]]:
    """Names and entries of a JSON hash or a JSON array."""
    if isinstance(frames, dict):
        return list(frames.items())
    return [(str(entry["filename"]), entry) for entry in frames]


def _pairs(tags: tuple[FrameTag, ...], meta: Mapping[str, Any]) -> list[tuple[FrameTag, Mapping[str, Any]]]:
    return list(zip(tags, meta.get("frameTags", ()), strict=True))


def _sprite(name: str, entry: Mapping[str, Any], sheet: Pixels, path: Path) -> Sprite:
    box, turned = entry["frame"], bool(entry.get("rotated", False))
    width, height = (box["h"], box["w"]) if turned else (box["w"], box["h"])
    part = sheet[box["y"] : box["y"] + height, box["x"] : box["x"] + width]
    if part.shape[:2] != (height, width) or min(box.values()) < 0:
        raise UsageError(f"{path}: frame {name!r} lies outside the picture; export both again")
    if turned:
        part = np.rot90(part)  # it was turned clockwise
    size = entry.get("sourceSize", {"w": box["w"], "h": box["h"]})
    at = entry.get("spriteSourceSize", {"x": 0, "y": 0})
    pixels = np.zeros((size["h"], size["w"], 4), np.uint8)
    pixels[at["y"] : at["y"] + box["h"], at["x"] : at["x"] + box["w"]] = part
    pivot = entry.get("pivot")
    return Sprite(
        name=name,
        pixels=pixels,
        duration_ms=int(entry.get("duration", 100)),
        pivot=Point(pivot["x"] * size["w"], pivot["y"] * size["h"]) if pivot else None,
        collision=tuple(Point(point["x"], point["y"]) for point in entry.get("collision", ())),
    )


def _tag(tag: Mapping[str, Any]) -> FrameTag:
    direction = DIRECTIONS[tag.get("direction", "forward")]
    loop = str(tag.get("repeat", "0")) != "1"
    return FrameTag(name=tag["name"], first=tag["from"], last=tag["to"], direction=direction, loop=loop)


def _marked(sprite: Sprite, number: int, piece: Mapping[str, Any]) -> Sprite:
    """The sprite with the pivot and the nine-patch that a slice gives its frame, where nothing gave them before.

    The last key at or before the frame counts.
    """
    keys = [key for key in piece["keys"] if key["frame"] <= number]
    if not keys:
        return sprite
    key = keys[-1]
    bounds, pivot, center = key["bounds"], key.get("pivot"), key.get("center")
    if pivot and sprite.pivot is None:
        sprite = replace(sprite, pivot=Point(bounds["x"] + pivot["x"], bounds["y"] + pivot["y"]))
    if center and sprite.nine_patch is None:
        sprite = replace(sprite, nine_patch=_borders(bounds, center, sprite.size))
    return sprite


def _borders(bounds: Mapping[str, int], center: Mapping[str, int], size: Size) -> NinePatch:
    left, top = bounds["x"] + center["x"], bounds["y"] + center["y"]
    return NinePatch(left, size.width - left - center["w"], top, size.height - top - center["h"])
