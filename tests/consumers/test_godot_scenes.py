"""Godot 4.6 opens exported scenes and TileSets: draws the preview, and paints with the terrains."""

from collections import defaultdict
from dataclasses import replace
from itertools import product
from typing import Any

import numpy as np
import pytest

from limner.atlas.flattening import flattened, pixel_size
from limner.atlas.geometry import Point, Size
from limner.atlas.scenes import PictureLayer, RegionLayer, Scene
from limner.exporters import export
from tests.consumers.browser import Chromium
from tests.consumers.godot import godot_runs
from tests.exporters.scene_art import ODD_NAMES, TILE, island, only, terrain

CORNERS = ("top_right", "bottom_right", "bottom_left", "top_left")


def soft() -> Scene:
    """Layers that are half seen through, one of them with soft alpha, over a background."""
    scene = island()
    pixels = np.random.default_rng(3).integers(0, 256, (9, 12, 4), dtype=np.uint8)
    haze = PictureLayer(name="haze", pixels=pixels, repeat_x=True, repeat_y=True, opacity=0.4)
    layers = [replace(layer, opacity=0.7) if not isinstance(layer, RegionLayer) else layer for layer in scene.layers]
    return replace(scene, layers=(*layers, haze), background=(90, 60, 30))


def odd_names() -> Scene:
    """Everything is called something that quoting has to survive."""
    scene = island()
    layers = tuple(replace(layer, name=f"{ODD_NAMES[n]} {n}") for n, layer in enumerate(scene.layers))
    return replace(scene, name='a "b"', layers=layers, properties={"say": 'a "quote"\\ and\na line'})


@pytest.mark.parametrize(
    ("scene", "bound"),
    [
        pytest.param(replace(island(), background=(10, 20, 30)), 0, id="binary alpha"),
        pytest.param(odd_names(), 0, id="odd names"),
        pytest.param(soft(), 3, id="soft"),
    ],
)
def test_a_scene_is_drawn_as_its_preview(browser: Chromium, scene: Scene, bound: int) -> None:
    files = export("godot-scene", scene, "levels/the island")
    answer = godot_runs(browser, files, "scene", pixel_size(scene), {"path": "res://levels/the island.tscn"})
    np.testing.assert_allclose(answer.pixels.astype(int), flattened(scene), atol=bound)


def test_a_picture_far_away_moves_less_than_the_camera(browser: Chromium) -> None:
    """The camera goes 16 right and 8 down; the sky follows by a quarter and a half: it seems to lie 4 left and 4 up."""
    scene = only(island(), "sky")
    (sky,) = scene.layers
    assert isinstance(sky, PictureLayer)
    assert sky.parallax == (0.25, 0.5)
    moved = replace(scene, layers=(replace(sky, offset=Point(sky.offset.x - 4, sky.offset.y - 4)),))
    files = export("godot-scene", scene, "island")
    question = {"path": "res://island.tscn", "camera": [16, 8]}
    answer = godot_runs(browser, files, "scene", pixel_size(scene), question)
    np.testing.assert_array_equal(answer.pixels, flattened(moved))


def test_a_scene_is_made_of_godots_own_nodes(browser: Chromium) -> None:
    files = export("godot-scene", island(), "island")
    answer = godot_runs(browser, files, "scene", pixel_size(island()), {"path": "res://island.tscn"})
    nodes: dict[str, dict[str, Any]] = answer.said["nodes"]
    assert {path: node["class"] for path, node in nodes.items()} == {
        "sky": "Parallax2D",
        "sky/Picture": "Sprite2D",
        "ground": "TileMapLayer",
        "details": "TileMapLayer",
        "props": "Node2D",
        "props/tree": "Sprite2D",
        "props/tree-2": "Sprite2D",
        "props/tree-2/Body": "StaticBody2D",
        "props/tree-2/Body/Shape": "CollisionShape2D",
        "props/rock": "Sprite2D",
        "props/rock-2": "Sprite2D",
        "regions": "Node2D",
        "regions/start": "Marker2D",
        "regions/shop": "Area2D",
        "regions/shop/Shape": "CollisionShape2D",
        "regions/wood": "Area2D",
        "regions/wood/Shape": "CollisionPolygon2D",
    }
    assert nodes["sky"]["scroll_scale"] == [0.25, 0.5]
    assert nodes["sky"]["repeat_size"][0] % 13 == 0, "repeats after whole pictures"
    assert nodes["ground"]["cells"] == 30
    assert nodes["ground"]["tile_size"] == list(TILE)
    assert nodes["props/tree"]["position"] == [24.5, 22]
    assert nodes["props/tree"]["meta properties"] == {"age": 3, "old": True}
    assert nodes["regions/start"] == {
        "class": "Marker2D",
        "groups": ["spawn"],
        "position": [9, 17],
        "meta properties": {"team": "red"},
    }


def test_godot_knows_each_tile_of_a_tileset(browser: Chromium) -> None:
    tileset = terrain()
    files = export("godot-tileset", tileset, "shore")
    size = Size(tileset.columns * TILE.width, 4 * TILE.height)
    answer = godot_runs(browser, files, "tile_set", size, {"path": "res://shore.tres"})
    assert answer.said["terrains"] == [{"mode": 1, "names": ["water", "grass"]}]  # 1: corners
    tiles = {at[1] * tileset.columns + at[0]: tile for tile in answer.said["tiles"] for at in [tile["at"]]}
    for number, wang_id in tileset.wang_sets[0].wang_ids.items():
        assert tiles[number]["bits"] == {corner: getattr(wang_id, corner) - 1 for corner in CORNERS}
        assert tiles[number]["solid"] == (number in tileset.solid)
        y, x = (side * TILE.width for side in divmod(number, tileset.columns))
        drawn = answer.pixels[y : y + TILE.height, x : x + TILE.width]
        np.testing.assert_array_equal(drawn, tileset.tiles[number])
    assert tiles[3]["custom"] == {"cost": 2.5, "kind": "mud", "deep": False, "step": 0}


def test_godots_terrain_brush_finds_the_tiles_that_fit(browser: Chromium) -> None:
    """A lake is painted with water and an island with grass.

    Tiles that meet have one terrain at each corner that they share; it is grass where four cells of land meet, water
    where no land is near, and the brush's own choice between.
    """
    lake = list(product(range(9), range(8)))
    land = set(product(range(3, 6), range(2, 5)))
    files = export("godot-tileset", terrain(), "shore")
    question = {"path": "res://shore.tres", "cells": [lake, sorted(land)]}
    answer = godot_runs(browser, files, "tile_set", Size(8, 8), question)
    columns, ids = terrain().columns, terrain().wang_sets[0].wang_ids
    corners: dict[tuple[int, int], set[int]] = defaultdict(set)
    for x, y, column, row in answer.said["chosen"]:
        tile = ids[row * columns + column]
        corners[x, y].add(tile.top_left)
        corners[x + 1, y].add(tile.top_right)
        corners[x, y + 1].add(tile.bottom_left)
        corners[x + 1, y + 1].add(tile.bottom_right)
    assert len(answer.said["chosen"]) == len(lake)
    assert all(len(found) == 1 for found in corners.values()), "tiles that meet disagree"
    for (x, y), (found,) in corners.items():
        around = {(x - 1, y - 1), (x, y - 1), (x - 1, y), (x, y)}
        if around <= land:
            assert found == 2, (x, y)
        if not around & land:
            assert found == 1, (x, y)
