"""Terrain tile sets: the ids are complete, and any two tiles that may lie side by side match pixel for pixel."""

from collections.abc import Callable
from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from limner.atlas.borders import Border, blob_field, corner_field, edge_field
from limner.atlas.geometry import Size
from limner.atlas.scene_checks import check_tileset
from limner.atlas.sprites import AtlasError, Pixels
from limner.atlas.terrain import Field, Ground, blob_tiles, corner_tiles, edge_tiles, terrain_mask
from limner.atlas.tilesets import Tileset, WangId

Maker = Callable[[str, Ground, Ground, Border], Tileset]
KINDS: dict[str, tuple[Maker, Field]] = {
    "corner": (corner_tiles, corner_field),
    "edge": (edge_tiles, edge_field),
    "blob": (blob_tiles, blob_field),
}
GRASS, SAND = (60, 160, 70, 255), (220, 200, 120, 255)
BORDERS = st.builds(
    Border,
    corners=st.sampled_from(["rounded", "straight", "square"]),
    ragged=st.sampled_from([0.0, 0.05, 0.15]),
    seed=st.integers(0, 2**32),
)


def flat(colour: tuple[int, int, int, int], height: int = 16, width: int = 16) -> Pixels:
    return np.full((height, width, 4), colour, np.uint8)


def made(kind: str, border: Border, height: int = 16, width: int = 16) -> Tileset:
    inner, outer = Ground("grass", flat(GRASS, height, width)), Ground("sand", flat(SAND, height, width))
    return KINDS[kind][0]("shore", inner, outer, border)


def right_of(one: WangId) -> tuple[int, int, int]:
    return one.top_right, one.right, one.bottom_right


def left_of(one: WangId) -> tuple[int, int, int]:
    return one.top_left, one.left, one.bottom_left


def below(one: WangId) -> tuple[int, int, int]:
    return one.bottom_left, one.bottom, one.bottom_right


def above(one: WangId) -> tuple[int, int, int]:
    return one.top_left, one.top, one.top_right


@pytest.mark.parametrize(("kind", "count"), [("corner", 16), ("edge", 16), ("blob", 47)])
def test_a_set_is_complete_and_no_id_is_there_twice(kind: str, count: int) -> None:
    tileset = made(kind, Border())
    check_tileset(tileset)
    (wang_set,) = tileset.wang_sets
    assert len(tileset.tiles) == len(set(wang_set.wang_ids.values())) == count
    assert sorted(wang_set.wang_ids) == list(range(count))
    assert [terrain.name for terrain in wang_set.terrains] == ["sand", "grass"]
    assert [terrain.colour for terrain in wang_set.terrains] == [SAND[:3], GRASS[:3]]


def test_corner_ids_are_every_choice_of_corners_and_no_edges() -> None:
    ids = set(made("corner", Border()).wang_sets[0].wang_ids.values())
    assert ids == {WangId(0, a, 0, b, 0, c, 0, d) for a, b, c, d in product((1, 2), repeat=4)}


def test_edge_ids_are_every_choice_of_edges_and_no_corners() -> None:
    ids = set(made("edge", Border()).wang_sets[0].wang_ids.values())
    assert ids == {WangId(a, 0, b, 0, c, 0, d, 0) for a, b, c, d in product((1, 2), repeat=4)}


def test_blob_ids_are_the_neighbourhoods_whose_corners_have_both_edges() -> None:
    ids = set(made("blob", Border()).wang_sets[0].wang_ids.values())
    every = (WangId(*sides) for sides in product((1, 2), repeat=8))
    corners = [
        ("top_right", "top", "right"),
        ("bottom_right", "bottom", "right"),
        ("bottom_left", "bottom", "left"),
        ("top_left", "top", "left"),
    ]
    assert ids == {
        one
        for one in every
        if all(getattr(one, corner) == 1 or getattr(one, a) == getattr(one, b) == 2 for corner, a, b in corners)
    }


@settings(max_examples=40, deadline=None)
@given(st.sampled_from(sorted(KINDS)), BORDERS, st.integers(4, 33), st.integers(4, 33))
def test_any_two_tiles_that_may_lie_side_by_side_share_their_side(
    kind: str, border: Border, height: int, width: int
) -> None:
    ids = list(made("corner" if kind == "corner" else kind, Border(), 4, 4).wang_sets[0].wang_ids.values())
    masks = [terrain_mask(KINDS[kind][1], one, Size(width, height), border) > 0 for one in ids]
    rights: dict[tuple[int, int, int], set[bytes]] = {}
    lows: dict[tuple[int, int, int], set[bytes]] = {}
    for one, mask in zip(ids, masks, strict=True):
        rights.setdefault(right_of(one), set()).add(mask[:, -1].tobytes())
        rights.setdefault(left_of(one), set()).add(mask[:, 0].tobytes())
        lows.setdefault(below(one), set()).add(mask[-1].tobytes())
        lows.setdefault(above(one), set()).add(mask[0].tobytes())
    assert all(len(sides) == 1 for sides in (*rights.values(), *lows.values()))


def test_a_map_of_corners_has_no_seam() -> None:
    ground = np.random.default_rng(5).integers(1, 3, (9, 9))
    tileset = made("corner", Border(seed=7, ragged=0.15))
    number = {wang_id: tile for tile, wang_id in tileset.wang_sets[0].wang_ids.items()}
    ids = [
        [WangId(0, ground[y, x + 1], 0, ground[y + 1, x + 1], 0, ground[y + 1, x], 0, ground[y, x]) for x in range(8)]
        for y in range(8)
    ]
    rows = [np.concatenate([tileset.tiles[number[one]] for one in row], axis=1) for row in ids]
    picture, borders = np.concatenate(rows), np.arange(16, 128, 16)
    np.testing.assert_array_equal(picture[:, borders - 1], picture[:, borders])
    np.testing.assert_array_equal(picture[borders - 1], picture[borders])


def test_a_blob_alone_touches_no_side() -> None:
    (alone,) = (tile == GRASS for tile in made("blob", Border(ragged=0.15, seed=3)).tiles[:1])
    assert alone[8, 8].all()
    assert not np.concatenate([alone[0], alone[-1], alone[:, 0], alone[:, -1]]).all(axis=-1).any()


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_the_last_tile_is_all_inner_or_crosses_itself(kind: str) -> None:
    tiles = made(kind, Border(ragged=0.15, seed=5)).tiles
    if kind == "edge":
        assert (tiles[15] == GRASS).all(axis=2)[8].all()
        assert (tiles[0] == SAND).all()
    else:
        assert (tiles[-1] == GRASS).all()


def test_a_corner_tile_has_the_inner_terrain_at_the_corners_of_its_bits() -> None:
    places = {1: (0, -1), 2: (-1, -1), 4: (-1, 0), 8: (0, 0)}
    for number, pixels in enumerate(made("corner", Border()).tiles):
        for bit, (row, column) in places.items():
            assert tuple(pixels[row, column]) == (GRASS if number & bit else SAND)


def test_a_rounded_corner_is_a_quarter_of_a_circle() -> None:
    side = 65
    mask = terrain_mask(corner_field, WangId(0, 1, 0, 1, 0, 1, 0, 2), Size(side, side), Border()) > 0
    y, x = np.mgrid[:side, :side] / (side - 1)
    np.testing.assert_array_equal(mask, np.hypot(x, y) < 0.5)


def test_hard_borders_use_the_pixels_of_the_textures_alone() -> None:
    for kind in KINDS:
        for pixels in made(kind, Border(ragged=0.1, seed=2)).tiles:
            assert {tuple(pixel) for pixel in pixels.reshape(-1, 4)} <= {GRASS, SAND}


def test_an_outline_shades_the_rim_of_the_inner_terrain() -> None:
    tile = made("corner", Border(corners="square", outline=2, shade=0.5), 17, 17).tiles[12]  # the left half
    rim = (30, 80, 35, 255)
    assert [tuple(pixel) for pixel in tile[8, 4:10]] == [GRASS, GRASS, rim, rim, SAND, SAND]


def test_a_soft_border_mixes_and_a_clear_outer_terrain_fades() -> None:
    inner, outer = Ground("grass", flat(GRASS)), Ground("nothing", None)
    tile = corner_tiles("over", inner, outer, Border(corners="square", softness=0.25)).tiles[12]
    alpha = tile[8, :, 3].astype(int)
    assert alpha[0] == 255
    assert alpha[-1] == 0
    assert (np.diff(alpha) <= 0).all()
    assert np.abs(tile[8, alpha > 40, :3].astype(int) - GRASS[:3]).max() <= 3


def test_a_small_texture_repeats_in_a_larger_tile() -> None:
    stripes = flat(GRASS, 4, 4)
    stripes[:, ::2] = (0, 0, 0, 255)
    tileset = corner_tiles("s", Ground("stripes", stripes), Ground("sand", flat(SAND)))
    np.testing.assert_array_equal(tileset.tiles[15], np.tile(stripes, (4, 4, 1)))


def test_one_seed_draws_one_set_and_another_draws_another() -> None:
    def drawn(seed: int) -> bytes:
        return b"".join(pixels.tobytes() for pixels in made("blob", Border(ragged=0.1, seed=seed)).tiles)

    assert drawn(1) == drawn(1) != drawn(2)


def test_a_set_says_where_its_textures_come_from() -> None:
    inner, outer = Ground("grass", flat(GRASS)), Ground("sand", flat(SAND))
    for make in (corner_tiles, edge_tiles, blob_tiles):
        assert make("shore", inner, outer, provenance={"seed": "7"}).provenance == {"seed": "7"}


@pytest.mark.parametrize("kind", sorted(KINDS))
@pytest.mark.parametrize("side", [1, 2])
def test_tiny_tiles_are_drawn(kind: str, side: int) -> None:
    check_tileset(made(kind, Border(), side, side))


@pytest.mark.parametrize(
    ("inner", "outer", "border", "message"),
    [
        (None, flat(SAND), Border(), "only the outer terrain may be clear"),
        (flat(GRASS, 16, 16), flat(SAND, 12, 16), Border(), "16 × 16 and 16 × 12; make them equal"),
        (np.zeros((0, 4, 4), np.uint8), flat(SAND), Border(), "terrain 'grass' is not RGBA"),
        (flat(GRASS), flat(SAND)[..., :3], Border(), "terrain 'sand' is not RGBA"),
        (flat(GRASS), flat(SAND), Border(ragged=0.2), "ragged is 0.2"),
        (flat(GRASS), flat(SAND), Border(softness=-1), "softness is -1"),
        (flat(GRASS), flat(SAND), Border(outline=-1), "outline is -1"),
    ],
    ids=["no inner", "sizes", "empty", "no alpha", "ragged", "softness", "outline"],
)
def test_what_makes_no_tileset_is_refused(inner: Pixels | None, outer: Pixels, border: Border, message: str) -> None:
    with pytest.raises(AtlasError, match=message):
        corner_tiles("shore", Ground("grass", inner), Ground("sand", outer), border)
