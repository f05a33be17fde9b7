"""Levels are averages of light, of directions or of numbers, as the map asks."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from numpy.typing import NDArray

from limner.atlas.colour import to_light, to_srgb
from limner.atlas.mipmaps import Content, MipOptions, mip_chain
from limner.atlas.sprites import AtlasError

SIDES = st.integers(1, 17)


def checkerboard(size: int) -> NDArray[np.uint8]:
    return ((np.add.outer(np.arange(size), np.arange(size)) % 2) * 255).astype(np.uint8)


def test_every_byte_survives_light() -> None:
    every = np.arange(256, dtype=np.uint8)
    np.testing.assert_array_equal(to_srgb(to_light(every)), every)


def test_half_the_light_of_a_checkerboard_is_188() -> None:
    grey = checkerboard(8)
    pixels = np.dstack([grey, grey, grey, np.full_like(grey, 255)])
    for level in mip_chain(pixels)[1:]:
        assert (level == (188, 188, 188, 255)).all()


def test_numbers_of_a_checkerboard_average_to_128() -> None:
    for level in mip_chain(checkerboard(8), MipOptions(Content.LINEAR))[1:]:
        assert (level == 128).all()


@settings(max_examples=30, deadline=None)
@given(SIDES, SIDES)
def test_the_chain_halves_down_to_one_pixel(height: int, width: int) -> None:
    shapes = [level.shape for level in mip_chain(np.zeros((height, width, 4), np.uint8))]
    sides = [(max(1, height >> level), max(1, width >> level), 4) for level in range(max(height, width).bit_length())]
    assert shapes == sides


@settings(max_examples=30, deadline=None)
@given(arrays.arrays(np.uint8, st.tuples(SIDES, SIDES)))
def test_no_pixel_weighs_more_than_another(grey: NDArray[np.uint8]) -> None:
    last = mip_chain(grey, MipOptions(Content.LINEAR))[-1]
    assert last.shape == (1, 1)
    even = grey.shape[0] & (grey.shape[0] - 1) == 0 and grey.shape[1] & (grey.shape[1] - 1) == 0
    first = grey[: 1 << (grey.shape[0].bit_length() - 1), : 1 << (grey.shape[1].bit_length() - 1)]
    if even:
        assert abs(float(last[0, 0]) - first.mean()) <= 0.5 + 1e-3


def test_three_rows_weigh_the_same() -> None:
    for row in range(3):
        column = np.zeros((3, 1), np.uint8)
        column[row] = 90
        assert mip_chain(column, MipOptions(Content.LINEAR))[-1] == 30


def test_clear_pixels_lend_no_colour() -> None:
    pixels = np.zeros((2, 2, 4), np.uint8)
    pixels[0, 0] = (200, 10, 30, 255)
    pixels[1] = (0, 255, 0, 0)
    assert mip_chain(pixels)[-1].tolist() == [[[200, 10, 30, 64]]]


def test_normals_stay_of_length_one() -> None:
    left = np.rint((np.array([-0.6, 0, 0.8]) * 0.5 + 0.5) * 255)
    right = np.rint((np.array([0.6, 0, 0.8]) * 0.5 + 0.5) * 255)
    last = mip_chain(np.array([[left, right]], np.uint8), MipOptions(Content.NORMAL))[-1]
    assert last.tolist() == [[[128, 128, 255]]]


def test_normals_that_cancel_out_point_straight_up() -> None:
    opposite = np.array([[[255, 128, 128], [0, 127, 127]]], np.uint8)
    assert mip_chain(opposite, MipOptions(Content.NORMAL))[-1].tolist() == [[[128, 128, 255]]]


def test_leaves_cover_as_much_far_away() -> None:
    alpha = np.random.default_rng(3).integers(0, 256, (64, 64), dtype=np.uint8)
    pixels = np.dstack([np.full_like(alpha, 90)] * 3 + [alpha])
    coverage = (alpha >= 200).mean()
    plain, kept = mip_chain(pixels), mip_chain(pixels, MipOptions(alpha_cutoff=200))
    assert (plain[2][..., 3] >= 200).mean() < 0.02 < 0.2 < coverage
    for level in kept[1:5]:
        assert (level[..., 3] >= 200).mean() == pytest.approx(coverage, abs=0.01 if level.shape[0] > 8 else 0.07)


def test_nothing_has_no_levels() -> None:
    with pytest.raises(AtlasError, match="0 × 4"):
        mip_chain(np.zeros((4, 0, 4), np.uint8))
