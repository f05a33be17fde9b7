"""Phaser 4 draws what was exported, through its own loaders."""

import dataclasses
import json

import numpy as np
import pytest

from limner.atlas.flattening import flattened as scene_flattened
from limner.atlas.flattening import pixel_size
from limner.atlas.geometry import Point
from limner.atlas.packing import PackOptions
from limner.atlas.sprites import FrameTag, Sprite, SpriteSet
from limner.exporters import export
from limner.exporters.options import ExportOptions
from tests.consumers.browser import Chromium
from tests.consumers.phaser import phaser_draws, phaser_lays_tiles
from tests.consumers.pictures import APART, ART, SMALL_PAGES, TIGHT, crowd, flattened, in_a_grid
from tests.exporters.scene_art import island, only


@pytest.mark.parametrize(
    ("name", "loader", "paths", "options"),
    [
        pytest.param("texturepacker-json", "atlas", ["art.png", "art.json"], ExportOptions(), id="hash"),
        pytest.param("texturepacker-json", "atlas", ["art.png", "art.json"], APART, id="hash, extruded"),
        pytest.param("texturepacker-json-array", "atlas", ["art.png", "art.json"], ExportOptions(), id="array"),
        pytest.param("texturepacker-json-array", "atlas", ["art.png", "art.json"], APART, id="array, extruded"),
        pytest.param("phaser-json", "multiatlas", ["art.json"], TIGHT, id="multi-atlas, where nothing is turned"),
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


def test_two_hundred_frames_on_many_pages_are_drawn(browser: Chromium) -> None:
    sprites = crowd(200)
    files = export("phaser-json", SpriteSet(sprites=sprites), "art", ExportOptions(pack=PackOptions(max_page=128)))
    assert len([path for path in files if path.endswith(".png")]) > 2
    placed, size = in_a_grid(sprites, 512)
    answer = phaser_draws(browser, files, "multiatlas", ["art.json"], placed, size)
    np.testing.assert_array_equal(answer.pixels, flattened(sprites, placed, size))


def test_unitys_sprites_are_cut_where_they_lie(browser: Chromium) -> None:
    """Phaser reads the rectangles of a `.png.meta`, which count from the lower left corner, and nothing else of it."""
    sprites = tuple(dataclasses.replace(sprite, name=f"hero_{number}") for number, sprite in enumerate(ART))
    files = export("unity", SpriteSet(sprites=sprites), "art", ExportOptions(pack=PackOptions(trim=False)))
    placed, size = in_a_grid(sprites, 64)
    answer = phaser_draws(browser, files, "unityAtlas", ["art.png", "art.png.meta"], placed, size)
    np.testing.assert_array_equal(answer.pixels, flattened(sprites, placed, size))


def test_the_pivot_is_where_phaser_turns_a_sprite(browser: Chromium) -> None:
    sprites = tuple(dataclasses.replace(sprite, pivot=Point(sprite.size.width / 4, 1)) for sprite in ART)
    files = export("phaser-json", SpriteSet(sprites=sprites), "art", TIGHT)
    placed, size = in_a_grid(sprites, 64)
    answer = phaser_draws(browser, files, "multiatlas", ["art.json"], placed, size)
    for sprite in sprites:
        frame = answer.frames[sprite.name]
        assert frame["customPivot"], sprite.name
        assert (frame["pivotX"], frame["pivotY"]) == pytest.approx((0.25, 1 / sprite.size.height), abs=1e-4)


TAGS = (
    FrameTag(name="idle", first=0, last=1),
    FrameTag(name="walk, “fast”", first=1, last=4, direction="reverse", loop=False),
    FrameTag(name="turn", first=2, last=4, direction="ping-pong"),
)
DURATIONS = (50, 70, 90, 110, 130)


def numbered(prefix: str) -> SpriteSet:
    """Five frames, named by their numbers."""
    sprites = tuple(
        Sprite(name=f"{prefix}{number}", pixels=sprite.pixels, duration_ms=duration)
        for number, (sprite, duration) in enumerate(zip(ART, DURATIONS, strict=False))
    )
    return SpriteSet(sprites=sprites, frame_tags=TAGS)


def test_frame_tags_become_phasers_animations(browser: Chromium) -> None:
    art = numbered("hero ")
    files = export("phaser-json", art, "art")
    placed, size = in_a_grid(art.sprites, 64)
    answer = phaser_draws(browser, files, "multiatlas", ["art.json"], placed, size, "art-animations.json")
    shown = {name: one["frames"] for name, one in answer.animations.items()}
    assert shown == {
        "idle": [["hero 0", 50], ["hero 1", 70]],
        "walk, “fast”": [["hero 4", 130], ["hero 3", 110], ["hero 2", 90], ["hero 1", 70]],
        "turn": [["hero 2", 90], ["hero 3", 110], ["hero 4", 130], ["hero 3", 110]],
    }
    assert {name: one["repeat"] for name, one in answer.animations.items()} == {
        "idle": -1,
        "walk, “fast”": 0,
        "turn": -1,
    }


def test_phaser_reads_aseprites_tags_where_frames_are_named_by_their_numbers(browser: Chromium) -> None:
    art = numbered("")
    files = export("aseprite-json", art, "art")
    placed, size = in_a_grid(art.sprites, 64)
    answer = phaser_draws(browser, files, "aseprite", ["art.png", "art.json"], placed, size)
    np.testing.assert_array_equal(answer.pixels, flattened(art.sprites, placed, size))
    shown = {name: [frame for frame, _ in one["frames"]] for name, one in answer.animations.items()}
    assert shown == {"idle": ["0", "1"], "walk, “fast”": ["4", "3", "2", "1"], "turn": ["2", "3", "4"]}
    assert answer.animations["turn"]["yoyo"] is True


def test_phaser_lays_the_tiles_of_a_scene(browser: Chromium) -> None:
    scene = only(island(), "ground", "details")
    files = export("tiled-json", scene, "island")
    tilesets = json.loads(files["island.tmj"])["tilesets"]
    images = {tileset["name"]: tileset["image"] for tileset in tilesets if "image" in tileset}
    drawn, layers = phaser_lays_tiles(browser, files, "island.tmj", images, pixel_size(scene))
    np.testing.assert_array_equal(drawn, scene_flattened(scene))
    assert layers == ["ground", "details"]
