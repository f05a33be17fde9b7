"""What the atlas formats say beside the pixels: pivots, borders, polygons, durations, tags, ids, names."""

import io
import json
import re
from typing import Any
from xml.etree import ElementTree

import numpy as np
import pytest
import tinycss2
import yaml
from PIL import Image

from limner.atlas.geometry import Point
from limner.atlas.packing import PackOptions
from limner.atlas.sprites import AtlasError, FrameTag, NinePatch, Pixels, Sprite, SpriteSet
from limner.exporters import Files, export
from limner.exporters.options import ExportOptions
from limner.exporters.unity_ids import guid, internal_id


def block(width: int, height: int, value: int, border: int = 0) -> Pixels:
    pixels = np.zeros((height, width, 4), np.uint8)
    pixels[border : height - border, border : width - border] = (value, 0, 0, 255)
    return pixels


HERO = Sprite(
    name="hero",
    pixels=block(20, 10, 200, border=2),
    duration_ms=250,
    pivot=Point(5, 10),
    collision=(Point(2, 2), Point(18, 2), Point(18, 8), Point(2, 8)),
)
PANEL = Sprite(name="panel", pixels=block(12, 9, 100), nine_patch=NinePatch(3, 2, 4, 1))
WALK = Sprite(name="walk", pixels=block(6, 6, 50))
TAGS = (
    FrameTag(name="bounce", first=0, last=2, direction="ping-pong"),
    FrameTag(name='back "1"', first=1, last=2, direction="reverse", loop=False),
)
ART = SpriteSet(sprites=(HERO, PANEL, WALK), frame_tags=TAGS)


def written(name: str, suffix: str, art: SpriteSet = ART) -> str:
    return export(name, art, "art")[f"art{suffix}"].decode()


def parsed(name: str, suffix: str = ".json") -> Any:
    return json.loads(written(name, suffix))


@pytest.mark.parametrize(
    ("name", "suffix"), [("texturepacker-json", ".json"), ("pixi-json", ".json"), ("aseprite-json", ".json")]
)
def test_a_json_frame_says_everything_that_was_chosen(name: str, suffix: str) -> None:
    frames = parsed(name, suffix)["frames"]
    hero, panel, walk = (frames[key] for key in ("hero", "panel", "walk"))
    assert hero["pivot"] == hero["anchor"] == {"x": 0.25, "y": 1.0}
    assert hero["duration"] == 250
    assert hero["spriteSourceSize"] == {"x": 2, "y": 2, "w": 16, "h": 6}
    assert hero["collision"][1] == {"x": 18, "y": 2}
    assert panel["borders"] == {"left": 3, "top": 4, "right": 2, "bottom": 1}
    assert panel["scale9Borders"] == {"x": 3, "y": 4, "w": 7, "h": 4}
    assert not {"pivot", "anchor", "borders", "scale9Borders", "collision"} & set(walk)


def test_pixi_has_the_names_of_each_animation_in_playing_order() -> None:
    assert parsed("pixi-json")["animations"] == {
        "bounce": ["hero", "panel", "walk", "panel"],
        'back "1"': ["walk", "panel"],
    }


def test_phaser_has_the_animations_in_a_file_of_their_own() -> None:
    animations = json.loads(export("phaser-json", ART, "art")["art-animations.json"])["anims"]
    assert [(one["key"], one["repeat"], one["duration"]) for one in animations] == [
        ("bounce", -1, 250 + 3 * 100),
        ('back "1"', 0, 200),
    ]
    assert animations[0]["frames"][0] == {"key": "art", "frame": "hero", "duration": 250}
    assert "art-animations.json" not in export("phaser-json", SpriteSet(sprites=ART.sprites), "art")


def test_aseprite_has_tags_as_they_are_and_slices_for_pivots_and_borders() -> None:
    meta = parsed("aseprite-json")["meta"]
    said = [{key: value for key, value in tag.items() if key != "color"} for tag in meta["frameTags"]]
    assert said == [
        {"name": "bounce", "from": 0, "to": 2, "direction": "pingpong"},
        {"name": 'back "1"', "from": 1, "to": 2, "direction": "reverse", "repeat": "1"},
    ]
    hero, panel = meta["slices"]
    assert hero["keys"] == [{"frame": 0, "bounds": {"x": 0, "y": 0, "w": 20, "h": 10}, "pivot": {"x": 5, "y": 10}}]
    assert panel["keys"][0]["center"] == {"x": 3, "y": 4, "w": 7, "h": 4}


def test_libgdx_has_split_offsets_from_below_and_no_colon_in_a_name() -> None:
    odd = SpriteSet(sprites=(*ART.sprites, Sprite(name=" a:b\nc ", pixels=block(4, 4, 9))))
    lines = written("libgdx", ".atlas", odd).splitlines()
    assert "split: 3, 2, 4, 1" in lines
    assert "offsets: 2, 2, 20, 10" in lines
    assert "pivot: 5, 10" in lines
    assert "a_b c" in lines


def test_libgdx_names_that_became_one_are_told_apart() -> None:
    odd = SpriteSet(sprites=tuple(Sprite(name=name, pixels=block(4, 4, n)) for n, name in enumerate(["a:b", "a_b"])))
    lines = written("libgdx", ".atlas", odd).splitlines()
    assert {"a_b", "a_b-2"} <= set(lines)


def test_starling_has_frames_with_a_negative_corner_and_pivots_in_pixels() -> None:
    root = ElementTree.fromstring(written("starling-xml", ".xml"))
    hero = {one.attrib["name"]: one.attrib for one in root}["hero"]
    said = {key: hero[key] for key in ("frameX", "frameY", "frameWidth", "frameHeight", "pivotX", "pivotY")}
    assert list(said.values()) == ["-2", "-2", "20", "10", "5", "10"]


def test_a_godot_texture_has_its_margin_and_its_metadata() -> None:
    files = export("godot-atlas", ART, "art")
    hero, panel = files["hero.tres"].decode(), files["panel.tres"].decode()
    assert hero.startswith('[gd_resource type="AtlasTexture" load_steps=2 format=3]')
    assert "margin = Rect2(2, 2, 4, 4)" in hero
    assert "metadata/pivot = Vector2(5, 10)" in hero
    assert "metadata/collision = PackedVector2Array(2, 2, 18, 2, 18, 8, 2, 8)" in hero
    assert "margin" not in panel
    assert 'metadata/nine_patch = {\n"left": 3,\n"right": 2,\n"top": 4,\n"bottom": 1\n}' in panel


def test_godot_animations_are_unrolled_and_say_how_long_each_frame_shows() -> None:
    text = written("godot-spriteframes", ".tres")
    line = text.partition("\nanimations")[2]
    names = re.findall(r'"name": &"((?:[^"\\]|\\.)*)"', line)
    assert names == ["bounce", 'back \\"1\\"']
    shown = re.findall(r'"duration": ([\d.]+),\n"texture": SubResource\("AtlasTexture_(\d)"\)', line)
    assert shown == [("2.5", "0"), ("1.0", "1"), ("1.0", "2"), ("1.0", "1"), ("1.0", "2"), ("1.0", "1")]
    assert re.findall(r'"loop": (\w+)', line) == ["true", "false"]
    assert "load_steps=5" in text


def test_godot_frames_without_tags_are_the_default_animation() -> None:
    assert '&"default"' in written("godot-spriteframes", ".tres", SpriteSet(sprites=ART.sprites))


def unity_sprites(files: Files) -> dict[str, Any]:
    sheet = yaml.safe_load(files["art.png.meta"])["TextureImporter"]["spriteSheet"]
    return {one["name"]: one for one in sheet["sprites"]}


def test_unity_pivots_are_shares_from_the_bottom_left_that_trimming_does_not_move() -> None:
    sprites = unity_sprites(export("unity", ART, "art"))
    assert sprites["hero"]["pivot"] == {"x": (5 - 2) / 16, "y": pytest.approx((8 - 10) / 6)}
    assert sprites["walk"]["pivot"] == {"x": 0.5, "y": 0.5}
    assert sprites["panel"]["border"] == {"x": 3, "y": 1, "z": 2, "w": 4}
    assert sprites["hero"]["physicsShape"] == [
        [{"x": -8, "y": 3}, {"x": 8, "y": 3}, {"x": 8, "y": -3}, {"x": -8, "y": -3}]
    ]
    assert sprites["walk"]["physicsShape"] == []


def test_unity_ids_follow_from_names_and_name_odd_sprites_rightly() -> None:
    names = ["y", "on", "跑 🐉", 'a "b": c', "[x]", "- z"]
    odd = SpriteSet(sprites=tuple(Sprite(name=name, pixels=block(4, 4, n)) for n, name in enumerate(names)))
    files = export("unity", odd, "art")
    importer = yaml.safe_load(files["art.png.meta"])
    assert importer["guid"] == guid("art.png")
    assert importer["TextureImporter"]["spriteMode"] == 2
    assert importer["TextureImporter"]["spriteSheet"]["nameFileIdTable"] == {name: internal_id(name) for name in names}
    table = importer["TextureImporter"]["internalIDToNameTable"]
    assert [(one["first"][213], one["second"]) for one in table] == [(internal_id(name), name) for name in names]


def test_unity_lets_no_page_be_shrunk() -> None:
    wide = SpriteSet(sprites=(Sprite(name="wide", pixels=block(3000, 2, 9)),))
    files = export("unity", wide, "art", ExportOptions(pack=PackOptions(max_page=4096)))
    assert yaml.safe_load(files["art.png.meta"])["TextureImporter"]["maxTextureSize"] == 4096


def test_paper2d_has_a_pivot_in_every_frame() -> None:
    frames = json.loads(written("paper2d", ".paper2dsprites"))["frames"]
    assert {name: one["pivot"] for name, one in frames.items()} == {
        "hero": {"x": 0.25, "y": 1.0},
        "panel": {"x": 0.5, "y": 0.5},
        "walk": {"x": 0.5, "y": 0.5},
    }


@pytest.mark.parametrize("name", ["9 lives", "-", "a.b#c", "跑", "\x01", "--x", "{}"])
def test_css_reads_every_name_as_one_class(name: str) -> None:
    for stem in ("art", "9", "-", "-9"):
        text = export("css", SpriteSet(sprites=(Sprite(name=name, pixels=block(2, 2, 9)),)), stem)[f"{stem}.css"]
        rules = tinycss2.parse_stylesheet(text.decode(), skip_whitespace=True)
        idents = [[token.value for token in rule.prelude if token.type == "ident"] for rule in rules]
        assert idents == [[stem], [f"{stem}-{name.replace(' ', '-')}"]]


def test_a_sheet_puts_pivots_on_one_point_and_takes_the_columns_that_were_asked() -> None:
    found = json.loads(export("sheet", ART, "art", ExportOptions(columns=2))["art.json"])
    assert (found["columns"], found["rows"]) == (2, 2)
    assert found["frame"] == {"w": 21, "h": 10}
    assert {(one["pivot"]["x"], one["pivot"]["y"]) for one in found["frames"]} == {(6, 10)}
    assert [one["sprite"]["x"] for one in found["frames"]] == [1, 0, 3]
    assert found["frameTags"][1] == {"name": 'back "1"', "from": 1, "to": 2, "direction": "reverse", "loop": False}


def test_indexed_pictures_share_one_palette_of_the_asked_size() -> None:
    noise = np.random.default_rng(1).integers(0, 256, (24, 24, 4), np.uint8)
    noise[..., 3] = 255
    art = SpriteSet(sprites=(HERO, Sprite(name="noise", pixels=noise)))
    files = export("png-indexed", art, "art", ExportOptions(colours=16))
    pictures = [Image.open(io.BytesIO(content)) for content in files.values()]
    assert [picture.mode for picture in pictures] == ["P", "P"]
    assert len({bytes(picture.getpalette() or []) for picture in pictures}) == 1
    assert len(np.unique(np.asarray(pictures[1]))) <= 15  # place 0 is clear
    assert np.asarray(pictures[0])[0, 0] == 0
    assert np.asarray(pictures[0].convert("RGBA"))[0, 0, 3] == 0


def test_enlarging_moves_pivots_borders_and_polygons_along() -> None:
    files = export("texturepacker-json", ART, "art", ExportOptions(scale=3))
    frames = json.loads(files["art.json"])["frames"]
    assert frames["hero"]["sourceSize"] == {"w": 60, "h": 30}
    assert frames["hero"]["anchor"] == {"x": 0.25, "y": 1.0}
    assert frames["panel"]["borders"] == {"left": 9, "top": 12, "right": 6, "bottom": 3}


@pytest.mark.parametrize("name", ["texturepacker-json", "pixi-json", "godot-spriteframes", "sheet"])
def test_a_tag_that_names_missing_frames_is_refused(name: str) -> None:
    art = SpriteSet(sprites=ART.sprites, frame_tags=(FrameTag(name="run", first=1, last=3),))
    with pytest.raises(AtlasError, match="frame tag 'run' is 1 to 3"):
        export(name, art, "art")
