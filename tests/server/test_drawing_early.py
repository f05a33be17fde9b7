"""Nothing waits that need not: drawing goes on while the disk is slow, words are read once, pictures that nobody sees are not made."""

import asyncio
import logging
import threading
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from typing import Any

import grpc
import pytest

from limner.generators.imagen import Drawing, Imagen
from limner.generators.request import ImageRequest
from limner.recipes import image
from limner.server import drawing, interceptors
from limner.server.database import Disk
from limner.server.early import Beginning
from limner.server.errors import ResourceExhaustedError
from limner.server.jobs import Job, JobStore, NewJob, StoredAsset
from limner.v1 import generation_pb2, generation_service_pb2
from limner.v1.asset_pb2 import Asset

Opened = Callable[..., AbstractAsyncContextManager[Any]]
SUCCEEDED = generation_pb2.Generation.STATE_SUCCEEDED


async def listed(client: Any) -> list[generation_pb2.Generation]:
    reply = await client.generations.ListGenerations(generation_service_pb2.ListGenerationsRequest())
    return list(reply.generations)


async def test_a_picture_is_finished_while_the_disk_keeps_the_create_waiting(
    opened: Opened, monkeypatch: pytest.MonkeyPatch
) -> None:
    slow, sync = threading.Event(), Disk._sync
    slow.set()

    def held(disk: Disk) -> None:
        slow.wait()
        sync(disk)

    monkeypatch.setattr(Disk, "_sync", held)
    async with opened() as client:
        before = await client.create(seed=1)
        await client.ended(before.name)
        slow.clear()
        creating = asyncio.create_task(client.create(seed=2))
        while len(found := await listed(client)) < 2:
            pass
        newest = await client.ended(found[0].name)
        assert (newest.state, creating.done()) == (SUCCEEDED, False)
        slow.set()
        assert (await creating).name == newest.name


@pytest.mark.parametrize("candidates", [1, 3])
async def test_the_words_of_a_request_are_read_once(
    opened: Opened, monkeypatch: pytest.MonkeyPatch, candidates: int
) -> None:
    calls: list[str] = []
    understood = image.understood

    def counted(plan: image.ImagePlan, *rest: Any) -> image.Understood:
        calls.append(plan.request.prompt)
        return understood(plan, *rest)

    monkeypatch.setattr(image, "understood", counted)
    async with opened() as client:
        await client.ended((await client.create(prompt="a cold start", seed=1)).name)
        await client.ended((await client.create(prompt="a warm one", seed=2, candidates=candidates)).name)
    assert calls == ["a cold start", "a warm one"]


async def test_a_picture_begins_while_its_generation_is_being_stored(
    opened: Opened, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun, loop = asyncio.Event(), asyncio.get_running_loop()
    create, draw = JobStore.create, Imagen.draw

    async def late(store: JobStore, new: NewJob) -> tuple[Job, bool]:
        if new.seed == 2:
            await begun.wait()
        return await create(store, new)

    def told(model: Imagen, request: ImageRequest, *rest: Any) -> Drawing:
        if request.seed == 2:
            loop.call_soon_threadsafe(begun.set)
        return draw(model, request, *rest)

    monkeypatch.setattr(JobStore, "create", late)
    monkeypatch.setattr(Imagen, "draw", told)
    async with opened() as client:
        await client.ended((await client.create(seed=1)).name)  # the model is loaded
        assert (await client.ended((await client.create(seed=2)).name)).state == SUCCEEDED


async def test_what_began_for_a_generation_that_is_not_stored_is_dropped(
    opened: Opened, monkeypatch: pytest.MonkeyPatch
) -> None:
    dropped, drop = asyncio.Event(), Beginning.drop

    def told(beginning: Beginning) -> None:
        drop(beginning)
        dropped.set()

    async def refused(store: JobStore, new: NewJob) -> tuple[Job, bool]:
        raise ResourceExhaustedError("full")

    monkeypatch.setattr(drawing, "BEGUN_S", 0.0)
    monkeypatch.setattr(Beginning, "drop", told)
    async with opened() as client:
        await client.ended((await client.create(seed=1)).name)
        dropped.clear()
        monkeypatch.setattr(JobStore, "create", refused)
        with pytest.raises(grpc.aio.AioRpcError):
            await client.create(seed=2, steps=200)
        await dropped.wait()


async def test_a_generation_whose_caller_goes_while_it_is_stored_is_drawn(
    opened: Opened, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    storing, left, go_on = asyncio.Event(), asyncio.Event(), asyncio.Event()
    create = JobStore.create

    class Leaving(logging.Handler):
        """Hears of a call that ends because its caller went."""

        def emit(self, record: logging.LogRecord) -> None:
            if getattr(record, "code", "") == "CANCELLED":
                left.set()

    async def late(store: JobStore, new: NewJob) -> tuple[Job, bool]:
        storing.set()
        await go_on.wait()
        return await create(store, new)

    monkeypatch.setattr(interceptors.log, "handlers", [Leaving()])
    caplog.set_level(logging.INFO, interceptors.log.name)
    async with opened() as client, asyncio.timeout(60):
        monkeypatch.setattr(JobStore, "create", late)
        creating = asyncio.create_task(client.create(seed=1))
        await storing.wait()
        creating.cancel()
        await left.wait()
        go_on.set()
        while not (found := await listed(client)):
            pass
        assert (await client.ended(found[0].name)).state == SUCCEEDED


async def test_an_equal_request_is_looked_for_once(opened: Opened, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[tuple[str, str]] = []
    cached = JobStore.cached

    async def told(store: JobStore, cache_key: str, owner: str) -> list[StoredAsset]:
        asked.append((cache_key, owner))
        return await cached(store, cache_key, owner)

    monkeypatch.setattr(JobStore, "cached", told)
    async with opened() as client:
        await client.ended((await client.create(seed=1)).name)
        asked.clear()
        await client.ended((await client.create(seed=2)).name)
        assert len(asked) == 1  # looked for once, beside the reading of the words
        again = await client.ended((await client.create(seed=2)).name)
    assert again.assets[0].finish_reason == Asset.FINISH_REASON_CACHED
    assert {owner for _, owner in asked} == {"local"}


async def test_previews_are_made_for_those_who_ask_and_for_nobody_else(
    opened: Opened, monkeypatch: pytest.MonkeyPatch
) -> None:
    made: list[bytes] = []
    preview = image.preview

    def counted(x0: Any) -> bytes:
        made.append(preview(x0))
        return made[-1]

    monkeypatch.setattr(image, "preview", counted)
    async with opened() as client:
        generation = await client.create(seed=1, steps=20)
        assert (await client.ended(generation.name)).state == SUCCEEDED
        assert made == []
        generation = await client.create(seed=2, steps=200, candidates=2)
        request = generation_service_pb2.WatchGenerationRequest(name=generation.name, previews=True)
        seen = [reply.event.preview_png async for reply in client.generations.WatchGeneration(request)]
        assert {png for png in seen if png} <= set(made) != set()
