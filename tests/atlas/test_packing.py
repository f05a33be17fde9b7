"""Packing overlaps nothing, stays on its pages, and gives back what was packed."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from limner.atlas.geometry import Box, Point, Size
from limner.atlas.packing import PackOptions, pack, unpacked
from limner.atlas.pages import PageRules, spread
from limner.atlas.skyline import BOTH_WAYS, LYING, TALL_FIRST, Taste, place
from limner.atlas.sprites import Atlas, AtlasError, NinePatch, Pixels, Sprite, Turn

SIZES = st.lists(st.builds(Size, st.integers(1, 30), st.integers(1, 30)), min_size=1, max_size=40)
PICTURES = st.lists(
    arrays.arrays(
        np.uint8, st.tuples(st.integers(1, 16), st.integers(1, 16), st.just(4)), elements=st.sampled_from([0, 9, 255])
    ),
    min_size=1,
    max_size=12,
)
OPTIONS = st.builds(
    PackOptions,
    trim=st.booleans(),
    alias=st.booleans(),
    rotate=st.booleans(),
    padding=st.integers(0, 3),
    edge_padding=st.integers(0, 3),
    extrude=st.integers(0, 2),
    power_of_two=st.booleans(),
    square=st.booleans(),
    max_page=st.integers(64, 100),
)


def filled(width: int, height: int, value: int = 255) -> Pixels:
    return np.full((height, width, 4), value, np.uint8)


def sprite(width: int, height: int, name: str = "a", value: int = 255) -> Sprite:
    return Sprite(name=name, pixels=filled(width, height, value))


def apart(boxes: list[Box]) -> bool:
    return not any(one.meets(other) for number, one in enumerate(boxes) for other in boxes[:number])


@pytest.mark.parametrize("taste", [BOTH_WAYS, LYING, TALL_FIRST])
@settings(max_examples=60, deadline=None)
@given(sizes=SIZES, width=st.integers(1, 70), height=st.integers(1, 70), rotate=st.booleans(), data=st.data())
def test_places_overlap_nothing_and_stay_in_their_limits(
    taste: Taste, sizes: list[Size], width: int, height: int, rotate: bool, data: st.DataObject
) -> None:
    fixed = data.draw(st.frozensets(st.integers(0, len(sizes) - 1)))
    places = place(sizes, width, height, rotate=rotate, taste=taste, fixed=fixed)
    boxes = []
    for number, (size, spot) in enumerate(zip(sizes, places, strict=True)):
        if spot is not None:
            assert not spot.turned or (rotate and number not in fixed)
            boxes.append(Box(spot.x, spot.y, *(reversed(size) if spot.turned else size)))
    assert apart(boxes)
    assert all(Box(0, 0, width, height).holds(box) for box in boxes)


def test_whatever_fits_an_empty_page_finds_a_place() -> None:
    for taste in (BOTH_WAYS, LYING, TALL_FIRST):
        assert place([Size(3, 9)], 9, 3, rotate=True, taste=taste)[0] is not None
        assert place([Size(3, 9)], 9, 3, rotate=False, taste=taste) == [None]


def test_equal_tiles_fill_their_page_without_a_hole() -> None:
    spots, pages = spread([Size(16, 16)] * 64, PageRules(side=2048))
    assert pages == [Size(128, 128)]
    assert len({(spot.x, spot.y) for spot in spots}) == 64


def test_a_mixed_set_leaves_less_than_three_percent_empty() -> None:
    rng = np.random.default_rng(7)
    sizes = [Size(int(width), int(height)) for width, height in rng.integers(8, 130, (500, 2))]
    _, pages = spread(sizes, PageRules(side=8192, rotate=True))
    covered = sum(size.width * size.height for size in sizes)
    assert len(pages) == 1
    assert covered / (pages[0].width * pages[0].height) > 0.97


@settings(max_examples=80, deadline=None)
@given(PICTURES, OPTIONS)
def test_every_picture_comes_back_and_regions_keep_their_distance(pictures: list[Pixels], options: PackOptions) -> None:
    sprites = [Sprite(name=f"s{number}", pixels=pixels) for number, pixels in enumerate(pictures)]
    atlas = pack(sprites, options)
    for one, region in zip(sprites, atlas.regions, strict=True):
        clear = one.pixels[..., 3:] == 0
        np.testing.assert_array_equal(
            np.where(clear, 0, unpacked(atlas, region)), np.where(clear, 0, one.pixels), err_msg=one.name
        )
    for number, page in enumerate(atlas.pages):
        check_page(page, [box for at, box in {(r.page, r.box) for r in atlas.regions} if at == number], options)


def check_page(page: Pixels, boxes: list[Box], options: PackOptions) -> None:
    height, width = page.shape[:2]
    assert max(width, height) <= options.max_page
    if options.power_of_two:
        assert (width & (width - 1), height & (height - 1)) == (0, 0)
    if options.square:
        assert width == height
    edge, around = options.edge_padding + options.extrude, options.extrude
    inner = Box(edge, edge, width - 2 * edge, height - 2 * edge)
    assert all(inner.holds(box) for box in boxes)
    more = 2 * around + options.padding
    assert apart([Box(box.x, box.y, box.width + more, box.height + more) for box in boxes])


def test_one_page_is_no_larger_than_its_one_sprite_needs() -> None:
    atlas = pack([sprite(5, 3)], PackOptions(padding=4))
    assert atlas.pages[0].shape == (3, 5, 4)
    edged = pack([sprite(5, 3)], PackOptions(padding=4, edge_padding=2, extrude=1))
    assert edged.pages[0].shape == (3 + 6, 5 + 6, 4)
    assert edged.regions[0].box == Box(3, 3, 5, 3)


def test_extrusion_repeats_the_edge_and_bleeding_colours_what_is_clear() -> None:
    atlas = pack([sprite(1, 1, value=255)], PackOptions(edge_padding=1, extrude=1, bleed=1))
    alpha = atlas.pages[0][..., 3]
    assert alpha.tolist() == [[0] * 5, [0, 255, 255, 255, 0], [0, 255, 255, 255, 0], [0, 255, 255, 255, 0], [0] * 5]
    assert (atlas.pages[0][..., :3] == 255).all()


@pytest.mark.parametrize(("turn", "first"), [("clockwise", [3, 4]), ("counter-clockwise", [2, 1])])
def test_a_rotated_region_lies_turned_to_the_side_that_was_asked(turn: Turn, first: list[int]) -> None:
    tall = np.zeros((40, 2, 4), np.uint8)
    tall[..., 3] = 255
    tall[0, :, 0], tall[-1, :, 0] = (1, 2), (3, 4)
    more = [sprite(2, 40, str(number), 100 + number) for number in range(30)]
    atlas = pack([Sprite(name="tall", pixels=tall), *more], PackOptions(rotate=True, padding=0), turn)
    region = atlas.regions[0]
    assert (atlas.turn, region.rotated, region.box[2:]) == (turn, True, (40, 2))
    page = atlas.pages[region.page]
    assert page[region.box.y : region.box.bottom, region.box.x, 0].tolist() == first


def test_equal_pictures_share_one_place_unless_told_not_to() -> None:
    twins = [sprite(5, 5, "a"), sprite(5, 5, "b")]
    assert len({region.box for region in pack(twins).regions}) == 1
    assert len({region.box for region in pack(twins, PackOptions(alias=False)).regions}) == 2


def test_the_colour_of_clear_pixels_keeps_no_two_apart() -> None:
    one, other = filled(4, 4), filled(4, 4)
    one[1, 1], other[1, 1] = (9, 9, 9, 0), (200, 0, 0, 0)
    atlas = pack([Sprite(name="a", pixels=one), Sprite(name="b", pixels=other)])
    assert atlas.regions[0].box == atlas.regions[1].box


def test_the_threshold_decides_what_is_cut() -> None:
    pixels = np.zeros((4, 6, 4), np.uint8)
    pixels[1:3, 1:5, 3] = 10
    pixels[1, 2, 3] = 200
    assert pack([Sprite(name="a", pixels=pixels)]).regions[0].offset == Box(1, 1, 4, 2)
    assert pack([Sprite(name="a", pixels=pixels)], PackOptions(alpha_threshold=10)).regions[0].offset == Box(2, 1, 1, 1)
    assert not pack([Sprite(name="a", pixels=pixels)], PackOptions(trim=False)).regions[0].trimmed


def test_a_nine_patch_is_neither_trimmed_nor_turned() -> None:
    pixels = np.zeros((6, 50, 4), np.uint8)
    pixels[2:4, 5:45] = 255
    patch = Sprite(name="panel", pixels=pixels, nine_patch=NinePatch(6, 6, 2, 2), pivot=Point(1, 2))
    tall = [sprite(6, 50, f"t{number}", 100 + number) for number in range(8)]
    region = pack([patch, *tall], PackOptions(rotate=True)).regions[0]
    assert (region.trimmed, region.rotated) == (False, False)
    assert (region.nine_patch, region.pivot) == (NinePatch(6, 6, 2, 2), Point(1, 2))


def test_pages_hold_what_one_cannot() -> None:
    atlas: Atlas = pack([sprite(30, 30, str(number), 100 + number) for number in range(9)], PackOptions(max_page=64))
    assert [page.shape[:2] for page in atlas.pages] == [(61, 61), (61, 61), (30, 30)]


@pytest.mark.parametrize(
    ("made", "said"),
    [
        ({"padding": -1}, "padding is -1; use 0 to 1024"),
        ({"padding": 1.5}, "padding is 1.5; use a whole number"),
        ({"extrude": True}, "extrude is True; use a whole number"),
        ({"rotate": 1}, "rotate is 1; use true or false"),
        ({"alpha_threshold": 255}, "alpha_threshold is 255; use 0 to 254"),
        ({"max_page": 0}, "max_page is 0; use 1 to 16384"),
        ({"max_page": 20000}, "max_page is 20000; use 1 to 16384"),
        ({"max_page": 8, "edge_padding": 4}, "max_page 8 has no room"),
    ],
)
def test_a_value_out_of_range_is_refused_by_its_name(made: dict[str, int], said: str) -> None:
    with pytest.raises(AtlasError, match=said):
        PackOptions(**made)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("sprites", "options", "said"),
    [
        ([], PackOptions(), "no sprites"),
        ([sprite(65, 2, "wide")], PackOptions(max_page=64), "sprite 'wide' is 65 × 2; a page of 64 holds 64 × 64"),
        ([sprite(63, 2, "wide")], PackOptions(max_page=64, extrude=1), "holds 62 × 62"),
        ([sprite(65, 2, "wide")], PackOptions(max_page=100, power_of_two=True), "holds 64 × 64"),
        ([sprite(1, 1, "A"), sprite(1, 1, "a")], PackOptions(), "two sprites are named"),
        ([Sprite(name="e", pixels=np.zeros((0, 0, 4), np.uint8))], PackOptions(), "sprite 'e' is 0 × 0"),
        (
            [Sprite(name="p", pixels=filled(4, 4), nine_patch=NinePatch(2, 2, 1, 1))],
            PackOptions(),
            "sprite 'p' has borders",
        ),
    ],
    ids=["none", "too wide", "extruded", "power of two", "case", "empty", "borders"],
)
def test_sprites_that_cannot_be_packed_are_named(sprites: list[Sprite], options: PackOptions, said: str) -> None:
    with pytest.raises(AtlasError, match=said):
        pack(sprites, options)


def test_single_pixels_and_clear_pictures_take_one_pixel() -> None:
    clear = Sprite(name="clear", pixels=np.zeros((9, 9, 4), np.uint8))
    atlas = pack([clear, sprite(1, 1, "dot")])
    assert [region.box[2:] for region in atlas.regions] == [(1, 1), (1, 1)]
    assert atlas.regions[0].source_size == Size(9, 9)
