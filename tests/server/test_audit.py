"""The audit log shows whatever was done to it."""

import asyncio
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from limner.server.audit import Audit, AuditError
from limner.server.database import Database, open_database
from limner.server.keys import KeyStore, NewKey


async def run(database: Database, statement: str) -> None:
    await database.run(lambda connection: connection.execute(text(statement)))


@pytest.fixture
async def log(database: Database) -> Audit:
    audit = Audit(database)
    for number in range(3):
        await audit.append("test", number=number, name="名")
    return audit


async def test_a_log_that_nobody_touched_leads_from_any_earlier_head_to_its_own(log: Audit) -> None:
    first = await log.verify()
    second = await log.append("more")
    assert await log.verify(first.hash) == second
    assert second.number == first.number + 1
    with pytest.raises(AuditError, match="never had"):
        await log.verify("1" * 64)


async def test_records_of_many_at_once_stand_in_one_line(log: Audit) -> None:
    before = await log.verify()
    await asyncio.gather(*(log.append("race", number=number) for number in range(20)))
    assert (await log.verify(before.hash)).number == before.number + 20


async def test_making_and_revoking_keys_is_recorded_without_the_key(database: Database) -> None:
    store = KeyStore(database)
    key, secret = await store.create(NewKey(owner="ada"))
    await store.revoke(key.id)
    query = text("SELECT record FROM audit ORDER BY number DESC LIMIT 2")
    rows = await database.run(lambda connection: connection.scalars(query).all())
    assert [
        f'"{event}"' in row and key.id in row for event, row in zip(("key.revoke", "key.create"), rows, strict=True)
    ]
    assert secret.rpartition("_")[2] not in str(rows)
    await Audit(database).verify()


@pytest.mark.parametrize("change", ["UPDATE audit SET record = 'x'", "DELETE FROM audit"])
async def test_the_database_itself_lets_no_record_be_changed(log: Audit, database: Database, change: str) -> None:
    before = await log.verify()
    if not database.shared:
        with pytest.raises(IntegrityError, match="append-only"):
            await run(database, change)
    else:
        await run(database, change)  # does nothing
    assert await log.verify() == before


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ("UPDATE audit SET record = replace(record, '1', '2') WHERE number = 2", "record 2 was changed"),
        ("DELETE FROM audit WHERE number = 2", "record 2 is missing"),
        ("DELETE FROM audit WHERE number = 3", "records after 2 are missing"),
    ],
)
async def test_a_change_past_the_database_s_guard_shows(tmp_path: Path, change: str, said: str) -> None:
    database = await open_database(tmp_path / "audit.db")
    audit = Audit(database)
    for number in range(3):
        await audit.append("test", number=number)
    for statement in ("DROP TRIGGER audit_no_update", "DROP TRIGGER audit_no_delete", change):
        await run(database, statement)
    with pytest.raises(AuditError, match=said):
        await audit.verify()
    await database.dispose()
