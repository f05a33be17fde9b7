"""How often a key may call, and how many pictures it may ask for: token buckets that outlive the process.

A bucket holds at most `size` tokens and fills evenly. Calls are counted in memory, in each server process by itself, and
stored now and then; pictures are counted in the database, exactly, however many processes share it.
"""

import math
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from sqlalchemy import Connection, Float, case, insert, literal, select, update
from sqlalchemy.exc import IntegrityError

from limner.server import access
from limner.server.database import Database, buckets
from limner.server.errors import ResourceExhaustedError

DAY_S, MINUTE_S = 86400.0, 60.0


@dataclass(slots=True)
class Bucket:
    """Tokens that come back with time."""

    size: float
    per_s: float
    tokens: float
    update_time: float

    def taken(self, now: float) -> float:
        """Take one token: 0, or the seconds until there is one. A clock that goes back gives nothing."""
        self.tokens = min(self.size, self.tokens + max(0.0, now - self.update_time) * self.per_s)
        self.update_time = now
        if self.tokens < 1:
            return (1 - self.tokens) / self.per_s
        self.tokens -= 1
        return 0.0


class Calls:
    """The rate of each key that has one."""

    def __init__(self, database: Database, clock: Callable[[], float] = time.time) -> None:
        self._database, self._clock = database, clock
        self._buckets: dict[str, Bucket] = {}
        self._stored: dict[str, float] = {}  # the time of what is in the database

    async def open(self, key_id: str, per_minute: float) -> None:
        """Go on with what is left of a key's calls."""
        name, size = f"calls:{key_id}", max(1.0, per_minute)
        query = select(buckets).where(buckets.c.name == name)
        row = await self._database.run(lambda connection: connection.execute(query).first())
        tokens, then = (size, self._clock()) if row is None else (row.tokens, row.update_time)
        self._buckets[key_id] = Bucket(size, per_minute / MINUTE_S, tokens, then)

    def take(self, key_id: str) -> None:
        """Count a call. Raises ResourceExhaustedError with the time of the next one."""
        bucket = self._buckets.get(key_id)
        if bucket is not None and (wait_s := bucket.taken(self._clock())):
            per_minute = bucket.per_s * MINUTE_S
            raise ResourceExhaustedError(
                f"this key may call {per_minute:g} times a minute; wait {wait_s:.1f} s", retry_after_s=wait_s
            )

    async def store(self) -> None:
        """Write down what changed since the last time."""
        changed = {key: each for key, each in self._buckets.items() if self._stored.get(key) != each.update_time}
        if not changed:
            return
        times = {key: bucket.update_time for key, bucket in changed.items()}
        rows = [
            {"name": f"calls:{key_id}", "tokens": bucket.tokens, "update_time": times[key_id]}
            for key_id, bucket in changed.items()
        ]
        await self._database.run(partial(_written, rows))
        self._stored |= times


def _written(rows: Sequence[Mapping[str, Any]], connection: Connection) -> None:
    for row in rows:
        if not connection.execute(update(buckets).where(buckets.c.name == row["name"]).values(**row)).rowcount:
            connection.execute(insert(buckets).values(**row))


class Pictures:
    """The quota of each key that has one: the `Quota` of a server with keys."""

    def __init__(self, database: Database, clock: Callable[[], float] = time.time) -> None:
        self._database, self._clock = database, clock

    async def __call__(self, owner: str, pictures: int) -> None:
        """Count the pictures against the key of the call that this task answers. Raises ResourceExhaustedError."""
        caller = access.caller.get()
        if caller.pictures_per_day is None:
            return
        size = caller.pictures_per_day
        if pictures > size:
            raise ResourceExhaustedError(f"{pictures} pictures; this key may ask for {size:g} a day")
        name, now = f"pictures:{caller.key}", self._clock()
        if (left := await self._left(name, size, pictures, now)) is not None:
            wait_s = math.ceil((pictures - left) * DAY_S / size)
            fault = f"{pictures} pictures; this key may ask for {size:g} a day and has {left:.1f} left: wait {wait_s} s"
            raise ResourceExhaustedError(fault, retry_after_s=wait_s)

    async def _left(self, name: str, size: float, pictures: int, now: float) -> float | None:
        """Take the pictures in one statement; where there are too few, how many there are."""
        passed = case((buckets.c.update_time < now, literal(now, Float) - buckets.c.update_time), else_=0.0)
        full = buckets.c.tokens + passed * (size / DAY_S)
        filled = case((full > size, literal(size, Float)), else_=full)
        take = (
            update(buckets)
            .where(buckets.c.name == name, filled >= pictures)
            .values(tokens=filled - pictures, update_time=now)
            .returning(buckets.c.tokens)
        )
        first = insert(buckets).values(name=name, tokens=size - pictures, update_time=now)

        def taken(connection: Connection) -> float | None:
            if connection.execute(take).first() is not None:
                return None
            left: float | None = connection.scalar(select(filled).where(buckets.c.name == name))
            if left is None:
                connection.execute(first)
            return left

        try:
            left = await self._database.run(taken)
        except IntegrityError:  # another call of the same key made the row meanwhile
            return await self._left(name, size, pictures, now)
        if left is not None and left >= pictures:  # likewise, between two statements
            return await self._left(name, size, pictures, now)
        return left
