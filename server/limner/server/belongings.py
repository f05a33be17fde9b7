"""All that a server keeps of one owner: to hand it over, and to delete it for good."""

import json
import time
from pathlib import Path
from typing import Any

from google.protobuf.json_format import MessageToDict
from sqlalchemy import Connection, delete, func, select, update

from limner.server import convert
from limner.server.assets import AssetStore
from limner.server.audit import appended
from limner.server.config import ServerConfig
from limner.server.database import Database, assets, buckets, generations, keys, metadata, owner_keys
from limner.server.errors import NotFoundError
from limner.server.jobs import JobStore
from limner.server.vault import BlobLock, Vault, shred

PAGE = 200


async def exported(config: ServerConfig, database: Database, owner: str, out: Path) -> dict[str, object]:
    """Write every generation as JSON with its request, and every picture, into a folder."""
    vault = Vault.of(config.encryption_key_file)
    store = JobStore(database, 1, vault=vault)
    blobs = await _blobs(config, database, vault)
    before, jobs, pictures = None, 0, 0
    with (out / "generations.jsonl").open("w", encoding="utf-8") as lines:
        while page := await store.page(owner, PAGE, before, ()):
            for job in page:
                own = await store.assets_of(job.id)
                message = MessageToDict(convert.generation(job, own), preserving_proto_field_name=True)
                lines.write(json.dumps(message, ensure_ascii=False) + "\n")
                for asset in own:
                    kind = str(asset.facts.get("content_type", "image/png")).rpartition("/")[2]
                    (out / f"{asset.id}.{kind}").write_bytes(await blobs.get(asset.digest))
                pictures += len(own)
            jobs += len(page)
            before = page[-1].number
    await database.run(lambda connection: appended(connection, "data.export", {"owner": owner}, time.time()))
    store.close()
    return {"owner": owner, "generations": jobs, "assets": pictures, "out": str(out)}


async def erased(config: ServerConfig, database: Database, owner: str) -> dict[str, object]:
    """Delete the rows, the keys and the pictures of an owner; pictures that another owner has too stay theirs."""
    counted, orphans = await database.run(lambda connection: _erased(connection, owner))
    if not any(counted.values()):
        raise NotFoundError(f"nothing is stored of {owner[:64]!r}")
    blobs = await _blobs(config, database, Vault(None))
    for digest in orphans:
        await blobs.forget(digest)
    return {"owner": owner, **counted}


def _erased(connection: Connection, owner: str) -> tuple[dict[str, int], list[str]]:
    mine = list(connection.scalars(select(assets.c.digest).where(assets.c.owner == owner).distinct()))
    key_ids = list(connection.scalars(select(keys.c.id).where(keys.c.owner == owner)))
    now = time.time()
    counted = {
        "assets": _deleted(connection, delete(assets).where(assets.c.owner == owner)),
        "generations": _deleted(connection, delete(generations).where(generations.c.owner == owner)),
        "keys": len(key_ids),
    }
    connection.execute(update(keys).where(keys.c.id.in_(key_ids), keys.c.revoke_time.is_(None)).values(revoke_time=now))
    connection.execute(update(keys).where(keys.c.id.in_(key_ids)).values(title="", owner="erased"))
    for table in metadata.tables.values():  # whatever else has an owner
        if "owner" in table.c and table not in (keys, assets, generations):
            connection.execute(delete(table).where(table.c.owner == owner))
    names = [f"{kind}:{key_id}" for key_id in key_ids for kind in ("calls", "pictures")]
    connection.execute(delete(buckets).where(buckets.c.name.in_(names)))
    connection.execute(delete(owner_keys).where(owner_keys.c.name == owner))
    orphans = [digest for digest in mine if not _named(connection, digest)]
    for digest in orphans:
        shred(connection, digest)
    if any(counted.values()):
        appended(connection, "data.erase", {"owner": owner, **counted}, now)
    return counted, orphans


def _deleted(connection: Connection, statement: Any) -> int:
    return int(connection.execute(statement).rowcount)


def _named(connection: Connection, digest: str) -> bool:
    return bool(connection.scalar(select(func.count()).select_from(assets).where(assets.c.digest == digest)))


async def _blobs(config: ServerConfig, database: Database, vault: Vault) -> AssetStore:
    place = config.asset_url or config.data_dir / "assets"
    return await AssetStore.open(place, config.quota_bytes, lock=BlobLock(database, vault))
