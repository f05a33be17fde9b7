"""`limner export`: what is read from a disk, what it becomes, and what is said about it."""

import io
import json
import struct
import zlib
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from PIL.PngImagePlugin import PngInfo
from typer.testing import CliRunner

from limner.atlas.geometry import Point, Size
from limner.atlas.materials import MapName, Material
from limner.atlas.scenes import Scene
from limner.atlas.sprites import FrameTag, NinePatch, Pixels, Sprite, SpriteSet
from limner.client.access import UsageError
from limner.client.cli import app
from limner.client.frame_art import FrameChoices, natural, sprites_at
from limner.client.map_art import map_word, material_at, tileset_at
from limner.client.pictures import read_picture
from limner.exporters import EXPORTERS, export

PLAIN = FrameChoices()
SCENE_FORMATS = [name for name, exporter in EXPORTERS.items() if exporter.takes is Scene]


def silent(line: str) -> None:
    """Nothing is to be said about plain pictures."""
    pytest.fail(line)


def noise(width: int, height: int, seed: int = 0) -> Pixels:
    return np.random.default_rng(seed).integers(0, 256, (height, width, 4), np.uint8)


def save(path: Path, pixels: Pixels) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(pixels).save(path)
    return path


def run(*arguments: object) -> tuple[int, str, str]:
    """Exit code, stdout and stderr of `limner export`."""
    ran = CliRunner().invoke(app, ["export", *map(str, arguments)], env={"COLUMNS": "200"})
    return ran.exit_code, ran.stdout, ran.stderr


def write_set(folder: Path, name: str, art: SpriteSet) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for path, content in export(name, art, "hero").items():
        (folder / path).write_bytes(content)


def test_numbers_in_names_count_as_numbers() -> None:
    names = ["f10", "f2", "F1", "a", "f2b", "07", "6"]
    assert sorted(names, key=lambda name: natural(Path(f"{name}.png"))) == ["6", "07", "a", "F1", "f2", "f2b", "f10"]


def test_a_folder_gives_its_pictures_in_the_order_of_their_numbers(tmp_path: Path) -> None:
    for number in (1, 2, 10):
        save(tmp_path / f"f{number}.png", noise(3, 4, number))
    (tmp_path / "notes.txt").write_text("not a picture")
    art = sprites_at(tmp_path, PLAIN, silent)
    assert [sprite.name for sprite in art.sprites] == ["f1", "f2", "f10"]
    assert art.frame_tags == ()
    np.testing.assert_array_equal(art.sprites[2].pixels, noise(3, 4, 10))


def test_names_with_numbers_become_tags(tmp_path: Path) -> None:
    for name in ("walk-01", "walk-02", "run_1", "run_2", "run_10", "idle"):
        save(tmp_path / f"{name}.png", noise(2, 2))
    art = sprites_at(tmp_path, FrameChoices(tags=True), silent)
    assert [sprite.name for sprite in art.sprites] == ["idle", "run_1", "run_2", "run_10", "walk-01", "walk-02"]
    assert [(tag.name, tag.first, tag.last) for tag in art.frame_tags] == [
        ("idle", 0, 0),
        ("run", 1, 3),
        ("walk", 4, 5),
    ]


def test_a_strip_is_cut_into_frames(tmp_path: Path) -> None:
    pixels = noise(12, 5)
    art = sprites_at(save(tmp_path / "run.png", pixels), FrameChoices(frames=3, duration_ms=70, pivot="bottom"), silent)
    assert [(sprite.name, sprite.duration_ms, sprite.pivot) for sprite in art.sprites] == [
        (f"run-{number}", 70, Point(2, 5)) for number in (1, 2, 3)
    ]
    np.testing.assert_array_equal(np.concatenate([sprite.pixels for sprite in art.sprites], axis=1), pixels)


def test_a_sheet_is_cut_row_by_row_and_ends_where_told(tmp_path: Path) -> None:
    pixels = noise(6, 4)
    art = sprites_at(save(tmp_path / "s.png", pixels), FrameChoices(frame_size=Size(3, 2), frames=3), silent)
    assert len(art.sprites) == 3
    np.testing.assert_array_equal(art.sprites[2].pixels, pixels[2:4, :3])


def test_a_direction_is_that_of_every_tag_or_of_all_frames(tmp_path: Path) -> None:
    path = save(tmp_path / "run.png", noise(12, 5))
    art = sprites_at(path, FrameChoices(frames=3, direction="ping-pong"), silent)
    assert art.frame_tags == (FrameTag(name="ping-pong", first=0, last=2, direction="ping-pong"),)
    code, _, _ = run(path, "--frames", 3, "--direction", "ping-pong", "--format", "gif", "--out", tmp_path, "--quiet")
    with Image.open(tmp_path / "run-ping-pong.gif") as animation:
        assert (code, getattr(animation, "n_frames", 1)) == (0, 4)
    for name in ("walk-1", "walk-2", "idle"):
        save(tmp_path / f"d/{name}.png", noise(2, 2))
    art = sprites_at(tmp_path / "d", FrameChoices(tags=True, direction="reverse"), silent)
    assert [(tag.name, tag.direction) for tag in art.frame_tags] == [("idle", "reverse"), ("walk", "reverse")]


@pytest.mark.parametrize(
    ("levels", "format_name", "said"),
    [
        ([0, 10, 20, 10], "gif", ""),
        ([0, 10, 20, 90], "gif", "walk: jumps where it starts again: that step is 3.0 times"),
        ([0, 10, 20, 90], "texturepacker-json", ""),
        ([0, 90], "gif", ""),
    ],
)
def test_a_loop_that_jumps_is_said(levels: list[int], format_name: str, said: str, tmp_path: Path) -> None:
    frames = [np.full((4, 4, 4), (level, level, level, 255), np.uint8) for level in levels]
    path = save(tmp_path / "walk.png", np.concatenate(frames, axis=1))
    code, _, err = run(path, "--frames", len(levels), "--format", format_name, "--out", tmp_path / "o")
    assert (code, said in err, bool(said)) == (0, True, bool(err))


@pytest.mark.parametrize(
    "choices",
    [
        FrameChoices(frames=5),
        FrameChoices(frame_size=Size(5, 4)),
        FrameChoices(frame_size=Size(0, 4)),
        FrameChoices(frame_size=Size(3, 4), frames=5),
        FrameChoices(tags=True),
        FrameChoices(pivot="middle"),
        FrameChoices(pivot="1,2,3"),
    ],
    ids=str,
)
def test_choices_that_do_not_fit_the_picture_are_refused(choices: FrameChoices, tmp_path: Path) -> None:
    with pytest.raises(UsageError):
        sprites_at(save(tmp_path / "s.png", noise(12, 4)), choices, silent)


@pytest.mark.parametrize(("name", "suffix"), [("apng", "png"), ("webp", "webp"), ("gif", "gif")])
def test_an_animation_comes_back_with_its_frames_and_times(name: str, suffix: str, tmp_path: Path) -> None:
    pictures = [np.full((4, 5, 4), (40 * number, 1, 2, 255), np.uint8) for number in range(3)]
    sprites = tuple(Sprite(name=f"f{n}", pixels=p, duration_ms=50 + 10 * n) for n, p in enumerate(pictures))
    write_set(tmp_path, name, SpriteSet(sprites=sprites))
    art = sprites_at(tmp_path / f"hero.{suffix}", PLAIN, silent)
    assert [sprite.name for sprite in art.sprites] == ["hero-1", "hero-2", "hero-3"]
    assert [sprite.duration_ms for sprite in art.sprites] == [50, 60, 70]
    for sprite, pixels in zip(art.sprites, pictures, strict=True):
        np.testing.assert_array_equal(sprite.pixels, pixels)


@pytest.mark.parametrize("name", ["aseprite-json", "texturepacker-json", "texturepacker-json-array"])
def test_a_sheet_with_its_json_comes_back_as_the_art_it_was(name: str, tmp_path: Path) -> None:
    pixels = np.zeros((9, 7, 4), np.uint8)
    pixels[2:5, 1:6] = (9, 8, 7, 255)
    sprites = (
        Sprite(name="a 1", pixels=pixels, duration_ms=40, pivot=Point(3, 9), nine_patch=NinePatch(1, 2, 2, 4)),
        Sprite(name="走", pixels=pixels.transpose(1, 0, 2).copy(), duration_ms=90),
        Sprite(name="c", pixels=np.full((3, 3, 4), 255, np.uint8)),
    )
    tags = (FrameTag(name="x", first=0, last=1, direction="ping-pong"), FrameTag(name="y", first=2, last=2, loop=False))
    write_set(tmp_path, name, SpriteSet(sprites=sprites, frame_tags=tags, provenance={"model": "m"}))
    art = sprites_at(tmp_path / "hero.json", PLAIN, silent)
    for found, sprite in zip(art.sprites, sprites, strict=True):
        assert (found.name, found.duration_ms, found.pivot) == (sprite.name, sprite.duration_ms, sprite.pivot)
        np.testing.assert_array_equal(found.pixels, sprite.pixels)
    assert art.provenance == {"model": "m"}
    if name == "aseprite-json":
        assert art.frame_tags == tags
        assert art.sprites[0].nine_patch == NinePatch(1, 2, 2, 4)


def test_a_rotated_frame_of_a_json_is_turned_back(tmp_path: Path) -> None:
    pixels = noise(5, 2)
    save(tmp_path / "sheet.png", np.ascontiguousarray(np.rot90(pixels, -1)))
    entry = {"filename": "a", "frame": {"x": 0, "y": 0, "w": 5, "h": 2}, "rotated": True}
    (tmp_path / "sheet.json").write_text(json.dumps({"frames": [entry], "meta": {"image": "sheet.png"}}))
    (sprite,) = sprites_at(tmp_path / "sheet.json", PLAIN, silent).sprites
    np.testing.assert_array_equal(sprite.pixels, pixels)


@pytest.mark.parametrize(
    "content",
    [
        "{",
        "[]",
        '{"frames": {}}',
        '{"frames": {"a": {}}, "meta": {"image": "s.png"}}',
        '{"frames": {"a": {"frame": {"x": 9, "y": 0, "w": 4, "h": 4}}}, "meta": {"image": "s.png"}}',
        '{"frames": {}, "meta": {"image": "s.png", "frameTags": [{}]}}',
        '{"frames": {}, "meta": {"image": "gone.png"}}',
    ],
)
def test_a_json_that_describes_no_sheet_is_refused_with_its_name(content: str, tmp_path: Path) -> None:
    save(tmp_path / "s.png", noise(8, 8))
    (tmp_path / "s.json").write_text(content)
    with pytest.raises(UsageError, match=r"(s\.json|s\.png|gone\.png): "):
        sprites_at(tmp_path / "s.json", PLAIN, silent)


def deep_png(levels: list[int]) -> bytes:
    """A PNG of one row, 16 bits a channel, RGB: what Pillow cannot write."""

    def chunk(kind: bytes, content: bytes) -> bytes:
        return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))

    row = b"\0" + b"".join(struct.pack(">HHH", level, level, level) for level in levels)
    header = struct.pack(">IIBBBBB", len(levels), 1, 16, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(row)) + chunk(b"IEND", b"")


def test_pictures_of_16_bits_keep_their_upper_eight_and_say_so(tmp_path: Path) -> None:
    levels = [0, 0x1234, 0xFFFF]
    grey = Image.fromarray(np.array([levels], np.uint16))
    grey.save(tmp_path / "grey.png")
    grey.save(tmp_path / "grey.tif")
    (tmp_path / "rgb.png").write_bytes(deep_png(levels))
    for name in ("grey.png", "grey.tif", "rgb.png"):
        notes: list[str] = []
        pixels = read_picture(tmp_path / name, notes.append).frames[0].pixels
        assert pixels[0].tolist() == [[0, 0, 0, 255], [0x12, 0x12, 0x12, 255], [255, 255, 255, 255]]
        assert notes == [f"{tmp_path / name}: 16 bits a channel became 8"]


@pytest.mark.parametrize(
    ("mode", "name", "said"),
    [
        ("CMYK", "a.jpg", "CMYK colours became RGB"),
        ("P", "a.png", "palette"),
        ("L", "a.png", "grey"),
        ("1", "a.png", "grey"),
    ],
)
def test_what_a_picture_loses_or_gains_is_said(mode: str, name: str, said: str, tmp_path: Path) -> None:
    Image.new(mode, (4, 3)).save(tmp_path / name)
    notes: list[str] = []
    assert read_picture(tmp_path / name, notes.append).frames[0].pixels.shape == (3, 4, 4)
    (note,) = notes
    assert said in note


def test_a_palette_keeps_its_transparency(tmp_path: Path) -> None:
    picture = Image.new("P", (2, 1))
    picture.putpalette([1, 2, 3, 250, 0, 0])
    picture.putpixel((1, 0), 1)
    picture.save(tmp_path / "p.png", transparency=1)
    pixels = read_picture(tmp_path / "p.png", lambda line: None).frames[0].pixels
    assert pixels[0].tolist() == [[1, 2, 3, 255], [250, 0, 0, 0]]


@pytest.mark.parametrize(
    "content", [b"", b"not a picture", deep_png(list(range(900)))[:60]], ids=["empty", "text", "cut"]
)
def test_a_broken_file_is_refused_with_its_path(content: bytes, tmp_path: Path) -> None:
    (tmp_path / "a.png").write_bytes(content)
    with pytest.raises(UsageError, match=r"a\.png: no picture that can be read"):
        read_picture(tmp_path / "a.png", silent)


def test_a_picture_that_unpacks_to_gigabytes_is_refused(tmp_path: Path) -> None:
    bomb = deep_png([0])
    at = bomb.index(b"IHDR")
    header = b"IHDR" + struct.pack(">II", 60_000, 60_000) + bomb[at + 12 : at + 17]
    (tmp_path / "bomb.png").write_bytes(bomb[:at] + header + struct.pack(">I", zlib.crc32(header)) + bomb[at + 21 :])
    with pytest.raises(UsageError, match=r"bomb\.png: too large"):
        read_picture(tmp_path / "bomb.png", silent)


def test_origins_go_from_pictures_into_what_they_become(tmp_path: Path) -> None:
    for name, seed in (("a", "1"), ("b", "2")):
        text = PngInfo()
        text.add_itxt("limner:provenance", json.dumps({"model": "imagen-base", "seed": seed}))
        Image.new("RGBA", (2, 2), (int(seed), 0, 0, 255)).save(tmp_path / f"{name}.png", pnginfo=text)
    assert sprites_at(tmp_path, PLAIN, silent).provenance == {"model": "imagen-base", "a/seed": "1", "b/seed": "2"}
    assert run(tmp_path, "--format", "gif", "--out", tmp_path / "out", "--name", "two")[0] == 0
    with Image.open(tmp_path / "out/two.gif") as animation:
        assert json.loads(animation.info["comment"])["b/seed"] == "2"


@pytest.mark.parametrize(
    ("stem", "word"),
    [
        ("albedo", "albedo"),
        ("Wall_01_Base-Color", "basecolor"),
        ("brick_nor_gl", "norgl"),
        ("BrickNormalGL", "normalgl"),
        ("brick_NormalDX", "normaldx"),
        ("wall.AO", "ao"),
        ("AmbientOcclusion", "ambientocclusion"),
        ("metal_plate", None),
        ("hero", None),
    ],
)
def test_a_map_is_known_by_the_end_of_its_name(stem: str, word: str | None) -> None:
    assert map_word(stem) == word


def test_a_folder_of_maps_becomes_a_material(tmp_path: Path) -> None:
    save(tmp_path / "wall_albedo.png", noise(4, 4))
    Image.fromarray(noise(4, 4, 1)[..., :3]).save(tmp_path / "wall_normaldx.png")
    Image.fromarray(noise(4, 4, 2)[..., 0]).save(tmp_path / "wall_smoothness.png")
    save(tmp_path / "preview.png", noise(4, 4))
    notes: list[str] = []
    material = material_at(tmp_path, notes.append)
    assert sorted(material.maps) == ["albedo", "normal", "roughness"]
    np.testing.assert_array_equal(material.maps["roughness"], 255 - noise(4, 4, 2)[..., 0])
    np.testing.assert_array_equal(material.maps["normal"][..., 1], 255 - noise(4, 4, 1)[..., 1])
    np.testing.assert_array_equal(material.maps["normal"][..., 0], noise(4, 4, 1)[..., 0])
    assert any("preview.png: left out" in note for note in notes)


@pytest.mark.parametrize("name", ["maps", "godot-material", "unity-material"])
def test_the_maps_that_we_write_come_back_as_the_material_they_were(name: str, tmp_path: Path) -> None:
    maps: dict[MapName, Pixels] = {"albedo": noise(4, 4), "normal": noise(4, 4, 1)[..., :3]}
    greys: tuple[MapName, ...] = ("roughness", "metallic", "ambient_occlusion", "height")
    for number, grey in enumerate(greys):
        maps[grey] = noise(4, 4, 2 + number)[..., 0]
    for path, content in export(name, Material(name="wall", maps=maps), "wall").items():
        (tmp_path / path).write_bytes(content)
    found = material_at(tmp_path, silent if name != "maps" else lambda line: None)
    assert sorted(found.maps) == sorted(maps)
    for key, pixels in maps.items():
        np.testing.assert_array_equal(found.maps[key], pixels)


def test_the_command_makes_a_material_of_a_folder(tmp_path: Path) -> None:
    save(tmp_path / "wall/wall_basecolor.png", noise(4, 4))
    Image.fromarray(noise(4, 4, 2)[..., 0]).save(tmp_path / "wall/wall_rough.png")
    code, out, err = run(tmp_path / "wall", "--format", "gltf", "--out", tmp_path / "o")
    assert (code, out, err) == (0, f"{tmp_path / 'o/wall.glb'}\n", "")
    assert (tmp_path / "o/wall.glb").read_bytes()[:4] == b"glTF"


def test_maps_that_make_no_material_are_named(tmp_path: Path) -> None:
    save(tmp_path / "wall_height.png", noise(4, 4))
    with pytest.raises(UsageError, match="no albedo map"):
        material_at(tmp_path, silent)
    save(tmp_path / "wall_albedo.png", noise(8, 4))
    with pytest.raises(UsageError, match=r"wall_height\.png: is 4 × 4, the albedo 8 × 4"):
        material_at(tmp_path, silent)
    save(tmp_path / "wall_color.png", noise(4, 4))
    with pytest.raises(UsageError, match="is the albedo map too"):
        material_at(tmp_path, silent)


def test_a_picture_and_a_tile_size_become_a_tileset(tmp_path: Path) -> None:
    pixels = noise(6, 4)
    tileset = tileset_at(save(tmp_path / "ground.png", pixels), FrameChoices(frame_size=Size(2, 2)), silent)
    assert (tileset.name, tileset.tile_size, tileset.columns, len(tileset.tiles)) == ("ground", Size(2, 2), 3, 6)
    np.testing.assert_array_equal(tileset.tiles[4], pixels[2:4, 2:4])
    with pytest.raises(UsageError, match="--frame-size"):
        tileset_at(tmp_path / "ground.png", PLAIN, silent)


def test_the_command_writes_a_file_for_each_tag_and_names_them(tmp_path: Path) -> None:
    for name in ("walk-1", "walk-2", "die-1"):
        save(tmp_path / f"hero/{name}.png", noise(4, 4))
    code, out, err = run(
        tmp_path / "hero",
        "--tags",
        "--format",
        "webp",
        "--out",
        tmp_path / "o",
        "--json",
        "--scale",
        3,
        "--duration-ms",
        70,
    )
    assert (code, err) == (0, "")
    paths = [json.loads(line)["path"] for line in out.splitlines()]
    assert sorted(paths) == [str(tmp_path / "o/hero-die.webp"), str(tmp_path / "o/hero-walk.webp")]
    with Image.open(tmp_path / "o/hero-walk.webp") as animation:
        animation.load()
        assert (animation.size, getattr(animation, "n_frames", 1), animation.info["duration"]) == ((12, 12), 2, 70)


def test_packing_options_reach_the_packer(tmp_path: Path) -> None:
    for number in range(3):
        save(tmp_path / f"p/{number}.png", np.full((10, 10, 4), 50 * number + 50, np.uint8))
    given = [
        "--padding",
        3,
        "--power-of-two",
        "--max-page",
        32,
        "--format",
        "texturepacker-json",
        "--out",
        tmp_path / "o",
    ]
    assert run(tmp_path / "p", *given)[0] == 0
    sheet = json.loads((tmp_path / "o/p.json").read_text())
    assert sheet["meta"]["size"] == {"w": 32, "h": 32}
    places = sorted((frame["frame"]["x"], frame["frame"]["y"]) for frame in sheet["frames"].values())
    assert places == [(0, 0), (0, 13), (13, 0)]


def test_any_other_choice_is_set_by_its_name(tmp_path: Path) -> None:
    path = save(tmp_path / "run.png", noise(12, 2))
    given = [path, "--frames", 6, "--format", "sheet", "--out", tmp_path / "o", "--set", "columns=2", "--padding", 0]
    assert run(*given)[0] == 0
    with Image.open(tmp_path / "o/run.png") as sheet:
        assert sheet.size[0] < sheet.size[1]
    code, _, err = run(*given, "--set", "colums=2")
    assert (code, "columns (int)" in err) == (2, True)


def test_notes_go_to_stderr_and_quiet_silences_them(tmp_path: Path) -> None:
    Image.new("CMYK", (2, 2)).save(tmp_path / "a.jpg")
    given = [tmp_path / "a.jpg", "--format", "png", "--out", tmp_path / "o"]
    code, out, err = run(*given, "--json")
    assert (code, len(out.splitlines())) == (0, 1)
    assert "CMYK colours became RGB" in err
    assert run(*given, "--quiet") == (0, "", "")


def test_every_format_is_in_the_list_with_what_it_takes_and_keeps() -> None:
    code, out, _ = run("--format", "list", "--json")
    listed = {entry["format"]: entry for entry in map(json.loads, out.splitlines())}
    assert (code, list(listed)) == (0, list(EXPORTERS))
    assert listed["apng"]["takes"] == "SpriteSet"
    assert "durations" in listed["apng"]["keeps"]
    shown = [line.split(" ")[0] for line in run("--format", "list")[1].splitlines()]
    assert [name for name in shown if name] == ["format", *EXPORTERS]


def test_a_picture_is_no_scene(tmp_path: Path) -> None:
    path = save(tmp_path / "a.png", noise(2, 2))
    code, _, err = run(path, "--format", SCENE_FORMATS[0], "--out", tmp_path / "o")
    assert (code, "takes a scene" in err) == (2, True)


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (["--format", "gif"], "--out DIR"),
        (["--out", "o"], "--format NAME"),
        (["--format", "gif", "--out", "o", "--frame-size", "32"], "WIDTHxHEIGHT"),
        (["--format", "gif", "--out", "o", "--background", "red"], "#RRGGBB"),
        (["--format", "gif", "--out", "o", "--direction", "up"], "ping-pong"),
        (["--format", "gif", "--out", "o", "--max-page", "99999"], "max_page"),
        (["--format", "mp4", "--out", "o", "--fps", "0"], "fps"),
        (["--format", "gif", "--out", "o", "--scale", "99"], "scale"),
        (["--format", "gif", "--out", "o", "--duration-ms", "0"], "duration-ms"),
    ],
)
def test_what_cannot_be_meant_exits_with_2_and_says_why(given: list[str], said: str, tmp_path: Path) -> None:
    path = save(tmp_path / "a.png", noise(2, 2))
    code, out, err = run(path, *given)
    assert (code, out) == (2, "")
    assert said in err
    assert not Path("o").exists()


def test_an_export_of_500_pictures_reads_as_many(tmp_path: Path) -> None:
    picture = io.BytesIO()
    Image.new("RGBA", (2, 2), (1, 2, 3, 255)).save(picture, "PNG")
    for number in range(500):
        (tmp_path / f"f{number}.png").write_bytes(picture.getvalue())
    assert run(tmp_path, "--format", "apng", "--out", tmp_path / "o", "--name", "all", "--quiet")[0] == 0
    with Image.open(tmp_path / "o/all.png") as animation:
        assert getattr(animation, "n_frames", 1) == 500
