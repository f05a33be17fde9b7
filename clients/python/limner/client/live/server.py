"""Pictures that a server tells of, as `limner watch` publishes them: no looking at the disk, and other machines hear too."""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import threading
from pathlib import Path

from limner.client.aio import AsyncClient
from limner.client.connection import DEFAULT_SERVER
from limner.client.errors import LimnerError, UnreachableError
from limner.client.live.folder import Folder
from limner.client.live.pictures import PictureError, decoded
from limner.client.live.sources import Arrived, Sink
from limner.v1.asset_pb2 import AssetChange, Publication

LOOKS_S = 0.1  # how soon it notices that the game has ended
PATIENCE_S = 5.0  # without an answer, before the person who runs the game reads of it


class Server(Folder):
    """The pictures below a folder by relative path, changed when `server` says so.

    The folder is that of the project; `below` is the part of it that the names begin in, such as `art`. Where the game runs on the machine
    of the project, a change is read from the disk; elsewhere the picture comes from the server that drew it. A lost
    connection is opened again, and goes on after the last change that arrived.
    """

    def __init__(
        self,
        folder: Path | str,
        server: str = DEFAULT_SERVER,
        *,
        below: str = "",
        project: str = "",
        key_file: Path | None = None,
    ) -> None:
        super().__init__(Path(folder) / below)
        self.server = server
        self.connected = threading.Event()  # the server tells of changes
        self._below = f"{below.strip('/')}/" if below else ""
        self._project = project
        self._key_file = key_file
        self._after: int | None = None

    def run(self, sink: Sink, stopping: threading.Event) -> None:
        """Listen until `stopping` is set."""
        asyncio.run(self._listen(sink, stopping))

    async def _listen(self, sink: Sink, stopping: threading.Event) -> None:
        following = asyncio.create_task(self._follow(sink))
        while not (stopping.is_set() or following.done()):  # noqa: ASYNC110  # an event of threads wakes no event loop
            await asyncio.sleep(LOOKS_S)
        following.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await following

    async def _follow(self, sink: Sink) -> None:
        told = False
        while True:
            try:
                async with AsyncClient(self.server, key_file=self._key_file, patience_s=PATIENCE_S) as client:
                    await self._take_all(client, sink)
            except UnreachableError as error:
                if not told or self.connected.is_set():
                    sink.say(f"{error}; trying again")
                told = True
                self.connected.clear()
            except LimnerError as error:
                sink.say(f"{error}; pictures change no more")
                return

    async def _take_all(self, client: AsyncClient, sink: Sink) -> None:
        def subscribed(sequence: int) -> None:
            self._after = sequence
            self.connected.set()

        kinds = (AssetChange.KIND_PUBLISHED,)
        changes = client.watch_assets(self._after, kinds=kinds, project=self._project, subscribed=subscribed)
        async for change in changes:
            self._after = change.sequence
            if change.kind == AssetChange.KIND_RESET:
                self.look(sink)
            elif change.kind == AssetChange.KIND_PUBLISHED:
                await self._take(change.publication, client, sink)

    async def _take(self, publication: Publication, client: AsyncClient, sink: Sink) -> None:
        """Hand on what the game shows of a publication."""
        files = [file for file in publication.files if file.digest and file.path.startswith(self._below)]
        for file in files:
            name = file.path.removeprefix(self._below)
            if not self.follows(name):
                continue
            if digest_of(self.folder / name) == file.digest:
                self.look(sink)
            elif publication.asset and len(files) == 1:
                await self._fetch(name, publication.asset, client, sink)
            else:
                sink.say(f"{file.path} has changed elsewhere; copy it here to see it")

    async def _fetch(self, name: str, asset: str, client: AsyncClient, sink: Sink) -> None:
        try:
            sink.put(Arrived(name, decoded(await client.read(asset))))
        except PictureError as error:
            sink.say(f"{asset} cannot be read ({error}); the game keeps its last picture")


def digest_of(path: Path) -> str:
    """sha256 of a file, in hex; empty where there is none."""
    try:
        return hashlib.sha256(path.read_bytes()).hexdigest()
    except OSError:
        return ""
