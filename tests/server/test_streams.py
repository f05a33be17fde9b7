"""Streams whose reader has fallen asleep."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any, cast

import grpc
import pytest
from prometheus_client import CollectorRegistry, Histogram

from limner.server import access
from limner.server.interceptors import Edge
from limner.v1 import generation_service_pb2 as wire
from limner.v1 import generation_service_pb2_grpc

WINDOW = [("grpc.http2.lookahead_bytes", 65536), ("grpc.http2.bdp_probe", 0)]  # what the client takes unread


class Talker(generation_service_pb2_grpc.GenerationServiceServicer):
    """Tells without end."""

    def __init__(self) -> None:
        self.silent = asyncio.Event()

    async def WatchGeneration(  # noqa: N802
        self, request: wire.WatchGenerationRequest, context: Any
    ) -> AsyncIterator[wire.WatchGenerationResponse]:
        event = wire.WatchGenerationResponse()
        event.event.preview_png = bytes(10_000)
        try:
            while True:
                event.event.sequence += 1
                yield event
        finally:
            self.silent.set()


async def told_in(call: Any, sequences: list[int]) -> None:
    async for reply in call:
        sequences.append(reply.event.sequence)  # noqa: PERF401 - what came before the error counts


async def test_a_watch_that_is_not_read_is_given_up_and_its_reader_told_to_resume() -> None:
    seconds = Histogram("seconds", "Time", ["method", "code"], registry=CollectorRegistry())
    server = grpc.aio.server(interceptors=[Edge(access.everybody, seconds, stall_s=0.1)])
    talker = Talker()
    generation_service_pb2_grpc.add_GenerationServiceServicer_to_server(talker, server)
    port = server.add_insecure_port("127.0.0.1:0")
    await server.start()
    async with grpc.aio.insecure_channel(f"127.0.0.1:{port}", options=WINDOW) as channel:
        stub = generation_service_pb2_grpc.GenerationServiceStub(channel)
        call = cast(Any, stub.WatchGeneration(wire.WatchGenerationRequest(name="generations/1")))
        await asyncio.wait_for(talker.silent.wait(), 30)
        sequences: list[int] = []
        with pytest.raises(grpc.aio.AioRpcError, match="resume") as told:
            await told_in(call, sequences)
        assert told.value.code() == grpc.StatusCode.UNAVAILABLE
        assert sequences == list(range(1, len(sequences) + 1))
        assert 1 <= len(sequences) < 100
    await server.stop(None)
