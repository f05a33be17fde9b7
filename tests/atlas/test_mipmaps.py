"""Mipmaps: light adds up linearly, clear pixels give no colour, normals stay unit vectors, leaves stay as dense."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from limner.atlas.mipmaps import LINEAR, mip_chain, to_linear, to_srgb
from limner.atlas.resampling import enlarged_to, halved
from limner.atlas.sprites import AtlasError


def checks(side: int = 8) -> NDArray[np.uint8]:
    squares: NDArray[np.uint8] = (np.indices((side, side)).sum(axis=0) % 2 * 255).astype(np.uint8)
    return squares


def test_a_checkerboard_is_188_in_srgb_and_128_in_plain_numbers() -> None:
    assert [level.shape for level in mip_chain(checks(), "srgb")] == [(8, 8), (4, 4), (2, 2), (1, 1)]
    assert all((level == 188).all() for level in mip_chain(checks(), "srgb")[1:])
    assert all((level == 128).all() for level in mip_chain(checks(), "linear")[1:])


def test_the_first_level_is_the_picture_itself() -> None:
    pixels = np.random.default_rng(0).integers(0, 256, (6, 10, 4), np.uint8)
    np.testing.assert_array_equal(mip_chain(pixels, "srgb")[0], pixels)


def test_srgb_and_back_is_every_byte() -> None:
    every = np.arange(256, dtype=np.uint8)
    np.testing.assert_array_equal(to_srgb(to_linear(every)), every)
    assert LINEAR[188] == pytest.approx(0.5, abs=0.004)


def test_clear_pixels_give_no_colour() -> None:
    pixels = np.zeros((2, 2, 4), np.uint8)
    pixels[0, 0] = (200, 100, 50, 255)
    pixels[1, 1] = (0, 255, 0, 0)
    assert mip_chain(pixels, "srgb")[1][0, 0].tolist() == [200, 100, 50, 64]


def test_normals_stay_unit_vectors_and_opposite_ones_look_up() -> None:
    leaning = np.array([(128 + 90, 128, 128 + 90), (128, 128 + 90, 128 + 90)], np.uint8)
    pixels = np.stack([leaning, leaning])
    x, y, z = (mip_chain(pixels, "normal")[1][0, 0].astype(float) - 127.5) / 127.5
    assert np.linalg.norm((x, y, z)) == pytest.approx(1, abs=0.01)
    assert x == pytest.approx(y, abs=0.01)
    opposite = np.array([[(255, 128, 128), (0, 127, 127)]], np.uint8)
    assert mip_chain(opposite, "normal")[1][0, 0].tolist() == [128, 128, 255]


@settings(max_examples=40, deadline=None)
@given(st.integers(1, 40), st.integers(1, 40))
def test_every_size_ends_at_one_pixel_with_halves_rounded_down(height: int, width: int) -> None:
    chain = mip_chain(np.full((height, width, 3), 77, np.uint8), "srgb")
    sizes = [(max(1, height >> level), max(1, width >> level)) for level in range(max(height, width).bit_length())]
    assert [level.shape[:2] for level in chain] == sizes
    assert all((level == 77).all() for level in chain)


@settings(max_examples=40, deadline=None)
@given(st.integers(1, 33), st.integers(1, 33), st.integers(0, 5))
def test_halving_keeps_the_mean(height: int, width: int, seed: int) -> None:
    field = np.random.default_rng(seed).random((height, width), np.float32)
    assert halved(field).mean() == pytest.approx(field.mean(), abs=1e-5)


def test_an_odd_line_counts_every_pixel_by_what_it_covers() -> None:
    line = np.array([[1, 0, 0, 0, 0]], np.float32)
    np.testing.assert_allclose(halved(line), [[2 / 5, 0]], atol=1e-6)
    middle = np.array([[0, 0, 1, 0, 0]], np.float32)
    np.testing.assert_allclose(halved(middle), [[1 / 5, 1 / 5]], atol=1e-6)


def test_enlarging_is_bilinear_and_wraps_where_it_is_told() -> None:
    line = np.array([[0, 1]], np.float32)
    np.testing.assert_allclose(enlarged_to(line, 1, 4, True, False), [[0, 0.25, 0.75, 1]])
    np.testing.assert_allclose(enlarged_to(line, 1, 4, True, True), [[0.25, 0.25, 0.75, 0.75]])


def test_leaves_stay_as_dense_with_a_cutout_and_thin_out_without() -> None:
    random = np.random.default_rng(4)
    pixels = np.full((64, 64, 4), 90, np.uint8)
    pixels[..., 3] = (random.random((64, 64)) ** 2 * 255).astype(np.uint8)
    kept, thin = mip_chain(pixels, "srgb", cutout=0.5), mip_chain(pixels, "srgb")
    share = (pixels[..., 3] > 127.5).mean()
    for level in kept[1:5]:
        assert abs((level[..., 3] > 127.5).mean() - share) <= 1 / level[..., 3].size + 0.01
    assert (thin[4][..., 3] > 127.5).mean() < share / 2


def test_a_clear_picture_stays_clear_with_a_cutout() -> None:
    assert not any(level.any() for level in mip_chain(np.zeros((8, 8, 4), np.uint8), "srgb", cutout=0.5))


@pytest.mark.parametrize("pixels", [np.zeros((0, 4, 4), np.uint8), np.zeros((4, 0), np.uint8), np.zeros((4, 4))])
def test_a_map_without_pixels_or_of_floats_is_refused(pixels: NDArray[np.uint8]) -> None:
    with pytest.raises(AtlasError, match="has no mipmaps"):
        mip_chain(pixels, "linear")


@pytest.mark.parametrize("cutout", [0.0, 1.0, -1.0])
def test_a_cutout_that_cuts_nothing_or_all_is_refused(cutout: float) -> None:
    with pytest.raises(AtlasError, match="between 0 and 1"):
        mip_chain(np.zeros((2, 2, 4), np.uint8), "srgb", cutout=cutout)
