"""PixiJS 8 draws what was exported."""

from typing import Any

import numpy as np
import pytest

from limner.atlas.geometry import Point, Size
from limner.atlas.packing import PackOptions
from limner.atlas.sprites import FrameTag, NinePatch, Sprite, SpriteSet
from limner.exporters import export
from limner.exporters.options import ExportOptions, TextureOptions
from tests.consumers.browser import Chromium
from tests.consumers.phaser import Placed
from tests.consumers.pictures import ART, SMALL_PAGES, TIGHT, corners, crowd, flattened, in_a_grid
from tests.consumers.pixi import pixi_draws
from tests.consumers.surfaces import stone


@pytest.mark.parametrize(
    ("name", "options"),
    [
        pytest.param("texturepacker-json", ExportOptions(), id="hash"),
        pytest.param("texturepacker-json", TIGHT, id="hash, rotated"),
        pytest.param("pixi-json", TIGHT, id="pixi"),
        pytest.param("pixi-json", SMALL_PAGES, id="pixi, many pages"),
    ],
)
def test_every_frame_is_drawn_as_the_sprite_was(browser: Chromium, name: str, options: ExportOptions) -> None:
    files = export(name, SpriteSet(sprites=ART), "sheets/art", options)
    placed, size = in_a_grid(ART, 64)
    answer = pixi_draws(browser, files, ["sheets/art.json"], placed, size)
    np.testing.assert_array_equal(answer.pixels, flattened(ART, placed, size))
    assert {name: (frame["width"], frame["height"]) for name, frame in answer.frames.items()} == {
        sprite.name: tuple(sprite.size) for sprite in ART
    }


def test_two_hundred_turned_frames_on_many_pages_are_drawn(browser: Chromium) -> None:
    sprites = crowd(200)
    options = ExportOptions(pack=PackOptions(max_page=128, rotate=True, extrude=2))
    files = export("pixi-json", SpriteSet(sprites=sprites), "art", options)
    placed, size = in_a_grid(sprites, 512)
    answer = pixi_draws(browser, files, ["art.json"], placed, size)
    np.testing.assert_array_equal(answer.pixels, flattened(sprites, placed, size))
    assert any(frame["rotate"] for frame in answer.frames.values())


def test_pivots_borders_and_tags_reach_pixi(browser: Chromium) -> None:
    sprites = tuple(
        Sprite(
            name=f"panel {number}",
            pixels=corners(12, 8, number),
            pivot=Point(3, 6),
            nine_patch=NinePatch(left=1, right=2, top=3, bottom=4),
        )
        for number in range(4)
    )
    tags = (FrameTag(name="open", first=0, last=2), FrameTag(name="shut", first=2, last=3, direction="reverse"))
    files = export("pixi-json", SpriteSet(sprites=sprites, frame_tags=tags), "art")
    placed, size = in_a_grid(sprites, 64)
    answer = pixi_draws(browser, files, ["art.json"], placed, size)
    for frame in answer.frames.values():
        assert frame["anchor"] == [0.25, 0.75]
        assert frame["borders"] == {"left": 1, "right": 2, "top": 3, "bottom": 4}
    assert answer.animations == {"open": ["panel 0", "panel 1", "panel 2"], "shut": ["panel 3", "panel 2"]}


@pytest.mark.parametrize(("colour", "most"), [("bc1", 12), ("bc3", 12), ("bc7", 10)])
def test_a_dds_texture_is_drawn_within_its_codecs_bound(browser: Chromium, colour: Any, most: int) -> None:
    files = export("dds", stone(), "stone", ExportOptions(texture=TextureOptions(colour=colour, srgb=False)))
    side = stone().maps["albedo"].shape[0]
    path = "stone_albedo.dds"
    answer = pixi_draws(browser, files, [], [Placed(path, 0, 0)], Size(side, side), textures=[path])
    np.testing.assert_allclose(answer.pixels.astype(int), stone().maps["albedo"], atol=most)
