"""Animations through the real server."""

import io
import json
from typing import Any

import grpc
import numpy as np
import pytest
from PIL import Image, ImageSequence

from limner.recipes import animation
from limner.v1 import asset_service_pb2, briefs_pb2, generation_pb2
from limner.v1 import generation_service_pb2 as wire

from .conftest import WORLD, Client
from .test_bad_input import png, violated


def brief(**fields: Any) -> generation_pb2.Generation:
    values = {"action": "walk", "model": f"models/{WORLD}", "seed": 5, **fields}
    return generation_pb2.Generation(animation=briefs_pb2.AnimationBrief(**values))


async def drawn(client: Client, generation: generation_pb2.Generation) -> generation_pb2.Generation:
    reply = await client.generations.CreateGeneration(wire.CreateGenerationRequest(generation=generation))
    return await client.ended(reply.generation.name)


async def exported(client: Client, names: list[str], name: str) -> dict[str, bytes]:
    files: dict[str, bytes] = {}
    request = asset_service_pb2.ExportAssetsRequest(names=names, format=name, stem="hero")
    async for reply in client.assets.ExportAssets(request):
        files[reply.path] = files.get(reply.path, b"") + reply.data
    return files


async def test_a_figure_is_drawn_and_its_frames_are_exported_with_their_times_and_their_tag(client: Client) -> None:
    ended = await drawn(client, brief(prompt="a goblin", frames=6))
    assert [(asset.role, asset.candidate) for asset in ended.assets] == [("frame", number) for number in range(6)]
    assert all(asset.qa.loop_closure > 0 for asset in ended.assets)
    names = [asset.name for asset in ended.assets]
    (content,) = (await exported(client, names, "gif")).values()
    with Image.open(io.BytesIO(content)) as gif:
        assert [frame.info["duration"] for frame in ImageSequence.Iterator(gif)] == [100] * 6
    sheet = json.loads((await exported(client, names, "aseprite-json"))["hero.json"])
    assert sheet["meta"]["frameTags"] == [
        {"name": "walk", "from": 0, "to": 5, "direction": "forward", **_rest(sheet["meta"]["frameTags"][0])}
    ]


def _rest(tag: dict[str, Any]) -> dict[str, Any]:
    """What else a tag says."""
    return {key: value for key, value in tag.items() if key not in ("name", "from", "to", "direction")}


async def test_an_asset_moves_as_it_is(client: Client) -> None:
    source = (await client.ended((await client.create()).name)).assets[0]
    ended = await drawn(client, brief(reference=source.name, action="idle"))
    with (
        Image.open(io.BytesIO(await client.read(source.name))) as still,
        Image.open(io.BytesIO(await client.read(ended.assets[0].name))) as first,
    ):
        side = still.width
        assert first.size == (side + 2 * (side // 4), side + 2 * (side // 4))
        below = np.asarray(first.convert("RGBA"))[2 * (side // 4) :, side // 4 : side // 4 + side]
        np.testing.assert_array_equal(below, np.asarray(still.convert("RGBA")))


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"prompt": "a goblin", "action": "dance"}, "animation.action"),
        ({"prompt": "a goblin", "frames": 0}, "animation.frames"),
        ({"prompt": "a goblin", "frames": 5000}, "animation.frames"),
        ({"prompt": "a goblin", "duration_ms": 1}, "animation.duration_ms"),
        ({"prompt": ""}, "animation.prompt"),
        ({"reference_png": png(), "seed": -1}, "animation.seed"),
        ({"reference_png": b"no picture"}, "animation.reference_png"),
        ({"reference_png": png(colour=(0, 0, 0, 0))}, "animation.reference"),
        ({"reference": "assets/gone-1"}, "animation.reference"),
        ({"reference": "assets/gone-1", "reference_png": png()}, "animation.reference_png"),
    ],
)
async def test_what_is_wrong_is_named(client: Client, fields: dict[str, Any], field: str) -> None:
    with pytest.raises(grpc.aio.AioRpcError) as refused:
        await drawn(client, brief(**fields))
    assert refused.value.code() == grpc.StatusCode.INVALID_ARGUMENT
    assert field in violated(refused.value)


async def test_frames_towards_given_ones_are_to_come(client: Client) -> None:
    with pytest.raises(grpc.aio.AioRpcError) as refused:
        await drawn(client, brief(prompt="a goblin", first_frame_png=png()))
    assert refused.value.code() == grpc.StatusCode.UNIMPLEMENTED


async def test_a_figure_is_seen_from_another_side(client: Client) -> None:
    """The frames of a direction are those of the character that is turned there; a mirrored figure is another one."""
    picture = Image.open(io.BytesIO(png(16)))
    picture.putpixel((3, 4), (200, 0, 0, 255))
    content = io.BytesIO()
    picture.save(content, "PNG")
    given = {"reference_png": content.getvalue(), "action": "walk", "frames": 2}
    digests = [
        [asset.digest for asset in (await drawn(client, brief(**given, **turn))).assets]
        for turn in ({}, {"direction": briefs_pb2.DIRECTION_NORTH}, {"mirrored": True})
    ]
    assert len({tuple(each) for each in digests}) == 3


async def test_a_drawing_without_a_figure_says_what_to_do(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    clear = np.zeros((32, 32, 4), np.uint8)
    monkeypatch.setattr(animation, "clean_pixel_art", lambda pixels: clear)
    ended = await drawn(client, brief(prompt="a goblin"))
    assert (ended.error.code, ended.assets[:]) == ("FAILED_PRECONDITION", [])
    assert "another seed" in ended.error.message
