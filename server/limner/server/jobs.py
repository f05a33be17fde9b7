"""The durable record of generations and assets. Only this module and `leases` write SQL.

What a call stored outlives this process when the call returns, and the machine after `durable`. A power cut may so take the
end of a generation, never a generation: it is drawn again, to the same bytes. A generation moves along `MOVES` and no other
way: every move is one conditional UPDATE, so two that race cannot both win. The way into RUNNING and back is in `leases`.
"""

import asyncio
import contextlib
import time
import uuid
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from sqlalchemy import RowMapping, delete, func, insert, select, tuple_, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from limner.server import database
from limner.server.errors import AlreadyExistsError, NotFoundError, ResourceExhaustedError


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
    worker: str | None  # who draws it, or drew it last
    lease_until: float | None  # while it runs: when it is anybody's again
    cancel_requested: bool


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
    """Generations and assets in a database. SQLite has one writer, so writers wait for one another here already."""

    def __init__(self, engine: AsyncEngine, max_queued: int, clock: Callable[[], float] = time.time) -> None:
        self._engine = engine
        self._max_queued = max_queued
        self.clock = clock
        self.shared = engine.dialect.name != "sqlite"  # other processes may work on the same database
        self._writing: contextlib.AbstractAsyncContextManager[Any] = (
            contextlib.nullcontext() if self.shared else asyncio.Lock()
        )
        self._disk = database.Disk.of(engine)
        self.queued = 0  # how many wait; kept here so that a refusal costs no query, and counted anew with `leases`

    @contextlib.asynccontextmanager
    async def writing(self) -> AsyncIterator[AsyncConnection]:
        """A transaction, committed at the end."""
        async with self._writing, self._engine.begin() as connection:
            yield connection

    async def durable(self) -> None:
        """Return when all that was stored before this call is safe from a power cut; calls at once share one sync."""
        await self._disk.synced()

    def close(self) -> None:
        self._disk.close()

    async def create(self, new: NewJob) -> tuple[Job, bool]:
        """Store a generation; the second answer is False when `request_id` already named it.

        Raises AlreadyExistsError when that id named another brief, ResourceExhaustedError when the queue is full.
        """
        if self.queued >= self._max_queued:
            if (known := await self._named(new)) is not None:
                return known, False
            raise ResourceExhaustedError(
                f"{self.queued} generations already wait; try again in a second", retry_after_s=1.0
            )
        self.queued += 1
        try:
            async with self.writing() as connection:
                job = await self._inserted(connection, new)
        except IntegrityError:  # the request_id is taken; to ask first would cost every call a query
            self.queued -= 1
            known = await self._named(new)
            if known is None:
                raise
            return known, False
        except BaseException:
            self.queued -= 1
            raise
        self.queued = max(1, self.queued)  # a count in the meantime may have missed it
        return job, True

    async def _inserted(self, connection: AsyncConnection, new: NewJob) -> Job:
        table = database.generations
        values: dict[str, Any] = {name: getattr(new, name) for name in NewJob.__slots__}
        values |= {"id": uuid.uuid4().hex, "state": State.QUEUED, "attempt": 0, "cancel_requested": False}
        values |= {"cached": False, "create_time": self.clock(), "number": database.next_number(self._engine, table)}
        stored = insert(table).values(**values).returning(*table.c)
        return job_of((await connection.execute(stored)).mappings().one())

    async def _named(self, new: NewJob) -> Job | None:
        if new.request_id is None:
            return None
        table = database.generations
        query = select(table).where(table.c.owner == new.owner, table.c.request_id == new.request_id)
        async with self._engine.connect() as connection:
            row = (await connection.execute(query)).mappings().first()
        if row is None:
            return None
        if row["fingerprint"] != new.fingerprint:
            raise AlreadyExistsError(f"request_id {new.request_id!r} already names another brief; choose a new one")
        return job_of(row)

    async def get(self, job_id: str, owner: str) -> Job:
        table = database.generations
        async with self._engine.connect() as connection:
            query = select(table).where(table.c.id == job_id, table.c.owner == owner)
            row = (await connection.execute(query)).mappings().first()
        if row is None:
            raise NotFoundError(f"generations/{job_id} does not exist; list them to see those that do")
        return job_of(row)

    async def page(self, owner: str, size: int, before: int | None, states: Sequence[State]) -> list[Job]:
        """Newest first, those accepted before number `before`."""
        table = database.generations
        query = select(table).where(table.c.owner == owner).order_by(table.c.number.desc()).limit(size)
        if before is not None:
            query = query.where(table.c.number < before)
        if states:
            query = query.where(table.c.state.in_(states))
        async with self._engine.connect() as connection:
            return [job_of(row) for row in (await connection.execute(query)).mappings()]

    async def ahead(self, job: Job) -> int:
        """How many generations wait that are to be drawn before this one."""
        table = database.generations
        earlier = tuple_(table.c.bulk, table.c.number) < tuple_(job.bulk, job.number)
        query = select(func.count()).select_from(table).where(table.c.state == State.QUEUED, earlier)
        async with self._engine.connect() as connection:
            return await connection.scalar(query) or 0

    async def now(self, ids: Sequence[str]) -> list[Job]:
        """These generations as they are stored now, whoever owns them."""
        table = database.generations
        async with self._engine.connect() as connection:
            rows = await connection.execute(select(table).where(table.c.id.in_(ids)))
            return [job_of(row) for row in rows.mappings()]

    async def move(self, job: Job, state: State, assets: Sequence[NewAsset] = (), **changes: Any) -> Job | None:
        """Move `job` to an end, with its assets in the same transaction; None when it is no longer where `job` says."""
        ended = await self.end(job, state, assets, **changes)
        return None if ended is None else ended[0]

    async def end(
        self, job: Job, state: State, assets: Sequence[NewAsset] = (), **changes: Any
    ) -> tuple[Job, tuple[StoredAsset, ...]] | None:
        """As `move`, and the assets as they are stored, best first."""
        if state not in MOVES[job.state] or state not in ENDED:
            raise ValueError(f"a generation cannot go from {job.state} to {state} like this")
        table = database.generations
        changes |= {"end_time": self.clock(), "lease_until": None}
        here = (table.c.id == job.id, table.c.state == job.state, table.c.attempt == job.attempt)
        statement = update(table).where(*here).values(state=state, **changes).returning(*table.c)
        async with self.writing() as connection:
            moved = (await connection.execute(statement)).mappings().first()
            if moved is None:
                return None
            stored: Sequence[RowMapping] = ()
            if assets:
                added = insert(database.assets).values(self._asset_rows(job, assets)).returning(*database.assets.c)
                stored = (await connection.execute(added)).mappings().all()
        self.queued -= job.state is State.QUEUED
        return job_of(moved), tuple(sorted((StoredAsset(**row) for row in stored), key=lambda asset: asset.rank))

    def _asset_rows(self, job: Job, assets: Sequence[NewAsset]) -> list[dict[str, Any]]:
        table = database.assets
        both = {"owner": job.owner, "generation": job.id, "create_time": self.clock()}
        return [
            both
            | {"id": f"{job.id}-{rank}", "number": database.next_number(self._engine, table, rank), "rank": rank}
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
        async with self.writing() as connection:
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


def job_of(row: RowMapping) -> Job:
    """A generation from all columns of its row."""
    return Job(**{**row, "state": State(row["state"])})
