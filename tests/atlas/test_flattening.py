"""The flattened preview, pixel by pixel."""

from dataclasses import replace

import numpy as np
import pytest

from limner.atlas.flattening import flattened, layer_pixels, placed
from limner.atlas.geometry import Box, Point, Size
from limner.atlas.scenes import EMPTY, PictureLayer, Prop, PropLayer, Scene, TileLayer
from limner.atlas.sprites import Pixels, Sprite
from limner.atlas.tilesets import Tileset

RED, GREEN, HALF = (255, 0, 0, 255), (0, 255, 0, 255), (0, 0, 255, 128)
CLEAR = (0, 0, 0, 0)


def filled(width: int, height: int, *colours: tuple[int, int, int, int]) -> Pixels:
    """Columns of the colours in turn."""
    return np.array([[colours[x % len(colours)] for x in range(width)]] * height, np.uint8)


def scene(**changes: object) -> Scene:
    tileset = Tileset(name="t", tile_size=Size(2, 1), tiles=(filled(2, 1, RED), filled(2, 1, GREEN, HALF)))
    bare = Scene(name="s", size=Size(2, 2), tile_size=Size(2, 1), tilesets=(tileset,), sprites=(), layers=())
    return replace(bare, **changes)  # type: ignore[arg-type]


def tiles(*rows: list[int], **changes: float) -> TileLayer:
    return replace(TileLayer(name="ground", tileset="t", tiles=np.array(rows, np.int32)), **changes)  # type: ignore[arg-type]


def test_tiles_lie_on_the_grid_and_empty_cells_are_clear() -> None:
    shown = flattened(scene(layers=(tiles([0, EMPTY], [1, 0]),)))
    expected = [[RED, RED, CLEAR, CLEAR], [GREEN, HALF, RED, RED]]
    np.testing.assert_array_equal(shown, np.array(expected, np.uint8))


def test_soft_pixels_let_the_background_through() -> None:
    shown = flattened(scene(layers=(tiles([1, 1], [1, 1]),), background=(255, 255, 255)))
    np.testing.assert_array_equal(shown[0, 1], (127, 127, 255, 255))


def test_opacity_thins_a_layer_and_its_own_picture_stays() -> None:
    half = tiles([0, 0], [0, 0], opacity=0.5)
    np.testing.assert_array_equal(flattened(scene(layers=(half,)))[0, 0], (255, 0, 0, 127))
    np.testing.assert_array_equal(layer_pixels(scene(layers=(half,)), half)[0, 0], RED)


def test_a_picture_repeats_only_where_it_is_asked_to() -> None:
    picture = filled(3, 1, RED, GREEN, CLEAR)
    once = flattened(scene(layers=(PictureLayer(name="p", pixels=picture, offset=Point(1, 1)),)))
    np.testing.assert_array_equal(once, np.array([[CLEAR] * 4, [CLEAR, RED, GREEN, CLEAR]], np.uint8))
    across = flattened(scene(layers=(PictureLayer(name="p", pixels=picture, offset=Point(1, 1), repeat_x=True),)))
    np.testing.assert_array_equal(across, np.array([[CLEAR] * 4, [CLEAR, RED, GREEN, CLEAR]], np.uint8))
    both = PictureLayer(name="p", pixels=picture, offset=Point(-1, -7), repeat_x=True, repeat_y=True)
    np.testing.assert_array_equal(flattened(scene(layers=(both,))), filled(4, 2, GREEN, CLEAR, RED)[:, :4])


def test_props_overlap_by_their_feet_and_turn_about_them() -> None:
    sprites = (
        Sprite(name="a", pixels=filled(2, 2, RED, GREEN), pivot=Point(0, 2)),
        Sprite(name="b", pixels=filled(1, 1, HALF)),
    )
    near = Prop(name="near", sprite="a", foot=Point(1, 2))
    far = Prop(name="far", sprite="a", foot=Point(3, 1), flipped=True)
    layers = (PropLayer(name="props", props=(near, far)),)
    shown = flattened(scene(sprites=sprites, layers=layers))
    expected = [[CLEAR, RED, GREEN, CLEAR], [CLEAR, RED, GREEN, CLEAR]]
    np.testing.assert_array_equal(shown, np.array(expected, np.uint8))
    assert placed(far, sprites[0]) == Box(1, -1, 2, 2)


@pytest.mark.parametrize(("x", "left"), [(0.5, 0), (1.0, 1), (-0.5, -1), (0.99, 0)])
def test_a_foot_between_two_pixels_takes_the_nearest(x: float, left: int) -> None:
    dot = Sprite(name="b", pixels=filled(1, 1, RED))
    assert placed(Prop(name="p", sprite="b", foot=Point(x, 1)), dot) == Box(left, 0, 1, 1)


def test_what_leaves_the_scene_is_cut_off() -> None:
    wide = Sprite(name="w", pixels=filled(9, 9, RED))
    shown = flattened(
        scene(sprites=(wide,), layers=(PropLayer(name="p", props=(Prop(name="p", sprite="w", foot=Point(0, 1)),)),))
    )
    np.testing.assert_array_equal(shown, np.array([[RED] * 4, [CLEAR] * 4], np.uint8))
