"""The asset store in a folder, in memory and on S3: the same bytes, the same rules."""

import asyncio
import hashlib
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.request import Request, urlopen

import pytest
from moto.server import ThreadedMotoServer
from obstore.store import from_url

from limner.server.assets import CHUNK, AssetStore
from limner.server.database import open_database
from limner.server.errors import ConfigError, NotFoundError, ResourceExhaustedError, UnavailableError
from limner.server.jobs import JobStore
from limner.server.service import collecting

LONG = bytes(range(256)) * 10_000  # two full chunks and a rest
HOUR = 3600.0


@pytest.fixture(scope="module")
def s3() -> Iterator[str]:
    """An S3 on loopback."""
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


def emptied(s3: str) -> None:
    urlopen(Request(f"{s3}/moto-api/reset", method="POST")).close()


@pytest.fixture
def bucket(s3: str, monkeypatch: pytest.MonkeyPatch) -> str:
    """The name of a fresh bucket that the environment gives access to."""
    settings = {"AWS_ENDPOINT_URL": s3, "AWS_REGION": "us-east-1", "AWS_ALLOW_HTTP": "true"}
    for name, value in {**settings, "AWS_ACCESS_KEY_ID": "id", "AWS_SECRET_ACCESS_KEY": "key"}.items():
        monkeypatch.setenv(name, value)
    emptied(s3)
    urlopen(Request(f"{s3}/art", method="PUT")).close()
    return "art"


@pytest.fixture(params=["folder", "file", "memory", "s3"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Path | str:
    if request.param == "folder":
        return tmp_path / "assets"
    if request.param == "file":
        return f"file://{tmp_path}/with%20space"
    return "memory:///" if request.param == "memory" else f"s3://{request.getfixturevalue('bucket')}/game/one"


@pytest.fixture
async def store(place: Path | str) -> AssetStore:
    return await AssetStore.open(place, quota_bytes=10_000_000)


async def test_bytes_come_back_in_chunks_under_their_digest(store: AssetStore) -> None:
    digest = await store.put(LONG)
    assert digest == hashlib.sha256(LONG).hexdigest()
    chunks = [chunk async for chunk in store.read(digest)]
    assert b"".join(chunks) == LONG
    assert max(map(len, chunks)) <= CHUNK
    with pytest.raises(NotFoundError):
        await store.get("0" * 64)


async def test_equal_bytes_are_one_blob_and_count_once(store: AssetStore) -> None:
    assert await store.put(b"pixels") == await store.put(b"pixels")
    assert [(digest, size) async for digest, size, _ in store.blobs()] == [(hashlib.sha256(b"pixels").hexdigest(), 6)]
    assert store.used_bytes == 6


async def test_a_collection_deletes_what_nothing_names_and_is_not_young(store: AssetStore) -> None:
    kept, gone = await store.put(b"kept"), await store.put(b"gone!")
    assert await store.collect({kept}) == 0
    assert await store.collect({kept}, now=time.time() + HOUR + 60) == 1
    assert await store.get(kept) == b"kept"
    with pytest.raises(NotFoundError):
        await store.get(gone)
    assert store.used_bytes == 4


async def test_a_full_store_takes_no_more(place: Path | str) -> None:
    store = await AssetStore.open(place, quota_bytes=3)
    await store.put(b"pixels")
    with pytest.raises(ResourceExhaustedError, match="6 of 3 bytes"):
        await store.put(b"more")


async def test_old_bytes_that_are_stored_again_are_young_again(tmp_path: Path) -> None:
    store = await AssetStore.open(tmp_path, quota_bytes=1000, young_s=0.0)
    digest = await store.put(b"pixels")
    path = tmp_path / digest[:2] / digest[2:]
    before = path.stat().st_ino
    await store.put(b"pixels")
    assert (path.read_bytes(), path.stat().st_ino != before) == (b"pixels", True)


async def test_a_running_server_collects_by_itself(tmp_path: Path) -> None:
    engine = await open_database(tmp_path / "jobs.db")
    assets = await AssetStore.open(tmp_path / "assets", quota_bytes=1000, young_s=-1.0)
    await assets.put(b"pixels")
    task = asyncio.create_task(collecting(JobStore(engine, 10), assets, interval_s=0.0))
    async with asyncio.timeout(30):
        while assets.used_bytes:  # noqa: ASYNC110 - nobody announces it
            await asyncio.sleep(0)
    assert [blob async for blob in assets.blobs()] == []
    task.cancel()
    await asyncio.wait([task])
    await engine.dispose()


async def test_what_lies_beside_the_prefix_and_is_no_blob_stays(bucket: str) -> None:
    beside = from_url(f"s3://{bucket}")
    keys = ["game/two/00/11", "game/one/readme.txt"]
    for key in keys:
        await beside.put_async(key, b"mine")
    store = await AssetStore.open(f"s3://{bucket}/game/one", quota_bytes=1000)
    await store.put(b"gone")
    assert await store.collect(set(), now=time.time() + HOUR + 60) == 1
    assert [bytes((await beside.get_async(key)).bytes()) for key in keys] == [b"mine", b"mine"]


async def test_a_second_opening_counts_what_is_there(bucket: str) -> None:
    first = await AssetStore.open(f"s3://{bucket}/game", quota_bytes=1000)
    await first.put(b"pixels")
    assert (await AssetStore.open(f"s3://{bucket}/game", quota_bytes=1000)).used_bytes == 6


async def test_a_bucket_that_is_not_there_stops_the_start_and_one_that_goes_says_so(s3: str, bucket: str) -> None:
    with pytest.raises(ConfigError, match="asset_url"):
        await AssetStore.open("s3://nobody/game", quota_bytes=1000)
    store = await AssetStore.open(f"s3://{bucket}/game", quota_bytes=1000)
    emptied(s3)
    with pytest.raises(UnavailableError, match="try again"):
        await store.put(b"pixels")


@pytest.mark.parametrize("url", ["ftp://host/folder", "nonsense"])
async def test_a_url_that_leads_nowhere_stops_the_start(url: str) -> None:
    with pytest.raises(ConfigError, match="asset_url"):
        await AssetStore.open(url, quota_bytes=1000)
