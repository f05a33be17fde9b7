"""Phaser 4 in Chromium: loads an atlas with one of its own loaders and draws frames of it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from limner.atlas.geometry import Size
from limner.atlas.sprites import Pixels
from tests.consumers.browser import Chromium, pixels


class Placed(NamedTuple):
    """A frame and where the left upper corner of its untrimmed picture goes."""

    frame: str
    x: int
    y: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PhaserAnswer:
    """What Phaser drew (premultiplied), and what it knows of frames by atlas key and of animations by name."""

    pixels: Pixels
    frames: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    animations: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)


def phaser_draws(
    browser: Chromium,
    files: Mapping[str, bytes],
    loader: str,
    paths: Sequence[str],
    placed: Sequence[Placed],
    size: Size,
    animations: str = "",
) -> PhaserAnswer:
    """The frames drawn on a clear canvas of `size`, once `this.load[loader]("art", *paths)` is done, and an animation file beside it."""
    key = "art"
    question = {
        "width": size.width,
        "height": size.height,
        "load": [[loader, key, *paths], *([["animation", "animations", animations]] if animations else [])],
        "draw": [{"key": key, **one._asdict()} for one in placed],
        "aseprite": [key] if loader == "aseprite" else [],
    }
    answer = browser.asks("phaser", files, question)
    return PhaserAnswer(pixels=pixels(answer), frames=answer["frames"].get(key, {}), animations=answer["animations"])


def phaser_lays_tiles(
    browser: Chromium, files: Mapping[str, bytes], tilemap: str, images: Mapping[str, str], size: Size
) -> tuple[Pixels, Sequence[str]]:
    """The tile layers of a Tiled JSON map, as Phaser draws them, and their names; `images`: paths by tileset name."""
    load = [["tilemapTiledJSON", "map", tilemap], *(["image", name, path] for name, path in images.items())]
    question = {
        "width": size.width,
        "height": size.height,
        "load": load,
        "draw": [],
        "tilemap": {"key": "map", "images": {name: name for name in images}},
    }
    answer = browser.asks("phaser", files, question)
    return pixels(answer), answer["layers"]
