"""Phaser 4 draws what was exported, through its own loaders."""

import dataclasses

import numpy as np
import pytest

from limner.atlas.geometry import Point
from limner.atlas.packing import PackOptions
from limner.atlas.sprites import FrameTag, Sprite, SpriteSet
from limner.exporters import export
from limner.exporters.options import ExportOptions
from tests.consumers.browser import Chromium
from tests.consumers.phaser import phaser_draws
from tests.consumers.pictures import ART, flattened, in_a_grid

TIGHT = ExportOptions(pack=PackOptions(rotate=True, extrude=1, padding=2, edge_padding=3, power_of_two=True))
SMALL_PAGES = ExportOptions(pack=PackOptions(rotate=True, max_page=64))


@pytest.mark.parametrize(
    ("name", "loader", "paths", "options"),
    [
        pytest.param("texturepacker-json", "atlas", ["art.png", "art.json"], ExportOptions(), id="hash"),
        pytest.param("texturepacker-json", "atlas", ["art.png", "art.json"], TIGHT, id="hash, rotated"),
        pytest.param("texturepacker-json-array", "atlas", ["art.png", "art.json"], ExportOptions(), id="array"),
        pytest.param("texturepacker-json-array", "atlas", ["art.png", "art.json"], TIGHT, id="array, rotated"),
        pytest.param("phaser-json", "multiatlas", ["art.json"], TIGHT, id="multi-atlas of one page"),
        pytest.param("phaser-json", "multiatlas", ["art.json"], SMALL_PAGES, id="multi-atlas of many pages"),
        pytest.param("starling-xml", "atlasXML", ["art.png", "art.xml"], ExportOptions(), id="starling"),
    ],
)
def test_every_frame_is_drawn_as_the_sprite_was(
    browser: Chromium, name: str, loader: str, paths: list[str], options: ExportOptions
) -> None:
    files = export(name, SpriteSet(sprites=ART), "art", options)
    placed, size = in_a_grid(ART, 64)
    answer = phaser_draws(browser, files, loader, paths, placed, size)
    np.testing.assert_array_equal(answer.pixels, flattened(ART, placed, size))
    assert {name: (frame["realWidth"], frame["realHeight"]) for name, frame in answer.frames.items()} == {
        sprite.name: tuple(sprite.size) for sprite in ART
    }


def test_the_pivot_is_where_phaser_turns_a_sprite(browser: Chromium) -> None:
    sprites = tuple(dataclasses.replace(sprite, pivot=Point(sprite.size.width / 4, 1)) for sprite in ART)
    files = export("phaser-json", SpriteSet(sprites=sprites), "art", TIGHT)
    placed, size = in_a_grid(sprites, 64)
    answer = phaser_draws(browser, files, "multiatlas", ["art.json"], placed, size)
    for sprite in sprites:
        frame = answer.frames[sprite.name]
        assert frame["customPivot"], sprite.name
        assert (frame["pivotX"], frame["pivotY"]) == pytest.approx((0.25, 1 / sprite.size.height), abs=1e-4)


def test_aseprites_tags_become_phasers_animations(browser: Chromium) -> None:
    durations = (50, 70, 90, 110, 130)
    sprites = tuple(
        Sprite(name=f"hero {number}", pixels=sprite.pixels, duration_ms=duration)
        for number, (sprite, duration) in enumerate(zip(ART, durations, strict=False))
    )
    tags = (
        FrameTag(name="idle", first=0, last=1),
        FrameTag(name="walk, “fast”", first=1, last=4, direction="reverse"),
        FrameTag(name="turn", first=2, last=4, direction="ping-pong"),
    )
    files = export("aseprite-json", SpriteSet(sprites=sprites, frame_tags=tags), "art")
    placed, size = in_a_grid(sprites, 64)
    answer = phaser_draws(browser, files, "aseprite", ["art.png", "art.json"], placed, size)
    np.testing.assert_array_equal(answer.pixels, flattened(sprites, placed, size))
    shown = {tag: [frame for frame, _ in animation["frames"]] for tag, animation in answer.animations.items()}
    assert shown == {
        "idle": ["hero 0", "hero 1"],
        "walk, “fast”": ["hero 4", "hero 3", "hero 2", "hero 1"],
        "turn": ["hero 2", "hero 3", "hero 4"],
    }
    assert answer.animations["turn"]["yoyo"] is True
