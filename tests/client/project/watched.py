"""A project that is watched, as `limner watch` does it, with a game that listens."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from limner.client import AsyncClient
from limner.client.options import Settings
from limner.client.project import telling
from limner.client.project import watch as watching
from limner.client.project.scanning import scope_of
from limner.client.testing import FlatWorld
from limner.v1.asset_pb2 import AssetChange


@dataclass
class Watched:
    """A project that is watched: what was published, file by file, and what was complained of."""

    world: FlatWorld
    root: Path
    changes: asyncio.Queue[AssetChange] = field(default_factory=asyncio.Queue)
    said: asyncio.Queue[str] = field(default_factory=asyncio.Queue)

    async def published(self, *paths: str) -> list[str]:
        """The keys of the next publications, up to the one with which all these files were told."""
        keys, missing = [], set(paths)
        async with asyncio.timeout(30):
            while missing:
                publication = (await self.changes.get()).publication
                keys.append(publication.key.rpartition("#")[2])
                missing -= {file.path for file in publication.files}
        return keys

    async def published_next(self) -> None:
        async with asyncio.timeout(30):
            await self.changes.get()

    async def complaint(self) -> str:
        async with asyncio.timeout(60):
            return await self.said.get()


@asynccontextmanager
async def watched(
    world: FlatWorld,
    root: Path,
    monkeypatch: pytest.MonkeyPatch,
    first: Sequence[str] = ("key.png", "hat.png"),
    poll: bool = False,
) -> AsyncIterator[Watched]:
    """Watch until the context ends; it begins when `first` were published, so everything later is seen."""
    found, told = Watched(world, root), len(world.changes)
    monkeypatch.setattr(telling, "complain", found.said.put_nowait)
    monkeypatch.setattr(watching, "complain", found.said.put_nowait)
    async with AsyncClient(world.address, patience_s=60) as client, asyncio.TaskGroup() as tasks:

        async def follow() -> None:
            async for change in client.watch_assets(told):
                found.changes.put_nowait(change)

        tasks_running = [
            tasks.create_task(follow()),
            tasks.create_task(watching.watch(Settings(server=world.address, quiet=True), scope_of(root), poll, "")),
        ]
        await found.published(*first)
        yield found
        for task in tasks_running:
            task.cancel()
        with suppress(asyncio.CancelledError):
            await tasks_running[1]


async def until(condition: object, game: Watched) -> None:
    """Wait for something that publishes nothing: the picture is the same, only the request is another."""
    async with asyncio.timeout(60):
        while not condition():  # type: ignore[operator]
            await wait_for_change(game.world)


async def wait_for_change(world: FlatWorld) -> None:
    async def change() -> None:
        async with world.changed:
            await world.changed.wait()

    await asyncio.wrap_future(asyncio.run_coroutine_threadsafe(change(), world._loop))
