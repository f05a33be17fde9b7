"""What follows from a height has formulas for simple heights."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from numpy.typing import NDArray

from limner.atlas.relief import Green, Relief, ambient_occlusion, normal_map, roughness_map

Heights = NDArray[np.float32]
HEIGHTS = arrays.arrays(
    np.float32, st.tuples(st.integers(1, 12), st.integers(1, 12)), elements=st.integers(0, 8).map(lambda n: n / 8)
)
LOOSE = {"tile_x": False, "tile_y": False}


def cliff(width: int = 32) -> Heights:
    """Low on the left, high on the right."""
    height = np.zeros((width, width), np.float32)
    height[:, width // 2 :] = 1
    return height


def test_a_plane_faces_out_of_the_picture_sees_the_whole_sky_and_keeps_its_roughness() -> None:
    plane = np.full((8, 8), 0.5, np.float32)
    assert (normal_map(plane, Relief(depth=10)) == (128, 128, 255)).all()
    assert (ambient_occlusion(plane, Relief(depth=10)) == 255).all()
    assert (roughness_map(plane, Relief(depth=10, roughness=0.6)) == 153).all()


@pytest.mark.parametrize(("green", "sign"), [("opengl", 1), ("directx", -1)])
def test_the_normal_of_a_ramp_is_its_formula(green: Green, sign: int) -> None:
    height = (np.arange(32)[None] * 0.01 + np.arange(32)[:, None] * 0.02).astype(
        np.float32
    )  # rises to the right and down
    found = normal_map(height, Relief(depth=30, green=green, tile_x=False, tile_y=False))[1:-1, 1:-1]
    normal = np.array([-0.3, 0.6 * sign, 1]) / np.sqrt(0.3**2 + 0.6**2 + 1)
    np.testing.assert_array_equal(found, np.broadcast_to(np.floor(normal * 127.5 + 128).astype(np.uint8), found.shape))


def test_normals_of_a_wave_follow_its_derivative() -> None:
    x = np.arange(256) * (2 * np.pi / 256)
    wave = np.tile(0.5 + 0.5 * np.sin(x), (8, 1)).astype(np.float32)
    slope = 40 * 0.5 * np.cos(x) * 2 * np.pi / 256
    expected = 127.5 - slope / np.sqrt(1 + slope**2) * 127.5
    assert np.abs(normal_map(wave, Relief(depth=40))[..., 0] - expected).max() < 0.6


@settings(max_examples=40, deadline=None)
@given(HEIGHTS, st.integers(0, 11), st.integers(0, 11))
def test_maps_of_a_tile_that_is_moved_are_the_moved_maps(height: Heights, down: int, right: int) -> None:
    moved = np.roll(height, (down, right), (0, 1))
    for made in (normal_map, roughness_map, ambient_occlusion):
        difference = made(moved, Relief()).astype(int) - np.roll(made(height, Relief()), (down, right), (0, 1))
        assert np.abs(difference).max() <= 1  # sums in another order


def test_a_border_that_does_not_tile_does_not_look_across() -> None:
    wall = np.zeros((32, 32), np.float32)
    wall[:, 0] = 1
    assert (ambient_occlusion(wall, Relief(depth=10, **LOOSE))[:, -1] == 255).all()
    assert (ambient_occlusion(wall, Relief(depth=10))[:, -1] < 200).all()
    assert (normal_map(wall, Relief(depth=10, **LOOSE))[:, -1] == (128, 128, 255)).all()
    assert (normal_map(wall, Relief(depth=10))[:, -1, 0] < 100).all()  # the wall stands to the right


def test_a_pit_is_darker_than_a_peak_and_depth_makes_it_darker() -> None:
    x = np.arange(64) * (2 * np.pi / 64)
    hills = (0.5 + 0.25 * (np.sin(x)[None] + np.cos(2 * x)[:, None])).astype(np.float32)
    pit, peak = (np.unravel_index(place, hills.shape) for place in (hills.argmin(), hills.argmax()))
    shallow, deep = (ambient_occlusion(hills, Relief(depth=depth)) for depth in (6, 24))
    assert deep[pit] < shallow[pit]
    assert shallow[peak] == deep[peak] == 255


def test_the_foot_of_an_endless_cliff_sees_what_the_formula_says() -> None:
    found = ambient_occlusion(cliff(64), Relief(depth=10, **LOOSE))[32, 31] / 255
    assert found == pytest.approx(
        (5 + 1 / (1 + 100) + 2 / (1 + 50)) / 8, abs=1 / 255
    )  # 3 of 8 directions meet it: 1, √2, √2 away


def test_occlusion_fades_away_from_the_foot_of_a_cliff_and_is_none_on_top() -> None:
    row = ambient_occlusion(cliff(), Relief(depth=8, **LOOSE))[16].astype(int)
    foot = row[:16]
    assert (np.diff(foot)[-4:] < 0).all()  # darker towards the cliff
    assert foot[0] > foot[-1] + 60
    assert row[-1] == 255


def test_the_strength_of_occlusion_scales_it_down_to_nothing() -> None:
    whole, half, none = (ambient_occlusion(cliff(), Relief(occlusion=share)) for share in (1.0, 0.5, 0.0))
    assert (none == 255).all()
    assert whole.min() < half.min() < 255


def test_roughness_grows_with_the_grain() -> None:
    grain = np.random.default_rng(0).random((64, 64), dtype=np.float32)
    faint = 0.5 + (grain - 0.5) / 8
    flat = np.full_like(grain, 0.5)
    means = [roughness_map(height, Relief(roughness=0.5)).mean() for height in (flat, faint, grain)]
    assert means[0] < means[1] < means[2]


def test_one_pixel_has_maps() -> None:
    one = np.array([[0.5]], np.float32)
    assert normal_map(one, Relief()).tolist() == [[[128, 128, 255]]]
    assert ambient_occlusion(one, Relief()).tolist() == [[255]]
    assert roughness_map(one, Relief(roughness=0.6)).tolist() == [[153]]
