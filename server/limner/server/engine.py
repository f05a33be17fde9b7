"""Runs generations: takes them in order, draws them side by side, ends each exactly once."""

import asyncio
import heapq
import logging
import time
from collections.abc import Awaitable, Callable, Sequence
from functools import partial

from limner.server.errors import DeadlineExceededError, LimnerError
from limner.server.jobs import Job, JobStore, NewAsset, State
from limner.server.watching import Watching

log = logging.getLogger(__name__)
Draw = Callable[[Job], Awaitable[Sequence[NewAsset]]]


class JobEngine:
    """Keeps `max_running` generations going. Interactive ones go before bulk ones, then by order of acceptance."""

    def __init__(self, store: JobStore, watching: Watching, draw: Draw, max_running: int) -> None:
        self._store, self._watching, self._draw, self._max_running = store, watching, draw, max_running
        self._queue: list[tuple[bool, int, Job]] = []
        self._running: dict[str, asyncio.Task[None]] = {}
        self._cancelled: set[str] = set()
        self._draining = False

    async def start(self) -> None:
        """Take up what the last process left."""
        for job in await self._store.recover():
            self.add(job)

    def add(self, job: Job) -> None:
        """Queue a stored generation."""
        heapq.heappush(self._queue, (job.bulk, job.number, job))
        self._watching.tell(job, 0.0, state=True)
        self._fill()

    @property
    def running(self) -> int:
        return len(self._running)

    def position(self, job: Job) -> int:
        """How many generations wait before this one."""
        return sum(1 for bulk, number, _ in self._queue if (bulk, number) < (job.bulk, job.number))

    async def cancel(self, job: Job) -> None:
        """Stop a generation: a waiting one at once, a running one at its next step."""
        task = self._running.get(job.id)
        if task is not None:
            self._cancelled.add(job.id)
            task.cancel()
            await asyncio.wait([task])
        elif job.state is State.QUEUED and (moved := await self._store.move(job, State.CANCELLED)) is not None:
            self._queue = [entry for entry in self._queue if entry[2].id != job.id]
            heapq.heapify(self._queue)
            self._watching.tell(moved, 1.0, state=True)

    async def drain(self, grace_s: float) -> None:
        """Start nothing more; what is not done after `grace_s` waits for the next start."""
        self._draining = True
        if self._running:
            await asyncio.wait(list(self._running.values()), timeout=grace_s)
        tasks = list(self._running.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def _fill(self) -> None:
        while self._queue and len(self._running) < self._max_running and not self._draining:
            _, _, job = heapq.heappop(self._queue)
            task = asyncio.create_task(self._run(job))
            self._running[job.id] = task
            task.add_done_callback(partial(self._done, job.id))

    def _done(self, job_id: str, task: asyncio.Task[None]) -> None:
        self._running.pop(job_id, None)
        self._cancelled.discard(job_id)
        self._fill()

    async def _run(self, job: Job) -> None:
        started = await self._store.move(job, State.RUNNING)
        if started is None:
            return
        self._watching.tell(started, 0.0, state=True)
        try:
            assets = await self._in_time(started)
        except asyncio.CancelledError:
            if started.id in self._cancelled:
                await self._end(started, State.CANCELLED)
            else:  # the server stops; the next one draws it again
                await self._store.move(started, State.QUEUED)
        except LimnerError as error:
            await self._end(started, State.FAILED, error_code=error.code.name, error_message=str(error))
        except Exception:
            log.exception("generation %s failed", started.id)
            message = "the server could not draw this; its log says why"
            await self._end(started, State.FAILED, error_code="INTERNAL", error_message=message)
        else:
            await self._end(started, State.SUCCEEDED, assets)

    async def _in_time(self, job: Job) -> Sequence[NewAsset]:
        """Draw within the generation's time limit, counted from its acceptance."""
        if job.time_limit_s is None:
            return await self._draw(job)
        left = job.create_time + job.time_limit_s - time.time()
        try:
            async with asyncio.timeout(max(0.0, left)):
                return await self._draw(job)
        except TimeoutError as error:
            raise DeadlineExceededError(
                f"not done within its time_limit of {job.time_limit_s:g} s; allow more or ask for less"
            ) from error

    async def _end(self, job: Job, state: State, assets: Sequence[NewAsset] = (), **changes: object) -> None:
        ended = await self._store.end(job, state, assets, **changes)
        if ended is not None:
            self._watching.tell(ended[0], 1.0, state=True, assets=ended[1])
