"""Runs generations: takes them in order, draws them side by side, ends each exactly once."""

import asyncio
import contextlib
import logging
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field

from limner.server.errors import DeadlineExceededError, LimnerError, ResourceExhaustedError, UnavailableError
from limner.server.jobs import Job, JobStore, NewAsset, State, StoredAsset
from limner.server.leases import Leases
from limner.server.watching import Watching

log = logging.getLogger(__name__)
Draw = Callable[[Job], Awaitable[Sequence[NewAsset]]]
RETRY_S = 1.0  # until a database that was full, locked or away is tried again
UPKEEP_S = 1.0  # how often a shared database is asked what other processes did, created and cancelled


@dataclass(frozen=True, slots=True)
class End:
    """How a generation ends."""

    state: State
    assets: Sequence[NewAsset] = ()
    error: dict[str, str] = field(default_factory=dict)

    @classmethod
    def failed(cls, code: str, message: str) -> "End":
        return cls(State.FAILED, error={"error_code": code, "error_message": message})


@dataclass(slots=True, eq=False)
class Held:
    """A generation that is being drawn here."""

    job: Job
    drawing: asyncio.Task[Sequence[NewAsset]]
    ending: asyncio.Task[bool] | None = None  # waits for the drawing and stores the end
    cancelled: bool = False  # somebody asked
    lost: bool = False  # another worker has it


class JobEngine:
    """Keeps `max_running` generations going. Interactive ones go before bulk ones, then by order of acceptance.

    What waits is in the database alone. An engine that has it to itself looks when something was created or has ended;
    one that shares it looks every second too, renews its leases, and takes over what silent processes held.
    """

    def __init__(
        self,
        store: JobStore,
        leases: Leases,
        watching: Watching,
        draw: Draw,
        max_running: int,
        upkeep_s: float = UPKEEP_S,
    ) -> None:
        self._store, self._leases, self._watching = store, leases, watching
        self._draw, self._max_running, self._upkeep_s = draw, max_running, upkeep_s
        self._held: dict[str, Held] = {}
        self._ending: set[asyncio.Task[bool]] = set()  # one for each generation from its claim until its end is stored
        self._work = asyncio.Event()  # something may be there to claim
        self._claiming = asyncio.Lock()  # from a claim to its entry in `_held`
        self._stopping = asyncio.Event()
        self._loops: list[asyncio.Task[None]] = []

    async def start(self) -> None:
        """Take up what the last process left, and go on."""
        if self._store.shared:
            self._loops.append(asyncio.create_task(self._keep_up()))
        else:
            await self._leases.recover()  # nobody else can be alive
        self._work.set()
        self._loops.append(asyncio.create_task(self._look_for_work()))

    def wake(self) -> None:
        """A generation was stored: look for work."""
        self._work.set()

    @property
    def running(self) -> int:
        return len(self._ending)

    @property
    def idle(self) -> bool:
        """What is created now is drawn at once."""
        return self._store.queued == 0 and self.running < self._max_running and not self._stopping.is_set()

    async def position(self, job: Job) -> int:
        """How many generations wait before this one."""
        return 0 if self.running < self._max_running else await self._store.ahead(job)

    async def cancel(self, job: Job) -> None:
        """Stop a generation: a waiting one at once, one of ours at its next step, another process's with its next renewal."""
        async with self._claiming:
            waiting = job.state is State.QUEUED
            if waiting and (moved := await self._store.move(job, State.CANCELLED)) is not None:
                self._watching.tell(moved, 1.0, state=True)
                return
        if (held := self._held.get(job.id)) is not None:
            held.cancelled = True
            held.drawing.cancel()
            assert held.ending is not None
            await asyncio.wait([held.ending])
        elif self._store.shared:
            await self._leases.request_cancel(job)

    async def drain(self, grace_s: float) -> None:
        """Start nothing more; what is not done after `grace_s` waits for the next start, or for another process."""
        self._stopping.set()
        self._work.set()
        await asyncio.gather(*self._loops)
        if self._ending:
            await asyncio.wait(self._ending, timeout=grace_s)
        for held in self._held.values():
            held.drawing.cancel()
        await asyncio.gather(*self._ending)
        await self._leases.release()

    async def _look_for_work(self) -> None:
        """Fill free places whenever there may be work."""
        while not self._stopping.is_set():
            await self._work.wait()
            self._work.clear()
            if not await _survived(self._fill()):  # nobody else would look again
                asyncio.get_running_loop().call_later(RETRY_S, self._work.set)

    async def _fill(self) -> None:
        while self._store.queued and (free := self._max_running - self.running) and not self._stopping.is_set():
            async with self._claiming:
                jobs = await self._leases.claim(free)
                for job in jobs:
                    self._begin(job)
            if len(jobs) < free:
                return

    def _begin(self, job: Job) -> None:
        self._watching.tell(job, 0.0, state=True)
        held = Held(job, asyncio.create_task(self._in_time(job)))
        held.ending = asyncio.create_task(_survived(self._finish(held)))
        self._held[job.id] = held
        self._ending.add(held.ending)
        held.ending.add_done_callback(self._done)

    def _done(self, task: asyncio.Task[bool]) -> None:
        self._ending.discard(task)
        self._work.set()

    async def _finish(self, held: Held) -> None:
        """Wait for the picture and store the end. Nothing interrupts the storing: only the drawing is ever cancelled."""
        await asyncio.wait([held.drawing])
        job = held.job
        if self._held.get(job.id) is held:
            del self._held[job.id]
        if not held.drawing.cancelled():
            end = _end_of(held)
        elif held.cancelled:
            end = End(State.CANCELLED)
        else:
            self._watching.forget(job)
            if not held.lost and not self._stopping.is_set():  # a server that stops gives everything back in one go
                await self._leases.release(job.id)
            return
        ended = await self._stored(job, end)
        if ended is None:
            self._watching.forget(job)
        else:
            self._watching.tell(ended[0], 1.0, state=True, assets=ended[1])

    async def _stored(self, job: Job, end: End) -> tuple[Job, tuple[StoredAsset, ...]] | None:
        """The generation with its end; None when it is somebody else's. While a database is full or locked, it waits."""
        while True:
            try:
                return await self._store.end(job, end.state, end.assets, **end.error)
            except (ResourceExhaustedError, UnavailableError) as error:
                log.warning("the end of generation %s waits: %s", job.id, error)
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(RETRY_S):
                    await self._stopping.wait()
            if self._stopping.is_set():
                return None  # the next start draws it again

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

    async def _keep_up(self) -> None:
        while not self._stopping.is_set():
            await _survived(self.keep_up())
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(self._upkeep_s):
                    await self._stopping.wait()

    async def keep_up(self) -> None:
        """What sharing asks for: renew, hear of cancels, free what the silent hold, tell watchers, look for work."""
        held = list(self._held.values())
        if held:
            renewed = await self._leases.renew([each.job.id for each in held])
            for each in held:
                if self._held.get(each.job.id) is not each:
                    continue  # it ended while we asked
                each.lost = (each.job.id, each.job.attempt) not in renewed.kept
                each.cancelled |= each.job.id in renewed.cancelled
                if each.lost or each.cancelled:
                    each.drawing.cancel()
        await self._leases.expire()
        self._work.set()
        elsewhere = [job_id for job_id in self._watching.watched_ids() if job_id not in self._held]
        for job in await self._store.now(elsewhere) if elsewhere else ():
            if job.id not in self._held:
                self._watching.tell_stored(job)


def _end_of(held: Held) -> End:
    """The end of a drawing that was not cancelled."""
    error = held.drawing.exception()
    if error is None:
        return End(State.SUCCEEDED, held.drawing.result())
    if isinstance(error, LimnerError):
        return End.failed(error.code.name, str(error))
    log.error("generation %s failed", held.job.id, exc_info=error)
    return End.failed("INTERNAL", "the server could not draw this; its log says why")


async def _survived(work: Awaitable[None]) -> bool:
    """Do the work; a fault, such as a database that is away, goes to the log and no further. False after one."""
    try:
        await work
    except Exception:
        log.exception("the job engine goes on after a fault")
        return False
    return True
