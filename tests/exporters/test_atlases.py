"""Every format of packed sprites is read back by its engine's rules, and the pictures are the same to the pixel."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from limner.atlas.packing import PackOptions, pack
from limner.atlas.sprites import AtlasError, FrameTag, Pixels, Sprite, SpriteSet
from limner.exporters import EXPORTERS, Keeps, export, write_files
from limner.exporters.options import ExportOptions
from tests.exporters.readers import READERS

ANIMATIONS = {"apng", "gif", "mp4", "png-sequence", "unity-anim", "webm", "webp"}  # tested as animations
ONE_PAGE = {"aseprite-json", "sheet", "png", "png-indexed"}
NAMES = [
    "with space",
    'a "quote"',
    "it's",
    "跑 🐉",
    "../../up",
    "back\\slash",
    "colon: 3, 4",
    "-1",
    "Ünï",
    "[x] = {y}",
    "y",
]
Case = tuple[list[Sprite], PackOptions]


def drawn(width: int, height: int, seed: int, border: int = 0) -> Pixels:
    """Noise in a few colours, opaque but for a border."""
    pixels = np.zeros((height, width, 4), np.uint8)
    inner = pixels[border : height - border, border : width - border]
    inner[..., :3] = np.random.default_rng(seed).integers(0, 4, (*inner.shape[:2], 3)) * 60
    inner[..., 3] = 255
    return pixels


def sprites(sizes: Sequence[tuple[int, int]], border: int = 0, names: Sequence[str] = ()) -> list[Sprite]:
    names = names or [f"frame {number}" for number in range(len(sizes))]
    return [
        Sprite(name=name, pixels=drawn(width, height, seed, border))
        for seed, (name, (width, height)) in enumerate(zip(names, sizes, strict=True))
    ]


CASES: dict[str, Case] = {
    "one frame": (sprites([(9, 7)]), PackOptions()),
    "200 frames": (sprites([(8 + number % 5, 6 + number % 7) for number in range(200)]), PackOptions()),
    "trimmed": (sprites([(20, 14), (11, 30), (8, 8)], border=3), PackOptions(padding=2, extrude=1)),
    "rotated": (
        sprites([(40, 5)] * 3 + [(6, 33)] * 3 + [(41, 7), (12, 12)], border=1),
        PackOptions(rotate=True, extrude=2),
    ),
    "multi-page": (sprites([(20, 17)] * 6 + [(5, 30)] * 3), PackOptions(max_page=48, rotate=True, edge_padding=1)),
    "names": (sprites([(7, 9)] * len(NAMES), names=NAMES), PackOptions()),
    "transparent": ([Sprite(name="clear", pixels=np.zeros((6, 5, 4), np.uint8)), *sprites([(1, 1)])], PackOptions()),
}


def visible(pixels: Pixels) -> Pixels:
    """Clear pixels have no colour of their own."""
    return np.where(pixels[..., 3:] > 0, pixels, np.uint8(0)).astype(np.uint8)


def same(found: dict[str, Pixels], wanted: Sequence[Sprite]) -> None:
    assert set(found) == {sprite.name for sprite in wanted}
    for sprite in wanted:
        np.testing.assert_array_equal(visible(found[sprite.name]), visible(sprite.pixels), err_msg=sprite.name)


def trimmed(sprite: Sprite) -> Sprite:
    rows, columns = (np.flatnonzero((sprite.pixels[..., 3] > 0).any(axis=axis)) for axis in (1, 0))
    if rows.size == 0:
        return replace(sprite, pixels=sprite.pixels[:1, :1])
    return replace(sprite, pixels=sprite.pixels[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1])


def test_every_format_of_sprites_has_a_reader_here_or_is_tested_as_an_animation() -> None:
    every = {name for name, exporter in EXPORTERS.items() if exporter.takes is SpriteSet}
    assert set(READERS) | ANIMATIONS == every


@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("name", READERS)
def test_a_set_of_sprites_comes_back_to_the_pixel(name: str, case: str) -> None:
    given_sprites, pack_options = CASES[case]
    if name in ONE_PAGE and case == "multi-page":
        pack_options = PackOptions()
    files = export(name, SpriteSet(sprites=tuple(given_sprites)), "art", ExportOptions(pack=pack_options))
    wanted = [trimmed(sprite) for sprite in given_sprites] if name == "unity" else given_sprites
    same(READERS[name](files, [sprite.name for sprite in given_sprites]), wanted)
    if case == "multi-page" and name not in ONE_PAGE:
        assert sum(path.endswith(".png") for path in files) > 1


@pytest.mark.parametrize("name", READERS)
def test_files_of_odd_names_stay_in_their_folder_and_apart(name: str, tmp_path_factory: pytest.TempPathFactory) -> None:
    folder = tmp_path_factory.mktemp("out")
    files = export(name, SpriteSet(sprites=tuple(CASES["names"][0])), "art")
    written = write_files(files, folder)
    assert len(written) == len(files)
    assert all(path.parent == folder for path in written)


@pytest.mark.parametrize("name", READERS)
def test_files_below_a_folder_name_their_neighbours_without_it(name: str) -> None:
    art = SpriteSet(sprites=tuple(CASES["one frame"][0]), frame_tags=(FrameTag(name="run", first=0, last=0),))
    flat, deep = (export(name, art, stem) for stem in ("art", "sub/art"))
    if name not in {"png", "png-indexed"}:  # their files are named after the sprites
        assert set(deep) == {f"sub/{path}" for path in flat}
    texts = {path: content for path, content in flat.items() if not path.endswith(".meta")}
    assert [content for path, content in deep.items() if not path.endswith(".meta")] == list(texts.values())


def test_the_rotated_case_turns_something_both_ways() -> None:
    given_sprites, options = CASES["rotated"]
    regions = pack(given_sprites, options).regions
    assert {region.rotated for region in regions} == {True, False}


@pytest.mark.parametrize("name", [name for name in READERS if Keeps.ROTATION in EXPORTERS[name].keeps])
def test_formats_that_keep_rotation_say_so_in_their_files(name: str) -> None:
    given_sprites, options = CASES["rotated"]
    files = export(name, SpriteSet(sprites=tuple(given_sprites)), "art", ExportOptions(pack=options))
    text = b"".join(content for path, content in files.items() if not path.endswith(".png"))
    assert any(word in text for word in (b'"rotated": true', b'rotated="true"', b"rotate: 90"))


@pytest.mark.parametrize("name", READERS)
def test_exporting_twice_gives_the_same_bytes_and_leaves_the_sprites(name: str) -> None:
    art = SpriteSet(sprites=tuple(CASES["rotated"][0]), provenance={"seed": "1"})
    before = [sprite.pixels.copy() for sprite in art.sprites]
    options = ExportOptions(pack=CASES["rotated"][1])
    assert export(name, art, "art", options) == export(name, art, "art", options)
    for sprite, pixels in zip(art.sprites, before, strict=True):
        np.testing.assert_array_equal(sprite.pixels, pixels)


@pytest.mark.parametrize("name", READERS)
def test_every_file_says_where_its_pictures_come_from(name: str) -> None:
    art = SpriteSet(sprites=tuple(CASES["trimmed"][0]), provenance={"generator": "imagen-base"})
    files = export(name, art, "art")
    texts = {path: content for path, content in files.items() if not path.endswith(".png")}
    assert "art.provenance.json" in texts or all(b"imagen-base" in content for content in texts.values())
    assert all(b"imagen-base" in content for path, content in files.items() if path.endswith(".png"))


def test_aseprite_refuses_what_one_page_does_not_hold() -> None:
    art = SpriteSet(sprites=tuple(CASES["multi-page"][0]))
    with pytest.raises(AtlasError, match="raise max_page"):
        export("aseprite-json", art, "art", ExportOptions(pack=PackOptions(max_page=48)))


def test_pixi_refuses_an_animation_that_lies_on_two_pages() -> None:
    art = SpriteSet(sprites=tuple(CASES["multi-page"][0]), frame_tags=(FrameTag(name="run", first=0, last=5),))
    with pytest.raises(AtlasError, match="frame tag 'run' lies on pages"):
        export("pixi-json", art, "art", ExportOptions(pack=PackOptions(max_page=48)))


def test_a_sheet_too_large_for_any_card_is_refused() -> None:
    wide = [Sprite(name=str(number), pixels=np.zeros((9000, 2000, 4), np.uint8)) for number in range(20)]
    with pytest.raises(AtlasError, match="16384 is the longest side"):
        export("sheet", SpriteSet(sprites=tuple(wide)), "art")


PICTURES = st.lists(
    arrays.arrays(
        np.uint8,
        st.tuples(st.integers(1, 20), st.integers(1, 20), st.just(4)),
        elements=st.sampled_from([0, 0, 7, 255]),
    ),
    min_size=1,
    max_size=10,
)
OPTIONS = st.builds(
    PackOptions,
    trim=st.booleans(),
    alias=st.booleans(),
    rotate=st.booleans(),
    padding=st.integers(0, 3),
    edge_padding=st.integers(0, 3),
    extrude=st.integers(0, 2),
    bleed=st.integers(0, 1),
    power_of_two=st.booleans(),
    square=st.booleans(),
    max_page=st.integers(64, 128),
)


@pytest.mark.parametrize("name", ["texturepacker-json", "libgdx", "starling-xml", "godot-atlas"])
@settings(max_examples=25, deadline=None)
@given(pictures=PICTURES, options=OPTIONS)
def test_any_set_packed_by_any_rules_comes_back(name: str, pictures: list[Pixels], options: PackOptions) -> None:
    given_sprites = [Sprite(name=f"s{number}", pixels=pixels) for number, pixels in enumerate(pictures)]
    files = export(name, SpriteSet(sprites=tuple(given_sprites)), "art", ExportOptions(pack=options))
    same(READERS[name](files, [sprite.name for sprite in given_sprites]), given_sprites)
