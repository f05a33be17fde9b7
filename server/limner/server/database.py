"""The tables, how the database is opened, and when what was committed is on the disk."""

import asyncio
import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from sqlalchemy import JSON, Boolean, Column, Float, Index, Integer, LargeBinary, MetaData, String, Table, event
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

metadata = MetaData()
PRAGMAS = (
    "journal_mode=WAL",
    "synchronous=NORMAL",
    "busy_timeout=5000",
    "foreign_keys=ON",
    "cache_size=-512",  # KiB of pages for each connection; the system has them in memory once already
)

generations = Table(
    "generations",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("number", Integer, nullable=False, unique=True),  # order of acceptance
    Column("owner", String(64), nullable=False),
    Column("request_id", String(128)),
    Column("fingerprint", String(64), nullable=False),  # of the brief as the client sent it
    Column("brief", LargeBinary, nullable=False),  # a limner.v1.Generation with the brief alone
    Column("state", String(16), nullable=False),
    Column("bulk", Boolean, nullable=False),
    Column("model", String(64), nullable=False),
    Column("seed", Integer, nullable=False),
    Column("cache_key", String(64), nullable=False),
    Column("attempt", Integer, nullable=False),
    Column("time_limit_s", Float),
    Column("cached", Boolean, nullable=False),
    Column("error_code", String(32)),
    Column("error_message", String),
    Column("create_time", Float, nullable=False),
    Column("start_time", Float),
    Column("end_time", Float),
    Index("generations_request", "owner", "request_id", unique=True),
    Index("generations_cache", "cache_key", "state"),
)

assets = Table(
    "assets",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("number", Integer, nullable=False, unique=True),
    Column("owner", String(64), nullable=False),
    Column("generation", String(32), nullable=False, index=True),
    Column("rank", Integer, nullable=False),
    Column("digest", String(64), nullable=False, index=True),
    Column("facts", JSON, nullable=False),
    Column("create_time", Float, nullable=False),
)


async def open_database(path: Path) -> AsyncEngine:
    """SQLite in WAL mode. A commit outlives this process at once, and the machine when a `Disk` was synced after it."""
    engine = create_async_engine(f"sqlite+aiosqlite:///{path}")

    @event.listens_for(engine.sync_engine, "connect")
    def prepare(connection: Any, record: object) -> None:
        cursor = connection.cursor()
        for pragma in PRAGMAS:
            cursor.execute(f"PRAGMA {pragma}")
        cursor.close()

    async with engine.begin() as connection:
        await connection.run_sync(metadata.create_all)
    return engine


class Disk:
    """Where commits become safe from a power cut. One sync serves all who wait for it, however many committed.

    With synchronous=NORMAL, SQLite appends a commit to its write-ahead log and syncs the log before it is copied into the
    database; so a sync of the log, or no log at all, means that every commit before it is on the disk.
    """

    def __init__(self, log: Path | None) -> None:
        """`log` is SQLite's write-ahead log; None for a database that syncs every commit itself."""
        self._log = log
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="sync")
        self._running: asyncio.Task[None] | None = None
        self._next: asyncio.Task[None] | None = None
        self.syncs = 0

    @classmethod
    def of(cls, engine: AsyncEngine) -> "Disk":
        """The disk below an open database."""
        return cls(Path(f"{engine.url.database}-wal") if engine.dialect.name == "sqlite" else None)

    async def synced(self) -> None:
        """Return when all that was committed before this call is on the disk. Raises OSError when the disk fails."""
        if self._log is None:
            return
        if self._next is None:  # a sync that runs already may have begun before the commit
            self._next = asyncio.create_task(self._sync_after(self._running))
        await asyncio.shield(self._next)

    async def _sync_after(self, running: "asyncio.Task[None] | None") -> None:
        if running is not None:
            await asyncio.wait([running])
        self._running, self._next = self._next, None
        self.syncs += 1
        await asyncio.get_running_loop().run_in_executor(self._thread, self._sync)

    def _sync(self) -> None:
        assert self._log is not None
        try:
            log = os.open(self._log, os.O_RDWR)
        except FileNotFoundError:  # copied into the database, which was synced, and removed
            return
        try:
            os.fsync(log)
        finally:
            os.close(log)

    def close(self) -> None:
        """End the thread; a sync that runs is finished."""
        self._thread.shutdown()
