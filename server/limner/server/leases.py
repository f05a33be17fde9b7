"""Who draws what, and until when. Several server processes on one database share the work by these statements alone.

A worker *claims* waiting generations, *renews* its lease on those it draws, and ends them with `JobStore.move`. One that
falls silent loses its generations when the lease is over: they wait again. `attempt` rises with every claim and every move
names it, so a worker that comes back from a long sleep can neither end nor change what another one took over.

Leases are seconds of the processes' own clocks; keep those of several machines within a few seconds of one another.
"""

import uuid
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Connection, func, select, true, update

from limner.server import statements
from limner.server.database import generations
from limner.server.jobs import Job, JobStore, State


@dataclass(frozen=True, slots=True)
class Renewed:
    """What a renewal found: what is still this worker's, by id with its attempt, and which of it somebody cancelled."""

    kept: frozenset[tuple[str, int]]
    cancelled: frozenset[str]


class Leases:
    """The leases of one worker, a name that no other process has."""

    def __init__(self, store: JobStore, lease_s: float = 30.0, max_attempts: int = 5, worker: str = "") -> None:
        self._store, self._lease_s, self._max_attempts = store, lease_s, max_attempts
        self.worker = worker or uuid.uuid4().hex

    async def claim(self, count: int) -> list[Job]:
        """Take up to `count` waiting generations, in the order in which they are to be drawn; they are RUNNING now."""
        now = self._store.clock()
        taken = {"count": count, "by": self.worker, "until": now + self._lease_s, "now": now}
        jobs = await self._store.database.run(
            lambda connection: [
                self._store.job_of(connection, row) for row in connection.execute(statements.CLAIMED, taken).mappings()
            ]
        )
        self._store.queued = max(0, self._store.queued - len(jobs))
        return sorted(jobs, key=lambda job: (job.bulk, job.number))

    async def renew(self, ids: Collection[str]) -> Renewed:
        """Keep the generations that this worker still draws, for another lease, all in one statement."""
        statement = (
            update(generations)
            .where(generations.c.id.in_(ids), generations.c.worker == self.worker, self._running())
            .values(lease_until=self._store.clock() + self._lease_s)
            .returning(generations.c.id, generations.c.attempt, generations.c.cancel_requested)
        )
        rows = await self._store.database.run(lambda connection: connection.execute(statement).all())
        return Renewed(
            frozenset((row.id, row.attempt) for row in rows), frozenset(row.id for row in rows if row.cancel_requested)
        )

    async def recover(self) -> None:
        """Take back everything that runs. Only for a worker that knows all others to be dead."""
        await self._requeue(true())

    async def expire(self) -> None:
        """Take back what silent workers held."""
        await self._requeue(generations.c.lease_until < self._store.clock())

    async def release(self, job_id: str | None = None) -> None:
        """Give back what this worker holds, or one of it."""
        mine = generations.c.worker == self.worker
        await self._requeue(mine if job_id is None else mine & (generations.c.id == job_id))

    async def request_cancel(self, job: Job) -> None:
        """Ask the worker that draws `job` to stop; it hears of it with its next renewal."""
        asked = update(generations).where(generations.c.id == job.id, self._running()).values(cancel_requested=True)
        await self._store.database.run(lambda connection: connection.execute(asked))

    async def _requeue(self, which: ColumnElement[bool]) -> None:
        """Running generations wait again; those that somebody cancelled or that were tried too often end."""
        running = which & self._running()
        asked, tired = generations.c.cancel_requested, generations.c.attempt >= self._max_attempts
        ended: dict[str, Any] = {"end_time": self._store.clock(), "lease_until": None}
        message = f"the server stopped {self._max_attempts} times while drawing this; report it"
        failed = {**ended, "state": State.FAILED, "error_code": "INTERNAL", "error_message": message}

        def requeued(connection: Connection) -> int:
            cancelled = update(generations).where(running, asked)
            connection.execute(cancelled.values(state=State.CANCELLED, **ended))
            connection.execute(update(generations).where(running, tired).values(**failed))
            connection.execute(update(generations).where(running).values(state=State.QUEUED, lease_until=None))
            waiting = select(func.count()).select_from(generations).where(generations.c.state == State.QUEUED)
            return connection.scalar(waiting) or 0

        self._store.queued = await self._store.database.run(requeued)

    @staticmethod
    def _running() -> ColumnElement[bool]:
        return generations.c.state == State.RUNNING
