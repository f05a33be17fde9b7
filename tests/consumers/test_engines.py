"""The engines say what is wrong: a test that loads a broken file cannot pass."""

import pytest

from limner.atlas.geometry import Size
from limner.atlas.sprites import Sprite, SpriteSet
from limner.exporters import export
from tests.consumers.browser import Chromium, EngineError
from tests.consumers.godot import godot_runs
from tests.consumers.phaser import Placed, phaser_draws
from tests.consumers.pictures import corners
from tests.consumers.pixi import pixi_draws

ART = SpriteSet(sprites=(Sprite(name="one", pixels=corners(4, 4)),))
STAGE = Size(4, 4)


def test_phaser_refuses_a_file_that_is_not_there_and_a_frame_that_is_not_in_it(browser: Chromium) -> None:
    files = export("texturepacker-json", ART, "art")
    with pytest.raises(EngineError, match="Phaser cannot load art"):
        phaser_draws(browser, files, "atlas", ["art.png", "other.json"], [Placed("one", 0, 0)], STAGE)
    with pytest.raises(EngineError, match="Phaser has no frame two"):
        phaser_draws(browser, files, "atlas", ["art.png", "art.json"], [Placed("two", 0, 0)], STAGE)


def test_pixi_refuses_a_file_that_is_not_there_and_a_frame_that_is_not_in_it(browser: Chromium) -> None:
    files = export("texturepacker-json", ART, "art")
    with pytest.raises(EngineError, match="404"):
        pixi_draws(browser, {"art.json": files["art.json"]}, ["art.json"], [Placed("one", 0, 0)], STAGE)
    with pytest.raises(EngineError, match="PixiJS has no frame two"):
        pixi_draws(browser, files, ["art.json"], [Placed("two", 0, 0)], STAGE)


def test_godot_says_why_a_resource_does_not_load(browser: Chromium) -> None:
    broken = {"broken.tres": b'[gd_resource type="AtlasTexture" format=3]\n\n[resource]\nregion = Rect2(1, 2\n'}
    with pytest.raises(EngineError, match=r"broken\.tres"):
        godot_runs(browser, broken, "broken", STAGE, {"path": "res://broken.tres"})
