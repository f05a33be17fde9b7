"""Godot 4.6 loads and draws what was exported."""

import numpy as np

from limner.atlas.geometry import Size
from limner.atlas.sprites import Sprite, SpriteSet
from limner.exporters import export
from tests.consumers.browser import Chromium
from tests.consumers.godot import godot_runs
from tests.consumers.pictures import corners


def test_a_png_is_drawn_as_it_is(browser: Chromium) -> None:
    picture = corners(24, 17, 1)
    files = export("png", SpriteSet(sprites=(Sprite(name="a b", pixels=picture),)), "art")
    answer = godot_runs(browser, files, "texture", Size(24, 17), {"path": "res://a b.png"})
    assert answer.said == {"size": [24, 17], "version": "4.6-stable (official)"}
    np.testing.assert_array_equal(answer.pixels, picture)
