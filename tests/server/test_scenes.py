"""Scenes through the real server."""

import io
import zipfile
from typing import Any

import grpc
import numpy as np
import pytest
from PIL import Image

from limner.atlas.scenes import TileLayer
from limner.server.bundles import unpacked
from limner.v1 import asset_service_pb2, briefs_pb2, generation_pb2
from limner.v1 import generation_service_pb2 as wire

from .conftest import WORLD, Client


def brief(**fields: Any) -> generation_pb2.Generation:
    values = {"prompt": "an island with a castle", "width_tiles": 24, "height_tiles": 20, "tile_size": 16, "seed": 4}
    given = {**values, "model": f"models/{WORLD}", **fields}
    return generation_pb2.Generation(
        scene=briefs_pb2.SceneBrief(**{key: value for key, value in given.items() if value is not None})
    )


async def drawn(client: Client, generation: generation_pb2.Generation) -> generation_pb2.Generation:
    reply = await client.generations.CreateGeneration(wire.CreateGenerationRequest(generation=generation))
    return await client.ended(reply.generation.name)


async def exported(client: Client, name: str, file_format: str) -> dict[str, bytes]:
    files: dict[str, bytes] = {}
    request = asset_service_pb2.ExportAssetsRequest(names=[name], format=file_format, stem="isle")
    async for reply in client.assets.ExportAssets(request):
        files[reply.path] = files.get(reply.path, b"") + reply.data
    return files


def role(generation: generation_pb2.Generation, wanted: str) -> Any:
    return next(asset for asset in generation.assets if asset.role == wanted)


async def test_a_scene_is_a_picture_an_editable_map_and_its_parts(client: Client) -> None:
    ended = await drawn(client, brief(prompt="an island with a castle, no water"))
    roles = [asset.role for asset in ended.assets]
    assert roles[:2] == ["picture", "scene"]
    assert {"texture/cover", "sprite/castle", "sprite/tree/0"} <= set(roles)
    with Image.open(io.BytesIO(await client.read(role(ended, "picture").name))) as picture:
        assert picture.size == (24 * 16, 20 * 16)
    scene = role(ended, "scene")
    assert (scene.content_type, scene.qa.wang_coverage) == ("application/zip", 1.0)
    with zipfile.ZipFile(io.BytesIO(await client.read(scene.name))) as archive:
        assert archive.testzip() is None
        assert "scene.tmj" in archive.namelist()
    assert list(ended.warnings) == ["'island' needs water, which the prompt does not want; there is water"]


async def test_a_scene_is_exported_for_engines(client: Client) -> None:
    scene = role(await drawn(client, brief()), "scene")
    assert "isle.tmx" in await exported(client, scene.name, "tiled-tmx")
    assert "isle.tscn" in await exported(client, scene.name, "godot-scene")
    assert {"isle-ground.tsx", "isle-cover.tsx"} <= set(await exported(client, scene.name, "tiled-tsx"))
    for wrong in ("png", "godot-material"):
        with pytest.raises(grpc.aio.AioRpcError) as refused:
            await exported(client, scene.name, wrong)
        assert refused.value.code() == grpc.StatusCode.INVALID_ARGUMENT


async def test_another_layout_needs_no_drawing_and_keeps_the_art(client: Client) -> None:
    first = await drawn(client, brief(layout_seed=1))
    calls = (await client.models.GetModel(model_request())).model.statistics.network_calls
    other = await drawn(client, brief(layout_seed=2))
    assert (await client.models.GetModel(model_request())).model.statistics.network_calls == calls
    assert role(other, "scene").digest != role(first, "scene").digest
    for part in ("sprite/castle", "texture/cover"):
        assert role(other, part).digest == role(first, part).digest


def model_request() -> Any:
    from limner.v1 import model_service_pb2

    return model_service_pb2.GetModelRequest(name=f"models/{WORLD}")


async def test_equal_scenes_are_equal_bytes_on_another_server(opened: Any, tmp_path: object) -> None:
    digests = []
    for folder in ("one", "other"):
        async with opened(data_dir=f"{tmp_path}/{folder}") as client:
            digests.append([asset.digest for asset in (await drawn(client, brief())).assets])
    assert digests[0] == digests[1]


@pytest.mark.parametrize(
    ("fields", "violated"),
    [
        ({"width_tiles": 1, "height_tiles": 1}, "scene.height_tiles: 1 tiles; use 8 to 512"),
        ({"width_tiles": 10_000}, "scene.width_tiles: 10000 tiles; use 8 to 512"),
        ({"prompt": " "}, "scene.prompt"),
        ({"prompt": "x" * 3000}, "scene.prompt"),
        ({"tile_size": 20}, "scene.tile_size"),
        ({"view": briefs_pb2.VIEW_LOW_TOP_DOWN}, "scene.view"),
        ({"layout_seed": -1}, "scene.layout_seed"),
        ({"style": "marble"}, "scene.style"),
        ({"model": "models/none"}, "scene.model"),
    ],
    ids=str,
)
async def test_what_cannot_be_made_is_refused_by_field(client: Client, fields: dict[str, Any], violated: str) -> None:
    with pytest.raises(grpc.aio.AioRpcError) as refused:
        await client.generations.CreateGeneration(wire.CreateGenerationRequest(generation=brief(**fields)))
    assert refused.value.code() == grpc.StatusCode.INVALID_ARGUMENT
    assert violated in str(refused.value.details())


async def test_a_cancelled_scene_ends_and_leaves_no_assets(client: Client) -> None:
    request = wire.CreateGenerationRequest(generation=brief(prompt="a village"))
    name = (await client.generations.CreateGeneration(request)).generation.name
    watch = client.generations.WatchGeneration(wire.WatchGenerationRequest(name=name))
    while (await watch.read()).event.generation.state != generation_pb2.Generation.STATE_RUNNING:
        pass
    await client.generations.CancelGeneration(wire.CancelGenerationRequest(name=name))
    ended = await client.ended(name)
    assert (ended.state, list(ended.assets)) == (generation_pb2.Generation.STATE_CANCELLED, [])


async def test_a_scene_is_redrawn_with_its_layout_and_one_part_with_other_ground(client: Client) -> None:
    first = await drawn(client, brief())
    content = await client.read(role(first, "scene").name)
    sizes: dict[str, Any] = {"width_tiles": None, "height_tiles": None, "tile_size": None}
    again = await drawn(client, brief(**sizes, prompt="a snowy island", like_zip=content, seed=9))
    assert role(again, "texture/cover").digest != role(first, "texture/cover").digest
    region = briefs_pb2.TileBox(x=6, y=6, width=10, height=8)
    part = await drawn(client, brief(**sizes, prompt="a desert", like_zip=content, region=region))
    before, after, changed = [
        unpacked(await client.read(role(ended, "scene").name), "scene") for ended in (first, again, part)
    ]
    assert [sprite.name for sprite in after.sprites] == [sprite.name for sprite in before.sprites]
    assert [layer.name for layer in after.layers] == [layer.name for layer in before.layers]
    for old, new in zip(before.layers, after.layers, strict=True):
        if isinstance(old, TileLayer):
            np.testing.assert_array_equal(old.tiles, getattr(new, "tiles", None))
    assert "cover desert" in [layer.name for layer in changed.layers]


@pytest.mark.parametrize(
    ("fields", "violated"),
    [
        ({"like_zip": b"no zip"}, "scene.like_zip: no zip"),
        ({"like_zip": b"no zip", "width_tiles": 20}, "scene.width_tiles: comes from scene.like_zip"),
        ({"region": briefs_pb2.TileBox(x=0, y=0, width=4, height=4)}, "scene.region: needs scene.like_zip"),
    ],
    ids=str,
)
async def test_what_is_no_scene_to_redraw_is_refused(client: Client, fields: dict[str, Any], violated: str) -> None:
    values = {"width_tiles": None, "height_tiles": None, "tile_size": None, **fields}
    with pytest.raises(grpc.aio.AioRpcError) as refused:
        await client.generations.CreateGeneration(wire.CreateGenerationRequest(generation=brief(**values)))
    assert violated in str(refused.value.details())


async def test_a_scene_from_the_side_goes_through_the_same_door(client: Client) -> None:
    sizes: dict[str, Any] = {"width_tiles": 24, "height_tiles": None}
    ended = await drawn(client, brief(**sizes, view=briefs_pb2.VIEW_SIDE))
    scene = unpacked(await client.read(role(ended, "scene").name), "scene")
    assert (scene.view, scene.size) == ("side", (24, 24))
    assert [layer.name for layer in scene.layers][:3] == ["sky", "far", "mid"]
