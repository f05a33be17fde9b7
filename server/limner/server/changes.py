"""The history of changes to assets and published files, for those who follow it.

It is in the database: a server that starts again, or another one that shares the database, goes on telling where a follower
was. A follower costs a cursor, however slowly it reads. Only the newest `KEPT` changes are there; who comes later is told so.
"""

import asyncio
import logging
import time
from collections.abc import AsyncGenerator, Callable, Sequence
from dataclasses import dataclass
from enum import IntEnum
from functools import partial
from typing import Any, NamedTuple

from sqlalchemy import Connection, Select, delete, func, insert, select

from limner.server.database import Database, asset_changes
from limner.server.jobs import StoredAsset

log = logging.getLogger(__name__)
KEPT, PRUNED_EVERY, PAGE = 10_000, 500, 100
ALIVE_S = 20.0  # between two signs of life to a follower
GATHER_S = 0.02  # created assets of this time are stored together: they are many, and nobody waits for them
LOOK_S = 1.0  # how often a shared database is asked what other processes stored
NUMBERING = 0x6368616E6765  # "change": the Postgres lock under which sequences rise in the order of commits


class Kind(IntEnum):
    """What happened; the numbers are stored, and those of the wire."""

    CREATED = 1
    DELETED = 2
    PUBLISHED = 3
    RESET = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One change as it is stored. `subject` is an asset's id, or a Publication."""

    owner: str
    kind: Kind
    subject: bytes = b""
    project: str = ""
    sequence: int = 0  # given when it is stored
    create_time: float = 0.0


class Step(NamedTuple):
    """How far a follower has heard, and what is new; None is a sign of life."""

    sequence: int
    change: Change | None


class Changes:
    """Stores changes and tells them to their owners."""

    def __init__(self, database: Database, clock: Callable[[], float] = time.time) -> None:
        self._database, self._clock = database, clock
        self._newest = 0
        self._news = asyncio.Event()
        self._created: list[Change] = []
        self._tasks: set[asyncio.Task[None]] = set()

    async def start(self) -> None:
        """Find out where the history stands."""
        await self._look()
        if self._database.shared:
            self._start(self._keep_looking())

    async def close(self) -> None:
        """Store what is still to be stored."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._store_created()

    def created(self, assets: Sequence[StoredAsset]) -> None:
        """Assets are new. They are stored in a moment; a crash before that takes the news of them, not the assets."""
        if not self._created:
            self._start(self._store_soon())
        self._created += [Change(owner=asset.owner, kind=Kind.CREATED, subject=asset.id.encode()) for asset in assets]

    async def record(self, changes: Sequence[Change]) -> int:
        """Store changes, in order, and tell them; the sequence of the last one."""
        now = self._clock()
        last = await self._database.run(lambda connection: self._stored(connection, changes, now))
        self._tell(last)
        return last

    async def follow(
        self, owner: str, after: int | None, kinds: Sequence[Kind] = (), project: str = ""
    ) -> AsyncGenerator[Step, None]:
        """First where the history stands, then every change after sequence `after` (None: from now on), for ever.

        Where the history does not reach back so far, or never came so far, the first change is a reset.
        """
        oldest, newest = await self._database.run(_ends)
        self._tell(newest)
        at = newest if after is None else after
        if at > newest or at < oldest - 1:
            at = newest
            yield Step(at, Change(owner=owner, kind=Kind.RESET, sequence=at, create_time=self._clock()))
        else:
            yield Step(at, None)
        query = _query(owner, kinds, project)
        while True:
            upto = self._newest
            found = await self._database.run(partial(_found, query=query, after=at, upto=upto))
            for change in found:
                at = change.sequence
                yield Step(at, change)
            if len(found) == PAGE:
                continue
            at = upto
            while self._newest <= at:
                if not await self._heard():
                    yield Step(at, None)

    async def _heard(self) -> bool:
        """Wait for news; False when there is none for a while."""
        try:
            async with asyncio.timeout(ALIVE_S):
                await self._news.wait()
        except TimeoutError:
            return False
        return True

    def _tell(self, newest: int) -> None:
        if newest > self._newest:
            self._newest = newest
            self._news.set()
            self._news = asyncio.Event()

    def _stored(self, connection: Connection, changes: Sequence[Change], now: float) -> int:
        if self._database.shared:
            connection.execute(select(func.pg_advisory_xact_lock(NUMBERING)))
        newest: int = connection.scalar(select(func.coalesce(func.max(asset_changes.c.sequence), 0))) or 0
        rows = [
            {"owner": each.owner, "kind": each.kind, "subject": each.subject, "project": each.project}
            | {"sequence": newest + number, "create_time": now}
            for number, each in enumerate(changes, start=1)
        ]
        connection.execute(insert(asset_changes), rows)
        last = newest + len(rows)
        if last // PRUNED_EVERY > newest // PRUNED_EVERY:
            connection.execute(delete(asset_changes).where(asset_changes.c.sequence <= last - KEPT))
        return last

    async def _store_soon(self) -> None:
        await asyncio.sleep(GATHER_S)
        await self._store_created()

    async def _store_created(self) -> None:
        changes, self._created = self._created, []
        try:
            if changes:
                await self.record(changes)
        except Exception:  # a database that is away; the assets can still be listed
            log.exception("the news of %d assets are lost", len(changes))

    async def _keep_looking(self) -> None:
        while True:
            await asyncio.sleep(LOOK_S)
            try:
                await self._look()
            except Exception:
                log.exception("the history of changes could not be read; trying again")

    async def _look(self) -> None:
        self._tell((await self._database.run(_ends))[1])

    def _start(self, work: Any) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)


def _ends(connection: Connection) -> tuple[int, int]:
    """The sequences of the oldest and the newest change; 1 and 0 where there is none."""
    sequence = asset_changes.c.sequence
    oldest, newest = connection.execute(select(func.min(sequence), func.max(sequence))).one()
    return (1, 0) if newest is None else (oldest, newest)


def _query(owner: str, kinds: Sequence[Kind], project: str) -> Select[Any]:
    table = asset_changes
    query = select(table).where(table.c.owner == owner).order_by(table.c.sequence).limit(PAGE)
    if kinds:
        query = query.where(table.c.kind.in_(kinds))
    if project:
        query = query.where((table.c.project == project) | (table.c.kind != Kind.PUBLISHED))
    return query


def _found(connection: Connection, query: Select[Any], after: int, upto: int) -> list[Change]:
    part = query.where(asset_changes.c.sequence > after, asset_changes.c.sequence <= upto)
    return [Change(**{**row, "kind": Kind(row["kind"])}) for row in connection.execute(part).mappings()]
