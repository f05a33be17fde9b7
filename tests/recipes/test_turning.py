"""Where turned figures stand, and how large they are."""

import numpy as np
import pytest

from limner.atlas.puppets import figure
from limner.atlas.sprites import AtlasError
from limner.generators.frames import placed
from limner.recipes.turning import LARGEST, known, on_canvas, small


def man(side: int = 32) -> np.ndarray:
    pixels = np.zeros((side, side, 4), np.uint8)
    pixels[side // 4 : -side // 16, side // 8 : -side // 2] = (90, 60, 30, 255)
    pixels[side // 4 + 3, side // 8] = (250, 200, 10, 255)  # a nose: one pixel, so that pixels are no blocks of four
    return pixels


@pytest.mark.parametrize("factor", [1, 2, 4])
def test_pixels_of_whole_blocks_become_one_each(factor: int) -> None:
    reduced = small(man().repeat(factor, 0).repeat(factor, 1))
    assert reduced.factor == factor
    assert (reduced.pixels == man()).all()


@pytest.mark.parametrize("factor", [1, 2, 4])
def test_a_frame_lies_where_the_puppet_puts_the_figure(factor: int) -> None:
    pixels = man().repeat(factor, 0).repeat(factor, 1)
    reduced = small(pixels)
    assert (on_canvas(placed(reduced.pixels), reduced, pixels) == figure(pixels).pixels).all()


def test_a_large_figure_is_averaged_down_by_a_whole_factor() -> None:
    pixels = np.zeros((100, 60, 4), np.uint8)
    pixels[1:99, 10:50] = (200, 0, 0, 255)
    pixels[50, 30] = (0, 0, 200, 255)  # no block is as large as 100 × 60
    reduced = small(pixels)
    assert (reduced.factor, reduced.pixels.shape) == (3, (34, 20, 4))
    assert 98 / reduced.factor <= LARGEST


def test_a_picture_of_nothing_is_refused() -> None:
    with pytest.raises(AtlasError, match="clear"):
        small(np.zeros((32, 32, 4), np.uint8))


def test_a_figure_that_the_network_cannot_draw_is_strange_to_it() -> None:
    """One wrong pixel of 300 is no matter, a figure of another colour is."""
    reduced = small(man())
    frame = placed(reduced.pixels)
    assert known(frame, reduced)
    nearly = frame.copy()
    nearly[-1, 20] = (255, 255, 255, 255)
    assert known(nearly, reduced)
    other = frame.copy()
    other[..., :3] = 255 - other[..., :3]
    assert not known(other, reduced)
