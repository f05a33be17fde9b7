"""Terrain sets are complete, and whatever may lie side by side meets pixel for pixel."""

from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from limner.atlas.geometry import Size
from limner.atlas.sprites import AtlasError
from limner.atlas.terrain import KINDS, TerrainTexture, TransitionOptions, terrain_mask, terrain_tileset
from limner.atlas.tilesets import Tileset, WangId

GRASS, WATER = (60, 160, 50, 255), (40, 80, 200, 255)


def plain(name: str, colour: tuple[int, ...], size: int = 16) -> TerrainTexture:
    return TerrainTexture(name=name, pixels=np.full((size, size, 4), colour, np.uint8))


def drawn(kind: str, options: TransitionOptions | None = None, size: int = 16) -> Tileset:
    return terrain_tileset(kind, plain("grass", GRASS, size), plain("water", WATER, size), options)


def water(tile: NDArray[np.uint8]) -> NDArray[np.bool_]:
    return (tile == WATER).all(axis=-1)


RIGHT, LEFT = ("top_right", "right", "bottom_right"), ("top_left", "left", "bottom_left")
BOTTOM, TOP = ("bottom_left", "bottom", "bottom_right"), ("top_left", "top", "top_right")


def sides(wang_id: WangId, names: tuple[str, ...]) -> tuple[int, ...]:
    return tuple(getattr(wang_id, name) for name in names)


@pytest.mark.parametrize(("kind", "count"), [("corner", 16), ("edge", 16), ("blob", 47)])
def test_a_set_is_complete_and_no_id_comes_twice(kind: str, count: int) -> None:
    ids = list(drawn(kind).wang_sets[0].wang_ids.values())
    assert len(ids) == len(set(ids)) == count
    places = {"corner": (1, 3, 5, 7), "edge": (0, 2, 4, 6), "blob": tuple(range(8))}[kind]
    wanted = set()
    for choice in product((1, 2), repeat=len(places)):
        chosen = dict(zip(places, choice, strict=True))
        found = [chosen.get(place, 0) for place in range(8)]
        if kind == "blob":  # reduce, as the Tiled manual does: a corner counts between two edges that have it
            found = [
                1 if place % 2 and 1 in (found[place - 1], found[(place + 1) % 8]) else terrain
                for place, terrain in enumerate(found)
            ]
        wanted.add(WangId(*found))
    assert set(ids) == wanted


def test_ids_are_in_the_order_that_their_bits_say() -> None:
    corner, edge, blob = (drawn(kind).wang_sets[0].wang_ids for kind in ("corner", "edge", "blob"))
    assert corner[1] == WangId(0, 2, 0, 1, 0, 1, 0, 1)
    assert corner[8] == WangId(0, 1, 0, 1, 0, 1, 0, 2)
    assert edge[2] == WangId(1, 0, 2, 0, 1, 0, 1, 0)
    assert blob[0] == WangId(*[1] * 8)
    assert blob[1] == WangId(2, 1, 1, 1, 1, 1, 1, 1)
    assert blob[46] == WangId(*[2] * 8)


@settings(max_examples=25, deadline=None)
@given(
    st.sampled_from(sorted(KINDS)),
    st.integers(0, 2**32 - 1),
    st.floats(0, 1),
    st.integers(1, 9),
    st.integers(4, 40),
    st.integers(4, 40),
)
def test_tiles_that_may_lie_side_by_side_meet_in_every_pixel(
    kind: str, seed: int, irregularity: float, bumps: int, width: int, height: int
) -> None:
    options = TransitionOptions(seed=seed, irregularity=irregularity, bumps=bumps)
    ids = list(KINDS[kind].ids())
    masks = [terrain_mask(kind, wang_id, Size(width, height), options) for wang_id in ids]
    for first, one in zip(ids, masks, strict=True):
        for second, other in zip(ids, masks, strict=True):
            if sides(first, RIGHT) == sides(second, LEFT):
                np.testing.assert_array_equal(one[:, -1], other[:, 0], err_msg=f"{first} {second}")
            if sides(first, BOTTOM) == sides(second, TOP):
                np.testing.assert_array_equal(one[-1], other[0], err_msg=f"{first} over {second}")


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 2**32 - 1), st.floats(0, 1))
def test_a_terrain_comes_to_its_own_corners_and_no_others(seed: int, irregularity: float) -> None:
    options = TransitionOptions(seed=seed, irregularity=irregularity)
    for wang_id in KINDS["corner"].ids():
        mask = terrain_mask("corner", wang_id, Size(16, 16), options)
        corners = [mask[0, -1], mask[-1, -1], mask[-1, 0], mask[0, 0]]
        assert corners == [terrain == 2 for terrain in wang_id[1::2]]
    for wang_id in KINDS["edge"].ids():
        mask = terrain_mask("edge", wang_id, Size(17, 17), options)
        assert [mask[0, 8], mask[8, -1], mask[-1, 8], mask[8, 0]] == [terrain == 2 for terrain in wang_id[0::2]]


def test_a_smooth_corner_is_a_quarter_of_a_circle() -> None:
    mask = terrain_mask("corner", WangId(0, 1, 0, 1, 0, 1, 0, 2), Size(65, 65), TransitionOptions(irregularity=0))
    assert mask.mean() == pytest.approx(np.pi / 16, abs=0.02)
    y, x = np.nonzero(mask)
    assert np.hypot(x / 64, y / 64).max() < 0.5


def test_a_mask_and_its_opposite_fill_the_tile() -> None:
    options = TransitionOptions(irregularity=0)
    for wang_id in KINDS["corner"].ids():
        if wang_id[1::2].count(2) in (1, 3):
            opposite = WangId(*(terrain and 3 - terrain for terrain in wang_id))
            both = [terrain_mask("corner", one, Size(32, 32), options) for one in (wang_id, opposite)]
            assert (both[0] ^ both[1]).all()


def test_a_map_of_corners_has_no_seam() -> None:
    ground = np.random.default_rng(5).integers(1, 3, (9, 9))
    tileset = drawn("corner", TransitionOptions(seed=7, irregularity=1))
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


def test_plain_tiles_are_the_textures() -> None:
    for kind in ("corner", "blob"):
        tiles = drawn(kind).tiles
        assert (tiles[0] == GRASS).all()
        assert water(tiles[list(drawn(kind).wang_sets[0].wang_ids)[-1]]).all()


def test_the_blob_has_an_island_outside_its_set() -> None:
    tileset = drawn("blob")
    assert len(tileset.tiles) == 48
    assert tileset.properties == {47: {"island": True}}
    island = water(tileset.tiles[47])
    assert island[8, 8]
    rim = np.concatenate([island[0], island[-1], island[:, 0], island[:, -1]])
    assert not rim.any()


def test_a_seed_changes_the_border_and_the_same_seed_does_not() -> None:
    one, again, other = (drawn("corner", TransitionOptions(seed=seed)) for seed in (1, 1, 2))
    assert all((a == b).all() for a, b in zip(one.tiles, again.tiles, strict=True))
    assert any((a != b).any() for a, b in zip(one.tiles, other.tiles, strict=True))


def test_a_hard_border_makes_no_colour_and_shade_makes_one() -> None:
    def colours(options: TransitionOptions) -> set[tuple[int, ...]]:
        return {tuple(map(int, pixel)) for tile in drawn("blob", options).tiles for pixel in tile.reshape(-1, 4)}

    assert colours(TransitionOptions()) == {GRASS, WATER}
    assert colours(TransitionOptions(shade=0.5)) == {GRASS, WATER, (20, 40, 100, 255)}


def test_solid_tiles_are_those_that_are_mostly_upper() -> None:
    tileset = drawn("corner", TransitionOptions(irregularity=0, solid=True))
    assert 15 in tileset.solid
    assert 0 not in tileset.solid
    assert drawn("corner").solid == frozenset()


@pytest.mark.parametrize(
    ("kind", "upper", "message"),
    [
        ("hex", plain("water", WATER), "'hex' is unknown; use corner, edge, blob"),
        ("corner", plain("water", WATER, 8), "'grass' is 16 × 16, 'water' is 8 × 8"),
        ("corner", TerrainTexture(name="water", pixels=np.zeros((16, 16, 3), np.uint8)), "'water' is not RGBA"),
    ],
)
def test_textures_that_make_no_set_are_refused(kind: str, upper: TerrainTexture, message: str) -> None:
    with pytest.raises(AtlasError, match=message):
        terrain_tileset(kind, plain("grass", GRASS), upper)


def test_a_tile_of_three_pixels_is_too_small() -> None:
    with pytest.raises(AtlasError, match="at least 4 × 4"):
        drawn("edge", size=3)
