"""Bleeding, outlines, palettes and nine-patches have exact answers."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from limner.atlas.bleeding import bled
from limner.atlas.geometry import Size
from limner.atlas.nine_patches import found_nine_patch, stretched
from limner.atlas.outlining import outlined
from limner.atlas.palettes import indexed
from limner.atlas.sprites import AtlasError, NinePatch, Pixels

RED, BLUE, CLEAR = (255, 0, 0, 255), (0, 0, 255, 255), (0, 0, 0, 0)
PICTURES = arrays.arrays(np.uint8, st.tuples(st.integers(1, 9), st.integers(1, 9), st.just(4)))


def row(*colours: tuple[int, int, int, int]) -> Pixels:
    return np.array([colours], np.uint8)


def dot(size: int) -> Pixels:
    pixels = np.zeros((size, size, 4), np.uint8)
    pixels[size // 2, size // 2] = RED
    return pixels


def drawn(pixels: Pixels) -> list[str]:
    """A letter for each pixel: r for the sprite, o for the outline."""
    letters = {RED: "r", BLUE: "o", CLEAR: "."}
    return ["".join(letters[tuple(pixel)] for pixel in line) for line in pixels.tolist()]


def test_colours_run_into_clear_pixels_and_mix_where_they_meet() -> None:
    mixed = bled(row(RED, CLEAR, BLUE, CLEAR, CLEAR, CLEAR), 2)
    assert mixed.tolist() == [[list(RED), [128, 0, 128, 0], list(BLUE), [0, 0, 255, 0], [0, 0, 255, 0], list(CLEAR)]]


@settings(max_examples=40, deadline=None)
@given(PICTURES, st.integers(0, 3))
def test_bleeding_changes_no_alpha_and_nothing_visible(pixels: Pixels, reach: int) -> None:
    found = bled(pixels, reach)
    np.testing.assert_array_equal(found[..., 3], pixels[..., 3])
    np.testing.assert_array_equal(found[pixels[..., 3] > 0], pixels[pixels[..., 3] > 0])


def test_an_outline_goes_around_a_pixel() -> None:
    assert drawn(outlined(dot(1), BLUE)) == [".o.", "oro", ".o."]
    assert drawn(outlined(dot(1), BLUE, corners=True)) == ["ooo", "oro", "ooo"]
    assert drawn(outlined(dot(1), BLUE, 2)) == ["..o..", ".ooo.", "ooroo", ".ooo.", "..o.."]


def test_an_outline_inside_covers_the_sprites_own_border() -> None:
    block = np.zeros((5, 5, 4), np.uint8)
    block[:4, 1:] = RED
    assert drawn(outlined(block, BLUE, inside=True)) == [".oooo", ".orro", ".orro", ".oooo", "....."]


@pytest.mark.parametrize("thickness", [0, -1, 65])
def test_an_outline_without_a_thickness_is_refused(thickness: int) -> None:
    with pytest.raises(AtlasError, match="use 1 to 64"):
        outlined(dot(3), thickness=thickness)


@settings(max_examples=40, deadline=None)
@given(st.lists(PICTURES.filter(lambda pixels: pixels.shape[0] < 7), min_size=1, max_size=3))
def test_few_colours_stay_as_they_are(pictures: list[Pixels]) -> None:
    found = indexed(pictures)
    for places, pixels in zip(found.pictures, pictures, strict=True):
        clear = pixels[..., 3:] == 0
        np.testing.assert_array_equal(np.where(clear, 0, found.palette[places]), np.where(clear, 0, pixels))
    assert len(np.unique(found.palette, axis=0)) == len(found.palette)


def test_clear_is_the_first_place_of_a_palette() -> None:
    found = indexed([row(RED, (9, 9, 9, 0), BLUE), row((7, 0, 0, 0))])
    assert found.palette[0].tolist() == list(CLEAR)
    assert [places.tolist() for places in found.pictures][1] == [[0]]
    assert found.pictures[0][0, 1] == 0


def test_the_nearest_colours_merge_and_clear_stays_clear() -> None:
    near = (250, 0, 0, 255)
    found = indexed([row(RED, RED, near, BLUE, CLEAR)], most=3)
    assert found.palette[found.pictures[0]][0].tolist() == [list(c) for c in (RED, RED, RED, BLUE, CLEAR)]


@pytest.mark.parametrize("most", [2, 16, 256])
def test_many_colours_come_down_to_the_asked_number_with_a_small_error(most: int) -> None:
    y, x = np.mgrid[:64, :64].astype(np.uint8)
    ramp = np.stack([x * 4, y * 4, 255 - x * 2 - y * 2, np.full_like(x, 255)], axis=2)
    found = indexed([ramp], most)
    error = np.abs(found.palette[found.pictures[0]].astype(int) - ramp).mean()
    assert len(found.palette) == most
    assert error < {2: 60, 16: 25, 256: 6}[most]


@pytest.mark.parametrize("most", [1, 257])
def test_a_palette_of_a_size_that_no_file_has_is_refused(most: int) -> None:
    with pytest.raises(AtlasError, match="use 2 to 256"):
        indexed([dot(2)], most)


def test_the_borders_of_a_panel_are_found() -> None:
    panel = np.zeros((9, 12, 4), np.uint8)
    panel[:] = np.arange(12)[None, :, None] + 20 * np.arange(9)[:, None, None]
    panel[:, 3:10] = panel[:, 3:4]
    panel[2:7] = panel[2:3]
    assert found_nine_patch(panel) == NinePatch(3, 2, 2, 2)


def test_a_picture_without_equal_lines_is_no_nine_patch() -> None:
    assert found_nine_patch(np.arange(64, dtype=np.uint8).reshape(4, 4, 4)) is None


def test_stretching_repeats_the_middle_and_keeps_the_corners() -> None:
    line = row((1, 0, 0, 255), (2, 0, 0, 255), (3, 0, 0, 255), (4, 0, 0, 255))
    assert stretched(line, NinePatch(1, 1, 0, 0), Size(8, 2))[..., 0].tolist() == [[1, 2, 2, 2, 3, 3, 3, 4]] * 2
    assert stretched(line, NinePatch(1, 1, 0, 0), Size(3, 1))[..., 0].tolist() == [[1, 3, 4]]
    with pytest.raises(AtlasError, match="leaves no middle"):
        stretched(line, NinePatch(1, 1, 0, 0), Size(2, 1))


@given(PICTURES)
def test_stretching_to_its_own_size_changes_nothing(pixels: Pixels) -> None:
    size = Size(pixels.shape[1], pixels.shape[0])
    np.testing.assert_array_equal(stretched(pixels, NinePatch(0, 0, 0, 0), size), pixels)
