"""No file loses its origin: every format's provenance is found again by a reader of that container."""

import io
import json
from collections.abc import Callable
from xml.etree import ElementTree

import av
import numpy as np
import pytest
from PIL import Image

from limner.atlas.sprites import FrameTag, Sprite, SpriteSet
from limner.exporters import EXPORTERS, Files, Keeps, export

ORIGIN = {"generator": "limner", "model": "imagen-base", "prompt": 'a "red" dragon 红龙', "seed": "7"}
SPRITE_FORMATS = [name for name, exporter in EXPORTERS.items() if exporter.takes is SpriteSet]


def art(provenance: dict[str, str]) -> SpriteSet:
    sprites = tuple(
        Sprite(name=f"frame {number}", pixels=np.full((16, 16, 4), 60 * number + 60, np.uint8)) for number in range(3)
    )
    tags = (FrameTag(name="walk", first=0, last=1), FrameTag(name="die", first=2, last=2))
    return SpriteSet(sprites=sprites, frame_tags=tags, provenance=provenance)


def of_png(content: bytes) -> object:
    with Image.open(io.BytesIO(content)) as picture:
        picture.load()
        return json.loads(picture.text["limner:provenance"])  # type: ignore[attr-defined]


def of_gif(content: bytes) -> object:
    with Image.open(io.BytesIO(content)) as picture:
        return json.loads(picture.info["comment"])


def of_webp(content: bytes) -> object:
    with Image.open(io.BytesIO(content)) as picture:
        found = ElementTree.fromstring(picture.info["xmp"]).find(".//{https://limner.dev/ns/1.0/}provenance")
    assert found is not None
    assert found.text
    return json.loads(found.text)


def of_video(content: bytes) -> object:
    with av.open(io.BytesIO(content)) as file:
        return json.loads({key.lower(): value for key, value in file.metadata.items()}["comment"])


def of_json(content: bytes) -> object:
    return json.loads(content)["meta"]["provenance"]


READERS: dict[str, Callable[[bytes], object]] = {
    "png": of_png,
    "gif": of_gif,
    "webp": of_webp,
    "webm": of_video,
    "mp4": of_video,
    "json": of_json,
}


def carried(files: Files, stem: str) -> list[object]:
    """What a sidecar says, else what each file says that has a container read here."""
    if sidecar := files.get(f"{stem}.provenance.json"):
        return [json.loads(sidecar)]
    ends = ((path.rpartition(".")[2], content) for path, content in files.items())
    return [READERS[end](content) for end, content in ends if end in READERS]


@pytest.mark.parametrize("name", SPRITE_FORMATS)
def test_every_format_says_where_its_pictures_come_from(name: str) -> None:
    found = carried(export(name, art(ORIGIN), "hero"), "hero")
    assert found
    assert all(one == ORIGIN for one in found)


@pytest.mark.parametrize("name", SPRITE_FORMATS)
def test_nothing_is_said_where_nobody_said_anything(name: str) -> None:
    files = export(name, art({}), "hero")
    assert not any("provenance" in path for path in files)
    assert not any(b"provenance" in content for content in files.values())


@pytest.mark.parametrize("name", SPRITE_FORMATS)
def test_a_format_without_room_has_a_sidecar_and_one_with_room_has_none(name: str) -> None:
    files = export(name, art(ORIGIN), "hero")
    assert ("hero.provenance.json" in files) == (Keeps.PROVENANCE not in EXPORTERS[name].keeps)


def test_a_long_record_survives_the_short_blocks_of_a_gif() -> None:
    long = {"prompt": "龙" * 500}
    files = export("gif", art(long), "hero")
    assert [of_gif(content) for content in files.values()] == [long, long]
