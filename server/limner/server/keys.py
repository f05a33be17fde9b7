"""API keys: made once, shown once, kept as argon2id hashes.

A key is `limner_<id>_<secret>`: the id finds its row, the secret of 256 random bits proves it. The hash is slow by design, so
a server checks it once for each key and from then on compares a fast keyed digest that is only in its memory.
"""

import asyncio
import re
import secrets
import time
from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import Any, NamedTuple

import argon2
from sqlalchemy import ColumnElement, Connection, insert, select, update

from limner.server import audit
from limner.server.access import Scope
from limner.server.database import Database, keys
from limner.server.errors import InvalidRequestError, NotFoundError

KEY = re.compile(r"limner_([0-9a-f]{12})_([A-Za-z0-9_-]{43})")
OWNER = re.compile(r"[A-Za-z0-9][A-Za-z0-9._@-]{0,63}")
MAX_TITLE = 64
HASHER = argon2.PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)  # OWASP's figures: 19 MiB, 2 passes


class Secret(NamedTuple):
    """The two halves of a key's text."""

    id: str
    secret: str

    @classmethod
    def parse(cls, text: str) -> "Secret | None":
        """The halves, or None for text that is no key."""
        match = KEY.fullmatch(text)
        return None if match is None else cls(*match.groups())

    def format(self) -> str:
        return f"limner_{self.id}_{self.secret}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Key:
    """A key as it is stored. Times are seconds since 1970; None means never, or without limit."""

    id: str
    secret_hash: str
    owner: str
    title: str
    scopes: frozenset[Scope]
    calls_per_minute: float | None
    pictures_per_day: float | None
    create_time: float
    expire_time: float | None
    revoke_time: float | None

    def state(self, now: float) -> str:
        """active, expired or revoked."""
        if self.revoke_time is not None:
            return "revoked"
        return "expired" if self.expire_time is not None and self.expire_time <= now else "active"


@dataclass(frozen=True, slots=True, kw_only=True)
class NewKey:
    """What is asked of a new key."""

    owner: str
    title: str = ""
    scopes: frozenset[Scope] = frozenset({Scope.GENERATE, Scope.READ})
    lifetime_s: float | None = None
    calls_per_minute: float | None = None
    pictures_per_day: float | None = None

    def check(self) -> None:
        """Raise InvalidRequestError for what cannot be."""
        if not OWNER.fullmatch(self.owner):
            raise InvalidRequestError.of("owner", "use 1 to 64 letters, digits, and . _ @ - between them")
        if len(self.title) > MAX_TITLE or not self.title.isprintable():
            raise InvalidRequestError.of("title", f"use at most {MAX_TITLE} printable characters")
        if not self.scopes:
            raise InvalidRequestError.of("scopes", f"name at least one of {', '.join(Scope)}")
        for field in ("lifetime_s", "calls_per_minute", "pictures_per_day"):
            value = getattr(self, field)
            if value is not None and not 0 < value < 1e9:
                raise InvalidRequestError.of(field, f"{value:g} is not in (0, 1e9); leave it out for no limit")


class KeyStore:
    """The keys in a database."""

    def __init__(self, database: Database, clock: Callable[[], float] = time.time) -> None:
        self._database, self.clock = database, clock

    async def create(self, new: NewKey) -> tuple[Key, str]:
        """Store a new key; the second answer is its text, which nobody can tell again. Raises InvalidRequestError."""
        new.check()
        secret, now = Secret(secrets.token_hex(6), secrets.token_urlsafe(32)), self.clock()
        values: dict[str, Any] = {
            "id": secret.id,
            "secret_hash": await asyncio.to_thread(HASHER.hash, secret.secret),
            "owner": new.owner,
            "title": new.title,
            "scopes": " ".join(sorted(new.scopes)),
            "calls_per_minute": new.calls_per_minute,
            "pictures_per_day": new.pictures_per_day,
            "create_time": now,
            "expire_time": None if new.lifetime_s is None else now + new.lifetime_s,
        }
        told = {"key": secret.id, "owner": new.owner, "scopes": values["scopes"]}

        def stored(connection: Connection) -> Key:
            audit.appended(connection, "key.create", told, now)
            return key_of(connection.execute(insert(keys).values(**values).returning(*keys.c)).mappings().one())

        return await self._database.run(stored), secret.format()

    async def revoke(self, key_id: str) -> Key:
        """End a key for ever. Raises NotFoundError for one that is not there, or that was revoked before."""
        now = self.clock()
        statement = (
            update(keys)
            .where(keys.c.id == key_id, keys.c.revoke_time.is_(None))
            .values(revoke_time=now)
            .returning(*keys.c)
        )

        def stored(connection: Connection) -> Key:
            row = connection.execute(statement).mappings().first()
            if row is None:
                raise NotFoundError(f"no key {key_id[:40]} to revoke; `limner keys list` shows those that are")
            audit.appended(connection, "key.revoke", {"key": key_id, "owner": row["owner"]}, now)
            return key_of(row)

        return await self._database.run(stored)

    async def all(self) -> list[Key]:
        """Every key, oldest first; revoked ones too."""
        return await self._where()

    async def some(self, ids: Collection[str]) -> list[Key]:
        """The keys with these ids, those that there are."""
        return await self._where(keys.c.id.in_(ids))

    async def any_active(self) -> bool:
        """Somebody has a key that works."""
        now = self.clock()
        return any(key.state(now) == "active" for key in await self._where(keys.c.revoke_time.is_(None)))

    async def _where(self, *conditions: ColumnElement[bool]) -> list[Key]:
        query = select(keys).where(*conditions).order_by(keys.c.create_time, keys.c.id)
        return await self._database.run(
            lambda connection: [key_of(row) for row in connection.execute(query).mappings()]
        )


def proves(key: Key, secret: str) -> bool:
    """The secret is the key's. Takes some 20 ms, by design; call it off the event loop."""
    try:
        return HASHER.verify(key.secret_hash, secret)
    except argon2.exceptions.VerificationError:
        return False


def key_of(row: Any) -> Key:
    """A key from all columns of its row."""
    return Key(**{**row, "scopes": frozenset(Scope(word) for word in row["scopes"].split())})
