"""Normals, occlusion and roughness against formulas, and against the same surface rolled: what tiles must tile."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from limner.atlas.heights import blurred, height_from_albedo, metallic_map
from limner.atlas.relief import Relief, ambient_occlusion, normal_map, roughness_map

Floats = NDArray[np.float32]
MAPS = {"normal": normal_map, "occlusion": ambient_occlusion, "roughness": roughness_map}


def bumps(height: int, width: int, seed: int = 0) -> Floats:
    return np.random.default_rng(seed).random((height, width), np.float32)


def ramp(slope_x: float, slope_y: float, side: int = 16) -> Floats:
    y, x = np.mgrid[:side, :side]
    return np.asarray(0.5 + slope_x * x + slope_y * y, np.float32)


def encoded(x: float, y: float, z: float) -> list[int]:
    length = np.sqrt(x * x + y * y + z * z)
    return [int(part / length * 127.5 + 128) if part < length else 255 for part in (x, y, z)]


@pytest.mark.parametrize(("slope_x", "slope_y"), [(0.02, 0.0), (0.0, 0.02), (-0.01, 0.015)])
def test_the_normal_of_a_ramp_is_its_formula(slope_x: float, slope_y: float) -> None:
    height = ramp(slope_x, slope_y)
    found = normal_map(height, Relief(depth=10, tile_x=False, tile_y=False))[1:-1, 1:-1]
    expected = encoded(-10 * slope_x, 10 * slope_y, 1)  # rows count down: what rises with the row leans up
    assert np.abs(found.astype(int) - expected).max() <= 1
    assert (found == found[0, 0]).all()


def test_normals_of_a_wave_follow_its_derivative() -> None:
    x = np.arange(256) * (2 * np.pi / 256)
    wave = np.tile(0.5 + 0.5 * np.sin(x), (8, 1)).astype(np.float32)
    slope = 40 * 0.5 * np.cos(x) * 2 * np.pi / 256
    expected = 127.5 - slope / np.sqrt(1 + slope**2) * 127.5
    assert np.abs(normal_map(wave, Relief(depth=40))[..., 0] - expected).max() < 0.6


def test_directx_green_is_the_other_way_round() -> None:
    height = bumps(16, 16)
    up, down = (normal_map(height, Relief(green=green)).astype(int) for green in ("opengl", "directx"))
    np.testing.assert_array_equal(up[..., [0, 2]], down[..., [0, 2]])
    assert np.abs(up[..., 1] + down[..., 1] - 256).max() <= 1


def test_normals_are_unit_vectors() -> None:
    vectors = (normal_map(bumps(32, 32), Relief()).astype(float) - 128) / 127.5
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=-1), 1, atol=0.015)


@pytest.mark.parametrize("shape", [(16, 16), (1, 1), (5, 3), (1, 40)])
def test_a_flat_surface_looks_up_sees_the_whole_sky_and_is_as_rough_as_it_was_told(shape: tuple[int, int]) -> None:
    flat, relief = np.full(shape, 0.5, np.float32), Relief(roughness=0.6)
    assert (normal_map(flat, relief) == (128, 128, 255)).all()
    assert (ambient_occlusion(flat, relief) == 255).all()
    assert (roughness_map(flat, relief) == 153).all()


def test_a_pit_is_darker_than_the_ground_and_a_peak_is_not() -> None:
    height = np.full((64, 64), 0.5, np.float32)
    height[16, 16], height[48, 48] = 0.0, 1.0
    found = ambient_occlusion(height, Relief())
    assert found[16, 16] < 100
    assert found[48, 48] == 255 > 240 > found[48, 47]
    assert found[16, 48] == 255


def cliff(side: int) -> Floats:
    """Low on the left, high on the right."""
    return np.repeat(np.repeat([[0.0, 1.0]], side // 2, axis=1), side, axis=0).astype(np.float32)


def test_the_foot_of_an_endless_cliff_sees_what_the_formula_says() -> None:
    found = ambient_occlusion(cliff(64), Relief(depth=10, tile_x=False, tile_y=False))[32, 31] / 255
    walls = (1, np.sqrt(2), np.sqrt(2))  # three of the eight directions meet it, so many pixels away
    assert found == pytest.approx((5 + sum(1 / (1 + (10 / away) ** 2) for away in walls)) / 8, abs=1 / 255)


def test_occlusion_fades_away_from_the_foot_of_a_cliff_and_is_none_on_top() -> None:
    row = ambient_occlusion(cliff(64), Relief(depth=8, tile_x=False, tile_y=False))[32].astype(int)
    assert (np.diff(row[28:32]) < 0).all()
    assert row[0] == row[-1] == 255


def test_no_occlusion_is_the_whole_sky() -> None:
    assert (ambient_occlusion(bumps(20, 20), Relief(occlusion=0)) == 255).all()


def test_roughness_is_the_deviation_of_detail() -> None:
    checks = (np.indices((20, 20)).sum(axis=0) % 2 * 0.2 + 0.4).astype(np.float32)
    found = roughness_map(checks, Relief(roughness=0.5))
    window = checks[4:9, 4:9]
    expected = 0.5 + 2.5 * window.std() + 0.2 * (0.5 - checks[6, 6])
    assert abs(int(found[6, 6]) - expected * 255) <= 1


@settings(max_examples=25, deadline=None)
@given(st.sampled_from(sorted(MAPS)), st.integers(0, 31), st.integers(0, 31), st.integers(0, 9))
def test_maps_of_a_surface_that_tiles_tile(name: str, down: int, right: int, seed: int) -> None:
    """Rolled, the surface gives the rolled map."""
    height, shift = bumps(32, 64, seed), (down, right)
    rolled = MAPS[name](np.roll(height, shift, (0, 1)), Relief())
    apart = np.abs(rolled.astype(int) - np.roll(MAPS[name](height, Relief()), shift, (0, 1)))
    assert apart.max() <= 1


@pytest.mark.parametrize("name", sorted(MAPS))
def test_an_axis_that_does_not_tile_knows_nothing_of_its_other_edge(name: str) -> None:
    height = np.full((96, 32), 0.5, np.float32)
    height[-1] = 1
    relief = Relief(tile_y=False)
    flat = MAPS[name](np.full((96, 32), 0.5, np.float32), relief)
    np.testing.assert_array_equal(MAPS[name](height, relief)[0], flat[0])
    assert (MAPS[name](height, Relief())[0] != flat[0]).any()


def test_bright_is_high_and_dark_where_inverted() -> None:
    x = np.tile(np.arange(32), (32, 1))
    albedo = np.repeat(((np.sin(2 * np.pi * x / 8) * 0.5 + 0.5) * 255)[..., None], 4, axis=2).astype(np.uint8)
    albedo[..., 3] = 255
    height = height_from_albedo(albedo)
    assert np.corrcoef(height.ravel(), albedo[..., 0].ravel())[0, 1] > 0.99
    np.testing.assert_allclose(height_from_albedo(albedo, inverted=True), 1 - height, atol=1e-5)
    assert height.min() >= 0
    assert height.max() <= 1


def test_detail_decides_between_the_fine_part_and_the_coarse() -> None:
    _, x = np.mgrid[:64, :64]
    coarse, fine = np.cos(2 * np.pi * x / 64), np.cos(2 * np.pi * x / 4)
    albedo = np.repeat((128 + 60 * coarse + 40 * fine)[..., None], 3, axis=2).astype(np.uint8)
    only_fine, only_coarse = (height_from_albedo(albedo, detail=detail) for detail in (1.0, 0.0))
    assert np.corrcoef(only_coarse.ravel(), coarse.ravel())[0, 1] > 0.99
    assert np.corrcoef(only_fine.ravel(), fine.ravel())[0, 1] > np.corrcoef(only_fine.ravel(), coarse.ravel())[0, 1]


def test_a_flat_picture_has_a_flat_height_and_clear_pixels_are_lowest() -> None:
    albedo = np.full((8, 8, 4), 255, np.uint8)
    albedo[:, 4:, 3] = 0
    height = height_from_albedo(albedo)
    assert (height[:, :4] == 0.5).all()
    assert (height[:, 4:] == 0).all()


def test_a_blur_keeps_the_mean_and_spreads_a_point_by_its_deviation() -> None:
    point = np.zeros((64, 64), np.float32)
    point[20, 0] = 1
    spread = blurred(point, 3, wrap_y=True, wrap_x=True)
    assert spread.sum() == pytest.approx(1, abs=1e-4)
    assert spread[20, 0] == pytest.approx(1 / (2 * np.pi * 9), rel=0.01)
    np.testing.assert_allclose(spread[:, 1], spread[:, -1], atol=1e-6)


def test_nothing_is_metal_unless_somebody_says_so_and_gold_is() -> None:
    albedo = np.zeros((1, 3, 4), np.uint8)
    albedo[0] = [(255, 228, 156, 255), (40, 160, 40, 255), (2, 2, 2, 255)]  # gold in sRGB, grass, soot
    assert (metallic_map(albedo, 0) == 0).all()
    gold, grass, soot = metallic_map(albedo, 1)[0]
    assert gold > 240
    assert grass < 60
    assert soot < 10
