"""The durable record of generations and assets. Only this module and `leases` write SQL.

What a call stored outlives this process when the call returns, and the machine after `durable`. A power cut may so take the
end of a generation, never a generation: it is drawn again, to the same bytes. A generation moves along `MOVES` and no other
way: every move is one conditional UPDATE, so two that race cannot both win. The way into RUNNING and back is in `leases`. One
that equals a generation that succeeded is stored as succeeded, and makes no move.
"""

import time
import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from sqlalchemy import Connection, RowMapping, Select, delete, func, select, tuple_
from sqlalchemy.exc import IntegrityError

from limner.server import statements
from limner.server.database import Database, Disk, assets, generations
from limner.server.errors import AlreadyExistsError, NotFoundError, ResourceExhaustedError
from limner.server.vault import Vault, shred


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
    """Generations and assets in a database."""

    def __init__(
        self,
        database: Database,
        max_queued: int,
        clock: Callable[[], float] = time.time,
        vault: Vault | None = None,
    ) -> None:
        self.database = database
        self._max_queued = max_queued
        self.clock = clock
        self.vault = vault or Vault(None)
        self.shared = database.shared  # other processes may work on the same database
        self._disk = Disk(database.log)
        self._new_generation = statements.inserted(generations, database.shared)
        self._new_asset = statements.inserted(assets, database.shared)
        self.queued = 0  # how many wait; kept here so that a refusal costs no query, and counted anew with `leases`

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
            job = await self.database.run(lambda connection: self._inserted(connection, new))
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

    async def answer(self, new: NewJob, equal: Sequence[StoredAsset]) -> tuple[Job, tuple[StoredAsset, ...], bool]:
        """Store a generation that ends as it begins, with the assets of an equal one; it never waits in the queue.

        The last answer is False when `request_id` already named a generation. Raises AlreadyExistsError as `create` does.
        """
        try:
            job, stored = await self.database.run(lambda connection: self._answered(connection, new, equal))
        except IntegrityError:
            if (known := await self._named(new)) is None:
                raise
            return known, (), False
        return job, stored, True

    def _answered(
        self, connection: Connection, new: NewJob, equal: Sequence[StoredAsset]
    ) -> tuple[Job, tuple[StoredAsset, ...]]:
        now = self.clock()
        job = self._inserted(connection, new, state=State.SUCCEEDED, attempt=1, start_time=now, end_time=now)
        assets = [(asset.digest, {**asset.facts, "cached": True}) for asset in equal]
        return job, self._with_assets(connection, job, assets)

    def _inserted(self, connection: Connection, new: NewJob, **more: Any) -> Job:
        values: dict[str, Any] = {name: getattr(new, name) for name in NewJob.__slots__}
        values |= {"id": uuid.uuid4().hex, "state": State.QUEUED, "attempt": 0, "cancel_requested": False}
        values |= {"cached": False, "create_time": self.clock(), **more}
        values["brief"] = self.vault.seal(connection, new.owner, new.brief)
        return self.job_of(connection, connection.execute(self._new_generation, values).mappings().one())

    async def _named(self, new: NewJob) -> Job | None:
        if new.request_id is None:
            return None
        query = select(generations).where(generations.c.owner == new.owner, generations.c.request_id == new.request_id)
        if not (jobs := await self._jobs(query)):
            return None
        if jobs[0].fingerprint != new.fingerprint:
            raise AlreadyExistsError(f"request_id {new.request_id!r} already names another brief; choose a new one")
        return jobs[0]

    async def get(self, job_id: str, owner: str) -> Job:
        """Raises NotFoundError, also for what another owner has."""
        jobs = await self._jobs(statements.GENERATION, id=job_id, owner=owner)
        if not jobs:
            raise NotFoundError(f"generations/{job_id} does not exist; list them to see those that do")
        return jobs[0]

    async def page(self, owner: str, size: int, before: int | None, states: Sequence[State]) -> list[Job]:
        """Newest first, those accepted before number `before`."""
        query = (
            select(generations).where(generations.c.owner == owner).order_by(generations.c.number.desc()).limit(size)
        )
        if before is not None:
            query = query.where(generations.c.number < before)
        if states:
            query = query.where(generations.c.state.in_(states))
        return await self._jobs(query)

    async def ahead(self, job: Job) -> int:
        """How many generations wait that are to be drawn before this one."""
        earlier = tuple_(generations.c.bulk, generations.c.number) < tuple_(job.bulk, job.number)
        query = select(func.count()).select_from(generations).where(generations.c.state == State.QUEUED, earlier)
        return await self.database.run(lambda connection: connection.scalar(query) or 0)

    async def now(self, ids: Sequence[str]) -> list[Job]:
        """These generations as they are stored now, whoever owns them."""
        return await self._jobs(select(generations).where(generations.c.id.in_(ids)))

    async def _jobs(self, query: Select[Any], **values: Any) -> list[Job]:
        return await self.database.run(
            lambda connection: [self.job_of(connection, row) for row in connection.execute(query, values).mappings()]
        )

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
        changes |= {"state": state, "end_time": self.clock(), "lease_until": None}
        ended = await self.database.run(lambda connection: self._ended(connection, job, changes, assets))
        if ended is not None:
            self.queued -= job.state is State.QUEUED
        return ended

    def _ended(
        self, connection: Connection, job: Job, changes: Mapping[str, Any], new: Sequence[NewAsset]
    ) -> tuple[Job, tuple[StoredAsset, ...]] | None:
        this = {"this": job.id, "from_state": job.state, "this_attempt": job.attempt}
        row = connection.execute(statements.ENDED, {**this, **changes}).mappings().first()
        if row is None:
            return None
        stored = self._with_assets(connection, job, new)
        return self.job_of(connection, row), stored

    def _with_assets(self, connection: Connection, job: Job, new: Sequence[NewAsset]) -> tuple[StoredAsset, ...]:
        stored = []
        for asset in self._asset_rows(job, new):
            asset["facts"] = self.vault.seal_facts(connection, job.owner, asset["facts"])
            stored.append(connection.execute(self._new_asset, asset).mappings().one())
        return tuple(self._asset_of(connection, asset) for asset in stored)

    def _asset_rows(self, job: Job, new: Sequence[NewAsset]) -> list[dict[str, Any]]:
        both = {"owner": job.owner, "generation": job.id, "create_time": self.clock()}
        return [
            both | {"id": f"{job.id}-{rank}", "rank": rank, "digest": digest, "facts": dict(facts)}
            for rank, (digest, facts) in enumerate(new, start=1)
        ]

    async def assets_of(self, job_id: str) -> list[StoredAsset]:
        return await self._assets(statements.ASSETS_OF, generation=job_id)

    async def asset(self, asset_id: str, owner: str) -> StoredAsset:
        """Raises NotFoundError, also for what another owner has."""
        found = await self._assets(statements.ASSET, id=asset_id, owner=owner)
        if not found:
            raise NotFoundError(f"assets/{asset_id} does not exist; list them to see those that do")
        return found[0]

    async def asset_page(self, owner: str, size: int, before: int | None, generation: str | None) -> list[StoredAsset]:
        query = select(assets).where(assets.c.owner == owner).limit(size)
        if generation is not None:
            return await self._assets(query.where(assets.c.generation == generation).order_by(assets.c.rank))
        if before is not None:
            query = query.where(assets.c.number < before)
        return await self._assets(query.order_by(assets.c.number.desc()))

    async def _assets(self, query: Select[Any], **values: Any) -> list[StoredAsset]:
        return await self.database.run(lambda connection: self._stored(connection, query, **values))

    async def forget_asset(self, asset: StoredAsset) -> None:
        """Delete the row; the bytes go with the next collection when nothing else names them."""

        def gone(connection: Connection) -> None:
            connection.execute(delete(assets).where(assets.c.id == asset.id))
            if connection.scalar(select(func.count()).select_from(assets).where(assets.c.digest == asset.digest)) == 0:
                shred(connection, asset.digest)

        await self.database.run(gone)
        await self.durable()

    async def named_digests(self) -> set[str]:
        """Every digest that an asset names."""
        query = select(assets.c.digest).distinct()
        return await self.database.run(lambda connection: set(connection.scalars(query)))

    async def cached(self, cache_key: str, owner: str) -> list[StoredAsset]:
        """The assets of an equal request that succeeded, or nothing. Never another owner's."""

        def found(connection: Connection) -> list[StoredAsset]:
            job_id = connection.scalar(statements.NEWEST_EQUAL, {"cache_key": cache_key, "owner": owner})
            return [] if job_id is None else self._stored(connection, statements.ASSETS_OF, generation=job_id)

        return await self.database.run(found)

    def _stored(self, connection: Connection, query: Select[Any], **values: Any) -> list[StoredAsset]:
        return [self._asset_of(connection, row) for row in connection.execute(query, values).mappings()]

    def _asset_of(self, connection: Connection, row: RowMapping) -> StoredAsset:
        return StoredAsset(**{**row, "facts": self.vault.open_facts(connection, row["owner"], row["facts"])})

    def job_of(self, connection: Connection, row: RowMapping) -> Job:
        """A generation from all columns of its row."""
        brief = self.vault.open(connection, row["owner"], row["brief"])
        return Job(**{**row, "state": State(row["state"]), "brief": brief})
