"""What follows from a height has formulas for simple heights."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from numpy.typing import NDArray

from limner.atlas.relief import ambient_occlusion, normals, roughness, slopes

HEIGHTS = arrays.arrays(np.uint8, st.tuples(st.integers(1, 12), st.integers(1, 12)))


def hills(size: int = 64) -> NDArray[np.float32]:
    x = np.arange(size) * (2 * np.pi / size)
    return (0.5 + 0.25 * (np.sin(x)[None] + np.cos(2 * x)[:, None])).astype(np.float32)


def test_a_plane_faces_out_of_the_picture_sees_the_whole_sky_and_keeps_its_roughness() -> None:
    plane = np.full((8, 8), 77, np.uint8)
    assert (normals(plane, 10) == (128, 128, 255)).all()
    assert (ambient_occlusion(plane, 10) == 255).all()
    assert (roughness(plane, 10, base=0.5) == 128).all()


@pytest.mark.parametrize(("directx", "green"), [(False, 1), (True, -1)])
def test_the_normal_of_a_ramp_is_its_formula(directx: bool, green: int) -> None:
    height = (np.arange(32)[None] * 0.01 + np.arange(32)[:, None] * 0.02).astype(
        np.float32
    )  # rises to the right and down
    found = normals(height, depth=30, tile_x=False, tile_y=False, directx=directx)[1:-1, 1:-1]
    normal = np.array([-0.3, 0.6 * green, 1]) / np.sqrt(0.3**2 + 0.6**2 + 1)
    np.testing.assert_array_equal(found, np.broadcast_to(np.floor(normal * 127.5 + 128).astype(np.uint8), found.shape))


def test_slopes_of_a_wave_are_its_derivative() -> None:
    x = np.arange(256) * (2 * np.pi / 256)
    right, down = slopes(np.tile(np.sin(x), (8, 1)).astype(np.float32), depth=1)
    np.testing.assert_allclose(right[0], np.cos(x) * 2 * np.pi / 256, atol=1e-5)
    np.testing.assert_allclose(down, 0, atol=1e-6)


@settings(max_examples=30, deadline=None)
@given(HEIGHTS, st.integers(0, 11), st.integers(0, 11))
def test_maps_of_a_tile_that_is_moved_are_the_moved_maps(height: NDArray[np.uint8], down: int, right: int) -> None:
    moved = np.roll(height, (down, right), (0, 1))
    for made in (normals, ambient_occlusion):
        np.testing.assert_array_equal(made(moved, 8), np.roll(made(height, 8), (down, right), (0, 1)))
    near = np.roll(roughness(height, 8), (down, right), (0, 1)).astype(int)
    assert np.abs(roughness(moved, 8).astype(int) - near).max() <= 1  # sums in another order


def test_a_border_that_does_not_tile_does_not_look_across() -> None:
    cliff = np.zeros((8, 32), np.uint8)
    cliff[:, 16:] = 255
    assert (ambient_occlusion(cliff, 20, tile_x=False)[:, 0] == 255).sum() == 0  # the cliff itself, 16 pixels off
    cliff[:, 1:] = 0
    cliff[:, 0] = 255
    assert (ambient_occlusion(cliff, 20, tile_x=False)[:, -1] == 255).all()
    assert (ambient_occlusion(cliff, 20, tile_x=True)[:, -1] < 255).all()


def test_the_foot_of_an_endless_cliff_sees_what_the_formula_says() -> None:
    height = np.zeros((64, 64), np.float32)
    height[:, 32:] = 1
    found = (
        ambient_occlusion(height, depth=10, tile_x=False)[32, 31] / 255
    )  # 3 of 8 directions meet it: 1, √2 and √2 pixels off
    assert found == pytest.approx((5 + 1 / (1 + 100) + 2 / (1 + 50)) / 8, abs=1 / 255)


def test_a_pit_is_darker_than_a_peak_and_depth_makes_it_darker() -> None:
    height = hills()
    pit, peak = np.unravel_index(height.argmin(), height.shape), np.unravel_index(height.argmax(), height.shape)
    shallow, deep = ambient_occlusion(height, 6), ambient_occlusion(height, 24)
    assert deep[pit] < shallow[pit] < shallow[peak] == deep[peak] == 255


def test_roughness_grows_with_the_grain_and_not_with_an_even_slope() -> None:
    ramp = np.tile(np.linspace(0, 1, 64, dtype=np.float32), (64, 1))
    assert (roughness(ramp, 40, tile_x=False, base=0.5)[:, 8:-8] == 128).all()
    grain = np.random.default_rng(0).random((64, 64), dtype=np.float32)
    fine, coarse = roughness(grain, 0.5, base=0.5), roughness(grain, 2, base=0.5)
    assert 128 < fine.mean() < coarse.mean()


def test_variance_widens_roughness_by_the_formula() -> None:
    stripes = np.tile(np.array([0, 0, 1, 1], np.float32), (32, 8))
    right, _ = slopes(stripes, depth=0.2)
    np.testing.assert_allclose(np.abs(right), 0.1, atol=1e-6)
    mean = np.abs(np.convolve(np.tile([0.1, 0.1, -0.1, -0.1], 8), np.ones(5) / 5, "valid")).max()
    expected = round((0.5**4 + 0.1**2 - mean**2) ** 0.25 * 255)
    assert np.abs(roughness(stripes, 0.2).astype(int) - expected).max() <= 1


def test_one_pixel_has_maps() -> None:
    one = np.array([[9]], np.uint8)
    assert normals(one, 4).tolist() == [[[128, 128, 255]]]
    assert ambient_occlusion(one, 4).tolist() == [[255]]
