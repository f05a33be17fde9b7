"""Characters through the real server."""

import io
import json
from typing import Any

import grpc
import numpy as np
import pytest
from PIL import Image

from limner.atlas.motions import ACTIONS
from limner.generators.frames import DIRECTIONS as SIDES
from limner.server import convert
from limner.v1 import briefs_pb2, generation_pb2

from .conftest import WORLD, Client
from .test_animations import drawn, exported
from .test_bad_input import png, violated


def brief(image: dict[str, Any] | None = None, **fields: Any) -> generation_pb2.Generation:
    values = {"prompt": "a goblin", "model": f"models/{WORLD}", "seed": 5, **(image or {})}
    asked = briefs_pb2.CharacterBrief(image=briefs_pb2.ImageBrief(**values), **fields)
    return generation_pb2.Generation(character=asked)


async def test_a_character_is_a_figure_and_the_same_figure_in_every_action(client: Client) -> None:
    ended = await drawn(client, brief(actions=["idle", "attack"], frames=4))
    assert [asset.role for asset in ended.assets] == ["reference", *["frame"] * 8]
    with Image.open(io.BytesIO(await client.read(ended.assets[0].name))) as still:
        known = {tuple(pixel) for pixel in np.asarray(still.convert("RGBA")).reshape(-1, 4)} | {(0, 0, 0, 0)}
    for asset in ended.assets[1:]:
        with Image.open(io.BytesIO(await client.read(asset.name))) as frame:
            assert {tuple(pixel) for pixel in np.asarray(frame.convert("RGBA")).reshape(-1, 4)} <= known
    frames = [asset.name for asset in ended.assets[1:]]
    sheet = json.loads((await exported(client, frames, "aseprite-json"))["hero.json"])
    assert [(tag["name"], tag["from"], tag["to"]) for tag in sheet["meta"]["frameTags"]] == [
        ("idle", 0, 3),
        ("attack", 4, 7),
    ]
    assert [frame["duration"] for frame in sheet["frames"].values()] == [150] * 4 + [70] * 4


async def test_a_larger_character_has_larger_pixels(client: Client) -> None:
    small, large = [
        (await drawn(client, brief({"width": side, "height": side}, actions=["walk"], frames=2))).assets
        for side in (32, 64)
    ]
    assert (large[0].width, large[1].width) == (2 * small[0].width, 2 * small[1].width)


@pytest.mark.parametrize(
    ("asked", "field"),
    [
        (brief(actions=["dance"]), "character.actions"),
        (brief(actions=["walk", "walk"]), "character.actions"),
        (brief(directions=3), "character.directions"),
        (brief(frames=0), "character.frames"),
        (brief(directions=8, actions=["walk", "run", "die"], frames=43), "character.frames"),
        (brief({"prompt": ""}), "character.image.prompt"),
        (brief({"reference_png": png()}), "character.image.reference_png"),
        (brief(reference_png=b"no picture"), "character.reference_png"),
        (brief(reference="assets/none"), "character.reference"),
        (brief(reference="assets/none", reference_png=png()), "character.reference_png"),
    ],
)
async def test_what_is_wrong_is_named(client: Client, asked: generation_pb2.Generation, field: str) -> None:
    with pytest.raises(grpc.aio.AioRpcError) as refused:
        await drawn(client, asked)
    assert refused.value.code() == grpc.StatusCode.INVALID_ARGUMENT
    assert field in violated(refused.value)


@pytest.mark.parametrize(("count", "sides"), [(4, SIDES[::2]), (8, SIDES)])
async def test_a_character_is_turned_to_its_sides_in_its_own_colours(
    client: Client, count: int, sides: tuple[str, ...]
) -> None:
    ended = await drawn(client, brief(directions=count, actions=["walk", "run"], frames=2))
    stills, frames = ([asset for asset in ended.assets if asset.role == role] for role in ("reference", "frame"))
    named = {number: name for name, number in convert.DIRECTIONS.items()}
    assert [named[still.direction] for still in stills] == list(sides)
    assert [(frame.action, named[frame.direction]) for frame in frames] == [
        (action, side) for action in ("walk", "run") for side in sides for _ in range(2)
    ]
    pictures = [
        np.asarray(Image.open(io.BytesIO(await client.read(asset.name))).convert("RGBA")) for asset in ended.assets
    ]
    known = {tuple(pixel) for pixel in pictures[0].reshape(-1, 4)} | {(0, 0, 0, 0)}
    assert all(tuple(pixel) in known for picture in pictures for pixel in np.unique(picture.reshape(-1, 4), axis=0))
    assert {picture.shape for picture in pictures[1:]} == {(48, 48, 4)}
    sheet = json.loads((await exported(client, [asset.name for asset in frames], "aseprite-json"))["hero.json"])
    assert [tag["name"] for tag in sheet["meta"]["frameTags"]] == [
        f"{action}-{side}" for action in ("walk", "run") for side in sides
    ]


async def test_equal_characters_are_equal_bytes(client: Client) -> None:
    asked = brief(directions=4, actions=["run"], frames=3)
    one, two = [await drawn(client, asked) for _ in range(2)]
    assert [asset.digest for asset in one.assets] == [asset.digest for asset in two.assets]


async def test_a_picked_picture_becomes_the_character(client: Client) -> None:
    picked = (await drawn(client, brief())).assets[0]
    asked = briefs_pb2.CharacterBrief(reference=picked.name, actions=["walk"], frames=3)
    asked.image.model = f"models/{WORLD}"
    ended = await drawn(client, generation_pb2.Generation(character=asked))
    assert [asset.role for asset in ended.assets] == ["reference", *["frame"] * 3]
    still, given = [
        np.asarray(Image.open(io.BytesIO(await client.read(name))).convert("RGBA"))
        for name in (ended.assets[0].name, picked.name)
    ]
    np.testing.assert_array_equal(still, given)
    assert not ended.assets[0].scores.HasField("alignment"), "nothing was said"


async def test_a_frame_says_what_it_shows_and_how_long(client: Client) -> None:
    still, *frames = (await drawn(client, brief(actions=["walk", "die"], frames=2))).assets
    assert (still.action, still.duration_ms, still.loops) == ("", 0, False)
    told = [(frame.action, frame.direction, frame.duration_ms, frame.loops) for frame in frames]
    as_drawn = briefs_pb2.DIRECTION_UNSPECIFIED
    assert (
        told
        == [("walk", as_drawn, ACTIONS["walk"].duration_ms, True)] * 2
        + [("die", as_drawn, ACTIONS["die"].duration_ms, False)] * 2
    )
