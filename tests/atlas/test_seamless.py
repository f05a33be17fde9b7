"""Seams are measured, and repaired without a new colour where that is asked."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from limner.atlas.cutting import cheapest_path
from limner.atlas.seamless import Repair, made_seamless, seams
from limner.atlas.sprites import AtlasError, Pixels
from limner.atlas.wrapping import gaussian_blurred


def grain(height: int, width: int, seed: int = 0) -> Pixels:
    """Cloudy noise that is brighter to the right and below: no border meets."""
    rng = np.random.default_rng(seed)
    noise = gaussian_blurred(rng.random((2 * height, 2 * width), dtype=np.float32), 2, True, True)[:height, :width]
    light = np.linspace(0, 60, width)[None] + np.linspace(0, 60, height)[:, None]
    grey = np.clip((noise - 0.5) * 700 + 90 + light, 0, 255).astype(np.uint8)
    return np.dstack([grey, grey // 2, 255 - grey, np.full_like(grey, 255)])


def test_a_wave_that_tiles_has_no_seam() -> None:
    phase = np.add.outer(np.arange(64), np.arange(64)) * (2 * np.pi / 16)
    assert seams(np.rint(128 + 100 * np.sin(phase)).astype(np.uint8)) == pytest.approx((1, 1), abs=1e-9)


def test_an_even_picture_has_no_seam() -> None:
    assert seams(np.full((9, 7, 4), 80, np.uint8)) == (1, 1)


def test_a_ramp_jumps_at_its_border() -> None:
    ramp = np.tile(np.arange(0, 64, dtype=np.uint8), (8, 1))
    assert seams(ramp) == pytest.approx(((63 + 0.25) / 1.25, 1))


def test_what_is_clear_has_no_seam() -> None:
    pixels = grain(16, 16)
    pixels[..., 3] = 0
    assert seams(pixels) == (1, 1)


@pytest.mark.parametrize("repair", ["cut", "level", "both"])
@pytest.mark.parametrize(("tile_x", "tile_y"), [(True, False), (False, True), (True, True)])
def test_a_repaired_picture_tiles_along_the_axes_asked_for(repair: Repair, tile_x: bool, tile_y: bool) -> None:
    pixels = grain(96, 120)
    before, after = seams(pixels), seams(made_seamless(pixels, tile_x, tile_y, repair))
    assert min(before) > 3
    assert not tile_x or after.x < 1.3
    assert not tile_y or after.y < 1.3


def test_a_cut_makes_no_colour_and_leaves_the_middle() -> None:
    pixels = grain(64, 48)
    repaired = made_seamless(pixels, repair="cut")
    assert {tuple(colour) for colour in repaired.reshape(-1, 4)} <= {tuple(colour) for colour in pixels.reshape(-1, 4)}
    np.testing.assert_array_equal(repaired[22:42, 16:32], pixels[22:42, 16:32])


def test_a_cut_leaves_no_seam_inside_either() -> None:
    repaired = made_seamless(grain(96, 96), repair="both").astype(float)
    lines = np.abs(np.roll(repaired, 1, axis=1) - repaired).mean(axis=(0, 2))
    assert lines.max() < 2 * lines.mean()


@pytest.mark.parametrize("repair", ["cut", "level", "both"])
def test_a_picture_that_tiles_in_x_keeps_tiling_when_y_is_repaired(repair: Repair) -> None:
    wave = np.tile(np.rint(128 + 100 * np.sin(np.arange(64) * np.pi / 8)), (64, 1)) + np.arange(64)[:, None] / 4
    pixels = np.dstack([wave, wave, wave, np.full_like(wave, 255)]).astype(np.uint8)
    assert (
        seams(made_seamless(pixels, True, True, repair)).x < 1.6
    )  # a wave is steepest where it crosses the border: 1.57


def test_too_small_a_picture_cannot_be_cut() -> None:
    with pytest.raises(AtlasError, match="1 × 1 is too small"):
        made_seamless(np.zeros((1, 1, 4), np.uint8))


@settings(max_examples=40, deadline=None)
@given(arrays.arrays(np.float64, (6, 4), elements=st.integers(0, 9).map(float)), st.booleans())
def test_the_path_is_the_cheapest_there_is(cost: np.ndarray, closed: bool) -> None:
    paths = np.array(np.meshgrid(*[np.arange(4)] * 6)).reshape(6, -1)
    legal = (np.abs(np.diff(paths, axis=0)) <= 1).all(axis=0) & (
        ~np.array(closed) | (np.abs(paths[0] - paths[-1]) <= 1)
    )
    best = cost[np.arange(6)[:, None], paths[:, legal]].sum(axis=0).min()
    path = cheapest_path(cost, closed)
    assert (np.abs(np.diff(path)) <= 1).all()
    assert not closed or abs(path[0] - path[-1]) <= 1
    assert cost[np.arange(6), path].sum() == best
