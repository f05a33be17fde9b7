"""A live server with both doors for programs of any language: the Gaussian world, on a thread and an event loop of its own."""

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from limner.server.config import ServerConfig
from limner.server.service import Running, running
from tests.server.conftest import WORLD, write_world

PATIENCE_S = 30


class Served:
    """The server; `stop` breaks every connection, `start` comes back at the same addresses with what is on disk."""

    def __init__(self, folder: Path, **changes: Any) -> None:
        self.model = WORLD
        self._settings: dict[str, Any] = {
            "data_dir": str(folder / "data"), "model_dirs": [str(folder / "models")], "grace_s": 0.0,
            "listen": "127.0.0.1:0", "web": "127.0.0.1:0", **changes,
        }  # fmt: skip
        write_world(folder / "models" / WORLD)
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="served", daemon=True)
        self._thread.start()
        self.start()

    @property
    def address(self) -> str:
        return str(self._settings["listen"])

    @property
    def url(self) -> str:
        return f"http://{self._settings['web']}"

    def start(self) -> None:
        found: list[Running] = []
        up = threading.Event()
        self._ending = asyncio.Event()

        async def serve() -> None:
            async with running(ServerConfig.of(self._settings)) as server:
                found.append(server)
                up.set()
                await self._ending.wait()

        self._served = asyncio.run_coroutine_threadsafe(serve(), self._loop)
        self._served.add_done_callback(lambda _: up.set())
        assert up.wait(PATIENCE_S), "the server did not start"
        if not found:
            self._served.result()
        self._settings |= {"listen": found[0].address, "web": found[0].web}

    def stop(self) -> None:
        self._loop.call_soon_threadsafe(self._ending.set)
        self._served.result(PATIENCE_S)

    def close(self) -> None:
        self.stop()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()


@contextmanager
def served(folder: Path, **changes: Any) -> Iterator[Served]:
    """A server with changed settings, until the block ends."""
    server = Served(folder, **changes)
    try:
        yield server
    finally:
        server.close()
