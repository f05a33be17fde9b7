"""Opening a database: an earlier version's is brought up to date, a wrong URL is told by its key."""

import asyncio
import sqlite3
from pathlib import Path

import pytest

from limner.server.database import open_database, open_shared
from limner.server.errors import ConfigError
from limner.server.jobs import JobStore, State
from limner.server.leases import Leases

from .test_jobs import new

NEWER = ("worker", "lease_until", "cancel_requested")  # columns that the first version did not have


async def test_a_database_of_the_first_version_keeps_its_generations_and_gets_the_new_columns(tmp_path: Path) -> None:
    engine = await open_database(tmp_path / "jobs.db")
    job, _ = await JobStore(engine, 10).create(new())
    await engine.dispose()
    with sqlite3.connect(tmp_path / "jobs.db") as connection:
        connection.execute("DROP INDEX generations_waiting")
        for column in NEWER:
            connection.execute(f"ALTER TABLE generations DROP COLUMN {column}")
        connection.execute("UPDATE generations SET state = 'RUNNING', attempt = 1")
    connection.close()
    engine = await open_database(tmp_path / "jobs.db")
    store = JobStore(engine, 10)
    kept = await store.get(job.id, "me")
    assert (kept.state, kept.worker, kept.lease_until, kept.cancel_requested) == (State.RUNNING, None, None, False)
    leases = Leases(store)
    await leases.recover()
    assert [(taken.id, taken.attempt) for taken in await leases.claim(1)] == [(job.id, 2)]
    await engine.dispose()


@pytest.mark.parametrize(
    ("url", "fix"),
    [
        ("nonsense", r"write postgresql\+asyncpg://USER@HOST/DATABASE"),
        ("mysql+aiomysql://host/art", r"write postgresql\+asyncpg://"),
        ("postgresql+asyncpg://me:secret@host/art", "PGPASSWORD"),
        ("postgresql+asyncpg://me@127.0.0.1:1/art", "start it or correct the URL"),
    ],
)
async def test_a_database_that_cannot_be_is_told_by_its_key_and_never_with_its_password(url: str, fix: str) -> None:
    with pytest.raises(ConfigError, match=fix) as refused:
        await open_shared(url)
    assert "database_url" in str(refused.value)
    assert "secret" not in str(refused.value)


async def test_processes_that_open_an_empty_postgres_at_once_make_its_tables_once(postgres_url: str) -> None:
    engines = await asyncio.gather(*(open_shared(postgres_url) for _ in range(4)))
    for engine in engines:
        await engine.dispose()
