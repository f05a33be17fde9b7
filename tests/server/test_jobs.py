"""The durable record: every legal move works, every other is impossible."""

import asyncio
from dataclasses import replace

import pytest

from limner.server.database import Database
from limner.server.errors import AlreadyExistsError, NotFoundError, ResourceExhaustedError
from limner.server.jobs import JobStore, NewJob, State
from limner.server.leases import Leases


def new(request_id: str | None = None, fingerprint: str = "f") -> NewJob:
    return NewJob(
        owner="me",
        request_id=request_id,
        fingerprint=fingerprint,
        brief=b"b",
        bulk=False,
        model="m",
        seed=1,
        cache_key="k",
        time_limit_s=None,
    )


@pytest.fixture
def store(database: Database) -> JobStore:
    return JobStore(database, max_queued=3, clock=lambda: 1000.0)


async def test_a_generation_goes_from_queued_through_running_to_succeeded(store: JobStore) -> None:
    queued, fresh = await store.create(new())
    assert (queued.state, fresh, store.queued) == (State.QUEUED, True, 1)
    (running,) = await Leases(store, 30.0, worker="w").claim(2)
    assert running.id == queued.id
    assert (running.attempt, running.start_time, store.queued) == (1, 1000.0, 0)
    assert (running.worker, running.lease_until) == ("w", 1030.0)
    done = await store.move(running, State.SUCCEEDED, [("d1", {"a": 1}), ("d2", {"a": 2})])
    assert done is not None
    assert (done.end_time, done.worker, done.lease_until) == (1000.0, "w", None)
    assert [(asset.rank, asset.digest, asset.facts) for asset in await store.assets_of(done.id)] == [
        (1, "d1", {"a": 1}),
        (2, "d2", {"a": 2}),
    ]
    assert await store.named_digests() == {"d1", "d2"}
    assert [asset.digest for asset in await store.cached("k", "me")] == ["d1", "d2"]
    assert await store.cached("k", "somebody else") == []


async def test_of_two_ends_the_first_one_stands(store: JobStore) -> None:
    await store.create(new())
    (running,) = await Leases(store).claim(1)
    assert await store.move(running, State.SUCCEEDED) is not None
    assert await store.move(running, State.FAILED) is None


async def test_an_ended_generation_cannot_move(store: JobStore) -> None:
    queued, _ = await store.create(new())
    cancelled = await store.move(queued, State.CANCELLED)
    assert cancelled is not None
    with pytest.raises(ValueError, match="cannot go"):
        await store.move(cancelled, State.SUCCEEDED)


async def test_a_request_id_names_one_generation_and_one_brief(store: JobStore) -> None:
    first, _ = await store.create(new("id"))
    again, fresh = await store.create(new("id"))
    assert (again, fresh) == (first, False)
    with pytest.raises(AlreadyExistsError):
        await store.create(new("id", fingerprint="other"))


async def test_a_full_queue_refuses_and_says_when_to_come_back(store: JobStore) -> None:
    for _ in range(3):
        await store.create(new())
    with pytest.raises(ResourceExhaustedError) as refused:
        await store.create(new())
    assert refused.value.retry_after_s == 1.0


async def test_two_calls_at_once_with_one_request_id_make_one_generation(store: JobStore) -> None:
    made = await asyncio.gather(*(store.create(new("id")) for _ in range(3)))
    assert len({job.id for job, _ in made}) == 1
    assert sorted(fresh for _, fresh in made) == [False, False, True]
    assert store.queued == 1


async def test_those_ahead_are_the_earlier_ones_and_interactive_ones(store: JobStore) -> None:
    bulk, _ = await store.create(replace(new(), bulk=True))
    first, _ = await store.create(new())
    second, _ = await store.create(new())
    assert [await store.ahead(job) for job in (bulk, first, second)] == [2, 0, 1]


async def test_another_owner_sees_nothing(store: JobStore) -> None:
    job, _ = await store.create(new())
    with pytest.raises(NotFoundError):
        await store.get(job.id, "somebody else")
