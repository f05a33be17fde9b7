"""What an operator does to a server's own data, on its machine, whether the server runs or not."""

import asyncio
import contextlib
import os
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Collection
from pathlib import Path
from typing import TypeVar

from sqlalchemy import Connection

from limner.server import belongings
from limner.server.access import Scope
from limner.server.audit import Audit, AuditError, appended
from limner.server.config import ServerConfig
from limner.server.database import Database, Disk, compacted, open_database, open_shared
from limner.server.errors import ConfigError, InvalidRequestError
from limner.server.keys import Key, KeyStore, NewKey
from limner.server.vault import Vault

Answer = TypeVar("Answer")
Facts = dict[str, object]


class Administration:
    """One operator's commands. Answers are plain values, ready to be printed."""

    def __init__(self, config: ServerConfig) -> None:
        self._config = config

    def create_key(
        self,
        owner: str,
        *,
        title: str = "",
        scopes: Collection[str] = (Scope.GENERATE, Scope.READ),
        lifetime_s: float | None = None,
        calls_per_minute: float | None = None,
        pictures_per_day: float | None = None,
    ) -> tuple[Facts, str]:
        """A new key: what is known of it, and its text. Raises InvalidRequestError."""
        new = NewKey(
            owner=owner,
            title=title,
            scopes=frozenset(_scope(word) for word in scopes),
            lifetime_s=lifetime_s,
            calls_per_minute=calls_per_minute,
            pictures_per_day=pictures_per_day,
        )
        key, text = self._run(lambda database: KeyStore(database).create(new))
        return facts(key), text

    def list_keys(self) -> list[Facts]:
        """Every key, oldest first."""
        return [facts(key) for key in self._run(lambda database: KeyStore(database).all())]

    def revoke_key(self, key_id: str) -> Facts:
        """End a key. A running server hears of it within a second. Raises NotFoundError."""
        return facts(self._run(lambda database: KeyStore(database).revoke(key_id)))

    def verify_audit(self, known: str | None = None) -> Facts:
        """Check the audit log; its head. Raises ConfigError where it was changed."""
        try:
            head = self._run(lambda database: Audit(database).verify(known))
        except AuditError as error:
            raise ConfigError(f"audit: {error}") from error
        return {"records": head.number, "head": head.hash}

    def rotate(self) -> Facts:
        """Wrap every key at rest with the current master key. Raises ConfigError where none is set."""
        vault = Vault.of(self._config.encryption_key_file)

        def turned(connection: Connection) -> int:
            count = vault.rotate(connection)
            appended(connection, "data.rotate", {"keys": count}, time.time())
            return count

        return {"keys": self._run(lambda database: database.run(turned))}

    def export_owner(self, owner: str, out: Path) -> Facts:
        """Write all that is stored of an owner into an empty folder. Raises ConfigError."""
        if out.exists() and any(out.iterdir()):
            raise ConfigError(f"--out {out}: is not empty; name a new folder")
        out.mkdir(parents=True, exist_ok=True)
        return self._run(lambda database: belongings.exported(self._config, database, owner, out))

    def erase_owner(self, owner: str) -> Facts:
        """Delete all that is stored of an owner, and the keys that opened it."""
        erased = self._run(lambda database: belongings.erased(self._config, database, owner))
        if self._config.database_url is None:
            compacted(self._config.data_dir / "limner.db")
        return erased

    def _run(self, work: Callable[[Database], Awaitable[Answer]]) -> Answer:
        async def session() -> Answer:
            async with opened(self._config) as database:
                answer = await work(database)
                disk = Disk(database.log)
                await disk.synced()  # a key that was revoked stays revoked after a power cut
                disk.close()
                return answer

        return asyncio.run(session())


@contextlib.asynccontextmanager
async def opened(config: ServerConfig) -> AsyncIterator[Database]:
    """The server's database, beside the server where one runs."""
    config.data_dir.mkdir(parents=True, exist_ok=True)
    url = config.database_url
    path = config.data_dir / "limner.db"
    database: Database = await open_database(path) if url is None else await open_shared(url)
    try:
        yield database
    finally:
        await database.dispose()


def administration(config_path: Path | None) -> Administration:
    """The administration of the server that `limner serve --config FILE` runs. Raises ConfigError."""
    return Administration(ServerConfig.read(config_path, os.environ))


def facts(key: Key) -> Facts:
    """What may be told of a key: everything but its hash."""
    return {
        "id": key.id,
        "owner": key.owner,
        "title": key.title,
        "scopes": sorted(key.scopes),
        "state": key.state(time.time()),
        "calls_per_minute": key.calls_per_minute,
        "pictures_per_day": key.pictures_per_day,
        "create_time": key.create_time,
        "expire_time": key.expire_time,
        "revoke_time": key.revoke_time,
    }


def _scope(word: str) -> Scope:
    if word not in list(Scope):
        raise InvalidRequestError.of("scopes", f"{word[:40]!r} is unknown; use {', '.join(Scope)}")
    return Scope(word)
