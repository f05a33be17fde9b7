"""A scene that cannot be written says which layer, tile or sprite is wrong, and what to do."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from limner.atlas.geometry import Box, Point, Size
from limner.atlas.scene_checks import check_scene, check_tileset
from limner.atlas.scenes import PictureLayer, Prop, PropLayer, Region, RegionLayer, Scene, TileLayer
from limner.atlas.sprites import AtlasError, Sprite
from limner.atlas.tilesets import Terrain, Tileset, WangId, WangSet

CLEAR = np.zeros((2, 2, 4), np.uint8)
TILES = Tileset(name="t", tile_size=Size(2, 2), tiles=(CLEAR, CLEAR))
NOTHING: Any = None
GROUND = TileLayer(name="ground", tileset="t", tiles=np.zeros((2, 3), np.int32))
SCENE = Scene(name="isle", size=Size(3, 2), tile_size=Size(2, 2), tilesets=(TILES,), sprites=(), layers=(GROUND,))


def wrong_tile(number: int) -> TileLayer:
    tiles = np.zeros((2, 3), np.int32)
    tiles[1, 2] = number
    return replace(GROUND, tiles=tiles)


def test_a_sound_scene_passes() -> None:
    check_scene(SCENE)
    check_scene(replace(SCENE, layers=(), tilesets=()))


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"size": Size(0, 2)}, r"scene 'isle' is 0 × 2; use 1"),
        ({"size": Size(40000, 1)}, r"scene 'isle' is 40000 × 1"),
        ({"tile_size": Size(2, 0)}, r"the tile of scene 'isle' is 2 × 0"),
        ({"background": (0, 0, 256)}, r"background of scene 'isle'"),
        ({"tilesets": (TILES, TILES)}, r"two tilesets are named 't'"),
        ({"tilesets": ()}, r"layer 'ground' uses tileset 't', which the scene lacks"),
        ({"layers": (GROUND, GROUND)}, r"two layers are named 'ground'"),
        ({"sprites": (Sprite(name="a", pixels=CLEAR),) * 2}, r"two sprites are named 'a'"),
        (
            {"layers": (replace(GROUND, tiles=np.zeros((3, 2), np.int32)),)},
            r"layer 'ground' is 2 × 3 tiles, the scene 3 × 2",
        ),
        (
            {"layers": (wrong_tile(2),)},
            r"layer 'ground' has tile 2 in column 2, row 1; tileset 't' has 0 to 1, and -1 is no tile",
        ),
        ({"layers": (wrong_tile(-2),)}, r"layer 'ground' has tile -2 in column 2, row 1"),
        ({"layers": (replace(GROUND, opacity=1.5),)}, r"layer 'ground' has the opacity 1.5"),
        ({"tile_size": Size(4, 4)}, r"layer 'ground' has tiles of 2 × 2 on a grid of 4 × 4"),
        ({"layers": (PictureLayer(name="sky", pixels=CLEAR[:0]),)}, r"the picture of layer 'sky' is not RGBA"),
        (
            {"layers": (PropLayer(name="props", props=(Prop(name="oak", sprite="tree", foot=Point(0, 0)),)),)},
            r"prop 'oak' of layer 'props' shows sprite 'tree', which the scene lacks",
        ),
        (
            {"layers": (RegionLayer(name="r", regions=(Region(name="shop", kind="x", box=Box(0, 0, -1, 0)),)),)},
            r"region 'shop' of layer 'r' has no shape",
        ),
        ({"properties": {"heat": float("nan")}}, r"property 'heat' of scene 'isle' is nan"),
        ({"layers": (replace(GROUND, properties={"a": NOTHING}),)}, r"property 'a' of layer 'ground' is None"),
    ],
)
def test_an_unsound_scene_is_refused(changes: dict[str, Any], message: str) -> None:
    with pytest.raises(AtlasError, match=message):
        check_scene(replace(SCENE, **changes))


TWO = WangSet(name="w", kind="edge", terrains=(Terrain(name="a", colour=(0, 0, 0)),), wang_ids={0: WangId(top=2)})


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"tiles": ()}, r"tileset 't' has no tiles"),
        ({"columns": 0}, r"tileset 't' has no tiles or no columns"),
        ({"tiles": (CLEAR, CLEAR[:1])}, r"tile 1 of tileset 't' is 2 × 1, not 2 × 2"),
        ({"tiles": (CLEAR[..., :3],)}, r"tile 0 of tileset 't' is not RGBA"),
        ({"solid": frozenset({2})}, r"the solid tiles of tileset 't' name tile 2; there are 0 to 1"),
        ({"properties": {-1: {}}}, r"the properties of tileset 't' name tile -1"),
        ({"properties": {1: {"a": float("inf")}}}, r"property 'a' of tile 1 of tileset 't' is inf"),
        ({"wang_sets": (TWO,)}, r"tile 0 of tileset 't' has a terrain that Wang set 'w' lacks"),
        ({"wang_sets": (replace(TWO, wang_ids={9: WangId()}),)}, r"Wang set 'w' of tileset 't' name tile 9"),
    ],
)
def test_an_unsound_tileset_is_refused(changes: dict[str, Any], message: str) -> None:
    with pytest.raises(AtlasError, match=message):
        check_tileset(replace(TILES, **changes))
