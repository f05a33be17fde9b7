"""Phaser 4 draws what was exported."""

import numpy as np

from limner.atlas.sprites import Sprite, SpriteSet
from limner.exporters import export
from tests.consumers.browser import Chromium
from tests.consumers.phaser import phaser_draws
from tests.consumers.pictures import corners, flattened, framed, in_a_grid

SPRITES = (
    Sprite(name="plain", pixels=corners(16, 16, 1)),
    Sprite(name="trimmed by “all” sides", pixels=framed(corners(9, 13, 2), 3, 5, 2, 7)),
    Sprite(name="wide/name.png", pixels=corners(40, 6, 3)),
    Sprite(name="高い", pixels=framed(corners(5, 44, 4), 0, 1, 0, 0)),
    Sprite(name="dot", pixels=corners(1, 1, 5)),
)


def test_the_texturepacker_atlas_is_drawn_as_the_sprites_were(browser: Chromium) -> None:
    files = export("texturepacker-json", SpriteSet(sprites=SPRITES), "art")
    placed, size = in_a_grid(SPRITES, 64)
    answer = phaser_draws(browser, files, "atlas", ["art.png", "art.json"], placed, size)
    np.testing.assert_array_equal(answer.pixels, flattened(SPRITES, placed, size))
