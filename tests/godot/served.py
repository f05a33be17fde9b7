"""The real server with its HTTP door, on a thread of its own, so that it can end and come back while Godot runs."""

import asyncio
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from limner.server.config import ServerConfig
from limner.server.database import open_database
from limner.server.keys import KeyStore, NewKey
from limner.server.service import running


class Served:
    """A server that answers at `address` over HTTP, at `grpc` too, until it is stopped; it comes back at the same addresses."""

    def __init__(self, folder: Path, settings: Mapping[str, Any]) -> None:
        """Data and the file of a key lie in `folder`; the server lets nobody in without a key."""
        data_dir = folder / "server"
        data_dir.mkdir()
        self.key = asyncio.run(fresh_key(data_dir))
        self.key_file = folder / "key"
        self.key_file.write_text(self.key)
        self._settings: dict[str, Any] = {
            "listen": "127.0.0.1:0", "web": "127.0.0.1:0", "grace_s": 0.0, "access": "keys", "data_dir": data_dir, **settings
        }  # fmt: skip
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
        async with running(ServerConfig.of(self._settings)) as server:
            assert server.web is not None
            self._settings |= {"web": server.web, "listen": server.address}
            self._ready.set()
            await self._stop.wait()


async def fresh_key(data_dir: Path) -> str:
    """A key, made as `limner keys create` makes one."""
    database = await open_database(data_dir / "limner.db")
    try:
        return (await KeyStore(database).create(NewKey(owner="ada")))[1]
    finally:
        await database.dispose()


@contextmanager
def served(folder: Path, **settings: Any) -> Iterator[Served]:
    """A server until the block ends."""
    server = Served(folder, settings)
    try:
        yield server
    finally:
        server.stop()
