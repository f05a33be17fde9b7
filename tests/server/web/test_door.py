"""The door itself: clients that go, clients that sleep, a server that stops."""

import asyncio
import json
import os
import signal
import socket
import sys
from collections.abc import AsyncIterator
from functools import partial
from typing import Any

import httpx
import pytest

from limner.server.config import ServerConfig
from limner.server.errors import ConfigError
from limner.server.service import running
from limner.server.web.door import Door
from limner.v1 import generation_service_pb2 as wire
from limner.v1 import generation_service_pb2_grpc

from .conftest import END, GENERATIONS, STREAM, Entered, brief, door_of, envelope, envelopes

WATCH = f"{GENERATIONS}/WatchGeneration"
REQUEST = envelope(b'{"name": "generations/1"}')


class Talker(generation_service_pb2_grpc.GenerationServiceServicer):
    """Tells once, or without end; says when nobody listens any more."""

    def __init__(self, endless: bool) -> None:
        self.endless = endless
        self.told, self.silent = asyncio.Event(), asyncio.Event()

    async def WatchGeneration(  # noqa: N802
        self, request: wire.WatchGenerationRequest, context: Any
    ) -> AsyncIterator[wire.WatchGenerationResponse]:
        event = wire.WatchGenerationResponse()
        event.event.preview_png = bytes(100_000)
        try:
            while True:
                yield event
                self.told.set()
                if not self.endless:
                    await asyncio.Event().wait()
        finally:
            self.silent.set()


def talking(talker: Talker, **changes: Any) -> Door:
    return door_of(partial(generation_service_pb2_grpc.add_GenerationServiceServicer_to_server, talker), **changes)


async def sent(door: Door, body: bytes = REQUEST) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    """A connection on which a watch was asked for, not yet read."""
    host, _, port = door.address.rpartition(":")
    reader, writer = await asyncio.open_connection(host, int(port), limit=1024)
    head = f"POST {WATCH} HTTP/1.1\r\nHost: localhost\r\nContent-Type: {STREAM['content-type']}\r\n"
    writer.write(f"{head}Content-Length: {len(REQUEST)}\r\n\r\n".encode() + body)
    await writer.drain()
    return reader, writer


async def test_the_work_for_a_client_that_is_gone_ends_at_once() -> None:
    talker = Talker(endless=False)
    door = talking(talker)
    door.start()
    _, writer = await sent(door)
    await asyncio.wait_for(talker.told.wait(), 60)
    writer.close()
    await asyncio.wait_for(talker.silent.wait(), 60)
    await door.stop(0)


async def test_a_reader_that_sleeps_is_given_up() -> None:
    talker = Talker(endless=True)
    door = talking(talker, stall_s=0.1)
    door.start()
    _, writer = await sent(door)
    await asyncio.wait_for(talker.silent.wait(), 60)
    writer.transport.abort()
    await door.stop(0)


async def test_a_sender_that_never_ends_its_request_is_given_up() -> None:
    door = talking(Talker(endless=False), stall_s=0.1)
    door.start()
    reader, writer = await sent(door, REQUEST[:7])
    answer = await asyncio.wait_for(reader.read(), 60)
    assert b"connection: close" in answer
    assert b"canceled" in answer
    writer.close()
    await door.stop(0)


async def test_a_watch_at_a_server_that_stops_is_told_to_come_back() -> None:
    talker = Talker(endless=False)
    door = talking(talker)
    door.start()
    async with httpx.AsyncClient(base_url=f"http://{door.address}", timeout=120, trust_env=False) as web:
        async with web.stream("POST", WATCH, headers=STREAM, content=REQUEST) as response:
            received = envelopes(response)
            flags, _ = await anext(received)
            assert flags == 0
            stopping = asyncio.create_task(door.stop(0))
            flags, content = await anext(received)
            assert flags == END
            assert json.loads(content)["error"]["code"] == "unavailable"
        await stopping
        assert talker.silent.is_set()
        with pytest.raises(httpx.ConnectError):
            await web.get("/healthz")


async def test_a_preview_arrives_while_the_drawing_goes_on_and_a_cancel_ends_the_watch(entered: Entered) -> None:
    async with entered() as web:
        created = await web.post(f"{GENERATIONS}/CreateGeneration", json=brief(steps=200, width=64, candidates=16))
        name = created.json()["generation"]["name"]
        body = envelope(json.dumps({"name": name, "previews": True}).encode())
        seen: list[dict[str, Any]] = []
        async with web.stream("POST", WATCH, headers=STREAM, content=body) as response:
            async for flags, content in envelopes(response):
                if flags & END:
                    break
                seen.append(json.loads(content)["event"])
                if "previewPng" in seen[-1] and seen[-1]["generation"]["state"] == "STATE_RUNNING":
                    await web.post(f"{GENERATIONS}/CancelGeneration", json={"name": name})
        assert any("previewPng" in event for event in seen)
        assert seen[-1]["generation"]["state"] == "STATE_CANCELLED"


async def test_what_was_accepted_is_drawn_while_both_doors_drain(settings: dict[str, Any]) -> None:
    patient = ServerConfig.of({**settings, "web": "127.0.0.1:0", "grace_s": 120.0})
    async with running(patient) as server:
        async with httpx.AsyncClient(base_url=f"http://{server.web}", timeout=120, trust_env=False) as web:
            created = await web.post(f"{GENERATIONS}/CreateGeneration", json=brief())
        name = created.json()["generation"]["name"]
    async with (
        running(patient) as server,
        httpx.AsyncClient(base_url=f"http://{server.web}", timeout=120, trust_env=False) as web,
    ):
        found = await web.post(f"{GENERATIONS}/GetGeneration", json={"name": name})
        assert found.json()["generation"]["state"] == "STATE_SUCCEEDED"


def test_connections_send_at_once() -> None:
    door = talking(Talker(endless=False))
    host, _, port = door.address.rpartition(":")
    with socket.create_connection((host, int(port))):
        accepted, _ = door.socket.accept()
        with accepted:
            assert accepted.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY) != 0
    door.socket.close()


@pytest.mark.parametrize("address", ["nonsense", "127.0.0.1:port", "127.0.0.1:99999", "256.0.0.1:80"])
async def test_an_address_that_cannot_be_opened_stops_the_start(settings: dict[str, Any], address: str) -> None:
    with pytest.raises(ConfigError, match="web"):
        async with running(ServerConfig.of({**settings, "web": address})):
            pass


async def test_the_command_says_where_it_answers_and_closes_both_doors_on_sigterm(settings: dict[str, Any]) -> None:
    values = {**settings, "model_dirs": os.pathsep.join(settings["model_dirs"])}
    environment = {f"LIMNER_{key.upper()}": str(value) for key, value in values.items()}
    program = "from limner.server.service import serve; serve(config_path=None, listen=None, web='127.0.0.1:0')"
    server = await asyncio.create_subprocess_exec(
        sys.executable, "-c", program,
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.DEVNULL, env={**os.environ, **environment},
    )  # fmt: skip
    assert server.stdout is not None
    try:
        await server.stdout.readline()
        url = (await server.stdout.readline()).decode().split()[-1]
        async with httpx.AsyncClient(base_url=url, timeout=120, trust_env=False) as web:
            assert (await web.get("/healthz")).json() == {"status": "SERVING"}
            created = await web.post(f"{GENERATIONS}/CreateGeneration", json=brief(steps=200, width=64, candidates=16))
            body = envelope(json.dumps({"name": created.json()["generation"]["name"]}).encode())
            async with web.stream("POST", WATCH, headers=STREAM, content=body) as response:
                received = envelopes(response)
                await anext(received)
                server.send_signal(signal.SIGTERM)
                *_, (flags, _) = [each async for each in received]
                assert flags == END
        assert await asyncio.wait_for(server.wait(), 120) == 0
    finally:
        if server.returncode is None:
            server.kill()
        await server.wait()
