"""Materials: the maps that are derived, the channels that are packed, and what is refused."""

import numpy as np
import pytest
from numpy.typing import NDArray

from limner.atlas.channels import green_flipped, orm, unity_mask
from limner.atlas.materials import MAP_NAMES, MapName, Material, check_material
from limner.atlas.relief import Relief
from limner.atlas.seams import seams
from limner.atlas.sprites import AtlasError
from limner.atlas.surfacing import Surface, surfaced


def waves(height: int = 32, width: int = 48) -> NDArray[np.uint8]:
    """A picture that tiles."""
    y, x = np.mgrid[:height, :width]
    light = 128 + 60 * np.sin(2 * np.pi * 2 * x / width) + 50 * np.cos(2 * np.pi * 3 * y / height)
    return np.dstack([light, light * 0.8, light * 0.5, np.full_like(light, 255)]).astype(np.uint8)


def grey(value: int, height: int = 4, width: int = 6) -> NDArray[np.uint8]:
    return np.full((height, width), value, np.uint8)


def test_every_derived_map_fits_the_material_and_tiles() -> None:
    material = surfaced("waves", waves(), provenance={"seed": "7"})
    check_material(material)
    assert set(material.maps) == set(MAP_NAMES) - {"emission"}
    assert material.provenance == {"seed": "7"}
    assert all(max(seams(pixels)) < 1.6 for pixels in material.maps.values())


def test_the_edges_that_tile_are_the_reliefs() -> None:
    material = surfaced("waves", waves(), Surface(relief=Relief(tile_x=True, tile_y=False)))
    assert (material.tile_x, material.tile_y) == (True, False)


def test_a_materials_normals_are_opengls_whatever_the_relief_says() -> None:
    one = surfaced("waves", waves(), Surface(relief=Relief(green="directx")))
    np.testing.assert_array_equal(one.maps["normal"], surfaced("waves", waves()).maps["normal"])


@pytest.mark.parametrize("shape", [(1, 1, 4), (3, 5, 4), (31, 17, 4)])
def test_any_size_has_maps(shape: tuple[int, int, int]) -> None:
    check_material(surfaced("odd", np.random.default_rng(0).integers(0, 256, shape, np.uint8)))


def test_orm_and_mask_hold_the_channels_that_engines_read() -> None:
    albedo = np.full((4, 6, 4), 255, np.uint8)
    maps: dict[MapName, NDArray[np.uint8]] = {
        "albedo": albedo,
        "ambient_occlusion": grey(10),
        "roughness": grey(20),
        "metallic": grey(30),
    }
    material = Material(name="m", maps=maps)
    assert orm(material)[2, 3].tolist() == [10, 20, 30]
    assert unity_mask(material)[2, 3].tolist() == [30, 10, 255, 235]


def test_missing_maps_are_open_rough_and_no_metal() -> None:
    material = Material(name="m", maps={"albedo": np.full((4, 6, 4), 255, np.uint8)})
    assert orm(material)[0, 0].tolist() == [255, 255, 0]
    assert unity_mask(material)[0, 0].tolist() == [0, 255, 255, 0]


def test_a_flipped_green_keeps_flat_flat() -> None:
    normal = np.array([[(128, 128, 255), (10, 1, 20), (10, 255, 20)]], np.uint8)
    assert green_flipped(normal)[0].tolist() == [[128, 128, 255], [10, 255, 20], [10, 1, 20]]


@pytest.mark.parametrize(
    ("maps", "message"),
    [
        ({"normal": np.zeros((4, 4, 3), np.uint8)}, "has no albedo"),
        ({"albedo": np.zeros((4, 4, 3), np.uint8)}, r"make it uint8 of shape \(height, width, 4\)"),
        ({"albedo": np.zeros((0, 4, 4), np.uint8)}, "is 4 × 0; give it a pixel"),
        ({"albedo": np.zeros((4, 4, 4))}, "is float64"),
        ({"albedo": np.zeros((4, 4, 4), np.uint8), "height": np.zeros((4, 5), np.uint8)}, "is 5 × 4, its albedo 4 × 4"),
        (
            {"albedo": np.zeros((4, 4, 4), np.uint8), "height": np.zeros((4, 4, 1), np.uint8)},
            r"shape \(height, width\)",
        ),
        (
            {"albedo": np.zeros((4, 4, 4), np.uint8), "gloss": np.zeros((4, 4), np.uint8)},
            "has a map 'gloss'; use albedo",
        ),
    ],
    ids=["no albedo", "no alpha", "empty", "floats", "sizes", "an axis too many", "unknown"],
)
def test_maps_that_are_no_material_are_refused(maps: dict[MapName, NDArray[np.uint8]], message: str) -> None:
    with pytest.raises(AtlasError, match=message):
        check_material(Material(name="stone", maps=maps))


@pytest.mark.parametrize("shape", [(0, 0, 4), (4, 4), (4, 4, 3)])
def test_nothing_is_derived_from_what_is_no_albedo(shape: tuple[int, ...]) -> None:
    with pytest.raises(AtlasError, match="'albedo' of material 'x'"):
        surfaced("x", np.zeros(shape, np.uint8))
