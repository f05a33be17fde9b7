"""The HTTP door over a real socket, and Studio in a real browser."""

import json
import shutil
import struct
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from functools import partial
from pathlib import Path
from typing import Any

import httpx
import pytest
import pytest_asyncio
from playwright.async_api import Browser, Page, async_playwright, expect
from prometheus_client import CollectorRegistry, Histogram

from limner.server import access
from limner.server.config import ServerConfig
from limner.server.interceptors import Edge
from limner.server.service import running
from limner.server.services.model import ServerService
from limner.server.web.connect import Services
from limner.server.web.connections import HEAD_S
from limner.server.web.door import NEVER_S, Door
from limner.server.web.messages import read
from limner.v1 import server_service_pb2_grpc
from tests.consumers.browser import FLAGS, PROGRAM, TIMEOUT_MS
from tests.server.conftest import WORLD

GENERATIONS = "/limner.v1.GenerationService"
ASSETS = "/limner.v1.AssetService"
SERVER = "/limner.v1.ServerService"
STREAM = {"content-type": "application/connect+json"}
expect.set_options(timeout=TIMEOUT_MS)
END = 0b10  # the flag of a stream's last envelope

Entered = Callable[..., AbstractAsyncContextManager[httpx.AsyncClient]]


@pytest.fixture
def entered(settings: dict[str, Any]) -> Entered:
    """Opens a server with a door and changed settings, and a client of the door."""

    @asynccontextmanager
    async def open_door(
        authenticator: access.Authenticator = access.everybody, **changes: Any
    ) -> AsyncIterator[httpx.AsyncClient]:
        config = ServerConfig.of({**settings, "web": "127.0.0.1:0", **changes})
        async with (
            running(config, authenticator) as server,
            httpx.AsyncClient(base_url=f"http://{server.web}", timeout=120, trust_env=False) as client,
        ):
            yield client

    return open_door


@pytest.fixture
async def web(entered: Entered) -> AsyncIterator[httpx.AsyncClient]:
    async with entered() as client:
        yield client


def door_of(*services: Callable[[Any], None], head_s: float = HEAD_S, **changes: Any) -> Door:
    """A door with some services and nothing behind them."""
    seconds = Histogram("seconds", "Time", ["method", "code"], registry=CollectorRegistry())
    config = ServerConfig.of(changes)
    edge = Edge(access.everybody, seconds, NEVER_S, read)
    return Door(config, "127.0.0.1:0", Services(services, edge, config.max_message_bytes), head_s)


@asynccontextmanager
async def lobby(**changes: Any) -> AsyncIterator[httpx.AsyncClient]:
    """A client of a door that only tells what the server is."""
    door = door_of(partial(server_service_pb2_grpc.add_ServerServiceServicer_to_server, ServerService()), **changes)
    door.start()
    async with httpx.AsyncClient(base_url=f"http://{door.address}", timeout=120, trust_env=False) as client:
        yield client
    await door.stop(0)


def envelope(content: bytes, flags: int = 0) -> bytes:
    return struct.pack(">BI", flags, len(content)) + content


async def envelopes(response: httpx.Response) -> AsyncIterator[tuple[int, bytes]]:
    """Flags and content of each envelope, as soon as it is there."""
    buffer = b""
    async for chunk in response.aiter_raw():
        buffer += chunk
        while len(buffer) >= 5 and len(buffer) >= 5 + (size := int.from_bytes(buffer[1:5], "big")):
            yield buffer[0], buffer[5 : 5 + size]
            buffer = buffer[5 + size :]
    assert not buffer, "the stream ended inside an envelope"


async def streamed(
    client: httpx.AsyncClient, method: str, request: dict[str, Any]
) -> tuple[list[dict[str, Any]], dict[str, Any]]:
    """The messages of a stream, and what its end says."""
    messages, end = [], None
    body = envelope(json.dumps(request).encode())
    async with client.stream("POST", method, headers=STREAM, content=body) as response:
        assert response.status_code == 200
        assert response.headers["content-type"] == "application/connect+json"
        async for flags, content in envelopes(response):
            assert end is None, "nothing comes after the end"
            if flags & END:
                end = json.loads(content)
            else:
                messages.append(json.loads(content))
    assert end is not None, "a stream says how it ends"
    return messages, end


def brief(**fields: Any) -> dict[str, Any]:
    """A request in JSON that the world of the tests draws in a moment."""
    steps = fields.pop("steps", 4)
    image = {
        "prompt": "a red dragon",
        "model": "models/gaussian-world",
        "seed": "7",
        "sampling": {"steps": steps},
        **fields,
    }
    return {"generation": {"image": image}}


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def url(models: Path, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[str]:
    """A server with a world that draws at once."""
    values = {
        "listen": "127.0.0.1:0",
        "web": "127.0.0.1:0",
        "data_dir": str(tmp_path_factory.mktemp("studio")),
        "model_dirs": [str(models)],
        "grace_s": 0.0,
    }
    async with running(ServerConfig.of(values)) as server:
        yield f"http://{server.web}/"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def chromium() -> AsyncIterator[Browser]:
    path = shutil.which(PROGRAM)
    if path is None:
        pytest.skip(f"{PROGRAM} is not installed: apt-get install {PROGRAM}")
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=path, args=list(FLAGS), headless=True)
        yield browser
        await browser.close()


@pytest_asyncio.fixture(loop_scope="module")
async def page(chromium: Browser, url: str) -> AsyncIterator[Page]:
    """Studio, connected; whatever the page says to its console is a fault."""
    context = await chromium.new_context(viewport={"width": 1280, "height": 900}, accept_downloads=True)
    await context.grant_permissions(["clipboard-read", "clipboard-write"])
    opened, said = await context.new_page(), list[str]()
    opened.set_default_timeout(TIMEOUT_MS)
    opened.on("console", lambda message: said.append(message.text) if message.type in ("error", "warning") else None)
    opened.on("pageerror", lambda error: said.append(str(error)))
    await opened.goto(url)
    await expect(opened.locator("#link")).to_have_attribute("data-state", "found")
    await opened.get_by_text("More", exact=True).click()
    await opened.get_by_label("Model").select_option(f"models/{WORLD}")
    yield opened
    await context.close()
    assert [text for text in said if "status of 4" not in text and "ERR_FAILED" not in text] == []
