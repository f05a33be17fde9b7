"""The durable record of generations and assets. Only this module writes SQL.

What a call stored outlives this process when the call returns, and the machine after `durable`. A power cut may so take the
end of a generation, never a generation: it is drawn again, to the same bytes. A generation moves along `MOVES` and no other
way: every move is one conditional UPDATE, so two that race cannot both win.
"""

import asyncio
import time
import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from sqlalchemy import RowMapping, Table, delete, func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncEngine

from limner.server import database
from limner.server.errors import AlreadyExistsError, NotFoundError, ResourceExhaustedError

MAX_ATTEMPTS = 5


class State(StrEnum):
    QUEUED = "QUEUED"
    RUNNING = "RUNNING"
    SUCCEEDED = "SUCCEEDED"
    FAILED = "FAILED"
    CANCELLED = "CANCELLED"


MOVES: dict[State, set[State]] = {
    State.QUEUED: {State.RUNNING, State.CANCELLED, State.FAILED},
    State.RUNNING: {State.QUEUED, State.SUCCEEDED, State.FAILED, State.CANCELLED},
    State.SUCCEEDED: set(),
    State.FAILED: set(),
    State.CANCELLED: set(),
}
ENDED = {state for state, moves in MOVES.items() if not moves}


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """A generation as it is stored. Times are seconds since 1970."""

    id: str
    number: int
    owner: str
    request_id: str | None
    fingerprint: str
    brief: bytes
    state: State
    bulk: bool
    model: str
    seed: int
    cache_key: str
    attempt: int
    time_limit_s: float | None
    cached: bool
    error_code: str | None
    error_message: str | None
    create_time: float
    start_time: float | None
    end_time: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredAsset:
    """An asset as it is stored; `facts` holds what was measured and how it was made."""

    id: str
    number: int
    owner: str
    generation: str
    rank: int
    digest: str
    facts: Mapping[str, Any]
    create_time: float


@dataclass(frozen=True, slots=True, kw_only=True)
class NewJob:
    """What Create stores."""

    owner: str
    request_id: str | None
    fingerprint: str
    brief: bytes
    bulk: bool
    model: str
    seed: int
    cache_key: str
    time_limit_s: float | None


NewAsset = tuple[str, Mapping[str, Any]]  # digest, facts


class JobStore:
    """One writer at a time (SQLite has one), readers beside it."""

    def __init__(self, engine: AsyncEngine, max_queued: int, clock: Callable[[], float] = time.time) -> None:
        self._engine = engine
        self._max_queued = max_queued
        self._clock = clock
        self._writing = asyncio.Lock()
        self._disk = database.Disk.of(engine)
        self.queued = 0  # how many wait; kept here so that a refusal costs no query

    async def durable(self) -> None:
        """Return when all that was stored before this call is safe from a power cut; calls at once share one sync."""
        await self._disk.synced()

    def close(self) -> None:
        self._disk.close()

    async def create(self, new: NewJob) -> tuple[Job, bool]:
        """Store a generation; the second answer is False when `request_id` already named it.

        Raises AlreadyExistsError when that id named another brief, ResourceExhaustedError when the queue is full.
        """
        async with self._writing:
            if new.request_id is not None and (job := await self._named(new)) is not None:
                return job, False
            if self.queued >= self._max_queued:
                raise ResourceExhaustedError(
                    f"{self.queued} generations already wait; try again in a second", retry_after_s=1.0
                )
            table = database.generations
            values: dict[str, Any] = {name: getattr(new, name) for name in NewJob.__slots__}
            values |= {"id": uuid.uuid4().hex, "state": State.QUEUED, "attempt": 0}
            values |= {"cached": False, "create_time": self._clock()}
            async with self._engine.begin() as connection:
                stored = insert(table).values(**values, number=_next_number(table)).returning(*table.c)
                job = _job((await connection.execute(stored)).mappings().one())
            self.queued += 1
        return job, True

    async def _named(self, new: NewJob) -> Job | None:
        table = database.generations
        query = select(table).where(table.c.owner == new.owner, table.c.request_id == new.request_id)
        async with self._engine.connect() as connection:
            row = (await connection.execute(query)).mappings().first()
        if row is None:
            return None
        if row["fingerprint"] != new.fingerprint:
            raise AlreadyExistsError(f"request_id {new.request_id!r} already names another brief; choose a new one")
        return _job(row)

    async def get(self, job_id: str, owner: str) -> Job:
        table = database.generations
        async with self._engine.connect() as connection:
            query = select(table).where(table.c.id == job_id, table.c.owner == owner)
            row = (await connection.execute(query)).mappings().first()
        if row is None:
            raise NotFoundError(f"generations/{job_id} does not exist; list them to see those that do")
        return _job(row)

    async def page(self, owner: str, size: int, before: int | None, states: Sequence[State]) -> list[Job]:
        """Newest first, those accepted before number `before`."""
        table = database.generations
        query = select(table).where(table.c.owner == owner).order_by(table.c.number.desc()).limit(size)
        if before is not None:
            query = query.where(table.c.number < before)
        if states:
            query = query.where(table.c.state.in_(states))
        async with self._engine.connect() as connection:
            return [_job(row) for row in (await connection.execute(query)).mappings()]

    async def recover(self) -> list[Job]:
        """After a start: what ran when the last process ended waits again; returns all that wait, in order."""
        table = database.generations
        async with self._writing, self._engine.begin() as connection:
            running = table.c.state == State.RUNNING
            tired = {"state": State.FAILED, "error_code": "INTERNAL", "end_time": self._clock()}
            tired["error_message"] = f"the server stopped {MAX_ATTEMPTS} times while drawing this; report it"
            await connection.execute(update(table).where(running, table.c.attempt >= MAX_ATTEMPTS).values(**tired))
            await connection.execute(update(table).where(running).values(state=State.QUEUED))
            query = select(table).where(table.c.state == State.QUEUED).order_by(table.c.number)
            jobs = [_job(row) for row in (await connection.execute(query)).mappings()]
        self.queued = len(jobs)
        return jobs

    async def move(self, job: Job, state: State, assets: Sequence[NewAsset] = (), **changes: Any) -> Job | None:
        """Move `job` to `state`, with its assets in the same transaction; None when it is no longer where `job` says."""
        moved = await self.end(job, state, assets, **changes)
        return None if moved is None else moved[0]

    async def end(
        self, job: Job, state: State, assets: Sequence[NewAsset] = (), **changes: Any
    ) -> tuple[Job, tuple[StoredAsset, ...]] | None:
        """As `move`, and the assets as they are stored, best first."""
        if state not in MOVES[job.state]:
            raise ValueError(f"a generation cannot go from {job.state} to {state}")
        table = database.generations
        if state is State.RUNNING:
            changes |= {"attempt": job.attempt + 1, "start_time": self._clock()}
        elif state in ENDED:
            changes["end_time"] = self._clock()
        here = (table.c.id == job.id, table.c.state == job.state, table.c.attempt == job.attempt)
        async with self._writing, self._engine.begin() as connection:
            update_here = update(table).where(*here).values(state=state, **changes).returning(*table.c)
            moved = (await connection.execute(update_here)).mappings().first()
            if moved is None:
                return None
            stored: Sequence[RowMapping] = ()
            if assets:
                added = insert(database.assets).values(self._asset_rows(job, assets)).returning(*database.assets.c)
                stored = (await connection.execute(added)).mappings().all()
        self.queued += (state is State.QUEUED) - (job.state is State.QUEUED)
        return _job(moved), tuple(sorted((StoredAsset(**row) for row in stored), key=lambda asset: asset.rank))

    def _asset_rows(self, job: Job, assets: Sequence[NewAsset]) -> list[dict[str, Any]]:
        table = database.assets
        both = {"owner": job.owner, "generation": job.id, "create_time": self._clock()}
        return [
            both
            | {"id": f"{job.id}-{rank}", "number": _next_number(table, rank), "rank": rank}
            | {"digest": digest, "facts": dict(facts)}
            for rank, (digest, facts) in enumerate(assets, start=1)
        ]

    async def assets_of(self, job_id: str) -> list[StoredAsset]:
        return await self._assets(
            select(database.assets).where(database.assets.c.generation == job_id).order_by(database.assets.c.rank)
        )

    async def asset(self, asset_id: str, owner: str) -> StoredAsset:
        table = database.assets
        found = await self._assets(select(table).where(table.c.id == asset_id, table.c.owner == owner))
        if not found:
            raise NotFoundError(f"assets/{asset_id} does not exist; list them to see those that do")
        return found[0]

    async def asset_page(self, owner: str, size: int, before: int | None, generation: str | None) -> list[StoredAsset]:
        table = database.assets
        query = select(table).where(table.c.owner == owner).limit(size)
        if generation is not None:
            return await self._assets(query.where(table.c.generation == generation).order_by(table.c.rank))
        if before is not None:
            query = query.where(table.c.number < before)
        return await self._assets(query.order_by(table.c.number.desc()))

    async def _assets(self, query: Any) -> list[StoredAsset]:
        async with self._engine.connect() as connection:
            return [StoredAsset(**row) for row in (await connection.execute(query)).mappings()]

    async def forget_asset(self, asset: StoredAsset) -> None:
        """Delete the row; the bytes go with the next collection when nothing else names them."""
        async with self._writing, self._engine.begin() as connection:
            await connection.execute(delete(database.assets).where(database.assets.c.id == asset.id))
        await self.durable()

    async def named_digests(self) -> set[str]:
        """Every digest that an asset names."""
        async with self._engine.connect() as connection:
            return set((await connection.scalars(select(database.assets.c.digest).distinct())).all())

    async def cached(self, cache_key: str, owner: str) -> list[StoredAsset]:
        """The assets of an equal request that succeeded, or nothing. Never another owner's."""
        table = database.generations
        query = select(table.c.id).where(
            table.c.cache_key == cache_key, table.c.state == State.SUCCEEDED, table.c.owner == owner
        )
        async with self._engine.connect() as connection:
            job_id = await connection.scalar(query.order_by(table.c.number.desc()).limit(1))
        return [] if job_id is None else await self.assets_of(job_id)


def _next_number(table: Table, ahead: int = 1) -> Any:
    """The number of the row to be inserted, or of the `ahead`th one of a statement that inserts several."""
    return select(func.coalesce(func.max(table.c.number), 0) + ahead).scalar_subquery()


def _job(row: RowMapping) -> Job:
    return Job(**{**row, "state": State(row["state"])})
