"""The HTTP/1.1 door: the services of the gRPC door for engines and browsers, in the same event loop."""

import asyncio
import contextlib
import socket
import ssl
from collections.abc import Iterator
from functools import partial
from typing import Any

import uvicorn

from limner.server.config import ServerConfig
from limner.server.errors import ConfigError
from limner.server.web.connect import Services
from limner.server.web.connections import HEAD_S, Connection, Limits
from limner.server.web.guard import Guard
from limner.server.web.pages import Pages
from limner.server.web.site import Site

BACKLOG = 2048
NEVER_S = 1e9  # for the edge: what a stream's reader does not take, the door sees


class Door:
    """Answers at `address`, from its start until it is stopped."""

    def __init__(self, config: ServerConfig, web: str, services: Services, head_s: float = HEAD_S) -> None:
        """A client has `head_s` seconds for the head of a request. Raises ConfigError."""
        host, _, port = web.rpartition(":")
        self.socket = _bound(web, host, port)
        self.address = f"{host}:{self.socket.getsockname()[1]}"
        self.serving = True  # what /healthz says
        self._services = services
        site = Site(services, Pages(), lambda: self.serving, config.max_message_bytes, config.stall_s)
        guard = Guard(site, host, config.web_origins, config.web_hosts)
        connection: Any = partial(Connection, Limits(config.max_connections, head_s))
        self._server = Quiet(
            uvicorn.Config(
                guard,
                http=connection,
                ws="none",
                lifespan="off",
                log_config=None,
                log_level="warning",
                access_log=False,
                proxy_headers=False,
                server_header=False,
                date_header=False,  # needs a tick every second
                backlog=BACKLOG,
                **_tls(config),
                timeout_graceful_shutdown=1,
            )
        )
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        self._task = asyncio.create_task(self._server.serve([self.socket]))

    async def stop(self, grace_s: float) -> None:
        """Take no more connections; what is not answered after `grace_s` ends as UNAVAILABLE."""
        self._server.ending.set()
        if self._task is None:
            self.socket.close()
            return
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(asyncio.shield(self._task), grace_s)
        self._services.stop()
        await self._task


class Quiet(uvicorn.Server):
    """Leaves the signals to the program that it is a part of, and sleeps until it is told to end."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.ending = asyncio.Event()

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield

    async def main_loop(self) -> None:
        await self.on_tick(0)  # makes the headers that every answer has
        await self.ending.wait()


def _tls(config: ServerConfig) -> dict[str, Any]:
    """What uvicorn needs for HTTPS, where the settings name a certificate."""
    if config.tls_certificate is None:
        return {}
    asked = ssl.CERT_NONE if config.tls_client_ca is None else ssl.CERT_REQUIRED
    files = {"ssl_certfile": config.tls_certificate, "ssl_keyfile": config.tls_key}
    return {**files, "ssl_ca_certs": config.tls_client_ca and str(config.tls_client_ca), "ssl_cert_reqs": asked}


def _bound(web: str, host: str, port: str) -> socket.socket:
    """A socket at HOST:PORT. Raises ConfigError."""
    try:
        if not 0 <= int(port) <= 65535:
            raise ValueError("a port is 0 to 65535")
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        opened = socket.create_server((host.strip("[]"), int(port)), family=family, backlog=BACKLOG)
    except (OSError, ValueError) as error:
        raise ConfigError(f"web: {web!r} cannot be opened ({error}); write HOST:PORT with a free port") from error
    # Connections inherit it. asyncio sets it only where a socket names its protocol; without it an answer waits 40 ms for an acknowledgement.
    opened.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return opened
