"""When commits are on the disk: one sync for all who wait, and none that began too early."""

import asyncio
import os
import shutil
import threading
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from limner.server import database
from limner.server.database import Disk, open_database
from limner.server.jobs import JobStore, NewJob

NEW = NewJob(
    owner="me",
    request_id=None,
    fingerprint="f",
    brief=b"b",
    bulk=False,
    model="m",
    seed=1,
    cache_key="k",
    time_limit_s=None,
)


class SlowDisk:
    """An fsync that stays until it is let go. `entered` counts those that began."""

    def __init__(self) -> None:
        self.entered = threading.Semaphore(0)
        self.go = threading.Semaphore(0)
        self.fault: OSError | None = None

    def __call__(self, file: int) -> None:
        self.entered.release()
        self.go.acquire()
        if self.fault is not None:
            raise self.fault


@pytest.fixture
def slow(monkeypatch: pytest.MonkeyPatch) -> SlowDisk:
    """Of the log alone: the folder's own sync is not held up."""
    found = SlowDisk()
    monkeypatch.setattr(os, "fsync", found)
    monkeypatch.setattr(database, "sync_folder", lambda folder: None)
    return found


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Disk]:
    log = tmp_path / "db-wal"
    log.write_bytes(b"")
    found = Disk(log)
    yield found
    found.close()


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[JobStore]:
    engine = await open_database(tmp_path / "jobs.db")
    found = JobStore(engine, max_queued=10)
    yield found
    found.close()
    await engine.dispose()


async def test_who_comes_during_a_sync_waits_for_the_next_one_and_all_of_them_share_it(
    disk: Disk, slow: SlowDisk
) -> None:
    first = asyncio.create_task(disk.synced())
    await asyncio.to_thread(slow.entered.acquire)
    late = [asyncio.create_task(disk.synced()) for _ in range(50)]
    slow.go.release()
    await first
    assert not any(task.done() for task in late)
    slow.go.release()
    await asyncio.gather(*late)
    assert disk.syncs == 2


async def test_a_waiter_that_is_cancelled_takes_the_sync_from_nobody(disk: Disk, slow: SlowDisk) -> None:
    gone, stays = asyncio.create_task(disk.synced()), asyncio.create_task(disk.synced())
    await asyncio.to_thread(slow.entered.acquire)
    gone.cancel()
    slow.go.release()
    await stays
    assert (gone.cancelled(), disk.syncs) == (True, 1)


async def test_a_failing_disk_is_told_and_asked_again_next_time(disk: Disk, slow: SlowDisk) -> None:
    slow.fault = OSError("no space")
    slow.go.release()
    with pytest.raises(OSError, match="no space"):
        await disk.synced()
    slow.fault = None
    slow.go.release()
    await disk.synced()
    assert disk.syncs == 2


async def test_the_name_of_each_new_log_is_synced_once(
    disk: Disk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folders: list[Path] = []
    monkeypatch.setattr(database, "sync_folder", folders.append)
    await disk.synced()
    await disk.synced()
    assert folders == [tmp_path]
    (tmp_path / "other").write_bytes(b"")
    (tmp_path / "other").replace(tmp_path / "db-wal")
    await disk.synced()
    assert folders == [tmp_path, tmp_path]


async def test_without_a_log_there_is_nothing_to_wait_for(tmp_path: Path) -> None:
    for disk in (Disk(None), Disk(tmp_path / "removed-wal")):
        await disk.synced()
        disk.close()


async def test_what_the_log_holds_when_a_call_is_durable_is_enough_to_find_the_generation(
    store: JobStore, tmp_path: Path
) -> None:
    job, _ = await store.create(NEW)
    await store.durable()
    (tmp_path / "copy").mkdir()
    for name in ("jobs.db", "jobs.db-wal"):  # what a machine without power would come back with
        shutil.copy(tmp_path / name, tmp_path / "copy" / name)
    engine = await open_database(tmp_path / "copy" / "jobs.db")
    copy = JobStore(engine, max_queued=10)
    assert await copy.get(job.id, "me") == job
    copy.close()
    await engine.dispose()
