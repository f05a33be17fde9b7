"""Scenes from the side: rings of pictures, ground that can be walked, tiles that match."""

import numpy as np
import pytest

from limner.atlas.geometry import Size
from limner.atlas.scene_checks import check_scene
from limner.atlas.scenes import PictureLayer, PropLayer, RegionLayer, TileLayer
from limner.atlas.seams import seams
from limner.recipes.scenes import art, scene, side
from limner.recipes.scenes.art import ArtPlan
from limner.recipes.scenes.parallax import ridge_of
from limner.recipes.scenes.reading import Wish
from limner.recipes.scenes.sidewalk import GAP, STEP, walked

from ..painters import NoisePainter  # noqa: TID252

ISLAND = Wish(landforms=("island",), woods="forest", landmarks=(("castle", 1),), time="dusk")
RIVER = Wish(landforms=("river",), landmarks=(("village", 1),))
SIZE = Size(64, 22)


@pytest.mark.parametrize("seed", range(30))
@pytest.mark.parametrize("wish", [ISLAND, RIVER], ids=["island", "river"])
def test_a_figure_walks_climbs_and_jumps_from_one_end_to_the_other(wish: Wish, seed: int) -> None:
    walk = walked(wish, SIZE, seed)
    dry = np.flatnonzero(~walk.wet)
    assert (np.diff(dry) <= GAP + 1).all()
    assert (np.abs(np.diff(walk.surface[dry])) <= STEP)[np.diff(dry) == 1].all()
    for one in walk.standing:
        assert not walk.wet[int(one.x)], "nothing stands in water"
    assert sum(one.name == "castle" for one in walk.standing) == (wish is ISLAND)
    assert walk.warnings == ()
    assert not walk.wet[walk.spawn]
    if wish is ISLAND:
        assert walk.wet[:3].all(), "water on both sides"
        assert walk.wet[-3:].all()


async def test_a_scene_from_the_side_has_its_layers_in_order_and_every_picture_repeats() -> None:
    found = await art.drawn(art.drawables(ISLAND, top_down=False), ArtPlan(tile=16), NoisePainter())
    made = side.composed("scene", ISLAND, walked(ISLAND, SIZE, 3), found, 16, 3, {})
    check_scene(made)
    names = [layer.name for layer in made.layers]
    assert names == ["sky", "far", "mid", "water", "ground", "detail", "props", "near", "overhead", "dusk", "regions"]
    pictures = [layer for layer in made.layers if isinstance(layer, PictureLayer)]
    assert [layer.parallax.x for layer in pictures[:4]] == sorted(layer.parallax.x for layer in pictures[:4])
    assert all(layer.repeat_x for layer in pictures)
    assert made.view == "side"
    props = [prop for layer in made.layers if isinstance(layer, PropLayer) for prop in layer.props]
    assert [prop.name for prop in props].count("castle") == 1
    kinds = [region.kind for layer in made.layers if isinstance(layer, RegionLayer) for region in layer.regions]
    assert kinds == ["spawn", "exit", "landmark"]


async def test_hills_go_on_at_their_other_side() -> None:
    for name in ("far", "mid"):
        line = ridge_of(640, name, 5)
        assert abs(line[0] - line[-1]) <= np.abs(np.diff(line)).max() + 1e-9
    found = await art.drawn(art.drawables(ISLAND, top_down=False), ArtPlan(tile=16), NoisePainter())
    calm = {**found.textures, "far": np.full((16, 16, 4), 200, np.uint8), "cover": np.full((16, 16, 4), 90, np.uint8)}
    made = side.composed("s", ISLAND, walked(ISLAND, SIZE, 3), art.Art(textures=calm, sprites=found.sprites), 16, 3, {})
    far = next(layer for layer in made.layers if layer.name == "far")
    assert isinstance(far, PictureLayer)
    assert seams(far.pixels).x < 1.6


async def test_ground_tiles_are_those_of_their_corners() -> None:
    walk = walked(RIVER, SIZE, 1)
    found = await art.drawn(art.drawables(RIVER, top_down=False), ArtPlan(tile=16), NoisePainter())
    made = side.composed("s", RIVER, walk, found, 16, 1, {})
    ground = next(layer for layer in made.layers if layer.name == "ground")
    assert isinstance(ground, TileLayer)
    ids = next(tileset for tileset in made.tilesets if tileset.name == "ground").wang_sets[0].wang_ids
    for row, column in np.argwhere(ground.tiles >= 0).tolist():
        wang_id = ids[int(ground.tiles[row, column])]
        assert (wang_id.top_left == 2, wang_id.bottom_right == 2) == (
            walk.solid[row, column],
            walk.solid[row + 1, column + 1],
        )
    assert scene.wang_coverage(made) == 1.0
