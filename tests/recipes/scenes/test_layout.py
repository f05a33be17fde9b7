"""Layouts, checked over many seeds on the tiles themselves."""

import numpy as np
import pytest

from limner.atlas.geometry import Size
from limner.recipes.scenes.grids import cells_of, components, distance, grown, sizes
from limner.recipes.scenes.layout import BOTTOM, LEFT, RIGHT, TOP, Layout, laid_out, reach
from limner.recipes.scenes.paths import cheapest
from limner.recipes.scenes.reading import Wish

ISLAND = Wish(landforms=("island",), woods="forest", landmarks=(("castle", 1),))  # 在一个有城堡和森林的小岛上
VILLAGE = Wish(landforms=("river",), landmarks=(("village", 1), ("tower", 2)), props=(("cactus", 3),))
SIZE = Size(48, 36)


def tiles(layout: Layout) -> tuple[int, ...]:
    """All that decides the tiles, as one value."""
    return tuple(hash(layer.tobytes()) for layer in (layout.land, layout.cover, layout.floor, layout.roads))


@pytest.mark.parametrize("seed", range(50))
def test_an_island_with_a_castle_and_a_forest_is_just_that(seed: int) -> None:
    layout = laid_out(ISLAND, SIZE, seed)
    for edge in (np.s_[:2], np.s_[-2:], np.s_[:, :2], np.s_[:, -2:]):
        assert not layout.land[edge].any(), "water all round"
    assert components(layout.land).max() == 1, "one island"
    assert 0.15 < layout.land.mean() < 0.7
    (castle,) = layout.spots
    assert castle.name == "castle"
    ground = np.zeros(layout.dry.shape, np.bool_)
    ground[castle.row : castle.row + castle.height, castle.column : castle.column + castle.width] = True
    assert layout.dry[ground].all(), "it stands on land"
    trees = [plant for plant in layout.plants if plant.name.startswith("tree")]
    assert len(trees) >= 20
    assert sizes(components(layout.woods)).max() >= 14, "a forest is no row of trees"
    assert all(layout.woods[tree.cell] for tree in trees)
    assert not any(layout.roads[plant.cell] for plant in layout.plants), "nothing grows on roads"
    assert not any(ground[plant.cell] for plant in layout.plants)
    reached = reach(layout)
    assert reached[layout.spawn]
    assert reached[castle.door], "the castle can be walked to"
    assert layout.roads[castle.door], "by road"
    assert layout.warnings == ()


@pytest.mark.parametrize("seed", range(12))
def test_a_village_at_a_river_is_joined_and_to_the_spawn_point(seed: int) -> None:
    layout = laid_out(VILLAGE, SIZE, seed)
    names = [spot.name for spot in layout.spots]
    assert (names.count("house"), names.count("well"), names.count("tower")) == (6, 1, 2)
    reached = reach(layout)
    assert all(reached[spot.door] for spot in layout.spots)
    assert [plant.name for plant in layout.plants].count("cactus") == 3
    blocks = np.zeros(layout.dry.shape, np.int32)
    for spot in layout.spots:
        blocks[spot.row : spot.row + spot.height, spot.column : spot.column + spot.width] += 1
    assert blocks.max() == 1, "no house in a house"
    assert (layout.bridges & cells_of(layout.land)).sum() == 0


@pytest.mark.parametrize("seed", range(8))
def test_roads_match_at_every_side_of_every_tile(seed: int) -> None:
    roads = laid_out(VILLAGE, SIZE, seed).roads
    assert ((roads[:, :-1] & RIGHT > 0) == (roads[:, 1:] & LEFT > 0)).all()
    down, up = roads[:-1] & BOTTOM > 0, roads[1:] & TOP > 0
    doorsteps = up & ~down
    assert not (down & ~up).any()
    doors = {spot.door for spot in laid_out(VILLAGE, SIZE, seed).spots}
    assert {(int(row) + 1, int(column)) for row, column in np.argwhere(doorsteps)} <= doors


@pytest.mark.parametrize("wish", [ISLAND, VILLAGE, Wish(landforms=("coast",)), Wish(landforms=("lake",))], ids=str)
def test_no_tile_joins_two_opposite_corners(wish: Wish) -> None:
    for seed in range(4):
        layout = laid_out(wish, SIZE, seed)
        for corners in (layout.land, layout.cover):
            a, b, c, d = corners[:-1, :-1], corners[:-1, 1:], corners[1:, :-1], corners[1:, 1:]
            assert not ((a & d & ~b & ~c) | (b & c & ~a & ~d))[1:-1, 1:-1].any()
        assert not (layout.cover & ~layout.land).any()
        assert not (layout.floor & ~layout.cover).any()


def test_equal_seeds_lay_out_equal_scenes_and_others_do_not() -> None:
    layouts = [tiles(laid_out(ISLAND, SIZE, seed)) for seed in (5, 5, 6)]
    assert layouts[0] == layouts[1] != layouts[2]


@pytest.mark.parametrize("size", [Size(8, 8), Size(8, 40), Size(40, 8), Size(96, 16)], ids=str)
@pytest.mark.parametrize("landform", ["island", "islands", "coast", "lake", "river", ""])
def test_odd_sizes_have_a_layout_or_say_what_is_missing(size: Size, landform: str) -> None:
    wish = Wish(landforms=(landform,) if landform else (), woods="forest", landmarks=(("castle", 1), ("well", 1)))
    layout = laid_out(wish, size, 3)
    assert layout.roads.shape == (size.height, size.width)
    assert len(layout.spots) + len(layout.warnings) >= 2
    assert all("make the scene larger" in warning for warning in layout.warnings)


def test_a_lighthouse_stands_at_the_coast_and_a_ship_on_the_water() -> None:
    layout = laid_out(Wish(landmarks=(("lighthouse", 1), ("ship", 1))), SIZE, 1)
    by_name = {spot.name: spot for spot in layout.spots}
    wet = ~cells_of(layout.land)
    lighthouse, ship = by_name["lighthouse"], by_name["ship"]
    assert distance(wet)[lighthouse.row, lighthouse.column] <= 4
    assert not grown(layout.land)[ship.row : ship.row + 2, ship.column : ship.column + 3].any()


def test_what_nobody_wants_is_not_there() -> None:
    layout = laid_out(Wish(without=frozenset({"forest", "rock"})), SIZE, 2)
    assert {plant.name for plant in layout.plants} == {"bush", "flowers"}


def test_the_cheapest_way_goes_around_and_there_may_be_none() -> None:
    cost = np.ones((5, 5))
    cost[:4, 2] = np.inf
    way = cheapest(cost, (0, 0), (0, 4))
    assert len(way) == 13
    assert way[0] == (0, 0)
    assert way[-1] == (0, 4)
    cost[4, 2] = np.inf
    assert cheapest(cost, (0, 0), (0, 4)) == []
