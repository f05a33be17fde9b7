"""The real server with its HTTP door, on a thread of its own, so that it can end and come back while Godot runs."""

import asyncio
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from limner.server import access
from limner.server.config import ServerConfig
from limner.server.errors import UnauthenticatedError
from limner.server.service import running

KEY = "lk_right"


async def only_the_key(metadata: Mapping[str, str | bytes], certificate: str) -> access.Caller:
    """Lets in who brings KEY."""
    if metadata.get("authorization") != f"Bearer {KEY}":
        raise UnauthenticatedError("this key is unknown")
    return access.Caller()


class Served:
    """A server that answers at `address` over HTTP, at `grpc` too, until it is stopped; it comes back at the same addresses."""

    def __init__(self, settings: Mapping[str, Any], authenticator: access.Authenticator) -> None:
        self._settings = {"listen": "127.0.0.1:0", "web": "127.0.0.1:0", "grace_s": 0.0, **settings}
        self._authenticator = authenticator
        self.start()

    @property
    def address(self) -> str:
        return f"http://{self._settings['web']}"

    @property
    def grpc(self) -> str:
        return str(self._settings["listen"])

    def start(self) -> None:
        self._ready, self._failure = threading.Event(), list[BaseException]()
        self._thread = threading.Thread(target=self._run, name="limner-http", daemon=True)
        self._thread.start()
        self._ready.wait()
        if self._failure:
            raise self._failure[0]

    def stop(self) -> None:
        self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join()

    def restart(self, cue: threading.Event, go_on: Callable[[], object]) -> None:
        """At the cue end, while `go_on` lets go of what is held; then come back."""
        assert cue.wait(120)
        self._loop.call_soon_threadsafe(self._stop.set)
        go_on()
        self._thread.join()
        self.start()

    def _run(self) -> None:
        try:
            asyncio.run(self._serve())
        except BaseException as error:
            self._failure.append(error)
        finally:
            self._ready.set()

    async def _serve(self) -> None:
        self._loop, self._stop = asyncio.get_running_loop(), asyncio.Event()
        async with running(ServerConfig.of(self._settings), self._authenticator) as server:
            assert server.web is not None
            self._settings |= {"web": server.web, "listen": server.address}
            self._ready.set()
            await self._stop.wait()


@contextmanager
def served(settings: Mapping[str, Any], authenticator: access.Authenticator = only_the_key) -> Iterator[Served]:
    """A server until the block ends."""
    server = Served(settings, authenticator)
    try:
        yield server
    finally:
        server.stop()
