"""Seams are measured exactly and repaired along the chosen axes alone."""

import numpy as np
import pytest
from numpy.typing import NDArray

from limner.atlas.seamless import made_seamless
from limner.atlas.seams import seams
from limner.atlas.sprites import AtlasError


def sine(height: int = 64, width: int = 64) -> NDArray[np.float32]:
    y, x = np.mgrid[:height, :width]
    wave = np.sin(2 * np.pi * 3 * x / width) + np.sin(2 * np.pi * 2 * y / height)
    return np.asarray(0.5 + 0.2 * wave, np.float32)


def grain(height: int = 96, width: int = 120, seed: int = 3) -> NDArray[np.uint8]:
    """Smooth noise under a slope: its edges do not meet."""
    random = np.random.default_rng(seed)
    field = random.random((height + 8, width + 8, 3))
    for axis in (0, 1):
        field = np.mean([np.roll(field, shift, axis) for shift in range(9)], axis=0)
    y, x = np.mgrid[:height, :width]
    slope = np.stack([x / width, y / height, (x + y) / (width + height)], axis=-1)
    colours = 0.6 * field[:height, :width] + 0.4 * slope
    return np.dstack([colours * 255, np.full((height, width), 255)]).astype(np.uint8)


def test_a_wave_of_whole_turns_has_no_seam() -> None:
    found = seams(sine())
    assert found.x == pytest.approx(1, abs=0.15)
    assert found.y == pytest.approx(1, abs=0.15)


def test_a_ramp_has_a_seam_as_many_times_a_step_as_it_has_steps() -> None:
    ramp = np.tile(np.arange(64, dtype=np.uint8), (8, 1))
    found = seams(ramp)
    assert found.x == pytest.approx((63 + 0.5) / (1 + 0.5))
    assert found.y == 1


def test_colours_of_clear_pixels_are_no_seam() -> None:
    pixels = np.zeros((8, 8, 4), np.uint8)
    pixels[:, 0, :3] = 255
    assert seams(pixels) == (1, 1)


@pytest.mark.parametrize("smooth", [False, True], ids=["cut", "blended"])
@pytest.mark.parametrize(("tile_x", "tile_y"), [(True, False), (False, True), (True, True)])
def test_the_chosen_axes_tile_after_the_repair(tile_x: bool, tile_y: bool, smooth: bool) -> None:
    pixels = grain()
    before, after = seams(pixels), seams(made_seamless(pixels, tile_x, tile_y, smooth))
    assert before.x > 4
    assert before.y > 4
    assert (after.x < 1.5) == tile_x
    assert (after.y < 1.5) == tile_y


@pytest.mark.parametrize("axis", [0, 1])
def test_a_blended_repair_leaves_no_seam_inside_either(axis: int) -> None:
    repaired = made_seamless(grain(96, 96)).astype(float)
    lines = np.abs(np.roll(repaired, 1, axis=axis) - repaired).mean(axis=(1 - axis, 2))
    assert lines.max() < 2 * lines.mean()


@pytest.mark.parametrize("smooth", [False, True], ids=["cut", "blended"])
def test_an_axis_that_tiles_already_goes_on_tiling(smooth: bool) -> None:
    wave = np.tile(np.rint(128 + 100 * np.sin(np.arange(64) * np.pi / 8)), (64, 1)) + np.arange(64)[:, None] / 4
    pixels = np.dstack([wave, wave, wave, np.full_like(wave, 255)]).astype(np.uint8)
    steepest = seams(pixels).x  # a wave is steepest where it crosses its border: 1.57, and no seam
    assert seams(made_seamless(pixels, tile_x=False, smooth=smooth)).x == pytest.approx(steepest, abs=0.1)


def test_a_cut_uses_no_colour_that_was_not_there_and_keeps_alpha_binary() -> None:
    random = np.random.default_rng(1)
    palette = np.array([(200, 30, 30, 255), (20, 90, 200, 255), (240, 240, 90, 255), (0, 0, 0, 0)], np.uint8)
    pixels = palette[random.integers(0, 4, (32, 48))]
    made = made_seamless(pixels, smooth=False)
    assert made.shape == pixels.shape
    assert {tuple(pixel) for pixel in made.reshape(-1, 4)} <= {tuple(pixel) for pixel in palette}


def test_a_cut_leaves_most_of_the_picture_alone() -> None:
    pixels = grain()
    made = made_seamless(pixels, tile_y=False, smooth=False)
    assert (made == pixels).all(axis=2).mean() > 0.7
    np.testing.assert_array_equal(made[:, 40:80], pixels[:, 40:80])


def test_blending_keeps_the_mean_colour() -> None:
    pixels = grain()
    made, cut = (made_seamless(pixels, smooth=smooth).mean(axis=(0, 1)) for smooth in (True, False))
    np.testing.assert_allclose(made, cut, atol=6)


@pytest.mark.parametrize("shape", [(1, 1, 4), (3, 7, 4), (1, 64), (64, 5, 3), (9, 9)])
def test_small_pictures_keep_their_shape(shape: tuple[int, ...]) -> None:
    pixels = np.random.default_rng(0).integers(0, 256, shape, np.uint8)
    made = made_seamless(pixels)
    assert made.shape == shape
    assert made.dtype == np.uint8


def test_a_picture_is_repaired_the_same_way_every_time() -> None:
    np.testing.assert_array_equal(made_seamless(grain()), made_seamless(grain()))


@pytest.mark.parametrize("shape", [(0, 4, 4), (4, 0), (4,)])
def test_a_picture_without_pixels_is_refused(shape: tuple[int, ...]) -> None:
    with pytest.raises(AtlasError, match="has no pixels"):
        seams(np.zeros(shape, np.uint8))
    with pytest.raises(AtlasError, match="has no pixels"):
        made_seamless(np.zeros(shape, np.uint8))
