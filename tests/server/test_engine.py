"""The job engine alone: drawings that end when the test says so, two engines that share a database."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from limner.server.database import open_database
from limner.server.engine import JobEngine
from limner.server.jobs import Job, JobStore, NewAsset, State
from limner.server.leases import Leases
from limner.server.watching import Watching

from .test_jobs import new
from .test_leases import Clock

FAR_S = 3600.0  # upkeep comes when the test calls it


@dataclass
class Easel:
    """Draws when told to."""

    begun: asyncio.Queue[Job] = field(default_factory=asyncio.Queue)
    drawings: dict[str, asyncio.Future[Sequence[NewAsset]]] = field(default_factory=dict)

    async def __call__(self, job: Job) -> Sequence[NewAsset]:
        self.drawings[job.id] = asyncio.get_running_loop().create_future()
        self.begun.put_nowait(job)
        return await self.drawings[job.id]

    def finish(self, job: Job, digest: str = "d") -> None:
        self.drawings[job.id].set_result([(digest, {})])


@dataclass
class Process:
    """What one server process has of its own."""

    store: JobStore
    easel: Easel
    watching: Watching
    engine: JobEngine

    async def created(self) -> Job:
        job, _ = await self.store.create(new())
        self.engine.wake()
        return job

    async def state(self, job: Job) -> State:
        return (await self.store.get(job.id, "me")).state


Start = Callable[..., Awaitable[Process]]


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
async def start(tmp_path: Path, clock: Clock) -> AsyncIterator[Start]:
    """Starts processes on one database. They share it, whatever it is: what one does, another sees with its next upkeep."""
    database = await open_database(tmp_path / "jobs.db")
    processes: list[Process] = []

    async def started(max_running: int = 8, max_queued: int = 100) -> Process:
        store, easel, watching = JobStore(database, max_queued, clock), Easel(), Watching()
        store.shared = True
        engine = JobEngine(store, Leases(store), watching, easel, max_running, FAR_S)
        await engine.start()
        await asyncio.sleep(0)
        processes.append(Process(store, easel, watching, engine))
        return processes[-1]

    yield started
    for process in processes:
        await process.engine.drain(0)
        process.store.close()
    await database.dispose()


async def ended(process: Process, job: Job) -> State:
    """Where a watcher sees the generation end."""
    events = process.watching.events(job.id, lambda: process.store.get(job.id, "me"), 0, previews=False)
    return [event.job.state async for event in events][-1]


async def test_a_generation_is_drawn_and_its_watcher_hears_the_end(start: Start) -> None:
    process = await start()
    job = await process.created()
    await process.easel.begun.get()
    process.easel.finish(job)
    assert await ended(process, job) is State.SUCCEEDED


async def test_no_more_are_drawn_at_once_than_there_are_places(start: Start) -> None:
    process = await start(max_running=2)
    jobs = [await process.created() for _ in range(3)]
    begun = [(await process.easel.begun.get()).id for _ in range(2)]
    assert begun == [job.id for job in jobs[:2]]
    assert await process.engine.position(jobs[2]) == 0
    process.easel.finish(jobs[1])
    assert (await process.easel.begun.get()).id == jobs[2].id


async def test_a_waiting_generation_is_cancelled_at_once_and_a_running_one_stops(start: Start) -> None:
    process = await start(max_running=1)
    first, second = await process.created(), await process.created()
    await process.easel.begun.get()
    for job in (second, await process.store.get(first.id, "me")):
        await process.engine.cancel(job)
        assert await process.state(job) is State.CANCELLED
    assert process.easel.drawings[first.id].cancelled()
    assert second.id not in process.easel.drawings


async def test_a_cancel_just_after_the_claim_ends_the_generation_too(start: Start) -> None:
    process = await start()
    job = await process.created()
    await process.engine.cancel(job)
    assert await process.state(job) is State.CANCELLED


async def test_what_a_stopped_process_drew_another_one_draws(start: Start) -> None:
    ada, ben = await start(), await start()
    job = await ada.created()
    await ada.easel.begun.get()
    await ada.engine.drain(0)
    await ben.engine.keep_up()
    taken = await ben.easel.begun.get()
    assert (taken.id, taken.attempt) == (job.id, 2)


async def test_a_process_that_slept_too_long_drops_what_it_lost(start: Start, clock: Clock) -> None:
    ada, ben = await start(), await start()
    job = await ada.created()
    await ada.easel.begun.get()
    clock.now += 31
    await ben.engine.keep_up()
    await ben.easel.begun.get()
    await ada.engine.keep_up()
    late = asyncio.create_task(ended(ada, job))
    assert ada.easel.drawings[job.id].cancelled()
    ben.easel.finish(job, "bens")
    assert await ended(ben, job) is State.SUCCEEDED
    await ada.engine.keep_up()
    assert await late is State.SUCCEEDED
    assert [asset.digest for asset in await ada.store.assets_of(job.id)] == ["bens"]


async def test_a_process_that_keeps_up_keeps_its_work(start: Start, clock: Clock) -> None:
    ada, ben = await start(), await start()
    job = await ada.created()
    await ada.easel.begun.get()
    for _ in range(4):
        clock.now += 20
        await ada.engine.keep_up()
        await ben.engine.keep_up()
    ada.easel.finish(job)
    assert await ended(ada, job) is State.SUCCEEDED
    assert (await ada.store.get(job.id, "me")).attempt == 1


async def test_a_cancel_and_its_end_travel_between_processes(start: Start) -> None:
    ada, ben = await start(), await start()
    job = await ada.created()
    await ada.easel.begun.get()
    seen = asyncio.create_task(ended(ben, job))
    await ben.engine.cancel(await ben.store.get(job.id, "me"))
    await ada.engine.keep_up()
    assert await ended(ada, job) is State.CANCELLED
    await ben.engine.keep_up()
    assert await seen is State.CANCELLED


async def test_a_fault_in_drawing_fails_that_generation_and_the_engine_goes_on(start: Start) -> None:
    process = await start()
    broken, whole = await process.created(), await process.created()
    for _ in range(2):
        await process.easel.begun.get()
    process.easel.drawings[broken.id].set_exception(ZeroDivisionError())
    process.easel.finish(whole)
    assert [await ended(process, job) for job in (broken, whole)] == [State.FAILED, State.SUCCEEDED]
