"""Godot 4.6 loads and draws what was exported."""

import dataclasses

import numpy as np
import pytest

from limner.atlas.geometry import Size
from limner.atlas.sprites import FrameTag, Sprite, SpriteSet
from limner.exporters import export
from limner.exporters.options import ExportOptions
from tests.consumers.browser import Chromium
from tests.consumers.godot import godot_runs
from tests.consumers.pictures import ART, SMALL_PAGES, TIGHT, corners, flattened, in_a_row


def test_a_png_is_drawn_as_it_is(browser: Chromium) -> None:
    picture = corners(24, 17, 1)
    files = export("png", SpriteSet(sprites=(Sprite(name="a b", pixels=picture),)), "art")
    answer = godot_runs(browser, files, "texture", Size(24, 17), {"path": "res://a b.png"})
    assert answer.said == {"size": [24, 17], "version": "4.6-stable (official)"}
    np.testing.assert_array_equal(answer.pixels, picture)


@pytest.mark.parametrize("options", [ExportOptions(), TIGHT, SMALL_PAGES], ids=["plain", "tight", "many pages"])
def test_godots_atlas_textures_are_drawn_as_the_sprites_were(browser: Chromium, options: ExportOptions) -> None:
    files = export("godot-atlas", SpriteSet(sprites=ART), "sprites/art", options)
    paths = [f"res://{path}" for path in files if path.endswith(".tres")]
    answer = godot_runs(browser, files, "textures", in_a_row(ART)[1], {"paths": paths})
    np.testing.assert_array_equal(answer.pixels, flattened(ART, *in_a_row(ART)))
    assert [answer.said[path]["class"] for path in paths] == ["AtlasTexture"] * len(ART)


def test_sprite_frames_play_every_tag_with_its_durations(browser: Chromium) -> None:
    sprites = tuple(
        dataclasses.replace(sprite, duration_ms=duration)
        for sprite, duration in zip(ART, (50, 70, 90, 110, 130, 33, 1000), strict=True)
    )
    tags = (
        FrameTag(name='a "fast" walk', first=1, last=3, direction="reverse", loop=False),
        FrameTag(name="stand", first=0, last=0),
        FrameTag(name="turn", first=4, last=6, direction="ping-pong"),
    )
    files = export("godot-spriteframes", SpriteSet(sprites=sprites, frame_tags=tags), "sprites/art", SMALL_PAGES)
    shown = [
        sprites[number] for number in (3, 2, 1, 0, 4, 5, 6, 5)
    ]  # animations in Godot are in the order of their names
    placed, size = in_a_row(shown)
    answer = godot_runs(browser, files, "sprite_frames", size, {"path": "res://sprites/art.tres"})
    assert answer.said == {
        'a "fast" walk': {"durations": [110, 90, 70], "loop": False},
        "stand": {"durations": [50], "loop": True},
        "turn": {"durations": [130, 33, 1000, 33], "loop": True},
    }
    np.testing.assert_array_equal(answer.pixels, flattened(shown, placed, size))
