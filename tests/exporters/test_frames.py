"""Frame sequences are read back by Pillow: frames, pixels, times, loops."""

import io
import json
from itertools import pairwise

import av
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from PIL import Image

from limner.atlas.sprites import AtlasError, FrameTag, Pixels, Sprite, SpriteSet
from limner.exporters import export
from limner.exporters.animations import centiseconds

SUFFIXES = {"apng": "png", "gif": "gif", "webp": "webp"}
EXACT = ["apng", "webp"]
BINARY = [np.array(colour, np.uint8) for colour in ((0, 0, 0, 0), (255, 0, 0, 255), (10, 200, 30, 255), (1, 2, 3, 255))]
MIXED = [*BINARY, np.array((9, 8, 7, 0), np.uint8), np.array((255, 255, 255, 100), np.uint8)]


@st.composite
def sequences(draw: st.DrawFn, palette: list[Pixels]) -> list[Pixels]:
    """Frames of one size; some are equal to the one before."""
    shape = draw(st.tuples(st.integers(1, 7), st.integers(1, 7)))
    choices = arrays.arrays(np.uint8, shape, elements=st.integers(0, len(palette) - 1))
    places = draw(st.lists(choices, min_size=1, max_size=6))
    repeats = draw(st.lists(st.integers(1, 2), min_size=len(places), max_size=len(places)))
    return [np.array(palette)[place] for place, count in zip(places, repeats, strict=True) for _ in range(count)]


def art(frames: list[Pixels], durations: list[int] | None = None, *tags: FrameTag) -> SpriteSet:
    times = durations or [40 + 10 * number for number in range(len(frames))]
    sprites = (
        Sprite(name=f"frame {number}", pixels=frame, duration_ms=time)
        for number, (frame, time) in enumerate(zip(frames, times, strict=True))
    )
    return SpriteSet(sprites=tuple(sprites), frame_tags=tags)


def shown(content: bytes) -> tuple[list[Pixels], list[int]]:
    """Frames and milliseconds as Pillow sees them."""
    frames, durations = [], []
    with Image.open(io.BytesIO(content)) as animation:
        for number in range(getattr(animation, "n_frames", 1)):
            animation.seek(number)
            frames.append(np.asarray(animation.convert("RGBA")))
            durations.append(round(animation.info["duration"]))
    return frames, durations


def visible(pixels: Pixels) -> Pixels:
    return np.where(pixels[..., 3:] > 0, pixels, np.uint8(0)).astype(np.uint8)


def walker(frames: int, side: int = 24) -> list[Pixels]:
    """A block that walks over nothing."""
    pictures = []
    for number in range(frames):
        pixels = np.zeros((side, side, 4), np.uint8)
        x = number % (side - 4)
        pixels[8:16, x : x + 4] = (number % 200, 100, 200, 255)
        pictures.append(pixels)
    return pictures


@settings(max_examples=60, deadline=None)
@given(frames=sequences(MIXED))
@pytest.mark.parametrize("name", EXACT)
def test_exact_formats_give_back_every_pixel_frame_and_time(name: str, frames: list[Pixels]) -> None:
    made = art(frames)
    found, durations = shown(export(name, made, "walk")[f"walk.{SUFFIXES[name]}"])
    assert durations == [sprite.duration_ms for sprite in made.sprites]
    for one, other in zip(found, frames, strict=True):
        np.testing.assert_array_equal(one, other)


@settings(max_examples=100, deadline=None)
@given(frames=sequences(BINARY))
def test_a_gif_of_few_colours_gives_back_every_visible_pixel_frame_and_time(frames: list[Pixels]) -> None:
    made = art(frames)
    found, durations = shown(export("gif", made, "walk")["walk.gif"])
    assert durations == [sprite.duration_ms for sprite in made.sprites]
    for one, other in zip(found, frames, strict=True):
        np.testing.assert_array_equal(visible(one), other)


@settings(max_examples=40, deadline=None)
@given(frames=sequences(BINARY))
@pytest.mark.parametrize("name", ["gif", "apng"])
def test_the_decoders_of_ffmpeg_see_the_same_frames(name: str, frames: list[Pixels]) -> None:
    content = export(name, art(frames), "walk")[f"walk.{SUFFIXES[name]}"]
    with av.open(io.BytesIO(content), "r", format=name) as file:
        found = [frame.to_ndarray(format="rgba").astype(np.uint8) for frame in file.decode(video=0)]
    for one, other in zip(found, frames, strict=True):
        np.testing.assert_array_equal(visible(one), other)


@pytest.mark.parametrize("name", SUFFIXES)
@pytest.mark.parametrize("count", [1, 200, 500])
def test_sequences_of_every_length_keep_their_frames(name: str, count: int) -> None:
    frames = walker(count)
    found, durations = shown(export(name, art(frames, [30] * count), "walk")[f"walk.{SUFFIXES[name]}"])
    assert durations == [30] * count
    assert all(np.array_equal(visible(one), other) for one, other in zip(found, frames, strict=True))


@pytest.mark.parametrize("name", SUFFIXES)
def test_frames_of_which_nothing_is_seen_stay_frames(name: str) -> None:
    clear = [np.zeros((3, 5, 4), np.uint8)] * 3
    found, durations = shown(export(name, art(clear, [50, 60, 70]), "ghost")[f"ghost.{SUFFIXES[name]}"])
    assert durations == [50, 60, 70]
    assert not any(frame[..., 3].any() for frame in found)


@pytest.mark.parametrize("name", SUFFIXES)
def test_each_tag_becomes_a_file_and_ping_pong_is_unrolled(name: str) -> None:
    frames = walker(5)
    tags = [
        FrameTag(name="walk", first=0, last=2, direction="ping-pong"),
        FrameTag(name="die", first=2, last=3, direction="reverse", loop=False),
    ]
    files = export(name, art(frames, [20, 30, 40, 50, 60], *tags), "hero")
    suffix = SUFFIXES[name]
    assert sorted(files) == [f"hero-die.{suffix}", f"hero-walk.{suffix}", f"hero.{suffix}"]
    found, durations = shown(files[f"hero-walk.{suffix}"])
    assert durations == [20, 30, 40, 30]
    assert np.array_equal(visible(found[3]), frames[1])
    assert shown(files[f"hero-die.{suffix}"])[1] == [50, 40]
    assert shown(files[f"hero.{suffix}"])[1] == [60]  # of no tag


@pytest.mark.parametrize(("name", "loops", "once"), [("gif", 0, None), ("apng", 0, 1), ("webp", 0, 1)])
def test_a_tag_says_whether_it_loops(name: str, loops: int, once: int | None) -> None:
    tags = [FrameTag(name="walk", first=0, last=1), FrameTag(name="die", first=2, last=3, loop=False)]
    files = export(name, art(walker(4), None, *tags), "a")
    said = {}
    for path, content in files.items():
        with Image.open(io.BytesIO(content)) as animation:
            said[path.partition(".")[0]] = animation.info.get("loop")
    assert said == {"a-walk": loops, "a-die": once}


@pytest.mark.parametrize("name", SUFFIXES)
def test_frames_of_several_sizes_stand_on_one_ground(name: str) -> None:
    sizes = [(2, 2), (4, 6)]
    frames = [np.full((height, width, 4), 255, np.uint8) for width, height in sizes]
    found, _ = shown(export(name, art(frames), "grow")[f"grow.{SUFFIXES[name]}"])
    assert [frame.shape for frame in found] == [(6, 4, 4)] * 2
    rows, columns = np.nonzero(found[0][..., 3])
    assert (rows.min(), rows.max(), columns.min(), columns.max()) == (4, 5, 1, 2)


def test_a_gif_of_many_colours_stays_near_them() -> None:
    ramp = np.zeros((64, 64, 4), np.uint8)
    ramp[..., 0], ramp[..., 1], ramp[..., 3] = np.arange(64) * 4, np.arange(64)[:, None] * 4, 255
    found, _ = shown(export("gif", art([ramp, ramp.transpose(1, 0, 2).copy()]), "ramp")["ramp.gif"])
    assert np.abs(found[0].astype(int) - ramp).max() <= 16
    assert np.abs(found[0].astype(int) - ramp).mean() <= 4


def test_a_gif_has_255_exact_colours_beside_the_clear_one() -> None:
    pixels = np.zeros((16, 16, 4), np.uint8)
    pixels[..., 0], pixels[..., 1], pixels[..., 3] = np.arange(256).reshape(16, 16), 77, 255
    pixels[0, 0] = 0
    found, _ = shown(export("gif", art([pixels]), "x")["x.gif"])
    np.testing.assert_array_equal(visible(found[0]), pixels)


def test_half_transparent_pixels_of_a_gif_are_shown_from_the_middle_on() -> None:
    pixels = np.array([[(9, 9, 9, 127), (9, 9, 9, 128)]], np.uint8)
    found, _ = shown(export("gif", art([pixels]), "x")["x.gif"])
    assert found[0][..., 3].tolist() == [[0, 255]]


@given(st.lists(st.integers(20, 1000), min_size=1, max_size=40))
def test_hundredths_of_a_second_add_up_to_the_whole(durations: list[int]) -> None:
    found = np.cumsum(centiseconds(durations)) * 10
    assert np.abs(found - np.cumsum(durations)).max() <= 5


def test_no_gif_frame_is_faster_than_browsers_show_it() -> None:
    assert centiseconds([1, 5, 10, 33, 33, 33]) == [2, 2, 2, 3, 4, 3]


def test_a_png_sequence_is_numbered_in_playing_order_with_its_times() -> None:
    frames = walker(3)
    tag = FrameTag(name="walk", first=0, last=2, direction="ping-pong")
    files = export("png-sequence", art(frames, [20, 30, 40], tag), "hero")
    listed = json.loads(files["hero-walk/hero-walk.json"])
    assert [frame["duration"] for frame in listed["frames"]] == [20, 30, 40, 30]
    assert listed["meta"] == {"app": "limner", "tag": "walk", "loop": True}
    paths = [f"hero-walk/{frame['file']}" for frame in listed["frames"]]
    assert sorted(paths) == paths == [path for path in files if path.endswith(".png")]
    for path, frame in zip(paths, [*frames, frames[1]], strict=True):
        np.testing.assert_array_equal(np.asarray(Image.open(io.BytesIO(files[path]))), frame)


@pytest.mark.parametrize("name", [*SUFFIXES, "png-sequence"])
def test_tags_of_any_name_become_files_of_their_own_inside_the_folder(name: str) -> None:
    names = ["../up", "a/b", 'say "hi"', "走る", "A/B", "con", "x" * 300, " "]
    tags = [FrameTag(name=tag, first=number, last=number) for number, tag in enumerate(names)]
    files = export(name, art(walker(8), None, *tags), "hero")
    heads = {path.split("/")[0].removesuffix(f".{SUFFIXES.get(name)}").lower() for path in files}
    assert len(heads) == 8
    assert "hero-走る" in heads
    assert all(".." not in path.split("/") and len(path.split("/")[0]) < 130 for path in files)


@pytest.mark.parametrize("name", [*SUFFIXES, "png-sequence", "unity-anim"])
def test_a_stem_may_lie_in_a_folder(name: str) -> None:
    tag = FrameTag(name="walk", first=0, last=1)
    files = export(name, art(walker(3), None, tag), "actors/hero")
    assert all(path.startswith(("actors/hero-walk", "actors/hero.", "actors/hero/hero")) for path in files)
    assert not any("actors/actors" in path or path.count("actors") > 1 for path in files)


@pytest.mark.parametrize("name", SUFFIXES)
def test_a_frame_costs_what_it_changes(name: str) -> None:
    rng = np.random.default_rng(0)
    still = np.concatenate([rng.integers(0, 256, (64, 64, 3), np.uint8), np.full((64, 64, 1), 255, np.uint8)], axis=2)
    moved = still.copy()
    moved[5, 5] = still[6, 6]
    lengths = [len(export(name, art([still, moved] * count), "x")[f"x.{SUFFIXES[name]}"]) for count in (1, 2, 3)]
    assert all(later - before < lengths[0] / 20 for before, later in pairwise(lengths))


@pytest.mark.parametrize("name", [*SUFFIXES, "png-sequence", "webm", "mp4", "unity-anim"])
def test_a_duration_that_cannot_be_is_refused_by_name(name: str) -> None:
    with pytest.raises(AtlasError, match="'frame 1' shows for 0 ms"):
        export(name, art(walker(2), [10, 0]), "x")


@pytest.mark.parametrize("name", [*SUFFIXES, "png-sequence", "webm", "mp4", "unity-anim"])
def test_the_same_art_gives_the_same_bytes(name: str) -> None:
    made = art(walker(4), None, FrameTag(name="walk", first=0, last=3))
    assert export(name, made, "x") == export(name, made, "x")
