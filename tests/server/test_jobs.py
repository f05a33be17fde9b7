"""The durable record: every legal move works, every other is impossible."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from limner.server.database import open_database
from limner.server.errors import AlreadyExistsError, NotFoundError, ResourceExhaustedError
from limner.server.jobs import MAX_ATTEMPTS, JobStore, NewJob, State


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
async def store(tmp_path: Path) -> AsyncIterator[JobStore]:
    engine = await open_database(tmp_path / "jobs.db")
    yield JobStore(engine, max_queued=3, clock=lambda: 1000.0)
    await engine.dispose()


async def test_a_generation_goes_from_queued_through_running_to_succeeded(store: JobStore) -> None:
    queued, fresh = await store.create(new())
    assert (queued.state, fresh, store.queued) == (State.QUEUED, True, 1)
    running = await store.move(queued, State.RUNNING)
    assert running is not None
    assert (running.attempt, running.start_time, store.queued) == (1, 1000.0, 0)
    done = await store.move(running, State.SUCCEEDED, [("d1", {"a": 1}), ("d2", {"a": 2})])
    assert done is not None
    assert done.end_time == 1000.0
    assert [(asset.rank, asset.digest, asset.facts) for asset in await store.assets_of(done.id)] == [
        (1, "d1", {"a": 1}),
        (2, "d2", {"a": 2}),
    ]
    assert await store.named_digests() == {"d1", "d2"}
    assert [asset.digest for asset in await store.cached("k", "me")] == ["d1", "d2"]
    assert await store.cached("k", "somebody else") == []


async def test_a_second_worker_loses_the_race(store: JobStore) -> None:
    queued, _ = await store.create(new())
    running = await store.move(queued, State.RUNNING)
    assert running is not None
    assert await store.move(queued, State.RUNNING) is None
    assert await store.move(running, State.SUCCEEDED) is not None
    assert await store.move(running, State.FAILED) is None


async def test_an_ended_generation_cannot_move(store: JobStore) -> None:
    queued, _ = await store.create(new())
    cancelled = await store.move(queued, State.CANCELLED)
    assert cancelled is not None
    with pytest.raises(ValueError, match="cannot go"):
        await store.move(cancelled, State.RUNNING)


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


async def test_what_ran_when_the_server_died_waits_again_until_it_was_tried_too_often(store: JobStore) -> None:
    job, _ = await store.create(new())
    for attempt in range(1, MAX_ATTEMPTS + 1):
        running = await store.move(job, State.RUNNING)
        assert running is not None
        assert running.attempt == attempt
        recovered = await store.recover()
        if attempt < MAX_ATTEMPTS:
            job = recovered[0]
    assert recovered == []
    assert (await store.get(job.id, "me")).state is State.FAILED


async def test_another_owner_sees_nothing(store: JobStore) -> None:
    job, _ = await store.create(new())
    with pytest.raises(NotFoundError):
        await store.get(job.id, "somebody else")
