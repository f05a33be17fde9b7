"""The server as a whole: what it offers, how it starts, how it ends."""

import asyncio
import gc
import io
import json
import logging
import os
import signal
import sys
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from importlib.metadata import version
from pathlib import Path
from typing import Any

import grpc
import pytest
from grpc_health.v1 import health_pb2, health_pb2_grpc
from grpc_reflection.v1alpha import reflection_pb2, reflection_pb2_grpc
from PIL import Image

from limner.atlas.sprites import SpriteSet
from limner.exporters.registry import EXPORTERS
from limner.server import embedded
from limner.server.access import Caller
from limner.server.config import ServerConfig
from limner.server.errors import ResourceExhaustedError, UnauthenticatedError
from limner.server.service import running
from limner.v1 import asset_service_pb2, briefs_pb2, generation_pb2, model_service_pb2, server_service_pb2
from limner.v1 import generation_service_pb2 as wire

from .conftest import WORLD, Client, Opened, asked

SUCCEEDED = generation_pb2.Generation.STATE_SUCCEEDED
SERVING = health_pb2.HealthCheckResponse.SERVING

UNFINISHED = {  # what later issues fill; this list only ever shrinks
    "RateAsset",
    "brief blend",
    "brief upscale",
    "image.view",
    "image.direction",
    "image.outline",
    "image.shading",
    "image.detail",
}
OPTIONS: dict[str, dict[str, Any]] = {
    "view": {"view": briefs_pb2.VIEW_SIDE},
    "direction": {"direction": briefs_pb2.DIRECTION_EAST},
    "outline": {"outline": "dark"},
    "shading": {"shading": "soft"},
    "detail": {"detail": "low"},
}


async def refusal(call: Any) -> grpc.aio.AioRpcError | None:
    try:
        if hasattr(call, "__aiter__"):
            async for _ in call:
                return None
        else:
            await call
    except grpc.aio.AioRpcError as error:
        return error
    return None


async def test_exactly_the_listed_things_are_unimplemented_and_say_what_works(client: Client) -> None:
    asset = "assets/" + "0" * 32 + "-1"
    calls = {
        "CreateGeneration": client.generations.CreateGeneration(asked()),
        "GetGeneration": client.generations.GetGeneration(wire.GetGenerationRequest()),
        "ListGenerations": client.generations.ListGenerations(wire.ListGenerationsRequest()),
        "CancelGeneration": client.generations.CancelGeneration(wire.CancelGenerationRequest()),
        "WatchGeneration": client.generations.WatchGeneration(wire.WatchGenerationRequest()),
        "GetAsset": client.assets.GetAsset(asset_service_pb2.GetAssetRequest()),
        "ListAssets": client.assets.ListAssets(asset_service_pb2.ListAssetsRequest()),
        "DeleteAsset": client.assets.DeleteAsset(asset_service_pb2.DeleteAssetRequest()),
        "ReadAsset": client.assets.ReadAsset(asset_service_pb2.ReadAssetRequest()),
        "ExportAssets": client.assets.ExportAssets(asset_service_pb2.ExportAssetsRequest()),
        "WatchAssets": client.assets.WatchAssets(asset_service_pb2.WatchAssetsRequest()),
        "PublishAssetChanges": client.assets.PublishAssetChanges(asset_service_pb2.PublishAssetChangesRequest()),
        "RateAsset": client.assets.RateAsset(asset_service_pb2.RateAssetRequest(name=asset, stars=3)),
        "ListModels": client.models.ListModels(model_service_pb2.ListModelsRequest()),
        "GetModel": client.models.GetModel(model_service_pb2.GetModelRequest()),
        "GetServer": client.server.GetServer(server_service_pb2.GetServerRequest()),
    }
    for brief in generation_pb2.Generation.DESCRIPTOR.oneofs_by_name["brief"].fields:
        if brief.name != "image":
            empty = generation_pb2.Generation()
            getattr(empty, brief.name).SetInParent()
            request = wire.CreateGenerationRequest(generation=empty)
            calls[f"brief {brief.name}"] = client.generations.CreateGeneration(request)
    for name, fields in OPTIONS.items():
        calls[f"image.{name}"] = client.generations.CreateGeneration(asked(**fields))
    refused = {name: await refusal(call) for name, call in calls.items()}
    unimplemented = {
        name: str(error.details())
        for name, error in refused.items()
        if error is not None and error.code() == grpc.StatusCode.UNIMPLEMENTED
    }
    assert set(unimplemented) == UNFINISHED
    assert all(len(message) > 20 and message != "Method not implemented!" for message in unimplemented.values())


async def test_the_server_says_what_it_is(client: Client) -> None:
    reply = await client.server.GetServer(server_service_pb2.GetServerRequest())
    assert reply.version == version("limner")
    assert {"brief-image", "cancel", "dry-run"} <= set(reply.extensions)
    assert list(reply.export_formats) == list(EXPORTERS)


async def test_a_model_tells_its_card_and_what_it_did(client: Client) -> None:
    await client.ended((await client.create(steps=4)).name)
    await client.ended((await client.create(steps=4)).name)
    model = (await client.models.GetModel(model_service_pb2.GetModelRequest(name=f"models/{WORLD}"))).model
    assert model.loaded
    assert '"draws noise"' in model.card_json
    assert (model.statistics.pictures, model.statistics.cache_hits) == (1, 1)
    assert (model.statistics.network_calls, model.statistics.rows) == (7, 14)
    listed = await client.models.ListModels(model_service_pb2.ListModelsRequest())
    assert model.name in [each.name for each in listed.models]


async def test_an_asset_is_exported_read_and_forgotten(client: Client) -> None:
    generation = await client.ended((await client.create()).name)
    (asset,) = generation.assets
    for name in (name for name, exporter in EXPORTERS.items() if exporter.takes is SpriteSet):
        request = asset_service_pb2.ExportAssetsRequest(names=[asset.name], format=name, stem="hero")
        files: dict[str, bytes] = {}
        async for reply in client.assets.ExportAssets(request):
            files[reply.path] = files.get(reply.path, b"") + reply.data
        assert files
        assert all(path.startswith("hero") and content for path, content in files.items())
    listed = await client.assets.ListAssets(asset_service_pb2.ListAssetsRequest(generation=generation.name))
    assert [each.name for each in listed.assets] == [asset.name]
    await client.assets.DeleteAsset(asset_service_pb2.DeleteAssetRequest(name=asset.name))
    gone = await refusal(client.assets.GetAsset(asset_service_pb2.GetAssetRequest(name=asset.name)))
    assert gone is not None
    assert gone.code() == grpc.StatusCode.NOT_FOUND


async def test_health_and_reflection_answer_for_every_service(client: Client) -> None:
    health = health_pb2_grpc.HealthStub(client.channel)
    for name in ("", "limner.v1.GenerationService", "limner.v1.AssetService"):
        assert (await health.Check(health_pb2.HealthCheckRequest(service=name))).status == SERVING
    stub = reflection_pb2_grpc.ServerReflectionStub(client.channel)
    asked_for = reflection_pb2.ServerReflectionRequest(list_services="")
    async for reply in stub.ServerReflectionInfo(iter([asked_for])):
        names = {service.name for service in reply.list_services_response.service}
    assert {"limner.v1.GenerationService", "limner.v1.ServerService", "grpc.health.v1.Health"} <= names


@pytest.mark.parametrize(("given", "kept"), [("build-42", True), ("two words", False), ("x" * 65, False)])
async def test_every_answer_carries_the_id_of_its_request(client: Client, given: str, kept: bool) -> None:
    metadata = (("x-request-id", given),)
    good = client.server.GetServer(server_service_pb2.GetServerRequest(), metadata=metadata)
    bad = client.generations.GetGeneration(wire.GetGenerationRequest(name="x"), metadata=metadata)
    await refusal(bad)
    for call in (good, bad):
        trailing = dict(await call.trailing_metadata())
        assert (trailing["x-request-id"] == given) is kept
        assert trailing["x-request-id"]


async def test_the_log_has_the_id_and_never_the_prompt(client: Client, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG, logger="limner"):
        generation = await client.create(prompt="secret heroine")
        await client.ended(generation.name)
        await refusal(client.generations.CreateGeneration(asked(prompt="secret heroine", width=33)))
    calls = [vars(record) for record in caplog.records if record.name == "limner.server.calls"]
    assert [(call["method"], call["code"]) for call in calls] == [
        ("CreateGeneration", "OK"),
        ("WatchGeneration", "OK"),
        ("CreateGeneration", "INVALID_ARGUMENT"),
    ]
    assert "heroine" not in str([vars(record) for record in caplog.records])


async def test_keys_and_quotas_plug_in_and_owners_do_not_see_one_another(settings: dict[str, Any]) -> None:
    async def by_key(metadata: Mapping[str, str | bytes], certificate: str) -> Caller:
        key = metadata.get("authorization")
        if not isinstance(key, str):
            raise UnauthenticatedError("no key; send one as `authorization`")
        return Caller(owner=key)

    async def one_picture(owner: str, pictures: int) -> None:
        if pictures > 1:
            raise ResourceExhaustedError("one picture at a time", retry_after_s=1.0)

    async with (
        running(ServerConfig.of(settings), by_key, one_picture) as server,
        grpc.aio.insecure_channel(server.address) as channel,
    ):
        create = Client.of(channel).generations.CreateGeneration
        get = Client.of(channel).generations.GetGeneration
        ada, ben = (("authorization", "ada"),), (("authorization", "ben"),)
        name = wire.GetGenerationRequest(name=(await create(asked(), metadata=ada)).generation.name)
        assert (await get(name, metadata=ada)).generation.name == name.name
        refused = {
            "none": await refusal(get(name)),
            "ben": await refusal(get(name, metadata=ben)),
            "many": await refusal(create(asked(candidates=2), metadata=ada)),
        }
    codes = {who: error and error.code() for who, error in refused.items()}
    assert codes == {
        "none": grpc.StatusCode.UNAUTHENTICATED,
        "ben": grpc.StatusCode.NOT_FOUND,
        "many": grpc.StatusCode.RESOURCE_EXHAUSTED,
    }


def test_an_embedded_server_serves_from_a_thread_and_stops(settings: dict[str, Any]) -> None:
    with embedded.start(settings) as server, grpc.insecure_channel(server.address) as channel:
        stub = health_pb2_grpc.HealthStub(channel)
        assert stub.Check(health_pb2.HealthCheckRequest()).status == SERVING
    server.stop()
    with pytest.raises(grpc.RpcError), grpc.insecure_channel(server.address) as channel:
        health_pb2_grpc.HealthStub(channel).Check(health_pb2.HealthCheckRequest(), timeout=1)


@asynccontextmanager
async def process(settings: dict[str, Any], **changes: object) -> AsyncIterator[tuple[Any, Client]]:
    """The real command in a process of its own, and a client of it."""
    values = {**settings, **changes, "model_dirs": os.pathsep.join(settings["model_dirs"])}
    environment = {f"LIMNER_{key.upper()}": str(value) for key, value in values.items()}
    program = "from limner.server.service import serve; serve(config_path=None, listen=None, web=None)"
    server = await asyncio.create_subprocess_exec(
        sys.executable, "-c", program,
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.DEVNULL, env={**os.environ, **environment},
    )  # fmt: skip
    assert server.stdout is not None
    address = (await server.stdout.readline()).decode().split()[-1]
    try:
        async with grpc.aio.insecure_channel(address) as channel:
            yield server, Client.of(channel)
    finally:
        if server.returncode is None:
            server.kill()
        await server.wait()


async def test_a_server_killed_among_50_running_generations_loses_none_and_doubles_none(
    settings: dict[str, Any], opened: Opened, tmp_path: Path
) -> None:
    async with opened(data_dir=str(tmp_path / "calm")) as client:
        names = [(await client.create(seed=seed, steps=40)).name for seed in range(50)]
        undisturbed = [(await client.ended(name)).assets[0].digest for name in names]
    async with process(settings) as (server, client):
        made = await asyncio.gather(*(client.create(f"r{seed}", seed=seed, steps=40) for seed in range(50)))
        names = [generation.name for generation in made]
        watch = client.generations.WatchGeneration(wire.WatchGenerationRequest(name=names[0]))
        while (await watch.read()).event.generation.progress == 0:
            pass  # they run now
        server.kill()
        await server.wait()
    async with process(settings) as (server, client):
        ended = await asyncio.gather(*(client.ended(name) for name in names))
        again = await asyncio.gather(*(client.create(f"r{seed}", seed=seed, steps=40) for seed in range(50)))
        assert [generation.name for generation in again] == names
        assert {generation.state for generation in ended} == {SUCCEEDED}
        assert [generation.assets[0].digest for generation in ended] == undisturbed
        listed = await client.assets.ListAssets(asset_service_pb2.ListAssetsRequest(page_size=500))
        assert len(listed.assets) == len({asset.generation for asset in listed.assets}) == 50
        for name in names[:3]:
            request = wire.WatchGenerationRequest(name=name)
            states = [reply.event.generation.state async for reply in client.generations.WatchGeneration(request)]
            assert states.count(SUCCEEDED) == 1
        assert len(await client.read(ended[0].assets[0].name)) == ended[0].assets[0].size_bytes


async def test_no_callback_keeps_the_loop_for_50_ms_while_32_generations_run(
    opened: Opened, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In processor time of the loop's thread, which other programs do not lengthen; `make bench` times a health check."""
    longest, run = 0.0, asyncio.Handle._run

    def measured(handle: asyncio.Handle) -> None:
        nonlocal longest
        began = time.thread_time()
        run(handle)
        longest = max(longest, time.thread_time() - began)

    async with opened() as client:
        await client.ended((await client.create(seed=99)).name)  # the model is loaded
        gc.freeze()  # what thousands of tests left would be looked through in the midst of a callback
        monkeypatch.setattr(asyncio.Handle, "_run", measured)
        names = [(await client.create(seed=seed, steps=100)).name for seed in range(32)]
        ends = await asyncio.gather(*(client.ended(name) for name in names))
    gc.unfreeze()
    assert {end.state for end in ends} == {SUCCEEDED}
    assert 0 < longest < 0.05


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT], ids=["SIGTERM", "SIGINT"])
async def test_a_stopped_server_ends_what_runs_and_exits_with_0(settings: dict[str, Any], number: int) -> None:
    async with process(settings, grace_s=20.0) as (server, client):
        name = (await client.create(steps=100)).name
        watch = client.generations.WatchGeneration(wire.WatchGenerationRequest(name=name))
        while (await watch.read()).event.generation.progress == 0:
            pass
        server.send_signal(number)
        assert await server.wait() == 0
    async with process(settings) as (server, client):
        got = await client.generations.GetGeneration(wire.GetGenerationRequest(name=name))
        assert got.generation.state == SUCCEEDED


async def test_what_does_not_end_in_the_grace_is_drawn_by_the_next_server(settings: dict[str, Any]) -> None:
    async with process(settings, grace_s=0.0) as (server, client):
        name = (await client.create(steps=200)).name
        server.terminate()
        assert await server.wait() == 0
    async with process(settings) as (server, client):
        assert (await client.ended(name)).state == SUCCEEDED


async def test_art_that_a_format_has_no_room_for_is_refused_by_field(client: Client) -> None:
    asset = (await client.ended((await client.create()).name)).assets[0]
    call = client.assets.ExportAssets(asset_service_pb2.ExportAssetsRequest(names=[asset.name], format="tiled-tmx"))
    error = await refusal(call)
    assert error is not None
    assert error.code() == grpc.StatusCode.INVALID_ARGUMENT
    assert "takes a Scene" in str(error.details())


async def test_an_exported_picture_says_where_it_comes_from(client: Client) -> None:
    asset = (await client.ended((await client.create(seed=12)).name)).assets[0]
    request = asset_service_pb2.ExportAssetsRequest(names=[asset.name], format="png", stem="hero")
    content = b"".join([reply.data async for reply in client.assets.ExportAssets(request)])
    with Image.open(io.BytesIO(content)) as picture:
        said = json.loads(str(picture.info["limner:provenance"]))
    assert (said["seed"], said["model"], said["model_digest"]) == ("12", WORLD, asset.model_digest)
