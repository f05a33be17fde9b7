"""Pixel-art cleaning has exact answers and is harmless when done twice."""

import numpy as np
from hypothesis import given, settings
from hypothesis.extra import numpy as arrays

from limner.atlas.geometry import Box
from limner.atlas.pixel_art import Pixels, binary_alpha, clean_pixel_art, snapped, without_orphans
from limner.atlas.trimming import trim


@settings(max_examples=30, deadline=None)
@given(arrays.arrays(np.uint8, (9, 9, 4)))
def test_cleaning_twice_is_cleaning_once(pixels: Pixels) -> None:
    once = clean_pixel_art(pixels)
    np.testing.assert_array_equal(clean_pixel_art(once), once)


def test_alpha_becomes_all_or_nothing() -> None:
    pixels = np.array([[[10, 20, 30, 127], [10, 20, 30, 128]]], np.uint8)
    assert binary_alpha(pixels).tolist() == [[[0, 0, 0, 0], [10, 20, 30, 255]]]


def test_a_stray_pixel_goes_and_a_diagonal_line_stays() -> None:
    pixels = np.zeros((5, 5, 4), np.uint8)
    pixels[0, 0] = pixels[1, 1] = pixels[4, 4] = 255
    cleaned = without_orphans(pixels)
    assert np.argwhere(cleaned[..., 3]).tolist() == [[0, 0], [1, 1]]


def test_the_nearest_colours_merge_into_the_commoner() -> None:
    row = [[250, 0, 0, 255], [255, 0, 0, 255], [255, 0, 0, 255], [0, 0, 255, 255]]
    assert snapped(np.array([row], np.uint8), 2)[0, :, :3].tolist() == [
        [255, 0, 0],
        [255, 0, 0],
        [255, 0, 0],
        [0, 0, 255],
    ]


def test_many_colours_come_down_to_the_asked_number() -> None:
    pixels = np.random.default_rng(1).integers(0, 256, (40, 40, 4), np.uint8)
    pixels[..., 3] = 255
    assert len(np.unique(snapped(pixels, 24).reshape(-1, 4), axis=0)) == 24


def test_trim_finds_the_smallest_box_and_gives_an_empty_picture_one_pixel() -> None:
    alpha = np.zeros((6, 8), np.uint8)
    assert trim(alpha) == Box(0, 0, 1, 1)
    alpha[2, 3] = alpha[4, 5] = 9
    assert trim(alpha) == Box(3, 2, 3, 3)
    assert trim(alpha, threshold=9) == Box(0, 0, 1, 1)
