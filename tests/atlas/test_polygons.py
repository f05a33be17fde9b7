"""Collision polygons: exact for simple shapes, within the tolerance for any."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from numpy.typing import NDArray

from limner.atlas.geometry import Point
from limner.atlas.polygons import collision_polygon, outlines, simplified


def mask(*rows: str) -> NDArray[np.uint8]:
    return np.array([[255 if letter == "#" else 0 for letter in row] for row in rows], np.uint8)


def test_a_rectangle_has_its_four_corners_clockwise() -> None:
    alpha = np.zeros((8, 9), np.uint8)
    alpha[2:5, 3:7] = 255
    assert set(collision_polygon(alpha)) == {(3, 2), (7, 2), (7, 5), (3, 5)}
    assert area(collision_polygon(alpha)) == 12


def test_nothing_solid_gives_nothing() -> None:
    assert collision_polygon(np.full((3, 3), 127, np.uint8)) == ()
    assert len(collision_polygon(np.full((3, 3), 127, np.uint8), threshold=126)) == 4


def test_holes_are_filled_and_the_largest_part_counts() -> None:
    alpha = mask("#####....", "#...#..##", "#...#..##", "#####....")
    assert set(collision_polygon(alpha, tolerance=0)) == {(0, 0), (5, 0), (5, 4), (0, 4)}


def test_parts_that_touch_at_a_corner_are_several() -> None:
    found = outlines(mask("#.", ".#") > 0)
    assert sorted(map(len, found)) == [4, 4]
    assert sum(map(len, outlines(mask("#.#", ".#.", "#.#") > 0))) == 20


def test_a_hull_goes_around_all_parts() -> None:
    alpha = mask("#...", "....", "...#")
    assert set(collision_polygon(alpha, convex=True, tolerance=0)) == {(0, 0), (1, 0), (4, 2), (4, 3), (3, 3), (0, 1)}


def test_a_staircase_becomes_its_slope() -> None:
    alpha = np.tril(np.full((40, 40), 255, np.uint8))
    found = collision_polygon(alpha, tolerance=1)
    assert len(found) <= 5
    assert area(found) == pytest.approx((alpha > 0).sum(), rel=0.05)


def test_a_disc_keeps_its_area_with_few_corners() -> None:
    y, x = np.mgrid[:64, :64]
    alpha = np.where(np.hypot(x - 31.5, y - 31.5) < 30, 255, 0).astype(np.uint8)
    found = collision_polygon(alpha, tolerance=1)
    assert len(found) <= 24
    assert area(found) == pytest.approx(np.pi * 900, rel=0.03)


MASKS = arrays.arrays(np.uint8, st.tuples(st.integers(1, 12), st.integers(1, 12)), elements=st.sampled_from([0, 255]))


@settings(max_examples=150, deadline=None)
@given(MASKS)
def test_borders_enclose_exactly_the_solid_pixels(alpha: NDArray[np.uint8]) -> None:
    assert sum(area(line) for line in outlines(alpha > 0)) == (alpha > 0).sum()


@settings(max_examples=100, deadline=None)
@given(MASKS, st.floats(0.3, 4))
def test_no_corner_left_out_is_farther_than_the_tolerance(alpha: NDArray[np.uint8], tolerance: float) -> None:
    for line in outlines(alpha > 0):
        short = simplified(line, tolerance)
        ends = np.roll(short, -1, axis=0)
        for point in line:
            assert min(distance(point, one, two) for one, two in zip(short, ends, strict=True)) <= tolerance + 1e-9


@settings(max_examples=100, deadline=None)
@given(MASKS, st.booleans())
def test_a_polygon_turns_clockwise_and_stays_in_the_picture(alpha: NDArray[np.uint8], convex: bool) -> None:
    found = collision_polygon(alpha, convex=convex)
    if found:
        assert area(found) > 0
        assert all(0 <= x <= alpha.shape[1] and 0 <= y <= alpha.shape[0] for x, y in found)


def area(points: tuple[Point, ...] | NDArray[np.float64]) -> float:
    """Positive where the points turn clockwise on the screen."""
    x, y = np.array(points, np.float64).T
    return float((x * np.roll(y, -1) - np.roll(x, -1) * y).sum()) / 2


def distance(point: NDArray[np.float64], one: NDArray[np.float64], two: NDArray[np.float64]) -> float:
    along = two - one
    share = np.clip(float((point - one) @ along) / max(float(along @ along), 1e-12), 0, 1)
    return float(np.hypot(*(point - one - share * along)))
