"""Generations from Create to the pixels, over a real socket."""

import asyncio
import hashlib

import grpc
import pytest

from limner.v1 import generation_pb2
from limner.v1 import generation_service_pb2 as wire

from .conftest import WORLD, Client, Opened, asked

Generation = generation_pb2.Generation


async def test_a_sentence_becomes_a_picture_with_its_provenance(client: Client) -> None:
    accepted = await client.create(width=64, height=64)
    ended = await client.ended(accepted.name)
    assert ended.state == Generation.STATE_SUCCEEDED
    (asset,) = ended.assets
    content = await client.read(asset.name)
    assert content.startswith(b"\x89PNG")
    assert (asset.digest, asset.size_bytes) == (hashlib.sha256(content).hexdigest(), len(content))
    assert (asset.width, asset.height, asset.seed, asset.model) == (64, 64, 7, f"models/{WORLD}")
    assert asset.qa.alpha_exactness == 1.0
    assert asset.finish_reason == asset.FINISH_REASON_COMPLETE


async def test_an_equal_request_is_answered_from_the_store(client: Client) -> None:
    first = await client.ended((await client.create()).name)
    again = await client.ended((await client.create()).name)
    assert not first.cached
    assert again.cached
    assert [asset.digest for asset in again.assets] == [asset.digest for asset in first.assets]
    assert again.name != first.name


async def test_another_seed_is_another_picture_and_not_from_the_store(client: Client) -> None:
    first = await client.ended((await client.create()).name)
    other = await client.ended((await client.create(seed=8)).name)
    assert not other.cached
    assert other.assets[0].digest != first.assets[0].digest


async def test_a_seed_that_the_server_chose_draws_the_same_bytes_again(opened: Opened, tmp_path: object) -> None:
    async with opened() as client:
        first = await client.ended((await client.create(seed=None)).name)
    async with opened(data_dir=f"{tmp_path}/elsewhere") as client:
        again = await client.ended((await client.create(seed=first.seed)).name)
    assert not again.cached
    assert again.assets[0].digest == first.assets[0].digest


async def test_the_neighbours_of_a_generation_leave_no_trace_in_its_pixels(opened: Opened, tmp_path: object) -> None:
    async with opened() as client:
        alone = await client.ended((await client.create()).name)
    async with opened(data_dir=f"{tmp_path}/elsewhere") as client:
        names = [(await client.create(seed=seed)).name for seed in range(16)]
        among = [await client.ended(name) for name in names][7]
    assert among.assets[0].digest == alone.assets[0].digest


async def test_candidates_come_ranked_each_with_its_own_picture(client: Client) -> None:
    ended = await client.ended((await client.create(candidates=4)).name)
    assert [asset.rank for asset in ended.assets] == [1, 2, 3, 4]
    assert sorted(asset.candidate for asset in ended.assets) == [0, 1, 2, 3]
    assert len({asset.digest for asset in ended.assets}) == 4


async def test_the_same_request_id_is_the_same_generation(client: Client) -> None:
    first = await client.create("one")
    assert (await client.create("one")).name == first.name
    with pytest.raises(grpc.aio.AioRpcError) as refused:
        await client.create("one", prompt="a blue dragon")
    assert refused.value.code() == grpc.StatusCode.ALREADY_EXISTS


async def test_a_dry_run_estimates_and_stores_nothing(client: Client) -> None:
    request = asked(steps=5, candidates=3)
    request.dry_run = True
    reply = await client.generations.CreateGeneration(request)
    assert reply.estimate.network_calls == 3 * 2 * 5
    assert not reply.generation.name
    listed = await client.generations.ListGenerations(wire.ListGenerationsRequest())
    assert not listed.generations


async def test_cancel_stops_one_generation_and_no_other(client: Client) -> None:
    long, other = await client.create(steps=200), await client.create(seed=8, steps=100)
    reply = await client.generations.CancelGeneration(wire.CancelGenerationRequest(name=long.name))
    assert reply.generation.state == Generation.STATE_CANCELLED
    assert not reply.generation.assets
    assert (await client.ended(other.name)).state == Generation.STATE_SUCCEEDED
    again = await client.generations.CancelGeneration(wire.CancelGenerationRequest(name=long.name))
    assert again.generation.state == Generation.STATE_CANCELLED


async def test_a_watch_tells_rising_sequences_with_previews_up_to_the_end(client: Client) -> None:
    name = (await client.create(steps=200)).name
    request = wire.WatchGenerationRequest(name=name, previews=True)
    events = [reply.event async for reply in client.generations.WatchGeneration(request)]
    sequences = [event.sequence for event in events]
    assert sequences == sorted(set(sequences))
    assert any(event.preview_png.startswith(b"\x89PNG") for event in events)
    assert events[-1].generation.state == Generation.STATE_SUCCEEDED
    assert events[-1].generation.progress == 1.0


async def test_a_dropped_watch_is_resumed_without_loss(client: Client) -> None:
    name = (await client.create(steps=100)).name
    call = client.generations.WatchGeneration(wire.WatchGenerationRequest(name=name))
    first = (await call.read()).event
    call.cancel()
    request = wire.WatchGenerationRequest(name=name, after_sequence=first.sequence)
    rest = [reply.event async for reply in client.generations.WatchGeneration(request)]
    assert all(event.sequence > first.sequence for event in rest)
    assert rest[-1].generation.state == Generation.STATE_SUCCEEDED


async def test_the_deadline_of_a_watch_does_not_end_the_generation(client: Client) -> None:
    name = (await client.create(steps=100)).name
    with pytest.raises(grpc.aio.AioRpcError) as late:
        async for _ in client.generations.WatchGeneration(wire.WatchGenerationRequest(name=name), timeout=0.001):
            pass
    assert late.value.code() == grpc.StatusCode.DEADLINE_EXCEEDED
    assert (await client.ended(name)).state == Generation.STATE_SUCCEEDED


async def test_a_time_limit_ends_the_generation_with_its_reason(client: Client) -> None:
    request = asked(steps=200)
    request.generation.time_limit.FromMilliseconds(1)
    name = (await client.generations.CreateGeneration(request)).generation.name
    ended = await client.ended(name)
    assert (ended.state, ended.error.code) == (Generation.STATE_FAILED, "DEADLINE_EXCEEDED")


async def test_lists_come_newest_first_in_pages(client: Client) -> None:
    names = [(await client.create(seed=seed)).name for seed in range(5)]
    await asyncio.gather(*(client.ended(name) for name in names))
    found: list[str] = []
    token, pages = "", 0
    while pages == 0 or token:
        reply = await client.generations.ListGenerations(wire.ListGenerationsRequest(page_size=2, page_token=token))
        found += [generation.name for generation in reply.generations]
        token, pages = reply.next_page_token, pages + 1
    assert (found, pages) == (names[::-1], 3)
