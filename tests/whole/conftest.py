"""The real server over a real socket."""

from collections.abc import AsyncIterator
from pathlib import Path

import grpc
import pytest

from limner.client import AsyncClient
from limner.server.config import ServerConfig
from limner.server.service import Running, running


@pytest.fixture
async def server(tmp_path: Path) -> AsyncIterator[Running]:
    config = ServerConfig.of({"listen": "127.0.0.1:0", "data_dir": tmp_path / "data", "grace_s": 0.0, "max_queued": 40})
    async with running(config) as started:
        yield started


@pytest.fixture
async def client(server: Running) -> AsyncIterator[AsyncClient]:
    async with AsyncClient(server.address) as connected:
        yield connected


@pytest.fixture
async def channel(server: Running) -> AsyncIterator[grpc.aio.Channel]:
    async with grpc.aio.insecure_channel(server.address, options=[("grpc.max_send_message_length", -1)]) as opened:
        yield opened
