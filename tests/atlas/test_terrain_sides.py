"""Terrain sets are complete, and whatever may lie side by side meets pixel for pixel."""

from collections.abc import Callable
from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from limner.atlas.borders import Border, Corners
from limner.atlas.sprites import AtlasError
from limner.atlas.terrain import Ground, blob_tiles, corner_tiles, edge_tiles
from limner.atlas.tilesets import Tileset, WangId

GRASS, WATER = (60, 160, 50, 255), (40, 80, 200, 255)
Made = Callable[[str, Ground, Ground, Border | None], Tileset]
KINDS: dict[str, Made] = {"corner": corner_tiles, "edge": edge_tiles, "blob": blob_tiles}
RIGHT, LEFT = ("top_right", "right", "bottom_right"), ("top_left", "left", "bottom_left")
BOTTOM, TOP = ("bottom_left", "bottom", "bottom_right"), ("top_left", "top", "top_right")


def plain(name: str, colour: tuple[int, ...], width: int = 16, height: int = 16) -> Ground:
    return Ground(name, np.full((height, width, 4), colour, np.uint8))


def drawn(kind: str, border: Border | None = None, width: int = 16, height: int = 16) -> Tileset:
    return KINDS[kind]("shore", plain("water", WATER, width, height), plain("grass", GRASS, width, height), border)


def water(tile: NDArray[np.uint8]) -> NDArray[np.bool_]:
    return np.asarray((tile == WATER).all(axis=-1))


def sides(wang_id: WangId, names: tuple[str, ...]) -> tuple[int, ...]:
    return tuple(getattr(wang_id, name) for name in names)


@pytest.mark.parametrize(("kind", "count"), [("corner", 16), ("edge", 16), ("blob", 47)])
def test_a_set_is_complete_and_no_id_comes_twice(kind: str, count: int) -> None:
    ids = list(drawn(kind).wang_sets[0].wang_ids.values())
    assert len(ids) == len(set(ids)) == len(drawn(kind).tiles) == count
    places = {"corner": (1, 3, 5, 7), "edge": (0, 2, 4, 6), "blob": tuple(range(8))}[kind]
    wanted = set()
    for choice in product((1, 2), repeat=len(places)):
        chosen = dict(zip(places, choice, strict=True))
        found = [chosen.get(place, 0) for place in range(8)]
        if kind == "blob":  # reduced, as in the Tiled manual: a corner counts between two edges that have it
            found = [
                1 if place % 2 and 1 in (found[place - 1], found[(place + 1) % 8]) else terrain
                for place, terrain in enumerate(found)
            ]
        wanted.add(WangId(*found))
    assert set(ids) == wanted


@settings(max_examples=30, deadline=None)
@given(
    st.sampled_from(sorted(KINDS)),
    st.sampled_from(["rounded", "straight", "square"]),
    st.integers(0, 2**32 - 1),
    st.floats(0, 0.15),
    st.integers(2, 40),
    st.integers(2, 40),
)
def test_tiles_that_may_lie_side_by_side_meet_in_every_pixel(
    kind: str, corners: Corners, seed: int, ragged: float, width: int, height: int
) -> None:
    tileset = drawn(kind, Border(corners=corners, ragged=ragged, seed=seed), width, height)
    ids, masks = list(tileset.wang_sets[0].wang_ids.values()), [water(tile) for tile in tileset.tiles]
    for first, one in zip(ids, masks, strict=True):
        for second, other in zip(ids, masks, strict=True):
            if sides(first, RIGHT) == sides(second, LEFT):
                np.testing.assert_array_equal(one[:, -1], other[:, 0], err_msg=f"{first} {second}")
            if sides(first, BOTTOM) == sides(second, TOP):
                np.testing.assert_array_equal(one[-1], other[0], err_msg=f"{first} over {second}")


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 2**32 - 1), st.floats(0, 0.15), st.sampled_from(["rounded", "straight", "square"]))
def test_a_terrain_comes_to_its_own_corners_and_edges_and_no_others(seed: int, ragged: float, corners: Corners) -> None:
    border = Border(seed=seed, ragged=ragged, corners=corners)
    corner, edge = (drawn(kind, border, 17, 17) for kind in ("corner", "edge"))
    for number, wang_id in corner.wang_sets[0].wang_ids.items():
        mask = water(corner.tiles[number])
        assert [mask[0, -1], mask[-1, -1], mask[-1, 0], mask[0, 0]] == [terrain == 2 for terrain in wang_id[1::2]]
    for number, wang_id in edge.wang_sets[0].wang_ids.items():
        mask = water(edge.tiles[number])
        assert [mask[0, 8], mask[8, -1], mask[-1, 8], mask[8, 0]] == [terrain == 2 for terrain in wang_id[0::2]]


def test_a_smooth_corner_is_a_quarter_of_a_circle() -> None:
    tileset = drawn("corner", Border(), 65, 65)
    number = next(n for n, one in tileset.wang_sets[0].wang_ids.items() if one == WangId(0, 1, 0, 1, 0, 1, 0, 2))
    mask = water(tileset.tiles[number])
    assert mask.mean() == pytest.approx(np.pi / 16, abs=0.02)
    y, x = np.nonzero(mask)
    assert np.hypot(x / 64, y / 64).max() < 0.5


def test_a_map_of_corners_has_no_seam() -> None:
    ground = np.random.default_rng(5).integers(1, 3, (9, 9))
    tileset = drawn("corner", Border(seed=7, ragged=0.15))
    number = {wang_id: tile for tile, wang_id in tileset.wang_sets[0].wang_ids.items()}
    rows = []
    for y in range(8):
        ids = [
            WangId(0, ground[y, x + 1], 0, ground[y + 1, x + 1], 0, ground[y + 1, x], 0, ground[y, x]) for x in range(8)
        ]
        rows.append(np.concatenate([tileset.tiles[number[wang_id]] for wang_id in ids], axis=1))
    picture = water(np.concatenate(rows))
    borders = np.arange(16, 128, 16)
    np.testing.assert_array_equal(picture[:, borders - 1], picture[:, borders])
    np.testing.assert_array_equal(picture[borders - 1], picture[borders])


def test_a_blob_alone_touches_no_side_and_one_all_around_fills_its_tile() -> None:
    tileset = drawn("blob")
    number = {wang_id: tile for tile, wang_id in tileset.wang_sets[0].wang_ids.items()}
    alone = water(tileset.tiles[number[WangId(*[1] * 8)]])
    assert alone[8, 8]
    assert not np.concatenate([alone[0], alone[-1], alone[:, 0], alone[:, -1]]).any()
    assert water(tileset.tiles[number[WangId(*[2] * 8)]]).all()


def test_a_seed_changes_the_border_and_the_same_seed_does_not() -> None:
    one, again, other = (drawn("corner", Border(seed=seed, ragged=0.1)) for seed in (1, 1, 2))
    assert all((a == b).all() for a, b in zip(one.tiles, again.tiles, strict=True))
    assert any((a != b).any() for a, b in zip(one.tiles, other.tiles, strict=True))


def test_a_hard_border_makes_no_colour_and_an_outline_makes_one() -> None:
    def colours(border: Border) -> set[tuple[int, ...]]:
        return {tuple(map(int, pixel)) for tile in drawn("blob", border).tiles for pixel in tile.reshape(-1, 4)}

    assert colours(Border(ragged=0.1)) == {GRASS, WATER}
    assert colours(Border(outline=1, shade=0.5)) == {GRASS, WATER, (20, 40, 100, 255)}


def test_textures_that_do_not_fit_each_other_are_refused() -> None:
    with pytest.raises(AtlasError, match="16 × 16 and 10 × 10"):
        corner_tiles("shore", plain("water", WATER), plain("grass", GRASS, 10, 10))
