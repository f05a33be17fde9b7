"""Seams are measured, and repaired without a new colour where that is asked."""

import numpy as np
import pytest

from limner.atlas.heights import blurred
from limner.atlas.seamless import made_seamless
from limner.atlas.seams import seams
from limner.atlas.sprites import Pixels


def grain(height: int, width: int, seed: int = 0) -> Pixels:
    """Cloudy noise that is brighter to the right and below: no border meets."""
    rng = np.random.default_rng(seed)
    noise = blurred(rng.random((2 * height, 2 * width), dtype=np.float32), 2, True, True)[:height, :width]
    light = np.linspace(0, 60, width)[None] + np.linspace(0, 60, height)[:, None]
    grey = np.clip((noise - 0.5) * 700 + 90 + light, 0, 255).astype(np.uint8)
    return np.dstack([grey, grey // 2, 255 - grey, np.full_like(grey, 255)])


def test_a_wave_that_tiles_has_no_seam() -> None:
    phase = np.add.outer(np.arange(64), np.arange(64)) * (2 * np.pi / 16)
    assert seams(np.rint(128 + 100 * np.sin(phase)).astype(np.uint8)) == pytest.approx((1, 1), abs=1e-5)


def test_an_even_picture_has_no_seam() -> None:
    assert seams(np.full((9, 7, 4), 80, np.uint8)) == (1, 1)


def test_a_ramp_jumps_at_its_border() -> None:
    ramp = np.tile(np.arange(0, 64, dtype=np.uint8), (8, 1))
    assert seams(ramp) == pytest.approx(((63 + 0.5) / 1.5, 1), rel=1e-4)


def test_what_is_clear_has_no_seam() -> None:
    pixels = grain(16, 16)
    pixels[..., 3] = 0
    assert seams(pixels) == (1, 1)


@pytest.mark.parametrize("smooth", [True, False])
@pytest.mark.parametrize(("tile_x", "tile_y"), [(True, False), (False, True), (True, True)])
def test_a_repaired_picture_tiles_along_the_axes_asked_for(smooth: bool, tile_x: bool, tile_y: bool) -> None:
    pixels = grain(96, 120)
    before, after = seams(pixels), seams(made_seamless(pixels, tile_x, tile_y, smooth))
    assert min(before) > 3
    assert not tile_x or after.x < 1.3
    assert not tile_y or after.y < 1.3


def test_a_hard_repair_makes_no_colour() -> None:
    pixels = grain(64, 48)
    repaired = made_seamless(pixels, smooth=False)
    assert {tuple(colour) for colour in repaired.reshape(-1, 4)} <= {tuple(colour) for colour in pixels.reshape(-1, 4)}


def test_a_smooth_repair_leaves_no_seam_inside_either() -> None:
    repaired = made_seamless(grain(96, 96)).astype(float)
    for axis in (0, 1):
        lines = np.abs(np.roll(repaired, 1, axis=axis) - repaired).mean(axis=(1 - axis, 2))
        assert lines.max() < 2 * lines.mean()


@pytest.mark.parametrize("smooth", [True, False])
def test_a_picture_that_tiles_in_x_keeps_tiling_when_y_is_repaired(smooth: bool) -> None:
    wave = np.tile(np.rint(128 + 100 * np.sin(np.arange(64) * np.pi / 8)), (64, 1)) + np.arange(64)[:, None] / 4
    pixels = np.dstack([wave, wave, wave, np.full_like(wave, 255)]).astype(np.uint8)
    assert (
        seams(made_seamless(pixels, tile_x=False, smooth=smooth)).x < 1.7
    )  # it is steepest at its border: 1.57 from the start


def test_an_axis_too_short_to_cut_stays_as_it_is() -> None:
    pixels = grain(7, 7)
    np.testing.assert_array_equal(made_seamless(pixels, smooth=False), pixels)
