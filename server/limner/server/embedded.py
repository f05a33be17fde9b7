"""The real server inside another program: on a free loopback port, with an event loop of its own.

Two programs with one data folder share one server: the second uses the first one's, and stands by to go on at the same
address should the first one end before it.
"""

import asyncio
import contextlib
import socket
import threading
import time
from collections.abc import Mapping
from dataclasses import replace
from types import TracebackType
from typing import Any, Protocol, Self

from platformdirs import user_data_path

from limner.server import folder
from limner.server.config import ServerConfig
from limner.server.errors import ConfigError, FolderInUseError
from limner.server.service import running

PATIENCE_S = 10.0  # for a server that has the folder and is about to start or to end
LOOK_S = 0.1  # between two looks at the folder


class Server(Protocol):
    """What answers at `address` until `stop`."""

    address: str

    def stop(self) -> None: ...

    def __enter__(self) -> Self: ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None: ...


class Embedded:
    """A server in a background thread; `address` is where it answers, `web` its HTTP door where it has one."""

    def __init__(self, config: ServerConfig) -> None:
        self.address = ""
        self.web: str | None = None
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
            self.address, self.web = server.address, server.web
            self._ready.set()
            await self._stop.wait()


class Standby:
    """Another program's server at `address`. When that program ends, a server of ours goes on there."""

    def __init__(self, config: ServerConfig, address: str) -> None:
        self.address = address
        self._config = replace(config, listen=address)
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._stand_by, name="limner-standby", daemon=True)
        self._thread.start()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def stop(self) -> None:
        """End our server where there is one; the other program's stays."""
        self._stopped.set()
        self._thread.join()

    def _stand_by(self) -> None:
        while not self._stopped.wait(LOOK_S):
            if not folder.free(self._config.data_dir):
                continue
            with contextlib.suppress(ConfigError), Embedded(self._config):  # another one may have been faster
                self._stopped.wait()


def start(config: Mapping[str, Any] | None = None) -> Server:
    """Start the server with settings as in `limner.toml`; by default it keeps its data in the user's data folder.

    The networks run inside unless `worker` says otherwise. Where another program has the folder, its server is used. Raises ConfigError when that one does not answer.
    """
    ours: dict[str, Any] = {"listen": "127.0.0.1:0", "data_dir": user_data_path("limner"), "grace_s": 0.0}
    ours["worker"] = "inside"  # two more processes take as long to start as a whole picture takes to draw
    values = {**ours, **(config or {})}
    settings = ServerConfig.of(values)
    end = time.monotonic() + PATIENCE_S
    while True:
        try:
            return Embedded(settings)
        except FolderInUseError as error:
            address = folder.published(settings.data_dir)
            if address is not None and _listening(address):
                return Standby(settings, address)
            if time.monotonic() > end:
                raise ConfigError(
                    f"another program uses {settings.data_dir} and does not answer; end it and try again"
                ) from error
        time.sleep(LOOK_S)


def _listening(address: str) -> bool:
    host, _, port = address.rpartition(":")
    try:
        socket.create_connection((host.strip("[]"), int(port)), timeout=1).close()
    except (OSError, ValueError):
        return False
    return True
