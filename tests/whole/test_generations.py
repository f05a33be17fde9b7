"""Generations through the real server, the real client and the shipped model."""

import asyncio
import hashlib
import io

import grpc
import numpy as np
import pytest
from grpc_health.v1 import health_pb2, health_pb2_grpc
from PIL import Image

from limner.client import AsyncClient
from limner.server.service import Running
from limner.v1 import briefs_pb2, generation_pb2, generation_service_pb2_grpc
from limner.v1 import generation_service_pb2 as wire

FEW = briefs_pb2.Sampling(steps=3)
Generation = generation_pb2.Generation


def dragon(seed: int, steps: int = 3, **more: object) -> briefs_pb2.ImageBrief:
    return briefs_pb2.ImageBrief(prompt="a red dragon", seed=seed, sampling=briefs_pb2.Sampling(steps=steps), **more)  # type: ignore[arg-type]


async def test_a_sentence_becomes_a_picture_of_the_asked_size(client: AsyncClient) -> None:
    (drawn,) = await client.draw(briefs_pb2.ImageBrief(prompt="一瓶绿色药水", width=96, sampling=FEW))
    pixels = np.asarray(Image.open(io.BytesIO(drawn.content)))
    assert pixels.shape == (96, 96, 4)
    np.testing.assert_array_equal(pixels, pixels[::3, ::3].repeat(3, 0).repeat(3, 1))
    assert set(np.unique(pixels[..., 3])) <= {0, 255}
    assert drawn.asset.qa.alpha_exactness == 1.0


async def test_an_equal_request_gives_the_same_bytes_from_the_store(client: AsyncClient) -> None:
    (first,), (second,) = await client.draw(dragon(3)), await client.draw(dragon(3))
    assert first.content == second.content
    assert (first.generation.cached, second.generation.cached) == (False, True)


async def test_a_small_picture_comes_with_the_news_of_it(client: AsyncClient, monkeypatch: pytest.MonkeyPatch) -> None:
    async def read(name: str) -> bytes:
        raise AssertionError(f"{name} was read")

    monkeypatch.setattr(client, "read", read)
    seen: list[generation_pb2.GenerationEvent] = []
    (first,) = await client.draw(dragon(41))
    (second,) = await client.draw(dragon(41), follow=seen.append)
    assert hashlib.sha256(first.content).hexdigest() == first.asset.digest
    assert second.content == first.content
    assert [event.generation.state for event in seen] == [Generation.STATE_SUCCEEDED]


async def test_neighbours_in_the_batch_change_nothing(client: AsyncClient) -> None:
    (alone,) = await client.draw(dragon(1, raw=True))
    beside = await asyncio.gather(*(client.draw(dragon(seed, raw=True, candidates=2)) for seed in range(6)))
    contents = {drawn.asset.candidate: drawn.content for drawn in beside[1]}
    assert contents[0] == alone.content


async def test_the_same_request_id_is_the_same_generation(client: AsyncClient) -> None:
    first, second = await client.create(dragon(1), request_id="one"), await client.create(dragon(1), request_id="one")
    assert first.name == second.name


async def test_another_brief_under_a_known_request_id_is_refused(channel: grpc.aio.Channel) -> None:
    stub = generation_service_pb2_grpc.GenerationServiceStub(channel)
    await stub.CreateGeneration(wire.CreateGenerationRequest(generation=Generation(image=dragon(1)), request_id="one"))
    with pytest.raises(grpc.aio.AioRpcError) as refused:
        await stub.CreateGeneration(
            wire.CreateGenerationRequest(generation=Generation(image=dragon(2)), request_id="one")
        )
    assert refused.value.code() is grpc.StatusCode.ALREADY_EXISTS


async def test_a_watcher_sees_rising_sequences_and_previews_and_the_end(client: AsyncClient) -> None:
    generation = await client.create(dragon(2, steps=20))
    events = [event async for event in client.watch(generation.name, previews=True)]
    sequences = [event.sequence for event in events]
    assert sequences == sorted(set(sequences))
    assert events[-1].generation.state == Generation.STATE_SUCCEEDED
    assert any(event.preview_png.startswith(b"\x89PNG") for event in events)


async def test_a_watcher_that_comes_back_late_still_gets_the_end(client: AsyncClient) -> None:
    generation = await client.create(dragon(2))
    first = [event async for event in client.watch(generation.name)]
    again = [event async for event in client.watch(generation.name, after=first[0].sequence)]
    assert again[-1] == first[-1]


async def test_cancel_stops_a_running_generation_and_no_other(client: AsyncClient) -> None:
    long = await client.create(dragon(1, steps=200, candidates=4))
    other = await client.create(dragon(2))
    async for event in client.watch(long.name):
        if event.generation.state == Generation.STATE_RUNNING:
            break
    assert (await client.cancel(long.name)).state == Generation.STATE_CANCELLED
    assert (await client.wait(other.name)).state == Generation.STATE_SUCCEEDED


async def test_a_time_limit_that_passes_fails_the_generation_by_name(client: AsyncClient) -> None:
    generation = await client.create(dragon(1, steps=200, candidates=8), time_limit_s=0.05)
    ended = await client.wait(generation.name)
    assert (ended.state, ended.error.code) == (Generation.STATE_FAILED, "DEADLINE_EXCEEDED")


async def test_a_dry_run_estimates_and_stores_nothing(client: AsyncClient) -> None:
    estimate = await client.estimate(dragon(1, steps=7))
    assert estimate.network_calls == 7
    assert [generation async for generation in client.generations()] == []


async def test_health_checks_are_answered_while_32_generations_run(
    client: AsyncClient, channel: grpc.aio.Channel
) -> None:
    """How fast is `make bench`'s to say (`health_max_ms_32_running`); here it is that none waits for the drawing to end."""
    running = [await client.create(dragon(seed, steps=10)) for seed in range(32)]
    health, answered = health_pb2_grpc.HealthStub(channel), 0
    ends = asyncio.gather(*(client.wait(generation.name) for generation in running))
    while not ends.done():
        await health.Check(health_pb2.HealthCheckRequest())
        answered += 1
    assert {generation.state for generation in await ends} == {Generation.STATE_SUCCEEDED}
    assert answered > 2 * len(running)


async def test_a_full_queue_refuses_with_a_time_to_retry_and_loses_nothing(channel: grpc.aio.Channel) -> None:
    stub = generation_service_pb2_grpc.GenerationServiceStub(channel)
    requests = [
        wire.CreateGenerationRequest(generation=Generation(image=dragon(seed, steps=50))) for seed in range(400)
    ]
    answers = await asyncio.gather(*(stub.CreateGeneration(request) for request in requests), return_exceptions=True)
    refused = [answer for answer in answers if isinstance(answer, grpc.aio.AioRpcError)]
    accepted = [answer.generation.name for answer in answers if isinstance(answer, wire.CreateGenerationResponse)]
    assert {fault.code() for fault in refused} == {grpc.StatusCode.RESOURCE_EXHAUSTED}
    listed = await stub.ListGenerations(wire.ListGenerationsRequest(page_size=500))
    assert {generation.name for generation in listed.generations} == set(accepted)


async def test_a_client_that_never_reads_its_watch_holds_nothing_up(server: Running, client: AsyncClient) -> None:
    generation = await client.create(dragon(9, steps=40))
    async with grpc.aio.insecure_channel(server.address) as other:
        stub = generation_service_pb2_grpc.GenerationServiceStub(other)
        stub.WatchGeneration(wire.WatchGenerationRequest(name=generation.name, previews=True))
        assert (await client.wait(generation.name)).state == Generation.STATE_SUCCEEDED
