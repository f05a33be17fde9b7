"""The gRPC door against bytes that are no gRPC, messages packed to burst, and too many connections."""

import asyncio
import contextlib
import os
import random
from typing import Any

import grpc
import psutil

from limner.v1 import server_service_pb2

from .conftest import Client, Opened, asked
from .test_service import refusal

PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
SETTINGS = b"\x00\x00\x00\x04\x00\x00\x00\x00\x00"
MIB = 1 << 20
TRIES = max(60, int(os.environ.get("FUZZ_MESSAGES", "0")) // 50)


def frame(kind: int, flags: int, stream: int, content: bytes, size: int | None = None) -> bytes:
    """A frame of HTTP/2; `size` may lie."""
    length = len(content) if size is None else size
    return length.to_bytes(3, "big") + bytes([kind, flags]) + stream.to_bytes(4, "big") + content


def garbage(chance: random.Random) -> bytes:
    """Bytes that begin as HTTP/2 does, or do not, and go wrong somewhere."""
    frames = [
        frame(
            chance.randrange(12), chance.randrange(256), chance.choice((0, 1, 2, 3, 2**31 - 1)),
            chance.randbytes(chance.randrange(40)), chance.choice((None, None, None, 0, 2**24 - 1)),
        )
        for _ in range(chance.randrange(12))
    ]  # fmt: skip
    begin = chance.choice((PREFACE + SETTINGS, PREFACE, b"", b"GET / HTTP/1.1\r\n\r\n", PREFACE[:10], b"\x16\x03\x01"))
    return begin + b"".join(frames) + chance.randbytes(chance.randrange(100))


async def test_bytes_that_are_no_http2_end_their_own_connection_and_no_other(client: Client) -> None:
    host, port = (await address_of(client)).rsplit(":", 1)
    chance = random.Random(int(os.environ.get("FAULT_SEED", "2026")))
    for _ in range(TRIES):
        content = garbage(chance)
        _, writer = await asyncio.open_connection(host, int(port))
        writer.write(content)
        writer.write_eof()
        writer.close()
    reply = await client.server.GetServer(server_service_pb2.GetServerRequest(), timeout=60)
    assert reply.version
    assert (await client.ended((await client.create()).name)).assets


async def address_of(client: Client) -> str:
    """Where the client's server listens, from the sockets of this process."""
    await client.server.GetServer(server_service_pb2.GetServerRequest())
    listening = [each for each in psutil.Process().net_connections("tcp") if each.status == psutil.CONN_LISTEN]
    talking = {each.laddr.port for each in psutil.Process().net_connections("tcp") if each.status == "ESTABLISHED"}
    (port,) = {each.laddr.port for each in listening} & talking
    return f"127.0.0.1:{port}"


async def test_a_message_that_was_packed_to_burst_is_refused_unopened(client: Client) -> None:
    before = psutil.Process().memory_info().rss
    bomb = asked(prompt="x" * (64 * MIB))
    content = bomb.SerializeToString()
    del bomb
    call: Any = client.channel.unary_unary("/limner.v1.GenerationService/CreateGeneration")
    error = await refusal(call(content, compression=grpc.Compression.Gzip))
    assert error is not None
    assert error.code() in (grpc.StatusCode.UNIMPLEMENTED, grpc.StatusCode.RESOURCE_EXHAUSTED)
    small = await refusal(call(asked().SerializeToString(), compression=grpc.Compression.Gzip))
    assert small is not None
    assert small.code() == grpc.StatusCode.UNIMPLEMENTED
    del content
    assert psutil.Process().memory_info().rss - before < 320 * MIB  # the sender's own copies among them


async def test_connections_beyond_the_limit_are_closed_and_those_before_them_serve(opened: Opened) -> None:
    async with opened(max_connections=4) as client:
        host, port = (await address_of(client)).rsplit(":", 1)
        more = [await asyncio.open_connection(host, int(port)) for _ in range(12)]
        closed = [asyncio.create_task(ended(reader)) for reader, _ in more]
        done, _ = await asyncio.wait(closed, timeout=10, return_when=asyncio.FIRST_COMPLETED)
        assert done
        await client.server.GetServer(server_service_pb2.GetServerRequest(), timeout=60)
        for task in closed:
            task.cancel()
        for _, writer in more:
            writer.close()


async def ended(reader: asyncio.StreamReader) -> None:
    """Return when the other end has closed; a server greets with its settings before that."""
    with contextlib.suppress(ConnectionResetError):
        while await reader.read(1024):
            pass
