"""Godot 4.6 opens exported scenes and TileSets: draws the preview, and paints with the terrains."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import replace
from itertools import product
from typing import Any

import numpy as np
import pytest

from limner.atlas.flattening import flattened, pixel_size
from limner.atlas.geometry import Point, Size
from limner.atlas.scenes import PictureLayer, RegionLayer, Scene
from limner.atlas.terrain import Ground, blob_tiles, edge_tiles
from limner.atlas.tilesets import Tileset, WangId
from limner.exporters import export
from tests.consumers.browser import Chromium
from tests.consumers.godot import godot_runs
from tests.exporters.scene_art import ISLAND_NODES, ODD_NAMES, TILE, island, only, terrain

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
    assert {path: node["class"] for path, node in nodes.items()} == ISLAND_NODES
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


def ground(name: str, colour: tuple[int, int, int], side: int = 16) -> Ground:
    """A texture of one colour with a dot, so that tiles tell up from down."""
    pixels = np.full((side, side, 4), (*colour, 255), np.uint8)
    pixels[1, 2] = 255
    return Ground(name, pixels)


GRASS, SAND, AIR = ground("grass", (40, 160, 60)), ground("sand", (220, 200, 120)), Ground("air", None)
NEIGHBOURS = {
    "top": (0, -1),
    "top_right": (1, -1),
    "right": (1, 0),
    "bottom_right": (1, 1),
    "bottom": (0, 1),
    "bottom_left": (-1, 1),
    "left": (-1, 0),
    "top_left": (-1, -1),
}


def painted(browser: Chromium, tileset: Tileset, *cells: Iterable[tuple[int, int]]) -> dict[tuple[int, int], WangId]:
    """The tiles, of 16 × 16 pixels, that Godot's brush lays for the cells of each terrain in turn, and draws."""
    files = export("godot-tileset", tileset, "ground")
    question = {"path": "res://ground.tres", "cells": [sorted(one) for one in cells]}
    answer = godot_runs(browser, files, "tile_set", Size(9 * 16, 8 * 16), question)
    numbers = {(x, y): row * tileset.columns + column for x, y, column, row in answer.said["chosen"]}
    drawn = np.zeros((8 * 16, 9 * 16, 4), np.uint8)
    for (x, y), number in numbers.items():
        drawn[y * 16 : y * 16 + 16, x * 16 : x * 16 + 16] = tileset.tiles[number]
    np.testing.assert_array_equal(answer.pixels, drawn)
    return {cell: tileset.wang_sets[0].wang_ids[number] for cell, number in numbers.items()}


@pytest.mark.parametrize("outer", [AIR, SAND], ids=lambda ground: ground.name)
def test_a_blob_grows_in_godot_around_every_shape(browser: Chromium, outer: Ground) -> None:
    """Each cell of land gets the tile that says which of its neighbours are land; its corners count between two edges."""
    land = {(x, y) for x, y in product(range(9), range(8)) if np.random.default_rng(4).random((8, 9))[y, x] < 0.62}
    chosen = painted(browser, blob_tiles("island", GRASS, outer), [], land)
    for (x, y), tile in chosen.items():
        near = {side for side, (right, down) in NEIGHBOURS.items() if (x + right, y + down) in land}
        kept = {side for side in near if "_" not in side or set(side.split("_")) <= near}
        assert tile == WangId(**{side: 2 if side in kept else 1 for side in NEIGHBOURS}), (x, y)
    assert chosen.keys() == land


def test_a_road_runs_in_godot_where_it_is_painted(browser: Chromium) -> None:
    """A road with a bend, a crossing and dead ends, on a field."""
    field = set(product(range(8), range(7)))
    road = {(1, 1), (2, 1), (3, 1), (4, 1), (4, 2), (4, 3), (3, 3), (5, 3), (6, 3), (4, 4), (4, 5)}
    chosen = painted(browser, edge_tiles("road", SAND, GRASS), field, road)
    assert chosen.keys() == field
    for (x, y), tile in chosen.items():
        for side in ("top", "right", "bottom", "left"):
            right, down = NEIGHBOURS[side]
            joined = (x, y) in road and (x + right, y + down) in road
            assert getattr(tile, side) == (2 if joined else 1), (x, y, side)
