"""The real server inside another program: on a free loopback port, with an event loop of its own."""

import asyncio
import threading
from collections.abc import Mapping
from types import TracebackType
from typing import Any, Self

from platformdirs import user_data_path

from limner.server.config import ServerConfig
from limner.server.service import running


class Embedded:
    """A server in a background thread; `address` is where it answers."""

    def __init__(self, config: ServerConfig) -> None:
        self.address = ""
        self._config = config
        self._ready = threading.Event()
        self._failure: BaseException | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._stop = asyncio.Event()
        self._thread = threading.Thread(target=self._run, name="limner-server", daemon=True)
        self._thread.start()
        self._ready.wait()
        if self._failure is not None:
            raise self._failure

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def stop(self) -> None:
        """Drain and end; harmless when it has ended."""
        if self._loop is not None and self._thread.is_alive():
            self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join()

    def _run(self) -> None:
        try:
            asyncio.run(self._serve())
        except BaseException as error:
            self._failure = error
        finally:
            self._ready.set()

    async def _serve(self) -> None:
        self._loop = asyncio.get_running_loop()
        async with running(self._config) as server:
            self.address = server.address
            self._ready.set()
            await self._stop.wait()


def start(config: Mapping[str, Any] | None = None) -> Embedded:
    """Start the server with settings as in `limner.toml`; by default it keeps its data in the user's data folder."""
    values = {"listen": "127.0.0.1:0", "data_dir": user_data_path("limner"), "grace_s": 0.0, **(config or {})}
    return Embedded(ServerConfig.of(values))
