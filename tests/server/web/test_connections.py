"""The limits of the HTTP door: who opens too much, sends too slowly or too much is closed, and the others are served."""

import asyncio
import contextlib
import json
import tracemalloc
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial

import pytest

from limner.server.services.model import ServerService
from limner.server.web.door import Door
from limner.v1 import server_service_pb2_grpc

from .conftest import door_of

HEALTH = b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n"
Talk = tuple[asyncio.StreamReader, asyncio.StreamWriter]


@asynccontextmanager
async def standing(head_s: float = 60.0, **changes: object) -> AsyncIterator[Door]:
    """A door that is open."""
    door = door_of(
        partial(server_service_pb2_grpc.add_ServerServiceServicer_to_server, ServerService()), head_s=head_s, **changes
    )
    door.start()
    yield door
    await door.stop(0)


async def knock(door: Door, content: bytes = b"") -> Talk:
    host, _, port = door.address.rpartition(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    writer.write(content)
    return reader, writer


async def told(reader: asyncio.StreamReader) -> tuple[int, bytes]:
    """The status of the one answer before the end, and its body."""
    answer = await asyncio.wait_for(reader.read(), 60)
    head, _, body = answer.partition(b"\r\n\r\n")
    assert head.count(b"HTTP/1.1 ") == 1
    return int(head.split()[1]), body


async def visited(door: Door) -> None:
    """Somebody else comes, is answered and goes."""
    talk = await knock(door)
    await served(talk)
    talk[1].close()


async def served(talk: Talk) -> None:
    reader, writer = talk
    writer.write(HEALTH)
    assert (await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), 60)).startswith(b"HTTP/1.1 200")
    assert b"SERVING" in await reader.readuntil(b"}")


async def test_one_connection_too_many_is_told_so_and_the_others_are_served() -> None:
    async with standing(max_connections=3) as door:
        inside = [await knock(door) for _ in range(3)]
        for talk in inside:
            await served(talk)
        reader, late = await knock(door, HEALTH)
        status, body = await told(reader)
        late.close()
        assert (status, json.loads(body)["code"]) == (503, "unavailable")
        inside[0][1].close()
        await inside[0][1].wait_closed()
        for talk in inside[1:]:
            await served(talk)
        while True:  # the place is free when the door has seen the end
            reader, writer = await knock(door, HEALTH)
            if (await asyncio.wait_for(reader.readline(), 60)).startswith(b"HTTP/1.1 200"):
                break
            writer.close()
        for _, each in (*inside, (reader, writer)):
            each.close()


@pytest.mark.parametrize(
    "content",
    [b"", b"GET /healthz HTTP/1.1\r\n", b"GET /healthz HTTP/1.1\r\nHost: localhost\r\nX-A: b\r\n", HEALTH + b"GE"],
    ids=["nothing", "a line", "some headers", "the begin of another request"],
)
async def test_a_head_that_does_not_come_to_its_end_is_given_up(content: bytes) -> None:
    async with standing(head_s=0.2) as door:
        reader, writer = await knock(door, content)
        answer = await asyncio.wait_for(reader.read(), 60)
        assert b"408 Request Timeout" in answer
        assert answer.startswith(b"HTTP/1.1 200") is content.startswith(HEALTH)
        writer.close()


@pytest.mark.parametrize("drop", [b"X: y\r\n", b"\r\n"], ids=["headers", "empty lines after a request"])
async def test_what_drips_buys_no_time(drop: bytes) -> None:
    async with standing(head_s=0.3) as door:
        reader, writer = await knock(door)
        if drop == b"\r\n":
            await served((reader, writer))
        else:
            writer.write(b"GET / HTTP/1.1\r\n")

        async def drip() -> None:
            while True:
                writer.write(drop)
                await writer.drain()
                await asyncio.sleep(0.02)

        dripping = asyncio.create_task(drip())
        status, _ = await told(reader)
        dripping.cancel()
        assert status == 408
        writer.close()


@pytest.mark.parametrize("ended", [True, False], ids=["whole", "endless"])
@pytest.mark.parametrize(
    "begin", [b"GET /", b"GET / HTTP/1.1\r\nHost: localhost\r\nX: "], ids=["in the line", "in a header"]
)
async def test_a_huge_head_is_refused_and_not_kept(begin: bytes, ended: bool) -> None:
    async with standing() as door:
        end = b" HTTP/1.1\r\n\r\n" if begin == b"GET /" else b"\r\n\r\n"
        reader, writer = await knock(door, begin + b"x" * 40_000 + (end if ended else b""))
        status, body = await told(reader)
        assert (status, json.loads(body)["code"]) == (431, "resource_exhausted")
        writer.close()
        await visited(door)


async def test_requests_that_are_sent_by_the_thousand_without_reading_are_not_queued() -> None:
    async with standing() as door:
        await visited(door)
        tracemalloc.start()
        reader, writer = await knock(door, HEALTH * 5000)
        answer = await asyncio.wait_for(reader.read(), 60)
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        assert answer.count(b"HTTP/1.1 200") < 5000
        assert peak < 8 << 20
        writer.close()
        await visited(door)


async def test_a_few_requests_that_are_sent_at_once_are_all_answered_in_order() -> None:
    async with standing() as door:
        reader, writer = await knock(door, HEALTH * 6)
        for _ in range(6):
            assert (await reader.readuntil(b"\r\n\r\n")).startswith(b"HTTP/1.1 200")
            await reader.readuntil(b"}")
        writer.close()


async def test_a_body_that_drips_is_given_up_although_every_piece_is_in_time() -> None:
    async with standing(stall_s=0.3) as door:
        head = (
            b"POST /limner.v1.ServerService/GetServer HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
        )
        reader, writer = await knock(door, head + b"Content-Length: 1000000\r\n\r\n")

        async def drip() -> None:
            while True:
                writer.write(b" ")
                await writer.drain()
                await asyncio.sleep(0.02)

        dripping = asyncio.create_task(drip())
        with contextlib.suppress(ConnectionResetError):  # it is closed while more comes in
            assert (await told(reader))[0] >= 400
        dripping.cancel()
        writer.close()
