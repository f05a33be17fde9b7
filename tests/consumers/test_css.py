"""Chromium draws the sprites of a stylesheet."""

import dataclasses

import numpy as np

from limner.atlas.sprites import SpriteSet
from limner.exporters import export
from tests.consumers.browser import Chromium
from tests.consumers.pictures import ART, SMALL_PAGES, flattened, in_a_grid

CLASSES = ("plain", "trimmed-on-“all”-sides", "wide-&-<low>/name.png", "高い", "tall", "dot", "dot-again")


def test_every_class_shows_its_sprite(browser: Chromium) -> None:
    files = export(
        "css", SpriteSet(sprites=ART, provenance={"generator": "*/ .plain { display: none }"}), "art", SMALL_PAGES
    )
    placed, size = in_a_grid(ART, 64)
    draw = [{"classes": f"art art-{name}", "x": one.x, "y": one.y} for name, one in zip(CLASSES, placed, strict=True)]
    shown = browser.shows("css", files, {"stylesheet": "/files/art.css", "draw": draw}, size)
    np.testing.assert_array_equal(shown, flattened(ART, placed, size))


def test_names_that_differ_by_their_spaces_alone_have_classes_of_their_own(browser: Chromium) -> None:
    sprites = tuple(dataclasses.replace(ART[0], name=name) for name in ("a b", "a-b"))
    files = export("css", SpriteSet(sprites=sprites), "art")
    assert b".art-a-b {" in files["art.css"]
    assert b".art-a-b-2 {" in files["art.css"]
