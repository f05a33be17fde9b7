"""The life of generations under any order of what clients, workers, crashes and clocks do, against a model that is a dict."""

import asyncio
import tempfile
from pathlib import Path
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, invariant, multiple, rule

from limner.server.database import open_database
from limner.server.errors import AlreadyExistsError, ResourceExhaustedError
from limner.server.jobs import ENDED, MOVES, Job, JobStore, State
from limner.server.leases import Leases

from .test_jobs import new

WORKERS = ("w1", "w2")
LEASE_S, MAX_ATTEMPTS, MAX_QUEUED = 30.0, 3, 6


class Machine(RuleBasedStateMachine):
    """Two workers on one database. `held` is what each believes that it draws, be it true or not."""

    jobs: Bundle[str] = Bundle("jobs")

    def __init__(self) -> None:
        super().__init__()
        self.loop = asyncio.new_event_loop()
        self.folder = tempfile.TemporaryDirectory()
        self.database = self.run(open_database(Path(self.folder.name) / "jobs.db"))
        self.now = 1000.0
        self.store = JobStore(self.database, MAX_QUEUED, clock=lambda: self.now)
        self.leases = {name: Leases(self.store, LEASE_S, MAX_ATTEMPTS, name) for name in WORKERS}
        self.held: dict[str, dict[str, Job]] = {name: {} for name in WORKERS}
        self.seen: dict[str, tuple[State, int]] = {}  # as of the last look
        self.requests: dict[str, tuple[str, str]] = {}  # request id → generation, fingerprint
        self.drawn: dict[str, int] = {}  # how often an end with a picture was accepted

    def run(self, work: Any) -> Any:
        return self.loop.run_until_complete(work)

    @rule(target=jobs, request_id=st.sampled_from(["a", "b", "c"]) | st.none(), fingerprint=st.sampled_from("fg"))
    def create(self, request_id: str | None, fingerprint: str) -> Any:
        waiting = self.waiting()
        known = self.requests.get(request_id or "")
        try:
            job, fresh = self.run(self.store.create(new(request_id, fingerprint)))
        except AlreadyExistsError:
            assert known is not None
            assert known[1] != fingerprint
            return multiple()
        except ResourceExhaustedError:
            assert waiting >= MAX_QUEUED
            assert known is None
            return multiple()
        assert fresh is (known is None)
        if known is not None:
            assert (job.id, fingerprint) == known
        elif request_id is not None:
            self.requests[request_id] = (job.id, fingerprint)
        self.seen.setdefault(job.id, (job.state, job.attempt))
        return job.id

    @rule(worker=st.sampled_from(WORKERS), count=st.integers(1, 3))
    def claim(self, worker: str, count: int) -> None:
        waiting = self.waiting()
        claimed = self.run(self.leases[worker].claim(count))
        assert len(claimed) == min(count, waiting)
        for job in claimed:
            assert (job.state, job.worker, job.lease_until) == (State.RUNNING, worker, self.now + LEASE_S)
            self.held[worker][job.id] = job

    @rule(worker=st.sampled_from(WORKERS), state=st.sampled_from([State.SUCCEEDED, State.FAILED]), data=st.data())
    def finish(self, worker: str, state: State, data: st.DataObject) -> None:
        if not self.held[worker]:
            return
        job = self.held[worker].pop(data.draw(st.sampled_from(sorted(self.held[worker]))))
        (stored,) = self.run(self.store.now([job.id]))
        mine = (stored.state, stored.attempt) == (State.RUNNING, job.attempt)
        assets = [("d" * 64, {"a": 1})] if state is State.SUCCEEDED else []
        ended = self.run(self.store.move(job, state, assets))
        assert (ended is not None) is mine  # who lost the lease ends nothing
        if ended is not None and assets:
            self.drawn[job.id] = self.drawn.get(job.id, 0) + 1

    @rule(job=jobs)
    def cancel(self, job: str) -> None:
        (stored,) = self.run(self.store.now([job]))
        if stored.state is State.QUEUED:
            assert self.run(self.store.move(stored, State.CANCELLED)) is not None
        elif stored.state is State.RUNNING:
            self.run(self.leases["w1"].request_cancel(stored))

    @rule(worker=st.sampled_from(WORKERS))
    def renew(self, worker: str) -> None:
        held = self.held[worker]
        renewed = self.run(self.leases[worker].renew(list(held)))
        for job_id, job in list(held.items()):
            if (job_id, job.attempt) not in renewed.kept:
                del held[job_id]

    @rule(worker=st.sampled_from(WORKERS))
    def die(self, worker: str) -> None:
        self.held[worker].clear()  # without a word

    @rule(worker=st.sampled_from(WORKERS))
    def give_back(self, worker: str) -> None:
        self.run(self.leases[worker].release())
        self.held[worker].clear()

    @rule(seconds=st.sampled_from([1.0, LEASE_S / 2, LEASE_S + 1, -5.0]))
    def pass_time(self, seconds: float) -> None:
        self.now += seconds
        self.run(self.leases["w2"].expire())

    @rule()
    def restart(self) -> None:
        """All processes are killed; a new one opens the same file."""
        self.run(self.database.dispose())
        self.store.close()
        self.database = self.run(open_database(Path(self.folder.name) / "jobs.db"))
        self.store = JobStore(self.database, MAX_QUEUED, clock=lambda: self.now)
        self.leases = {name: Leases(self.store, LEASE_S, MAX_ATTEMPTS, name) for name in WORKERS}
        self.run(self.leases["w1"].recover())
        for held in self.held.values():
            held.clear()

    def waiting(self) -> int:
        return sum(job.state is State.QUEUED for job in self.stored().values())

    def stored(self) -> dict[str, Job]:
        return {job.id: job for job in self.run(self.store.now(list(self.seen)))}

    @invariant()
    def nothing_is_lost_doubled_or_moved_as_it_may_not(self) -> None:
        stored = self.stored()
        assert stored.keys() == self.seen.keys()
        for job_id, job in stored.items():
            before, attempt = self.seen[job_id]
            assert job.attempt >= attempt
            assert job.attempt <= MAX_ATTEMPTS
            if before in ENDED:
                assert job.state is before
            elif job.state is not before:
                reachable = MOVES[before] | {state for way in MOVES[before] for state in MOVES[way]}
                assert job.state in reachable
            assert (job.lease_until is not None) is (job.state is State.RUNNING)
            assert len(self.run(self.store.assets_of(job_id))) == (job.state is State.SUCCEEDED)
            assert self.drawn.get(job_id, 0) == (job.state is State.SUCCEEDED)
            self.seen[job_id] = (job.state, job.attempt)

    @invariant()
    def the_count_of_waiting_is_right(self) -> None:
        assert self.store.queued == self.waiting()

    def teardown(self) -> None:
        self.run(self.database.dispose())
        self.store.close()
        self.loop.close()
        self.folder.cleanup()


TestMachine = Machine.TestCase
TestMachine.settings = settings(max_examples=12, stateful_step_count=25, deadline=None, derandomize=True)
