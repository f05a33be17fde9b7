"""Tells subscribed engines what was written, as soon as a server takes it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path

from limner.client.errors import InvalidRequestError, LimnerError, NotSupportedError
from limner.client.project.building import Built
from limner.client.project.connecting import Connect
from limner.v1.asset_pb2 import ProjectFile, Publication

MOST = 100  # publications of one call
FIRST_PAUSE_S, LONGEST_PAUSE_S = 0.5, 15.0  # between attempts while no server answers


class Publisher:
    """Keeps what was built until a server has it, in order; nothing waits for that. A context manager's task runs `run`."""

    def __init__(self, connect: Connect, project: str, root: Path, complain: Callable[[str], None]) -> None:
        self._connect, self._project, self._root, self._complain = connect, project, root, complain
        self._waiting: list[Publication] = []
        self._filled = asyncio.Event()

    def publish(self, built: Built) -> None:
        """Tell what changed; nothing where nothing did."""
        files = [ProjectFile(path=each.path, digest=each.digest, size_bytes=each.size_bytes) for each in built.changes]
        if files:
            self._waiting.append(
                Publication(
                    project=self._project,
                    folder=str(self._root),
                    key=built.key,
                    files=files[:1000],
                    formats=built.formats,
                    asset=built.asset,
                )
            )
            self._filled.set()

    async def run(self) -> None:
        """Publish for ever. A server that is away is waited for; one that refuses is complained of."""
        pause_s = FIRST_PAUSE_S
        while True:
            await self._filled.wait()
            part = self._waiting[:MOST]
            try:
                await (await self._connect()).publish_asset_changes(part)
            except (InvalidRequestError, NotSupportedError) as error:
                self._complain(f"engines were not told of {len(part)} changes: {error}")
            except LimnerError as error:
                self._complain(f"{len(self._waiting)} changes wait for a server: {error}")
                await asyncio.sleep(pause_s)
                pause_s = min(2 * pause_s, LONGEST_PAUSE_S)
                continue
            pause_s = FIRST_PAUSE_S
            del self._waiting[: len(part)]
            if not self._waiting:
                self._filled.clear()
