"""Unity's clips, read by a YAML reader: keys, references, rates."""

import re
from typing import Any

import numpy as np
import pytest
import yaml

from limner.atlas.packing import PackOptions
from limner.atlas.sprites import FrameTag, Sprite, SpriteSet
from limner.exporters import export
from limner.exporters.options import ExportOptions
from limner.exporters.unity_ids import guid, internal_id
from limner.exporters.unity_yaml import Flow, asset


def art(*tags: FrameTag, times: tuple[int, ...] = (100, 50, 200)) -> SpriteSet:
    sprites = tuple(
        Sprite(name=f"走 {number}", pixels=np.full((8, 8, 4), 50 + number, np.uint8), duration_ms=time)
        for number, time in enumerate(times)
    )
    return SpriteSet(sprites=sprites, frame_tags=tags)


def read(content: bytes) -> dict[str, Any]:
    """The object of an asset file; Unity's tag line names its class, which YAML readers do not know."""
    text = content.decode()
    head, body = text.split("--- !u!74 &7400000\n")
    assert head == "%YAML 1.1\n%TAG !u! tag:unity3d.com,2011:\n"
    found: dict[str, Any] = yaml.safe_load(body)["AnimationClip"]
    return found


def test_a_clip_shows_each_sprite_from_its_time_to_the_next() -> None:
    clip = read(export("unity-anim", art(), "hero")["hero.anim"])
    (curve,) = clip["m_PPtrCurves"]
    assert (curve["attribute"], curve["classID"]) == ("m_Sprite", 212)
    assert [key["time"] for key in curve["curve"]] == [0, 0.1, 0.15, 0.3]  # the last is held to one beat before the end
    wanted = [internal_id(f"走 {number}") for number in (0, 1, 2, 2)]
    assert [key["value"]["fileID"] for key in curve["curve"]] == wanted
    assert {key["value"]["guid"] for key in curve["curve"]} == {guid("hero.png")}
    assert clip["m_SampleRate"] == 20
    assert clip["m_AnimationClipSettings"]["m_StopTime"] == 0.35
    assert clip["m_ClipBindingConstant"]["pptrCurveMapping"] == [key["value"] for key in curve["curve"]]


def test_each_tag_is_a_clip_with_a_meta_of_its_own_guid() -> None:
    tags = [
        FrameTag(name="walk", first=0, last=2, direction="ping-pong"),
        FrameTag(name="die", first=2, last=2, loop=False),
    ]
    files = export("unity-anim", art(*tags), "hero")
    assert sorted(files) == ["hero-die.anim", "hero-die.anim.meta", "hero-walk.anim", "hero-walk.anim.meta"]
    walk, die = read(files["hero-walk.anim"]), read(files["hero-die.anim"])
    assert (walk["m_Name"], len(walk["m_PPtrCurves"][0]["curve"])) == ("hero-walk", 4)
    assert [clip["m_AnimationClipSettings"]["m_LoopTime"] for clip in (walk, die)] == [1, 0]
    metas = [yaml.safe_load(files[f"hero-{name}.anim.meta"]) for name in ("walk", "die")]
    assert [meta["guid"] for meta in metas] == [guid("hero-walk.anim"), guid("hero-die.anim")]
    assert all(meta["NativeFormatImporter"]["mainObjectFileID"] == 7400000 for meta in metas)


def test_sprites_of_later_pages_are_looked_for_there() -> None:
    options = ExportOptions(pack=PackOptions(max_page=8, padding=0))
    clip = read(export("unity-anim", art(), "hero", options)["hero.anim"])
    guids = [key["value"]["guid"] for key in clip["m_PPtrCurves"][0]["curve"][:3]]
    assert sorted(guids) == sorted(guid(path) for path in ("hero.png", "hero-1.png", "hero-2.png"))


@pytest.mark.parametrize("max_page", [8, 2048])
def test_every_sprite_of_a_clip_is_one_that_the_unity_format_writes(max_page: int) -> None:
    options = ExportOptions(pack=PackOptions(max_page=max_page, padding=0, rotate=True))
    clip = read(export("unity-anim", art(), "hero", options)["hero.anim"])
    pages = [
        yaml.safe_load(content)
        for path, content in export("unity", art(), "hero", options).items()
        if path.endswith(".png.meta")
    ]
    written = {
        (page["guid"], sprite["internalID"])
        for page in pages
        for sprite in page["TextureImporter"]["spriteSheet"]["sprites"]
    }
    shown = {(key["value"]["guid"], key["value"]["fileID"]) for key in clip["m_PPtrCurves"][0]["curve"]}
    assert shown == written


def test_ids_follow_from_names_alone() -> None:
    assert re.fullmatch("[0-9a-f]{32}", guid("hero.png"))
    assert guid("hero.png") != guid("hero.anim")
    assert -(1 << 63) <= internal_id("a") < 1 << 63
    assert len({internal_id(str(number)) for number in range(1000)}) == 1000


@pytest.mark.parametrize(
    "text", ["yes", "a: b", "- a", "", "#x", "走る", 'say "hi"', "a\nb", "1.5", "~", "[x", "{a", "x "]
)
def test_text_comes_back_as_it_was_whatever_it_looks_like(text: str) -> None:
    content = asset(74, 7400000, "AnimationClip", {"m_Name": text, "list": [text, Flow({"k": text})]})
    assert read(content) == {"m_Name": text, "list": [text, {"k": text}]}
