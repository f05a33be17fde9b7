"""Given pictures, exactly."""

import io

import numpy as np
import pytest
from PIL import Image

from limner.recipes.references import Reference, colours_of, decoded, held_to, mask_of, shrunk, squared


def png(picture: Image.Image) -> bytes:
    out = io.BytesIO()
    picture.save(out, format="PNG")
    return out.getvalue()


@pytest.mark.parametrize(
    ("picture", "first"),
    [
        (Image.fromarray(np.full((2, 2), 0x8040, np.uint16)), (0x80, 0x80, 0x80, 255)),
        (Image.new("L", (2, 2), 77), (77, 77, 77, 255)),
        (Image.new("RGB", (2, 2), (1, 2, 3)), (1, 2, 3, 255)),
        (Image.new("RGB", (2, 2), (1, 2, 3)).convert("P", palette=Image.Palette.ADAPTIVE), (1, 2, 3, 255)),
        (Image.new("LA", (2, 2), (9, 128)), (9, 9, 9, 128)),
    ],
    ids=["16 bits", "grey", "no alpha", "palette", "grey with alpha"],
)
def test_every_kind_of_png_becomes_straight_rgba(picture: Image.Image, first: tuple[int, ...]) -> None:
    assert tuple(int(value) for value in decoded(png(picture))[0, 0]) == first


def test_white_may_change_and_black_and_clear_may_not() -> None:
    picture = np.array([[[255, 255, 255, 255], [0, 0, 0, 255], [255, 255, 255, 0]]], np.uint8)
    assert mask_of(png(Image.fromarray(picture))).tolist() == [[True, False, False]]


def test_an_enlarged_sprite_comes_back_exactly() -> None:
    small = np.random.default_rng(0).integers(0, 256, (32, 32, 4), np.uint8)
    np.testing.assert_array_equal(shrunk(small.repeat(3, 0).repeat(3, 1), 32), small)


def test_a_wide_picture_stands_in_the_middle_of_a_square() -> None:
    wide = np.full((2, 4, 4), 200, np.uint8)
    square = squared(wide, 8)
    assert square.shape == (8, 8, 4)
    assert (square[..., 3] > 0).any(axis=1).tolist() == [False, False, True, True, True, True, False, False]


def test_bytes_outside_the_mask_stay_and_a_small_pixel_is_masked_where_any_of_its_own_is() -> None:
    pixels = np.random.default_rng(1).integers(0, 256, (64, 64, 4), np.uint8)
    mask = np.zeros((64, 64), np.bool_)
    mask[5, 9] = True
    reference = Reference(pixels, mask)
    small = reference.source(32).mask
    assert small is not None
    assert np.argwhere(small).tolist() == [[2, 4]]
    painted = reference.kept(np.zeros_like(pixels))
    assert np.argwhere((painted != pixels).any(axis=2)).tolist() == [[5, 9]]


def test_pixels_are_held_to_the_nearest_colours_and_alpha_stays() -> None:
    picture = np.array([[[250, 10, 5, 255], [3, 4, 250, 128], [9, 9, 9, 0]]], np.uint8)
    held = held_to(picture, (0xFF0000, 0x0000FF))
    assert held.tolist() == [[[255, 0, 0, 255], [0, 0, 255, 128], [0, 0, 0, 0]]]


def test_a_palette_picture_gives_its_opaque_colours_in_order() -> None:
    picture = np.array([[[1, 0, 0, 255], [0, 0, 2, 255], [7, 7, 7, 0]]], np.uint8)
    assert colours_of(png(Image.fromarray(picture))) == (0x000002, 0x010000)
