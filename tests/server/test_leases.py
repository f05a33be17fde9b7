"""Workers on one database: each generation is one worker's, until it ends or the worker falls silent."""

import asyncio
from dataclasses import dataclass, replace

import pytest

from limner.server.database import Database
from limner.server.jobs import Job, JobStore, State
from limner.server.leases import Leases, Renewed

from .test_jobs import new


@dataclass
class Clock:
    """The time, as a test says."""

    now: float = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def store(database: Database, clock: Clock) -> JobStore:
    return JobStore(database, max_queued=100, clock=clock)


@pytest.fixture
def ada(store: JobStore) -> Leases:
    return Leases(store, lease_s=30.0, worker="ada")


@pytest.fixture
def ben(store: JobStore) -> Leases:
    return Leases(store, lease_s=30.0, worker="ben")


async def state_of(store: JobStore, job: Job) -> State:
    return (await store.get(job.id, "me")).state


async def test_claims_take_interactive_generations_first_then_by_order_of_acceptance(
    store: JobStore, ada: Leases
) -> None:
    made = [(await store.create(replace(new(), bulk=bulk)))[0] for bulk in (True, False, True, False)]
    assert [job.id for job in await ada.claim(3)] == [made[index].id for index in (1, 3, 0)]
    assert [job.id for job in await ada.claim(3)] == [made[2].id]
    assert await ada.claim(3) == []


async def test_two_that_claim_at_once_share_everything_and_nothing_twice(
    store: JobStore, ada: Leases, ben: Leases
) -> None:
    made = {(await store.create(new()))[0].id for _ in range(20)}
    claims = await asyncio.gather(*(worker.claim(3) for worker in (ada, ben) * 4))
    taken = [job.id for claim in claims for job in claim]
    assert len(taken) == len(made) == 20
    assert set(taken) == made


async def test_a_renewed_lease_holds_and_a_silent_one_is_anybodys(
    store: JobStore, clock: Clock, ada: Leases, ben: Leases
) -> None:
    job, _ = await store.create(new())
    (held,) = await ada.claim(1)
    clock.now += 29
    assert await ada.renew([job.id]) == Renewed(frozenset({(job.id, 1)}), frozenset())
    clock.now += 29
    await ben.expire()
    assert await ben.claim(1) == []
    clock.now += 2
    await ben.expire()
    (taken,) = await ben.claim(1)
    assert (taken.id, taken.attempt, taken.worker) == (job.id, 2, "ben")
    assert await ada.renew([job.id]) == Renewed(frozenset(), frozenset())
    assert await store.move(held, State.SUCCEEDED, [("late", {})]) is None
    assert await store.move(taken, State.SUCCEEDED, [("digest", {})]) is not None
    assert [asset.digest for asset in await store.assets_of(job.id)] == ["digest"]


async def test_what_is_not_drawn_any_more_is_not_renewed(
    store: JobStore, clock: Clock, ada: Leases, ben: Leases
) -> None:
    kept, dropped = [(await store.create(new()))[0] for _ in range(2)]
    await ada.claim(2)
    clock.now += 20
    await ada.renew([kept.id])
    clock.now += 20
    await ben.expire()
    assert [job.id for job in await ben.claim(2)] == [dropped.id]


async def test_a_sole_worker_takes_back_at_once_what_the_dead_one_held(
    store: JobStore, ada: Leases, ben: Leases
) -> None:
    job, _ = await store.create(new())
    await ada.claim(1)
    assert store.queued == 0
    await ben.recover()
    assert (store.queued, await state_of(store, job)) == (1, State.QUEUED)


async def test_a_generation_that_was_tried_too_often_fails(store: JobStore) -> None:
    worker = Leases(store, max_attempts=3)
    job, _ = await store.create(new())
    for attempt in (1, 2, 3):
        (running,) = await worker.claim(1)
        assert running.attempt == attempt
        await worker.recover()
    assert await worker.claim(1) == []
    failed = await store.get(job.id, "me")
    assert (failed.state, failed.error_code, failed.end_time) == (State.FAILED, "INTERNAL", 1000.0)
    assert "3 times" in str(failed.error_message)


async def test_a_worker_that_stops_gives_back_its_own_and_no_others(store: JobStore, ada: Leases, ben: Leases) -> None:
    first, second, third = [(await store.create(new()))[0] for _ in range(3)]
    await ada.claim(2)
    await ben.claim(1)
    await ada.release(first.id)
    assert [await state_of(store, job) for job in (first, second, third)] == ["QUEUED", "RUNNING", "RUNNING"]
    await ada.release()
    assert [await state_of(store, job) for job in (first, second, third)] == ["QUEUED", "QUEUED", "RUNNING"]


async def test_a_cancel_reaches_the_worker_with_its_next_renewal(store: JobStore, ada: Leases, ben: Leases) -> None:
    job, _ = await store.create(new())
    (held,) = await ada.claim(1)
    await ben.request_cancel(held)
    renewed = await ada.renew([job.id])
    assert renewed == Renewed(frozenset({(job.id, 1)}), frozenset({job.id}))


async def test_a_cancelled_generation_whose_worker_died_ends_and_is_not_drawn_again(
    store: JobStore, clock: Clock, ada: Leases, ben: Leases
) -> None:
    job, _ = await store.create(new())
    (held,) = await ada.claim(1)
    await ben.request_cancel(held)
    clock.now += 31
    await ben.expire()
    assert (await state_of(store, job), await ben.claim(1)) == (State.CANCELLED, [])
