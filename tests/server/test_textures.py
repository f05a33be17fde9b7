"""Textures through the real server."""

import io
from typing import Any

import grpc
import numpy as np
import pytest
from PIL import Image

from limner.v1 import asset_service_pb2, briefs_pb2, generation_pb2
from limner.v1 import generation_service_pb2 as wire

from .conftest import WORLD, Client


def brief(variants: int | None = None, maps: tuple[str, ...] = (), **fields: Any) -> generation_pb2.Generation:
    values = {"prompt": "stone", "model": f"models/{WORLD}", "seed": 5, "width": 64, "style": "painted", **fields}
    image = briefs_pb2.ImageBrief(**{key: value for key, value in values.items() if value is not None})
    image.sampling.steps = 3
    texture = briefs_pb2.TextureBrief(image=image, variants=variants, maps=maps)
    return generation_pb2.Generation(texture=texture)


async def drawn(client: Client, generation: generation_pb2.Generation) -> generation_pb2.Generation:
    reply = await client.generations.CreateGeneration(wire.CreateGenerationRequest(generation=generation))
    return await client.ended(reply.generation.name)


async def exported(client: Client, names: list[str], name: str) -> dict[str, bytes]:
    files: dict[str, bytes] = {}
    request = asset_service_pb2.ExportAssetsRequest(names=names, format=name, stem="wall")
    async for reply in client.assets.ExportAssets(request):
        files[reply.path] = files.get(reply.path, b"") + reply.data
    return files


async def test_a_texture_gives_named_maps_of_every_variant(client: Client) -> None:
    ended = await drawn(client, brief(variants=2, maps=("normal", "height")))
    assert [(asset.role, asset.candidate, asset.rank) for asset in ended.assets] == [
        ("albedo", 0, 1),
        ("normal", 0, 2),
        ("height", 0, 3),
        ("albedo", 1, 4),
        ("normal", 1, 5),
        ("height", 1, 6),
    ]
    assert {(asset.width, asset.height) for asset in ended.assets} == {(64, 64)}
    assert all(0.5 < asset.qa.seam < 2 for asset in ended.assets)
    assert ended.assets[0].scores.HasField("alignment")
    with Image.open(io.BytesIO(await client.read(ended.assets[1].name))) as normal:
        assert (normal.mode, normal.size) == ("RGB", (64, 64))


async def test_an_equal_texture_comes_from_the_store_and_another_server_draws_the_same_bytes(
    opened: Any, tmp_path: object
) -> None:
    async with opened() as client:
        first = await drawn(client, brief(variants=2, maps=("ao",)))
        again = await drawn(client, brief(variants=2, maps=("ao",)))
        assert again.cached
    async with opened(data_dir=f"{tmp_path}/elsewhere") as client:
        afresh = await drawn(client, brief(variants=2, maps=("ao",)))
    assert not afresh.cached
    digests = [[asset.digest for asset in ended.assets] for ended in (first, again, afresh)]
    assert digests[0] == digests[1] == digests[2]


async def test_the_maps_of_a_texture_are_exported_as_the_material_of_an_engine(client: Client) -> None:
    ended = await drawn(client, brief(variants=2, maps=("normal", "roughness", "ao")))
    files = await exported(client, [asset.name for asset in ended.assets], "godot-material")
    assert {"wall.tres", "wall-2.tres"} <= set(files)
    with Image.open(io.BytesIO(files["wall_albedo.png"])) as picture:
        pixels = np.asarray(picture.convert("RGBA"))
    with Image.open(io.BytesIO(await client.read(ended.assets[0].name))) as kept:
        np.testing.assert_array_equal(pixels, np.asarray(kept.convert("RGBA")))


@pytest.mark.parametrize(
    ("fields", "violated"),
    [
        ({"width": 1024}, "texture.image.width"),
        ({"width": 40}, "texture.image.width"),
        ({"prompt": ""}, "texture.image.prompt"),
        ({"maps": ("colour",)}, "texture.maps"),
        ({"maps": ("ao", "ao")}, "texture.maps"),
        ({"variants": 17}, "texture.variants"),
        ({"reference_png": b"x"}, "texture.image.reference_png"),
        ({"model": "models/none"}, "texture.image.model"),
    ],
    ids=str,
)
async def test_what_cannot_be_drawn_is_refused_by_field(client: Client, fields: dict[str, Any], violated: str) -> None:
    with pytest.raises(grpc.aio.AioRpcError) as refused:
        await client.generations.CreateGeneration(wire.CreateGenerationRequest(generation=brief(**fields)))
    assert refused.value.code() == grpc.StatusCode.INVALID_ARGUMENT
    assert violated in str(refused.value.details())


async def test_a_dry_run_of_a_texture_says_what_it_would_cost(client: Client) -> None:
    costs = []
    for variants in (1, 4):
        request = wire.CreateGenerationRequest(generation=brief(variants=variants), dry_run=True)
        costs.append((await client.generations.CreateGeneration(request)).estimate.network_calls)
    assert 0 < costs[0] < costs[1]
