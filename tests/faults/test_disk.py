"""A full disk, a locked, damaged or vanished database, a clock that jumps: said in words, and over when it is over."""

import asyncio
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import grpc
import pytest

from limner.server import engine
from limner.server.database import open_database
from limner.server.errors import ConfigError, ResourceExhaustedError
from limner.server.jobs import JobStore, State
from limner.server.leases import Leases
from limner.server.limits import Bucket
from limner.v1 import generation_pb2
from tests.server.conftest import Opened, asked
from tests.server.test_jobs import new
from tests.server.test_service import process, refusal

from .disk import built, environment

SUCCEEDED = generation_pb2.Generation.STATE_SUCCEEDED


async def test_a_full_disk_is_said_loses_nothing_and_is_over_when_there_is_room(
    settings: dict[str, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shim, root, full = built(tmp_path), tmp_path / "disk", tmp_path / "full"
    root.mkdir()
    for key, value in environment(shim, root, tmp_path / "record", full).items():
        monkeypatch.setenv(key, value)
    async with process({**settings, "data_dir": str(root / "data")}) as (_, client):
        before = await client.ended((await client.create("before", seed=1)).name)
        full.touch()
        for number in range(4):
            error = await refusal(client.generations.CreateGeneration(asked_for(number)))
            assert error is not None
            assert error.code() is grpc.StatusCode.RESOURCE_EXHAUSTED
            assert "disk" in str(error.details())
        assert await client.read(before.assets[0].name)  # what is there is served
        full.unlink()
        after = await client.ended((await client.create("after", seed=2)).name)
        assert (before.state, after.state) == (SUCCEEDED, SUCCEEDED)


def asked_for(number: int) -> Any:
    return asked(f"full-{number}", seed=number + 10)


async def test_what_is_drawn_while_the_disk_is_full_ends_when_there_is_room(
    opened: Opened, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(engine, "RETRY_S", 0.01)
    full, tried, real = asyncio.Event(), asyncio.Event(), JobStore.end

    async def end(self: JobStore, *arguments: Any, **changes: Any) -> Any:
        if full.is_set():
            tried.set()
            raise ResourceExhaustedError("the disk is full")
        return await real(self, *arguments, **changes)

    monkeypatch.setattr(JobStore, "end", end)
    async with opened() as client:
        full.set()
        made = await client.create()
        await asyncio.wait_for(tried.wait(), 60)
        full.clear()
        assert (await client.ended(made.name)).state == SUCCEEDED


async def test_a_lock_of_another_program_is_waited_for_and_what_was_asked_is_done(
    opened: Opened, settings: dict[str, Any]
) -> None:
    async with opened() as client:
        await client.ended((await client.create(seed=1)).name)
        with closing(sqlite3.connect(Path(settings["data_dir"]) / "limner.db", isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            waiting = asyncio.create_task(client.create(seed=2))
            done, _ = await asyncio.wait([waiting], timeout=0.3)
            assert not done
            other.execute("ROLLBACK")
        assert (await client.ended((await waiting).name)).state == SUCCEEDED


@pytest.mark.parametrize("content", [b"", b"no database at all " * 300], ids=["empty", "garbage"])
async def test_a_damaged_database_stops_the_start_and_says_which_file(
    opened: Opened, settings: dict[str, Any], content: bytes
) -> None:
    path = Path(settings["data_dir"]) / "limner.db"
    path.parent.mkdir()
    path.write_bytes(content)
    if not content:  # SQLite takes an empty file for a new database
        async with opened() as client:
            assert (await client.ended((await client.create()).name)).state == SUCCEEDED
        return
    with pytest.raises(ConfigError, match=r"limner\.db.*backup"):
        async with opened():
            pass
    assert path.read_bytes() == content  # whoever repairs it finds it as it was


@pytest.mark.parametrize("jump_s", [10 * 365 * 86400.0, -10 * 365 * 86400.0], ids=["forwards", "backwards"])
async def test_a_clock_that_jumps_neither_loses_nor_doubles_a_generation(tmp_path: Path, jump_s: float) -> None:
    now = 1e9
    database = await open_database(tmp_path / "jobs.db")
    store = JobStore(database, 10, clock=lambda: now)
    ada, ben = Leases(store, 30, 5, "ada"), Leases(store, 30, 5, "ben")
    await store.create(new())
    (held,) = await ada.claim(1)
    now += jump_s
    await ben.expire()
    taken = await ben.claim(1)
    assert len(taken) == (jump_s > 0)  # forwards, its lease is over; backwards, nobody takes it
    ends = [await store.move(job, State.SUCCEEDED, [("d" * 64, {})]) for job in (held, *taken)]
    assert sum(end is not None for end in ends) == 1
    assert len(await store.assets_of(held.id)) == 1
    store.close()
    await database.dispose()


def test_a_clock_that_jumps_gives_no_more_than_a_full_bucket_and_takes_nothing_for_ever() -> None:
    bucket = Bucket(size=2, per_s=1.0, tokens=2, update_time=1e9)
    assert [bucket.taken(1e9), bucket.taken(1e9)] == [0.0, 0.0]
    assert bucket.taken(1e9 - 1e8) == 1.0  # back: nothing is given, and the wait is that of any empty bucket
    assert bucket.taken(1e9 - 1e8 + 1) == 0.0
    assert [bucket.taken(2e9) for _ in range(3)] == [0.0, 0.0, 1.0]
