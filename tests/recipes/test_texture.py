"""Textures: what variants share, and what the maps keep of it."""

import numpy as np
import pytest

from limner.generators.request import ImageRequest
from limner.recipes import texture
from limner.recipes.surfaces import Surface, surfaces
from limner.recipes.texture import MAPS, Made, TexturePlan

from .painters import NoisePainter

STONE = Surface(name="stone", words=("stone",), depth=4.0, roughness=0.8)


def plan(
    side: int = 64, style: str = "painted", tile_x: bool = True, tile_y: bool = True, **fields: object
) -> TexturePlan:
    request = ImageRequest(prompt="stone", style=style, seed=3, steps=10, tile_x=tile_x, tile_y=tile_y, opaque=True)
    return TexturePlan(request=request, native=32, side=side, **fields)  # type: ignore[arg-type]


async def made(asked: TexturePlan) -> dict[tuple[str, int], Made]:
    return {(one.role, one.variant): one for one in await texture.draw(asked, STONE, NoisePainter())}


@pytest.mark.parametrize("style", ["painted", "pixel"])
@pytest.mark.parametrize("side", [32, 64, 128, 192, 512])
async def test_every_map_has_the_size_that_was_asked_for(side: int, style: str) -> None:
    found = await made(plan(side, style, maps=("normal", "ao")))
    assert {one.pixels.shape[:2] for one in found.values()} == {(side, side)}
    assert list(found) == [("albedo", 0), ("normal", 0), ("ao", 0)]


@pytest.mark.parametrize("style", ["painted", "pixel"])
async def test_variants_share_the_pixels_of_their_edges_and_nothing_inside(style: str) -> None:
    found = await made(plan(64, style, variants=3))
    first, *others = (found["albedo", variant].pixels for variant in range(3))
    for other in others:
        for edge in (np.s_[0], np.s_[-1], np.s_[:, 0], np.s_[:, -1]):
            np.testing.assert_array_equal(other[edge], first[edge])
        assert (other[16:48, 16:48] != first[16:48, 16:48]).any(axis=2).mean() > 0.5


async def test_a_texture_that_tiles_sideways_shares_its_sides_alone() -> None:
    found = await made(plan(64, variants=2, tile_y=False))
    first, other = found["albedo", 0].pixels, found["albedo", 1].pixels
    np.testing.assert_array_equal(other[:, [0, -1]], first[:, [0, -1]])
    assert (other[0] != first[0]).any(axis=1).mean() > 0.5


async def test_heights_and_shadows_of_variants_are_equal_at_their_edges() -> None:
    found = await made(plan(64, variants=2, maps=tuple(MAPS)))
    for role in ("height", "ao"):
        first, other = found[role, 0].pixels, found[role, 1].pixels
        for edge in (np.s_[0], np.s_[-1], np.s_[:, 0], np.s_[:, -1]):
            np.testing.assert_array_equal(other[edge], first[edge])


async def test_pixel_art_has_whole_pixels_and_few_colours() -> None:
    pixels = (await made(plan(128, "pixel", variants=2)))["albedo", 1].pixels
    blocks = pixels.reshape(64, 2, 64, 2, 4)
    assert (blocks == blocks[:, :1, :, :1]).all()
    assert texture.colours(pixels) <= 24
    assert (pixels[..., 3] == 255).all()


async def test_large_textures_are_drawn_again_at_each_size_and_not_only_enlarged() -> None:
    painter = NoisePainter()
    await texture.draw(plan(256), STONE, painter)
    assert [(request.across, request.strength) for request in painter.asked] == [
        (1, 1.0),
        (2, texture.GROWTH[0]),
        (4, texture.GROWTH[1]),
        (8, texture.GROWTH[2]),
    ]
    assert texture.drawings(plan(256)) == len(painter.asked)


async def test_a_texture_held_to_colours_has_no_other() -> None:
    found = await made(plan(64, palette=(0x000000, 0xFF0000), variants=2))
    assert {tuple(colour) for one in found.values() for colour in np.unique(one.pixels.reshape(-1, 4), axis=0)} == {
        (0, 0, 0, 255),
        (255, 0, 0, 255),
    }


async def test_seams_are_measured_on_the_art_and_not_on_enlarged_pixels() -> None:
    small, large = [await made(plan(side, "pixel")) for side in (32, 64)]
    assert small["albedo", 0].seam == large["albedo", 0].seam


def test_no_word_belongs_to_two_surfaces() -> None:
    words = [word for surface in surfaces() for word in surface.words]
    assert len(words) == len(set(words))
    assert all(0 <= surface.roughness <= 1 and 0 <= surface.metal <= 1 < surface.depth + 1 for surface in surfaces())
