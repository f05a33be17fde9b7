"""Equal requests are answered at once, and small assets come along with the news of them."""

import asyncio
import hashlib
from typing import Any

import grpc
import pytest

from limner.v1 import asset_service_pb2, generation_pb2, generation_service_pb2

from .conftest import Client, Opened, asked

SUCCEEDED = generation_pb2.Generation.STATE_SUCCEEDED


async def created(
    client: Client, inline_bytes: int = 65_536, **fields: Any
) -> generation_service_pb2.CreateGenerationResponse:
    request = asked(**fields)
    request.inline_bytes = inline_bytes
    reply: generation_service_pb2.CreateGenerationResponse = await client.generations.CreateGeneration(request)
    return reply


async def watched(client: Client, name: str, inline_bytes: int = 65_536) -> list[tuple[int, dict[str, bytes]]]:
    """State and contents of each event."""
    request = generation_service_pb2.WatchGenerationRequest(name=name, inline_bytes=inline_bytes)
    replies = client.generations.WatchGeneration(request)
    return [
        (reply.event.generation.state, {content.name: content.data for content in reply.contents})
        async for reply in replies
    ]


async def test_small_assets_come_with_the_event_of_success_and_no_other(client: Client) -> None:
    fresh = await created(client, candidates=3)
    assert not fresh.contents
    *before, (state, contents) = await watched(client, fresh.generation.name)
    assert state == SUCCEEDED
    assert not any(content for _, content in before)
    assets = (await client.ended(fresh.generation.name)).assets
    assert {name: hashlib.sha256(content).hexdigest() for name, content in contents.items()} == {
        asset.name: asset.digest for asset in assets
    }


async def test_only_assets_as_small_as_was_asked_for_come_along(client: Client) -> None:
    generation = await client.ended((await created(client)).generation.name)
    size = generation.assets[0].size_bytes
    assert not (await watched(client, generation.name, size - 1))[-1][1]
    assert len((await watched(client, generation.name, size))[-1][1][generation.assets[0].name]) == size
    assert not (await watched(client, generation.name, 0))[-1][1]


async def test_an_equal_request_is_answered_with_its_pictures_by_the_create_itself(client: Client) -> None:
    first = await client.ended((await created(client)).generation.name)
    again = await created(client)
    assert (again.generation.state, again.generation.cached, again.generation.progress) == (SUCCEEDED, True, 1.0)
    assert again.generation.name != first.name
    assert [asset.digest for asset in again.generation.assets] == [asset.digest for asset in first.assets]
    assert again.generation.assets[0].name != first.assets[0].name
    assert again.contents[0].data == await client.read(first.assets[0].name)
    assert again.contents[0].data == await client.read(again.generation.assets[0].name)
    assert [state for state, _ in await watched(client, again.generation.name)] == [SUCCEEDED]
    told = client.assets.WatchAssets(asset_service_pb2.WatchAssetsRequest(after_sequence=0))
    async with asyncio.timeout(30):
        while (await anext(aiter(told))).change.asset.name != again.generation.assets[0].name:
            pass


async def test_a_request_id_names_one_answer(client: Client) -> None:
    await client.ended((await created(client)).generation.name)
    first, second = await created(client, request_id="one"), await created(client, request_id="one")
    assert first == second
    with pytest.raises(grpc.aio.AioRpcError) as refused:
        await created(client, request_id="one", seed=8)
    assert refused.value.code() is grpc.StatusCode.ALREADY_EXISTS


async def test_an_answer_from_the_store_outlives_the_server(opened: Opened) -> None:
    async with opened() as client:
        await client.ended((await created(client)).generation.name)
        answered = (await created(client)).generation
    async with opened() as client:
        request = generation_service_pb2.GetGenerationRequest(name=answered.name)
        assert (await client.generations.GetGeneration(request)).generation == answered


@pytest.mark.parametrize("inline_bytes", [-1, 65_537])
async def test_a_size_beyond_the_range_is_refused_by_field(client: Client, inline_bytes: int) -> None:
    with pytest.raises(grpc.aio.AioRpcError) as refused:
        await created(client, inline_bytes)
    assert refused.value.code() is grpc.StatusCode.INVALID_ARGUMENT
    assert "inline_bytes" in (refused.value.details() or "")
    with pytest.raises(grpc.aio.AioRpcError) as refused:
        await watched(client, "generations/1", inline_bytes)
    assert refused.value.code() is grpc.StatusCode.INVALID_ARGUMENT
