"""The tables, how the database is opened, and when what was committed is on the disk."""

import asyncio
import errno
import os
import sqlite3
from abc import ABC, abstractmethod
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from importlib.util import find_spec
from pathlib import Path
from typing import Any, TypeVar

from sqlalchemy import (
    DDL,
    JSON,
    BigInteger,
    Boolean,
    Column,
    Connection,
    Engine,
    Float,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Sequence,
    String,
    Table,
    Text,
    create_engine,
    event,
    false,
    func,
    inspect,
    select,
    text,
)
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError, DatabaseError, OperationalError
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine
from sqlalchemy.schema import CreateColumn
from sqlalchemy.sql.elements import ColumnElement

from limner.server.errors import (
    ConfigError,
    DataLossError,
    LimnerError,
    ResourceExhaustedError,
    UnavailableError,
)

metadata = MetaData()
Answer = TypeVar("Answer")
Work = Callable[[Connection], Answer]
SET_UP = 0x6C696D6E6572  # "limner": the Postgres lock under which one process at a time makes the tables
FULL_S = 5.0  # until a full disk may have room again
POSTGRES = "postgresql+asyncpg"

generations = Table(
    "generations",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("number", BigInteger, nullable=False, unique=True),  # order of acceptance
    Column("owner", String(64), nullable=False),
    Column("request_id", String(128)),
    Column("fingerprint", String(64), nullable=False),  # of the brief as the client sent it
    Column("brief", LargeBinary, nullable=False),  # a limner.v1.Generation with the brief alone
    Column("state", String(16), nullable=False),
    Column("bulk", Boolean, nullable=False),
    Column("model", String(64), nullable=False),
    Column("seed", BigInteger, nullable=False),
    Column("cache_key", String(64), nullable=False),
    Column("attempt", Integer, nullable=False),
    Column("time_limit_s", Float),
    Column("cached", Boolean, nullable=False),
    Column("error_code", String(32)),
    Column("error_message", String),
    Column("create_time", Float, nullable=False),
    Column("start_time", Float),
    Column("end_time", Float),
    Column("worker", String(64)),
    Column("lease_until", Float),
    Column("cancel_requested", Boolean, nullable=False, server_default=false()),
    Index("generations_request", "owner", "request_id", unique=True),
    Index("generations_waiting", "state", "bulk", "number"),
    Index("generations_cache", "cache_key", "state"),
)

assets = Table(
    "assets",
    metadata,
    Column("id", String(48), primary_key=True),
    Column("number", BigInteger, nullable=False, unique=True),
    Column("owner", String(64), nullable=False),
    Column("generation", String(32), nullable=False, index=True),
    Column("rank", Integer, nullable=False),
    Column("digest", String(64), nullable=False, index=True),
    Column("facts", JSON, nullable=False),
    Column("create_time", Float, nullable=False),
)

keys = Table(
    "keys",
    metadata,
    Column("id", String(12), primary_key=True),
    Column("secret_hash", String(128), nullable=False),  # argon2id; the secret itself is nowhere
    Column("owner", String(64), nullable=False),
    Column("title", String(64), nullable=False),
    Column("scopes", String(64), nullable=False),  # words with spaces between
    Column("calls_per_minute", Float),
    Column("pictures_per_day", Float),
    Column("create_time", Float, nullable=False),
    Column("expire_time", Float),
    Column("revoke_time", Float),
)

buckets = Table(  # what is left of a key's rate or quota, as of `update_time`
    "buckets",
    metadata,
    Column("name", String(64), primary_key=True),
    Column("tokens", Float, nullable=False),
    Column("update_time", Float, nullable=False),
)

(
    owner_keys,
    blob_keys,
) = (  # what seals an owner's words, and what seals a picture, by its digest; wrapped by the master key
    Table(
        name,
        metadata,
        Column("name", String(64), primary_key=True),
        Column("wrapped", LargeBinary, nullable=False),
    )
    for name in ("owner_keys", "blob_keys")
)

audit = Table(  # a record's hash covers the hash before it: what is changed or taken out later shows
    "audit",
    metadata,
    Column("number", BigInteger, primary_key=True, autoincrement=False),
    Column("record", Text, nullable=False),
    Column("hash", String(64), nullable=False),
)

audit_head = Table(  # one row, locked while a record is appended, so that several processes take turns
    "audit_head",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("number", BigInteger, nullable=False),
    Column("hash", String(64), nullable=False),
)


def _with(table: Table, dialect: str | None, statement: str) -> None:
    """Run a statement when the table is made; None is every dialect."""
    made: Any = DDL(statement)  # type: ignore[no-untyped-call]  # SQLAlchemy's own
    event.listen(table, "after_create", made if dialect is None else made.execute_if(dialect=dialect))


for change in ("update", "delete"):
    refused = "BEGIN SELECT RAISE(ABORT, 'the audit log is append-only'); END"
    _with(audit, "sqlite", f"CREATE TRIGGER audit_no_{change} BEFORE {change} ON audit {refused}")
    _with(audit, "postgresql", f"CREATE RULE audit_no_{change} AS ON {change} TO audit DO INSTEAD NOTHING")
_with(audit_head, None, f"INSERT INTO audit_head VALUES (1, 0, '{'0' * 64}')")

asset_changes = Table(  # the newest ones, for hot reload
    "asset_changes",
    metadata,
    Column("sequence", BigInteger, primary_key=True, autoincrement=False),
    Column("owner", String(64), nullable=False),
    Column("kind", Integer, nullable=False),  # an AssetChange.Kind
    Column("project", String(200), nullable=False, server_default=""),  # of a publication
    Column("subject", LargeBinary, nullable=False),  # a created or deleted asset's id, or a limner.v1.Publication
    Column("create_time", Float, nullable=False),
)

SEQUENCES = {  # where several processes insert; SQLite has no sequences and one process
    table.name: Sequence(f"{table.name}_number", metadata=metadata) for table in (generations, assets)
}


class Database(ABC):
    """Runs transactions, each a function of a connection, committed when it returns."""

    shared: bool  # other processes may work on it too; it has sequences then
    log: Path | None  # SQLite's write-ahead log; None for a database that syncs every commit itself

    @abstractmethod
    async def run(self, work: Work[Answer]) -> Answer:
        """What `work` returns. A caller that is cancelled may find the transaction done."""

    @abstractmethod
    async def dispose(self) -> None:
        """Close every connection."""


class LocalDatabase(Database):
    """SQLite. Each transaction runs whole in one thread: there is one writer anyway, and to change threads for every
    statement takes longer than the statement.
    """

    shared = False

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="database")
        self.log = Path(f"{engine.url.database}-wal")

    async def run(self, work: Work[Answer]) -> Answer:
        return await asyncio.get_running_loop().run_in_executor(self._thread, self._transaction, work)

    def _transaction(self, work: Work[Answer]) -> Answer:
        try:
            with self._engine.begin() as connection:
                return work(connection)
        except DatabaseError as error:
            if (told := told_of(error, str(self._engine.url.database))) is None:
                raise
            raise told from error

    async def dispose(self) -> None:
        await asyncio.get_running_loop().run_in_executor(self._thread, self._engine.dispose)
        self._thread.shutdown()


class SharedDatabase(Database):
    """Postgres, which several processes may use at once."""

    shared = True
    log = None

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def run(self, work: Work[Answer]) -> Answer:
        async with self._engine.begin() as connection:
            return await connection.run_sync(work)

    async def dispose(self) -> None:
        await self._engine.dispose()


def told_of(error: DatabaseError, path: str) -> LimnerError | None:
    """What a fault of the disk below SQLite means to a caller; None for faults of ours."""
    match getattr(error.orig, "sqlite_errorcode", 0) & 0xFF:  # the rest tells where in SQLite
        case sqlite3.SQLITE_FULL | sqlite3.SQLITE_IOERR:
            return ResourceExhaustedError(
                f"the disk of {path} is full or fails; free some disk space", retry_after_s=FULL_S
            )
        case sqlite3.SQLITE_BUSY | sqlite3.SQLITE_LOCKED:
            return UnavailableError(f"another program keeps {path} locked; end it, or try again", retry_after_s=1.0)
        case sqlite3.SQLITE_CORRUPT | sqlite3.SQLITE_NOTADB:
            return DataLossError(f"{path} is damaged; stop the server and restore it from a backup")
    return None


async def open_database(path: Path) -> LocalDatabase:
    """SQLite in WAL mode. A commit outlives this process at once, and the machine when a `Disk` was synced after it.

    Raises ConfigError for a file that is no database, and where the disk is full or another program has it locked.
    """
    engine = create_engine(f"sqlite:///{path}", hide_parameters=True)  # errors quote no prompt

    @event.listens_for(engine, "connect")
    def prepare(connection: Any, record: object) -> None:
        cursor = connection.cursor()
        for pragma in (
            "journal_mode=WAL",
            "synchronous=NORMAL",
            "busy_timeout=5000",
            "foreign_keys=ON",
            "cache_size=-512",
            "secure_delete=ON",
        ):
            cursor.execute(f"PRAGMA {pragma}")
        cursor.close()

    database = LocalDatabase(engine)
    try:
        await database.run(_set_up)
    except LimnerError as error:
        await database.dispose()
        raise ConfigError(f"data_dir: {error}") from error
    return database


async def open_shared(url: str) -> SharedDatabase:
    """A Postgres that several server processes may share. The password comes from PGPASSWORD or a PGPASSFILE.

    Raises ConfigError for a URL that is none, that holds a password, or where no database answers.
    """
    engine = create_async_engine(_checked(url), hide_parameters=True, pool_pre_ping=True)
    try:
        async with engine.begin() as connection:
            await connection.execute(select(func.pg_advisory_xact_lock(SET_UP)))
            await connection.run_sync(_set_up)
    except (OperationalError, OSError) as error:
        await engine.dispose()
        raise ConfigError(
            f"database_url: no database answers at {url} ({error}); start it or correct the URL"
        ) from error
    return SharedDatabase(engine)


def _checked(url: str) -> URL:
    try:
        parsed = make_url(url)
    except ArgumentError as error:
        raise ConfigError(f"database_url: {url!r} is no URL; write {POSTGRES}://USER@HOST/DATABASE") from error
    if parsed.drivername != POSTGRES:
        raise ConfigError(f"database_url: {parsed.drivername} is not served; write {POSTGRES}://USER@HOST/DATABASE")
    if parsed.password is not None:
        raise ConfigError("database_url: leave the password out; set it in the environment as PGPASSWORD")
    if find_spec("asyncpg") is None:
        raise ConfigError(
            'database_url: Postgres needs asyncpg; install it with: pip install "limner[server,postgres]"'
        )
    return parsed


def _set_up(connection: Connection) -> None:
    """Make what is not there: tables, and in tables of earlier versions columns and indexes."""
    metadata.create_all(connection)
    for table in metadata.tables.values():
        known = {column["name"] for column in inspect(connection).get_columns(table.name)}
        for column in table.columns:
            if column.name not in known:
                definition = CreateColumn(column).compile(dialect=connection.dialect)
                connection.execute(text(f"ALTER TABLE {table.name} ADD COLUMN {definition}"))
        for index in table.indexes:
            index.create(connection, checkfirst=True)


def next_number(table: Table, shared: bool) -> ColumnElement[int]:
    """The number of the row to be inserted, in a shared database or in SQLite."""
    if shared:
        return SEQUENCES[table.name].next_value()
    return select(func.coalesce(func.max(table.c.number), 0) + 1).scalar_subquery()


def compacted(path: Path) -> None:
    """Write SQLite's file anew, so that deleted rows are nowhere in it or in its log. Waits for a server that writes."""
    connection = sqlite3.connect(path, timeout=30, isolation_level=None)
    try:
        connection.execute("VACUUM")
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    finally:
        connection.close()


def sync_folder(folder: Path) -> None:
    """Return when the names in a folder are safe from a power cut. Raises OSError."""
    opened = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)


def _synced(file: int) -> None:
    try:
        os.fsync(file)
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise ResourceExhaustedError("the disk is full; free some disk space", retry_after_s=FULL_S) from error
        raise


class Disk:
    """Where commits become safe from a power cut. One sync serves all who wait for it, however many committed.

    With synchronous=NORMAL, SQLite appends a commit to its write-ahead log and syncs the log before it is copied into the
    database; so a sync of the log, or no log at all, means that every commit before it is on the disk.
    """

    def __init__(self, log: Path | None) -> None:
        """`log` is a database's; None where there is nothing to sync."""
        self._log = log
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="sync")
        self._running: asyncio.Task[None] | None = None
        self._next: asyncio.Task[None] | None = None
        self._known = 0  # the log that the folder was synced with: a file is lost with its name
        self.syncs = 0

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
            _synced(log)
            if (found := os.fstat(log).st_ino) != self._known:
                sync_folder(self._log.parent)
                self._known = found
        finally:
            os.close(log)

    def close(self) -> None:
        """End the thread; a sync that runs is finished."""
        self._thread.shutdown()
