"""PixiJS 8 draws what was exported."""

import numpy as np

from limner.atlas.sprites import SpriteSet
from limner.exporters import export
from tests.consumers.browser import Chromium
from tests.consumers.pictures import flattened, in_a_grid
from tests.consumers.pixi import pixi_draws
from tests.consumers.test_phaser import SPRITES


def test_the_texturepacker_atlas_is_drawn_as_the_sprites_were(browser: Chromium) -> None:
    files = export("texturepacker-json", SpriteSet(sprites=SPRITES), "art")
    placed, size = in_a_grid(SPRITES, 64)
    answer = pixi_draws(browser, files, ["art.json"], placed, size)
    np.testing.assert_array_equal(answer.pixels, flattened(SPRITES, placed, size))
