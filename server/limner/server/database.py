"""The tables, and how the database is opened."""

from pathlib import Path
from typing import Any

from sqlalchemy import JSON, Boolean, Column, Float, Index, Integer, LargeBinary, MetaData, String, Table, event
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

metadata = MetaData()

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
    """SQLite in WAL mode; every commit is on disk before it returns (synchronous=FULL), so a power cut loses nothing."""
    engine = create_async_engine(f"sqlite+aiosqlite:///{path}")

    @event.listens_for(engine.sync_engine, "connect")
    def prepare(connection: Any, record: object) -> None:
        cursor = connection.cursor()
        for pragma in ("journal_mode=WAL", "synchronous=FULL", "busy_timeout=5000", "foreign_keys=ON"):
            cursor.execute(f"PRAGMA {pragma}")
        cursor.close()

    async with engine.begin() as connection:
        await connection.run_sync(metadata.create_all)
    return engine
