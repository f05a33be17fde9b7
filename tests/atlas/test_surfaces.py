"""Materials from a picture, and the channels they are packed into."""

import numpy as np
import pytest

from limner.atlas.channels import mask_map, metallic_smoothness, orm
from limner.atlas.materials import Material, check_material
from limner.atlas.relief import normals, usual_depth
from limner.atlas.seamless import seams
from limner.atlas.sprites import AtlasError, Pixels
from limner.atlas.surfaces import SurfaceOptions, height_from, material_from, metallic_from


def bumps(size: int = 48) -> Pixels:
    """A picture that tiles: bright and dark spots."""
    angle = np.arange(size) * (2 * np.pi / size)
    grey = np.rint(128 + 60 * np.sin(3 * angle)[None] * np.sin(2 * angle)[:, None]).astype(np.uint8)
    return np.dstack([grey, grey, grey, np.full_like(grey, 255)])


def test_a_surface_has_every_map_in_one_size() -> None:
    material = material_from(bumps(), "stone")
    check_material(material)
    assert set(material.maps) == {"albedo", "normal", "roughness", "ambient_occlusion", "metallic", "height"}


def test_maps_of_a_picture_that_tiles_tile() -> None:
    whole, moved = material_from(bumps(), "stone"), material_from(np.roll(bumps(), (7, 11), (0, 1)), "stone")
    for name, pixels in whole.maps.items():
        assert seams(pixels).worst < 2, name
        assert np.abs(np.roll(pixels, (7, 11), (0, 1)).astype(int) - moved.maps[name]).max() <= 2, name


def test_bright_is_high_unless_inverted() -> None:
    high = height_from(bumps())
    bright = bumps()[..., 0] > 150
    assert high[bright].min() > high[bumps()[..., 0] < 100].max()
    np.testing.assert_allclose(height_from(bumps(), inverted=True), 1 - high)


def test_an_even_picture_is_flat() -> None:
    material = material_from(np.full((4, 4, 4), 255, np.uint8), "flat")
    assert (material.maps["normal"] == (128, 128, 255)).all()
    assert (material.maps["ambient_occlusion"] == 255).all()
    assert (material.maps["roughness"] == 153).all()  # 0.6


def test_one_pixel_is_a_surface() -> None:
    check_material(material_from(np.full((1, 1, 4), 9, np.uint8), "dot"))


def test_detail_outweighs_slow_light_where_it_is_asked_to() -> None:
    fine = np.tile(np.array([-20, 20]), (64, 32))
    slow = np.linspace(60, 190, 64)[None]
    grey = (slow + fine).astype(np.uint8)
    pixels = np.dstack([grey, grey, grey, np.full_like(grey, 255)])

    def grain(detail: float) -> float:
        return float(np.abs(np.diff(height_from(pixels, detail, tile_x=False), axis=1)).mean())

    assert grain(0) < 0.05 < grain(0.5) < grain(1)


def test_gold_and_steel_may_be_metal_and_grass_and_coal_are_not() -> None:
    colours = np.array([[[255, 200, 90, 255], [215, 215, 220, 255], [60, 160, 40, 255], [20, 20, 20, 255]]], np.uint8)
    assert metallic_from(colours).tolist() == [[255, 216, 0, 0]]
    assert (material_from(colours, "x").maps["metallic"] == 0).all()
    assert material_from(colours, "x", SurfaceOptions(metallic=True)).maps["metallic"][0, 0] == 255


def test_the_depth_asked_for_is_the_depth() -> None:
    flat, deep = (material_from(bumps(), "x", SurfaceOptions(depth=depth)).maps["normal"] for depth in (1.0, 8.0))
    assert flat[..., 2].min() > deep[..., 2].min()
    height = height_from(bumps())
    np.testing.assert_array_equal(
        normals(height, usual_depth(height.shape)), material_from(bumps(), "x").maps["normal"]
    )


def test_channels_lie_where_engines_look_for_them() -> None:
    value = {
        name: np.full((2, 3), number, np.uint8)
        for name, number in (("ambient_occlusion", 10), ("roughness", 20), ("metallic", 30))
    }
    material = Material(name="x", maps={"albedo": np.zeros((2, 3, 4), np.uint8), **value})
    assert (orm(material) == (10, 20, 30)).all()
    assert (mask_map(material) == (30, 10, 0, 235)).all()
    assert (mask_map(material, np.full((2, 3), 7, np.uint8)) == (30, 10, 7, 235)).all()
    assert (metallic_smoothness(material) == (30, 30, 30, 235)).all()


def test_maps_that_are_missing_mean_plain_and_rough() -> None:
    material = Material(name="x", maps={"albedo": np.zeros((2, 3, 4), np.uint8)})
    assert orm(material).shape == (2, 3, 3)
    assert (orm(material) == (255, 255, 0)).all()


@pytest.mark.parametrize(
    ("maps", "message"),
    [
        ({}, "no albedo"),
        ({"normal": np.zeros((2, 2, 3), np.uint8)}, "no albedo"),
        ({"albedo": np.zeros((2, 2, 3), np.uint8)}, "height × width × 4 bytes"),
        ({"albedo": np.zeros((2, 2, 4), np.float32)}, "float32"),
        ({"albedo": np.zeros((0, 2, 4), np.uint8)}, "2 × 0"),
        ({"albedo": np.zeros((2, 2, 4), np.uint8), "height": np.zeros((2, 4), np.uint8)}, "4 × 2, the albedo 2 × 2"),
        ({"albedo": np.zeros((2, 2, 4), np.uint8), "height": np.zeros((2, 2, 1), np.uint8)}, "height × width bytes"),
        ({"albedo": np.zeros((2, 2, 4), np.uint8), "gloss": np.zeros((2, 2), np.uint8)}, "'gloss' is unknown"),
    ],
)
def test_a_material_with_a_fault_is_refused_by_name(maps: dict[str, np.ndarray], message: str) -> None:
    with pytest.raises(AtlasError, match=message):
        check_material(Material(name="x", maps=maps))  # type: ignore[arg-type]
