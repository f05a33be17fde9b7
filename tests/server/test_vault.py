"""What lies on the disk says nothing, is read as before, and is gone when its key is."""

import asyncio
import base64
import contextlib
import json
import secrets
import sqlite3
from pathlib import Path
from typing import Any

import grpc
import pytest
from typer.testing import CliRunner

from limner.client.cli import app
from limner.server.database import open_database
from limner.server.errors import ConfigError, DataLossError
from limner.server.keys import KeyStore, NewKey
from limner.server.vault import MAGIC, KeyFile, Vault, opened, sealed
from limner.v1 import asset_service_pb2
from limner.v1 import generation_service_pb2 as wire

from .conftest import Client, Opened

PROMPT = "an unmistakable heroine"


def kept(path: Path) -> str:
    return path.read_text().strip()


def write(path: Path, key: str) -> None:
    path.write_text(key + "\n")


def master(path: Path, *older: str) -> str:
    """Write a key file with a fresh key first; that key."""
    key = base64.b64encode(secrets.token_bytes(32)).decode()
    path.write_text("\n".join([key, *older]) + "\n")
    return key


@pytest.fixture
def key_file(tmp_path: Path) -> Path:
    path = tmp_path / "master.key"
    master(path)
    return path


def on_disk(folder: Path) -> bytes:
    """Every byte of a data folder."""
    return b"".join(path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file())


async def drawn(client: Client, **fields: Any) -> tuple[str, str, bytes]:
    generation = await client.ended((await client.create(prompt=PROMPT, **fields)).name)
    return generation.name, generation.assets[0].name, await client.read(generation.assets[0].name)


async def test_neither_prompt_nor_picture_lies_on_the_disk_and_a_restart_reads_both(
    opened: Opened, tmp_path: Path, key_file: Path
) -> None:
    async with opened(encryption_key_file=str(key_file)) as client:
        name, asset, picture = await drawn(client)
        assert (await drawn(client))[2] == picture  # from the store
    assert b"heroine" not in on_disk(tmp_path / "data")
    assert picture not in on_disk(tmp_path / "data")
    assert MAGIC in on_disk(tmp_path / "data/assets")
    async with opened(encryption_key_file=str(key_file)) as client:
        got = await client.generations.GetGeneration(wire.GetGenerationRequest(name=name))
        assert got.generation.image.prompt == PROMPT
        assert await client.read(asset) == picture
    with pytest.raises(ConfigError, match="was encrypted"):
        async with opened():
            pass
    master(key_file)
    with pytest.raises(ConfigError, match="put it back"):
        async with opened(encryption_key_file=str(key_file)):
            pass


async def test_what_was_stored_in_the_open_is_still_read(opened: Opened, key_file: Path) -> None:
    async with opened() as client:
        _, asset, picture = await drawn(client)
    async with opened(encryption_key_file=str(key_file)) as client:
        assert await client.read(asset) == picture


async def test_a_deleted_asset_s_key_is_gone_and_the_same_picture_can_be_drawn_again(
    opened: Opened, tmp_path: Path, key_file: Path
) -> None:
    async with opened(encryption_key_file=str(key_file)) as client:
        _, asset, picture = await drawn(client)
        bytes_before = on_disk(tmp_path / "data/assets")
        await client.assets.DeleteAsset(asset_service_pb2.DeleteAssetRequest(name=asset))
        with contextlib.closing(sqlite3.connect(tmp_path / "data/limner.db")) as database:
            assert database.execute("SELECT count(*) FROM blob_keys").fetchone() == (0,)
        assert on_disk(tmp_path / "data/assets") == bytes_before  # collected later; nothing opens them now
        assert (await drawn(client))[2] == picture
    async with opened(encryption_key_file=str(key_file)) as client:
        listed = await client.assets.ListAssets(asset_service_pb2.ListAssetsRequest())
        assert await client.read(listed.assets[0].name) == picture


async def test_a_new_master_key_takes_over_while_the_server_runs(
    opened: Opened, tmp_path: Path, key_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    old = kept(key_file)
    monkeypatch.setenv("LIMNER_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.setenv("LIMNER_ENCRYPTION_KEY_FILE", str(key_file))
    async with opened(encryption_key_file=str(key_file)) as client:
        name, _, _ = await drawn(client)
        new = master(key_file, old)
        ran = await in_thread("data", "rotate", "--json")
        assert json.loads(ran.stdout) == {"keys": 2}  # the owner's and the picture's
        write(key_file, new)  # the old one is gone
        got = await client.generations.GetGeneration(wire.GetGenerationRequest(name=name))
        assert got.generation.image.prompt == PROMPT
        await drawn(client, seed=8)
    with contextlib.closing(sqlite3.connect(tmp_path / "data/limner.db")) as database:
        wrapped = database.execute("SELECT wrapped FROM owner_keys").fetchone()[0]
    write(key_file, old)
    with pytest.raises(DataLossError, match="master key"):
        KeyFile(key_file).unwrap(wrapped)


async def in_thread(*arguments: str) -> Any:
    """A command, beside the server that runs in this loop."""
    return await asyncio.to_thread(CliRunner().invoke, app, list(arguments))


async def test_an_owner_takes_everything_along_and_is_then_forgotten(
    opened: Opened, tmp_path: Path, key_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LIMNER_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.setenv("LIMNER_ENCRYPTION_KEY_FILE", str(key_file))
    (tmp_path / "data").mkdir()
    database = await open_database(tmp_path / "data/limner.db")
    headers = {}
    for owner in ("ada", "ben"):
        _, text = await KeyStore(database).create(NewKey(owner=owner, title=f"{owner}'s tablet"))
        headers[owner] = (("authorization", f"Bearer {text}"),)
    await database.dispose()
    async with opened(encryption_key_file=str(key_file)) as client:
        for owner, metadata in headers.items():
            request = wire.CreateGenerationRequest()
            request.generation.image.prompt, request.generation.image.seed = PROMPT, 7
            request.generation.image.model = "models/gaussian-world"
            made = await client.generations.CreateGeneration(request, metadata=metadata)
            watch = wire.WatchGenerationRequest(name=made.generation.name)
            async for reply in client.generations.WatchGeneration(watch, metadata=metadata):
                last = reply.event.generation
            assert len(last.assets) == 1, owner
    out = tmp_path / "ada"
    exported = json.loads((await in_thread("data", "export", "--owner", "ada", "--out", str(out), "--json")).stdout)
    assert (exported["generations"], exported["assets"]) == (1, 1)
    (told,) = map(json.loads, (out / "generations.jsonl").read_text().splitlines())
    assert told["image"]["prompt"] == PROMPT
    assert (out / f"{told['assets'][0]['name'].removeprefix('assets/')}.png").read_bytes()[1:4] == b"PNG"
    assert (await in_thread("data", "export", "--owner", "ada", "--out", str(out))).exit_code == 2
    gone = json.loads((await in_thread("data", "erase", "--owner", "ada", "--yes", "--json")).stdout)
    assert (gone["generations"], gone["assets"], gone["keys"]) == (1, 1, 1)
    assert b"ada's tablet" not in on_disk(tmp_path / "data")
    assert (await in_thread("data", "erase", "--owner", "nobody", "--yes")).exit_code == 2
    assert (await in_thread("audit", "verify")).exit_code == 0
    async with opened(encryption_key_file=str(key_file)) as client:
        refused = client.generations.ListGenerations(wire.ListGenerationsRequest(), metadata=headers["ada"])
        with pytest.raises(grpc.aio.AioRpcError):
            await refused
        theirs = asset_service_pb2.ReadAssetRequest(name=last.assets[0].name)
        chunks = [reply.data async for reply in client.assets.ReadAsset(theirs, metadata=headers["ben"])]
        assert b"".join(chunks)[1:4] == b"PNG"  # the same picture; ben keeps it


def test_sealed_bytes_open_under_their_own_key_and_name_alone() -> None:
    key = secrets.token_bytes(32)
    content = sealed(key, b"words", "ada")
    assert opened(key, content, "ada") == b"words"
    for other_key, changed, name in (
        (secrets.token_bytes(32), content, "ada"),
        (key, content, "ben"),
        (key, content[:-1] + bytes([content[-1] ^ 1]), "ada"),
        (key, content[:20], "ada"),
    ):
        with pytest.raises(DataLossError):
            opened(other_key, changed, name)


@pytest.mark.parametrize("text", ["", "not base64!", base64.b64encode(b"short").decode()])
def test_a_key_file_without_a_key_says_how_to_make_one(tmp_path: Path, text: str) -> None:
    (tmp_path / "key").write_text(text)
    with pytest.raises(ConfigError, match="encryption_key_file"):
        Vault.of(tmp_path / "key")
    with pytest.raises(ConfigError, match="encryption_key_file"):
        Vault.of(tmp_path / "none")
