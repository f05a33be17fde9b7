"""Levels are averages of light, of directions or of numbers, as the map asks."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from limner.atlas.mipmaps import mip_chain, to_linear, to_srgb
from limner.atlas.sprites import AtlasError

SIDES = st.integers(1, 17)


def checkerboard(size: int) -> NDArray[np.uint8]:
    return ((np.add.outer(np.arange(size), np.arange(size)) % 2) * 255).astype(np.uint8)


def test_every_byte_survives_light() -> None:
    every = np.arange(256, dtype=np.uint8)
    np.testing.assert_array_equal(to_srgb(to_linear(every)), every)


def test_half_the_light_of_a_checkerboard_is_188() -> None:
    grey = checkerboard(8)
    for level in mip_chain(np.dstack([grey, grey, grey, np.full_like(grey, 255)]), "srgb")[1:]:
        assert (level == (188, 188, 188, 255)).all()


def test_numbers_of_a_checkerboard_average_to_128() -> None:
    for level in mip_chain(checkerboard(8), "linear")[1:]:
        assert (level == 128).all()


@settings(max_examples=30, deadline=None)
@given(SIDES, SIDES)
def test_the_chain_halves_down_to_one_pixel(height: int, width: int) -> None:
    shapes = [level.shape for level in mip_chain(np.zeros((height, width, 4), np.uint8), "srgb")]
    sides = [(max(1, height >> level), max(1, width >> level), 4) for level in range(max(height, width).bit_length())]
    assert shapes == sides


@pytest.mark.parametrize("length", [3, 5, 7])
def test_no_row_of_an_odd_number_weighs_more_than_another(length: int) -> None:
    weights = []
    for row in range(length):
        column = np.zeros((length, 1), np.uint8)
        column[row] = 210
        weights.append(int(mip_chain(column, "linear")[1].astype(int).sum()))
    assert max(weights) - min(weights) <= length // 2  # each level is rounded
    assert weights[0] == pytest.approx(210 * (length // 2) / length, abs=length // 2)


def test_clear_pixels_lend_no_colour() -> None:
    pixels = np.zeros((2, 2, 4), np.uint8)
    pixels[0, 0] = (200, 10, 30, 255)
    pixels[1] = (0, 255, 0, 0)
    assert mip_chain(pixels, "srgb")[-1].tolist() == [[[200, 10, 30, 64]]]


def test_normals_stay_of_length_one_and_opposite_ones_point_straight_up() -> None:
    left, right = (np.rint((np.array([x, 0, 0.8]) * 0.5 + 0.5) * 255) for x in (-0.6, 0.6))
    assert mip_chain(np.array([[left, right]], np.uint8), "normal")[-1].tolist() == [[[128, 128, 255]]]
    opposite = np.array([[[255, 128, 128], [0, 127, 127]]], np.uint8)
    assert mip_chain(opposite, "normal")[-1].tolist() == [[[128, 128, 255]]]


def test_leaves_cover_as_much_far_away() -> None:
    alpha = np.random.default_rng(3).integers(0, 256, (64, 64), dtype=np.uint8)
    pixels = np.dstack([np.full_like(alpha, 90)] * 3 + [alpha])
    coverage = (alpha > 0.8 * 255).mean()
    plain, kept = mip_chain(pixels, "srgb"), mip_chain(pixels, "srgb", cutout=0.8)
    assert (plain[2][..., 3] > 0.8 * 255).mean() < 0.02 < 0.15 < coverage
    for level in kept[1:5]:
        tolerance = 0.01 if level.shape[0] > 8 else 0.07  # of 16 pixels each is a sixteenth
        assert (level[..., 3] > 0.8 * 255).mean() == pytest.approx(coverage, abs=tolerance)


def test_nothing_has_no_levels() -> None:
    with pytest.raises(AtlasError, match="no mipmaps"):
        mip_chain(np.zeros((4, 0, 4), np.uint8), "srgb")
