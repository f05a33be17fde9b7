"""A larger scene is the same picture with larger pixels."""

from dataclasses import replace

import numpy as np
import pytest

from limner.atlas.flattening import flattened
from limner.atlas.geometry import Box, Point, Size
from limner.atlas.scene_checks import check_scene
from limner.atlas.scene_enlarging import enlarged_scene, enlarged_tileset
from limner.atlas.scenes import PropLayer, RegionLayer
from limner.atlas.sprites import AtlasError
from tests.exporters.scene_art import island, only, terrain


@pytest.mark.parametrize("factor", [2, 3])
def test_the_preview_grows_by_the_factor(factor: int) -> None:
    scene = island()
    props = scene.layers[3]
    assert isinstance(props, PropLayer)
    whole = tuple(replace(prop, foot=Point(int(prop.foot.x), int(prop.foot.y))) for prop in props.props)
    sprites = tuple(replace(sprite, pivot=Point(3, sprite.size.height)) for sprite in scene.sprites)
    scene = replace(scene, sprites=sprites, layers=(*scene.layers[:3], replace(props, props=whole)))
    larger = enlarged_scene(scene, factor)
    check_scene(larger)
    np.testing.assert_array_equal(flattened(larger), flattened(scene).repeat(factor, 0).repeat(factor, 1))


def test_regions_and_footprints_grow_too() -> None:
    props, regions = enlarged_scene(only(island(), "props", "regions"), 2).layers
    assert isinstance(props, PropLayer)
    assert isinstance(regions, RegionLayer)
    assert [prop.footprint for prop in props.props] == [Box(36, 56, 8, 6), None, None, None]
    assert [region.box for region in regions.regions] == [Box(18, 34, 0, 0), Box(16, 16, 32, 24), Box(8, 8, 40, 40)]
    assert regions.regions[2].polygon == (Point(8, 8), Point(48, 12), Point(18, 48))


def test_one_is_the_scene_itself_and_other_factors_are_refused() -> None:
    scene = island()
    assert enlarged_scene(scene, 1) is scene
    assert enlarged_tileset(terrain(), 2).tile_size == Size(16, 16)
    for factor in (0, 17):
        with pytest.raises(AtlasError, match="from 1 to 16"):
            enlarged_scene(replace(scene, layers=(), tilesets=(), sprites=()), factor)
