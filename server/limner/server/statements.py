"""The statements that every picture needs, built once: to build one takes longer than to run it."""

from typing import Any

from sqlalchemy import Select, Table, bindparam, insert, select, update
from sqlalchemy.sql.dml import ReturningInsert, ReturningUpdate

from limner.server.database import assets, generations, next_number

GENERATION: Select[Any] = select(generations).where(
    generations.c.id == bindparam("id"), generations.c.owner == bindparam("owner")
)
ASSET: Select[Any] = select(assets).where(assets.c.id == bindparam("id"), assets.c.owner == bindparam("owner"))
ASSETS_OF: Select[Any] = select(assets).where(assets.c.generation == bindparam("generation")).order_by(assets.c.rank)

NEWEST_EQUAL: Select[Any] = (  # the last generation that succeeded for an equal request of the same owner
    select(generations.c.id)
    .where(generations.c.cache_key == bindparam("cache_key"), generations.c.state == "SUCCEEDED")
    .where(generations.c.owner == bindparam("owner"))
    .order_by(generations.c.number.desc())
    .limit(1)
)

ENDED: ReturningUpdate[Any] = (  # what changes is named when it runs; nothing, where the generation has moved on
    update(generations)
    .where(generations.c.id == bindparam("this"), generations.c.state == bindparam("from_state"))
    .where(generations.c.attempt == bindparam("this_attempt"))
    .returning(*generations.c)
)

_waiting = (
    select(generations.c.id)
    .where(generations.c.state == "QUEUED")
    .order_by(generations.c.bulk, generations.c.number)
    .limit(bindparam("count"))
    .with_for_update(skip_locked=True)  # SQLite has one writer and leaves this out
    .cte("waiting")  # found once: in a subquery, Postgres may look again and lock more than `count`
)
CLAIMED: ReturningUpdate[Any] = (
    update(generations)
    .where(generations.c.id.in_(select(_waiting.c.id)))
    .values(
        state="RUNNING",
        attempt=generations.c.attempt + 1,
        worker=bindparam("by"),
        lease_until=bindparam("until"),
        start_time=bindparam("now"),
    )
    .returning(*generations.c)
)


def inserted(table: Table, shared: bool) -> ReturningInsert[Any]:
    """One row, numbered after all others; its other columns are named when it runs."""
    return insert(table).values(number=next_number(table, shared)).returning(*table.c)
