"""Nothing is missed between the reading of a generation and the first event."""

from dataclasses import replace

from limner.server.jobs import Job, State
from limner.server.watching import Watching

RUNNING = Job(
    id="a", number=1, owner="me", request_id=None, fingerprint="f", brief=b"", state=State.RUNNING, bulk=False,
    model="m", seed=1, cache_key="k", attempt=1, time_limit_s=None, cached=False, error_code=None,
    error_message=None, create_time=0.0, start_time=0.0, end_time=None, worker="w", lease_until=None,
    cancel_requested=False,
)  # fmt: skip


async def test_an_end_that_comes_while_the_generation_is_read_still_arrives() -> None:
    watching = Watching()
    watching.tell(RUNNING, 0.0, state=True)

    async def read() -> Job:
        watching.tell(replace(RUNNING, state=State.SUCCEEDED), 1.0, state=True)  # after the row was read as RUNNING
        return RUNNING

    events = [event.job.state async for event in watching.events("a", read, after=0, previews=False)]
    assert events == [State.RUNNING, State.SUCCEEDED]
    assert watching.watched_ids() == []


async def test_a_reading_that_fails_leaves_no_watcher_behind() -> None:
    watching = Watching()

    async def read() -> Job:
        raise LookupError("gone")

    try:
        async for _ in watching.events("a", read, after=0, previews=False):
            raise AssertionError("an event of nothing")
    except LookupError:
        assert watching.watched_ids() == []
    else:
        raise AssertionError("the fault was swallowed")
