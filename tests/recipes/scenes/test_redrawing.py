"""Scenes that are there already: the same layout with other art, or one part with another ground."""

from dataclasses import replace

import numpy as np

from limner.atlas.geometry import Box, Size
from limner.atlas.scene_checks import check_scene
from limner.atlas.scenes import PropLayer, Scene, TileLayer
from limner.atlas.tilesets import Terrain
from limner.recipes.scenes import art, topdown
from limner.recipes.scenes.art import ArtPlan
from limner.recipes.scenes.layout import laid_out
from limner.recipes.scenes.reading import Wish
from limner.recipes.scenes.redrawing import redrawn, redrawn_part

from ..painters import NoisePainter  # noqa: TID252

WISH = Wish(landforms=("island",), woods="forest", landmarks=(("castle", 1),))
PLAN = ArtPlan(tile=16, seed=1)
REGION = Box(10, 8, 12, 10)


async def island() -> Scene:
    found = await art.drawn(art.drawables(WISH), PLAN, NoisePainter())
    return topdown.composed("scene", WISH, laid_out(WISH, Size(32, 26), 3), found, 16, {})


def tiles(scene: Scene) -> dict[str, list[list[int]]]:
    return {layer.name: layer.tiles.tolist() for layer in scene.layers if isinstance(layer, TileLayer)}


def props(scene: Scene) -> list[tuple[str, str, object]]:
    return [
        (prop.name, prop.sprite, prop.foot)
        for layer in scene.layers
        if isinstance(layer, PropLayer)
        for prop in layer.props
    ]


async def test_a_redrawn_scene_keeps_its_layout_and_changes_every_picture() -> None:
    before = await island()
    made = await redrawn(before, replace(WISH, ground="snow"), replace(PLAN, seed=2), NoisePainter())
    check_scene(made.scene)
    assert tiles(made.scene) == tiles(before)
    assert props(made.scene) == props(before)
    for old, new in zip(before.tilesets, made.scene.tilesets, strict=True):
        assert old.wang_sets == new.wang_sets or old.wang_sets[0].wang_ids == new.wang_sets[0].wang_ids
        assert any((a != b).any() for a, b in zip(old.tiles, new.tiles, strict=True))
    for old_sprite, new_sprite in zip(before.sprites, made.scene.sprites, strict=True):
        assert new_sprite.name == old_sprite.name
        assert new_sprite.size.width <= old_sprite.size.width
        assert new_sprite.size.height <= old_sprite.size.height
    assert made.warnings == ()


async def test_terrains_of_other_maps_are_asked_for_by_their_names() -> None:
    before = await island()
    foreign = replace(before.tilesets[0], name="shoreline")
    wang_set = replace(
        foreign.wang_sets[0],
        terrains=(Terrain(name="deep lava", colour=(1, 1, 1)), Terrain(name="ash", colour=(2, 2, 2))),
    )
    ground = before.layers[0]
    assert isinstance(ground, TileLayer)
    scene = replace(
        before,
        tilesets=(replace(foreign, wang_sets=(wang_set,)), replace(before.tilesets[1], name="plain", wang_sets=())),
        sprites=(),
        layers=(replace(ground, tileset="shoreline"),),
    )
    painter = NoisePainter()
    made = await redrawn(scene, Wish(), PLAN, painter)
    assert {request.prompt for request in painter.asked} == {"deep lava", "ash"}
    assert made.warnings == ("tileset 'plain' is no set of two terrains; its tiles stay as they are",)


async def test_a_redrawn_part_changes_its_ground_and_plants_and_nothing_else() -> None:
    before = await island()
    made = (await redrawn_part(before, Wish(ground="snow"), REGION, PLAN, NoisePainter())).scene
    check_scene(made)
    old, new = tiles(before), tiles(made)
    fresh = np.array(new.pop("cover snow"))
    assert new == old
    inside = np.zeros(fresh.shape, np.bool_)
    inside[REGION.y : REGION.bottom, REGION.x : REGION.right] = True
    assert (fresh >= 0).any()
    assert not (fresh[~inside] >= 0).any()
    names = [layer.name for layer in made.layers]
    assert names.index("detail") < names.index("cover snow") < names.index("roads")
    for (_, old_sprite, foot), (_, new_sprite, same_foot) in zip(props(before), props(made), strict=True):
        assert foot == same_foot
        cell = int(foot.x // 16), int((foot.y - 1) // 16)  # type: ignore[attr-defined]
        within = REGION.x <= cell[0] < REGION.right and REGION.y <= cell[1] < REGION.bottom
        assert (new_sprite != old_sprite) == (within and old_sprite != "castle")


async def test_the_border_of_a_redrawn_part_is_made_of_tiles_that_match() -> None:
    before = await island()
    made = (await redrawn_part(before, Wish(ground="snow"), REGION, PLAN, NoisePainter())).scene
    fresh = next(layer for layer in made.layers if layer.name == "cover snow")
    assert isinstance(fresh, TileLayer)
    bits = np.maximum(fresh.tiles, 0)  # 16 tiles, each its own bits
    top_right, bottom_right, bottom_left, top_left = (bits >> bit & 1 for bit in range(4))
    np.testing.assert_array_equal(top_right[:, :-1], top_left[:, 1:])
    np.testing.assert_array_equal(bottom_right[:, :-1], bottom_left[:, 1:])
    np.testing.assert_array_equal(bottom_left[:-1], top_left[1:])
    np.testing.assert_array_equal(bottom_right[:-1], top_right[1:])


async def test_the_same_part_can_be_changed_twice() -> None:
    once = (await redrawn_part(await island(), Wish(ground="snow"), REGION, PLAN, NoisePainter())).scene
    twice = (await redrawn_part(once, Wish(ground="snow"), REGION, PLAN, NoisePainter())).scene
    check_scene(twice)
    assert {"cover snow", "cover snow2"} <= set(tiles(twice))
