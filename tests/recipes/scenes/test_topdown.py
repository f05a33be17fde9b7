"""Scenes from above: complete Wang sets whose tiles match, props on the ground, and what is asked of the network."""

import numpy as np
import pytest

from limner.atlas.flattening import flattened
from limner.atlas.geometry import Size
from limner.atlas.scene_checks import check_scene
from limner.atlas.scene_reducing import reduced_scene
from limner.atlas.scenes import PropLayer, RegionLayer, Scene, TileLayer
from limner.recipes.scenes import art, scene, topdown
from limner.recipes.scenes.art import Art, ArtPlan
from limner.recipes.scenes.layout import Layout, laid_out
from limner.recipes.scenes.reading import Wish

from ..painters import NoisePainter  # noqa: TID252

WISH = Wish(landforms=("island",), woods="forest", landmarks=(("castle", 1), ("village", 1)), time="night")
SIZE = Size(40, 32)


async def parts(plan: ArtPlan | None = None, wish: Wish = WISH) -> Art:
    return await art.drawn(art.drawables(wish), plan or ArtPlan(), NoisePainter())


async def made(seed: int, tile: int = 16) -> tuple[Scene, Layout]:
    layout = laid_out(WISH, SIZE, seed)
    return topdown.composed("scene", WISH, layout, await parts(ArtPlan(tile=tile)), tile, {}), layout


def layer(found: Scene, name: str) -> TileLayer:
    return next(one for one in found.layers if isinstance(one, TileLayer) and one.name == name)


@pytest.mark.parametrize("seed", range(4))
async def test_every_tile_agrees_with_its_neighbours_about_the_corners_between_them(seed: int) -> None:
    found, layout = await made(seed)
    check_scene(found)
    assert scene.wang_coverage(found) == 1.0
    for name, corners in (("ground", layout.land), ("cover", layout.cover), ("detail", layout.floor)):
        tiles = layer(found, name).tiles
        tileset = next(one for one in found.tilesets if one.name == layer(found, name).tileset)
        ids = tileset.wang_sets[0].wang_ids
        inner = [[2 if corner else 1 for corner in row] for row in corners]
        for row, column in np.argwhere(tiles >= 0).tolist():
            wang_id = ids[int(tiles[row, column])]
            assert (wang_id.top_left, wang_id.top_right, wang_id.bottom_left, wang_id.bottom_right) == (
                inner[row][column],
                inner[row][column + 1],
                inner[row + 1][column],
                inner[row + 1][column + 1],
            )


async def test_pixels_go_on_over_the_sides_of_tiles() -> None:
    """The border between two terrains meets: where a pixel of one tile is covered, so is its neighbour's in the next."""
    found, _ = await made(1)
    tileset = next(one for one in found.tilesets if one.name == "cover")
    shown = np.stack([*tileset.tiles, np.zeros_like(tileset.tiles[0])])[..., 3] > 0
    tiles = layer(found, "cover").tiles
    np.testing.assert_array_equal(shown[tiles[:, :-1]][:, :, :, -1], shown[tiles[:, 1:]][:, :, :, 0])
    np.testing.assert_array_equal(shown[tiles[:-1]][:, :, -1], shown[tiles[1:]][:, :, 0])


async def test_layers_lie_in_the_order_that_people_walk_through() -> None:
    found, _ = await made(1)
    names = [one.name for one in found.layers]
    assert names == ["ground", "cover", "detail", "roads", "bridges", "props", "overhead", "night", "regions"]
    kinds = {region.kind for one in found.layers if isinstance(one, RegionLayer) for region in one.regions}
    assert kinds == {"spawn", "landmark", "biome"}


async def test_nobody_walks_through_landmarks_and_trees() -> None:
    found, layout = await made(1)
    props = [prop for one in found.layers if isinstance(one, PropLayer) for prop in one.props]
    castle = next(prop for prop in props if prop.name == "castle")
    assert castle.footprint is not None
    spot = next(spot for spot in layout.spots if spot.name == "castle")
    assert castle.footprint == (spot.column * 16, spot.row * 16, spot.width * 16, spot.height * 16)
    assert all(prop.footprint is not None for prop in props if prop.name == "tree")
    assert all(prop.footprint is None for prop in props if prop.name == "flowers")
    ground = next(one for one in found.tilesets if one.name == "ground")
    dry = [number for number, wang_id in ground.wang_sets[0].wang_ids.items() if 1 not in wang_id[1::2]]
    assert ground.solid == set(range(len(ground.tiles))) - set(dry)
    assert 15 in dry


@pytest.mark.parametrize("tile", [16, 32, 64])
async def test_art_is_as_large_as_its_tiles(tile: int) -> None:
    found = await parts(ArtPlan(tile=tile))
    assert {pixels.shape for pixels in found.textures.values()} == {(tile, tile, 4)}
    assert max(found.sprites["castle"].size) <= 3 * tile
    assert max(found.sprites["bush"].size) <= tile
    if tile == 64:
        blocks = found.textures["cover"].reshape(32, 2, 32, 2, 4)
        assert (blocks == blocks[:, :1, :, :1]).all()


async def test_variants_of_a_ground_tile_with_it_and_are_used() -> None:
    found, _ = await made(1)
    cover = next(one for one in found.tilesets if one.name == "cover")
    full = [number for number, wang_id in cover.wang_sets[0].wang_ids.items() if 1 not in wang_id[1::2]]
    assert len(full) == 1 + topdown.VARIANTS
    for number in full[1:]:
        for edge in (np.s_[0], np.s_[-1], np.s_[:, 0], np.s_[:, -1]):
            np.testing.assert_array_equal(cover.tiles[number][edge], cover.tiles[15][edge])
        assert (cover.tiles[number] != cover.tiles[15]).any()
    assert set(full) <= set(np.unique(layer(found, "cover").tiles).tolist())


async def test_parts_follow_from_the_wish_and_not_from_the_layout() -> None:
    orders = [art.drawables(wish) for wish in (WISH, WISH)]
    assert orders[0] == orders[1]
    names = [part.name for part in orders[0]]
    assert len(names) == len(set(names))
    assert {"castle", "house", "well", "tree/0", "tree/1", "cover", "water"} <= set(names)


async def test_a_ground_is_calm_and_of_few_colours() -> None:
    loud = np.random.default_rng(1).integers(0, 256, (32, 32, 4), dtype=np.uint8)
    calm = art.texture(loud, 32)
    assert calm[..., :3].astype(int).std() < loud[..., :3].astype(int).std() / 2
    assert len(np.unique(calm.reshape(-1, 4), axis=0)) <= art.GROUND_COLOURS
    assert (calm[..., 3] == 255).all()


def test_scraps_of_a_sprite_are_dropped() -> None:
    pixels = np.zeros((16, 16, 4), np.uint8)
    pixels[2:12, 2:12] = 255
    pixels[14, 14] = 255
    assert art.whole(pixels)[14, 14, 3] == 0
    np.testing.assert_array_equal(art.whole(pixels)[:13], pixels[:13])


async def test_a_reduced_scene_is_the_scene_made_smaller() -> None:
    found, _ = await made(2)
    whole, small = flattened(found), flattened(reduced_scene(found, 4))
    assert small.shape == (whole.shape[0] // 4, whole.shape[1] // 4, 4)
    mean = whole.reshape(small.shape[0], 4, small.shape[1], 4, 4).astype(float).mean(axis=(1, 3))
    assert np.abs(mean - small)[..., :3].mean() < 12
