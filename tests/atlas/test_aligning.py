"""Frames of several sizes meet at their pivots."""

import numpy as np
import pytest

from limner.atlas.aligning import aligned
from limner.atlas.enlarging import enlarged
from limner.atlas.geometry import Point, Size
from limner.atlas.sprites import AtlasError, NinePatch, Sprite


def solid(name: str, width: int, height: int, pivot: Point | None = None) -> Sprite:
    return Sprite(name=name, pixels=np.full((height, width, 4), 255, np.uint8), pivot=pivot)


def covered(sprite: Sprite) -> list[tuple[int, int]]:
    """First and last row, first and last column with something on it."""
    rows, columns = np.nonzero(sprite.pixels[..., 3])
    return [(rows.min(), rows.max()), (columns.min(), columns.max())]


def test_frames_without_a_pivot_stand_on_one_ground_in_the_middle() -> None:
    tall, wide = aligned([solid("tall", 2, 6), solid("wide", 4, 3)])
    assert tall.size == wide.size == Size(4, 6)
    assert covered(tall) == [(0, 5), (1, 2)]
    assert covered(wide) == [(3, 5), (0, 3)]


def test_frames_meet_at_the_pivots_that_were_chosen() -> None:
    left, right = aligned([solid("left", 3, 3, Point(0, 1)), solid("right", 3, 3, Point(3, 1))])
    assert left.size == Size(6, 3)
    assert left.pivot == right.pivot == Point(3, 1)
    assert covered(left) == [(0, 2), (3, 5)]
    assert covered(right) == [(0, 2), (0, 2)]


def test_frames_that_agree_stay_the_same_values() -> None:
    sprites = [solid("a", 3, 3), solid("b", 3, 3)]
    assert all(one is other for one, other in zip(aligned(sprites), sprites, strict=True))


def test_collision_polygons_move_with_the_pixels() -> None:
    small = Sprite(name="small", pixels=solid("", 2, 2).pixels, collision=(Point(0, 0), Point(2, 0), Point(2, 2)))
    moved, _ = aligned([small, solid("large", 4, 4)])
    assert moved.collision == (Point(1, 2), Point(3, 2), Point(3, 4))


@pytest.mark.parametrize("pivot", [Point(20_000, 0), Point(float("nan"), 0)])
def test_a_pivot_far_from_its_picture_is_named(pivot: Point) -> None:
    with pytest.raises(AtlasError, match="'lost' turns about"):
        aligned([solid("lost", 1, 1, pivot), solid("b", 1, 1)])


def test_a_canvas_that_no_format_holds_is_refused() -> None:
    with pytest.raises(AtlasError, match=r"canvas of 20001 × 1 \(largest: 'far'\)"):
        aligned([solid("far", 1, 1, Point(-10_000, 0)), solid("b", 1, 1, Point(10_000, 0))])


def test_a_larger_sprite_is_made_of_blocks_and_keeps_its_marks() -> None:
    pixels = np.arange(8, dtype=np.uint8).reshape(1, 2, 4)
    sprite = Sprite(
        name="a", pixels=pixels, pivot=Point(0.5, 1), nine_patch=NinePatch(1, 0, 0, 1), collision=(Point(1, 1),)
    )
    large = enlarged(sprite, 3)
    np.testing.assert_array_equal(large.pixels, np.kron(pixels, np.ones((3, 3, 1), np.uint8)))
    assert (large.pivot, large.nine_patch, large.collision) == (Point(1.5, 3), (3, 0, 0, 3), (Point(3, 3),))


@pytest.mark.parametrize("factor", [0, 17, -1])
def test_a_factor_out_of_range_is_refused(factor: int) -> None:
    with pytest.raises(AtlasError, match="1 to 16"):
        enlarged(solid("a", 1, 1), factor)
