"""The audit log: who was let in, what was taken away. It only grows, and every record's hash covers the one before.

The database itself refuses to change a record. Who can change the database's file can still rewrite the whole chain; note
the head that `verify` gives somewhere else, and a rewritten or shortened chain no longer leads to it.
"""

import hashlib
import json
import time
from collections.abc import Callable, Mapping
from typing import NamedTuple

from sqlalchemy import Connection, insert, select, update

from limner.server.database import Database, audit, audit_head

START = "0" * 64
HEAD = 1
PAGE = 1000


class Head(NamedTuple):
    """The end of the chain."""

    number: int
    hash: str


class AuditError(ValueError):
    """The log is not as it was written; the message says where it breaks."""


class Audit:
    """The log in a database."""

    def __init__(self, database: Database, clock: Callable[[], float] = time.time) -> None:
        self._database, self._clock = database, clock

    async def append(self, event: str, **facts: object) -> Head:
        """Add a record, such as `key.revoke` with the key's id. Never with a secret or a prompt."""
        return await self._database.run(lambda connection: appended(connection, event, facts, self._clock()))

    async def verify(self, known: str | None = None) -> Head:
        """Walk the whole chain; the head at its end. Raises AuditError for a break, and where it has no hash `known`."""
        return await self._database.run(lambda connection: walked(connection, known))


def appended(connection: Connection, event: str, facts: Mapping[str, object], now: float) -> Head:
    """Add a record within a transaction, so that the event and its record are stored together or not at all."""
    taken = update(audit_head).where(audit_head.c.id == HEAD).values(number=audit_head.c.number + 1)
    row = connection.execute(taken.returning(audit_head.c.number, audit_head.c.hash)).one()
    record = json.dumps({"time": round(now, 3), "event": event, **facts}, sort_keys=True, ensure_ascii=False)
    head = Head(row.number, linked(row.hash, row.number, record))
    connection.execute(insert(audit).values(number=head.number, record=record, hash=head.hash))
    connection.execute(update(audit_head).where(audit_head.c.id == HEAD).values(hash=head.hash))
    return head


def walked(connection: Connection, known: str | None) -> Head:
    """Check every record in order. Raises AuditError."""
    head, seen = Head(0, START), known in (None, START)
    while True:
        page = select(audit).where(audit.c.number > head.number).order_by(audit.c.number).limit(PAGE)
        rows = connection.execute(page).all()
        if not rows:
            break
        for row in rows:
            if row.number != head.number + 1:
                raise AuditError(f"record {head.number + 1} is missing; restore the database from a backup")
            if row.hash != linked(head.hash, row.number, row.record):
                raise AuditError(f"record {row.number} was changed; restore the database from a backup")
            head = Head(row.number, row.hash)
            seen |= head.hash == known
    stored = connection.execute(select(audit_head.c.number, audit_head.c.hash)).one()
    if tuple(stored) != tuple(head):
        raise AuditError(f"the records after {head.number} are missing up to {stored.number}; restore a backup")
    if not seen:
        raise AuditError(f"the chain never had the hash {known}: it was rewritten, or this is another database")
    return head


def linked(previous: str, number: int, record: str) -> str:
    """The hash of a record in its place."""
    return hashlib.sha256(f"{previous}\n{number}\n{record}".encode()).hexdigest()
