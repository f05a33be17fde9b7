"""What a server off loopback asks for, and TLS over a real socket."""

import asyncio
import json
import ssl
import struct
import urllib.request
from pathlib import Path
from typing import Any

import httpx
import pytest

from limner.client import AsyncClient, CredentialsError, Identity, UnreachableError
from limner.server.config import ServerConfig
from limner.server.database import open_database
from limner.server.errors import ConfigError
from limner.server.guard import Tls, check_exposure, loopback
from limner.server.keys import KeyStore, NewKey
from limner.server.service import running
from limner.v1 import briefs_pb2

from .certificates import Authority
from .test_metrics import free_port


@pytest.fixture
def authority(tmp_path: Path) -> Authority:
    return Authority(tmp_path)


@pytest.mark.parametrize(
    ("address", "here"),
    [
        ("127.0.0.1:1", True), ("127.8.0.1:1", True), ("[::1]:1", True), ("localhost:1", True), ("unix:/run/x", True),
        ("0.0.0.0:1", False), ("[::]:1", False), ("192.168.0.2:1", False), ("art.example:1", False), (":1", False),
    ],
)  # fmt: skip
def test_loopback_is_what_only_this_machine_reaches(address: str, here: bool) -> None:
    assert loopback(address) is here


@pytest.mark.parametrize(
    ("settings", "keyed", "said"),
    [
        ({"listen": "0.0.0.0:0"}, False, ["listen", "TLS", "keys"]),
        ({"listen": "0.0.0.0:0"}, True, ["listen", "TLS"]),
        ({"listen": "0.0.0.0:0", "tls_certificate": "c", "tls_key": "k"}, False, ["listen", "keys"]),
        ({"web": "[::]:0"}, True, ["web", "TLS"]),
        ({"metrics_listen": "10.0.0.1:0"}, False, ["metrics_listen", "TLS"]),
    ],
    ids=str,
)
def test_off_loopback_the_start_is_refused_until_what_is_missing_is_there(
    settings: dict[str, str], keyed: bool, said: list[str], caplog: pytest.LogCaptureFixture
) -> None:
    with pytest.raises(ConfigError, match="--insecure") as refused:
        check_exposure(ServerConfig.of(settings), keyed)
    assert [word for word in ("listen", "web", "TLS", "keys") if word in str(refused.value).split("; or ")[0]] == [
        word.replace("metrics_listen", "listen") for word in said
    ]
    check_exposure(ServerConfig.of({**settings, "insecure": True}), keyed)
    assert "INSECURE" in caplog.text


async def test_a_server_for_other_machines_does_not_start_bare(settings: dict[str, Any]) -> None:
    with pytest.raises(ConfigError, match=r"without TLS .* and without keys"):
        async with running(ServerConfig.of({**settings, "listen": "0.0.0.0:0"})):
            pass
    async with running(ServerConfig.of({**settings, "listen": "0.0.0.0:0", "insecure": True})) as server:
        assert server.address.startswith("0.0.0.0:")


@pytest.mark.parametrize("missing", ["tls_certificate", "tls_key"])
def test_half_of_a_certificate_is_refused(authority: Authority, missing: str) -> None:
    certificate, key = authority.sign("server")
    settings = {"tls_certificate": certificate, "tls_key": key, "tls_client_ca": authority.path}
    with pytest.raises(ConfigError, match="belong together"):
        Tls.of(ServerConfig.of({name: path for name, path in settings.items() if name != missing}))
    with pytest.raises(ConfigError, match="cannot read"):
        Tls.of(ServerConfig.of({**settings, missing: authority.folder / "none.pem"}))


async def test_over_tls_a_key_opens_what_plain_text_and_a_stranger_s_authority_do_not(
    settings: dict[str, Any], authority: Authority, tmp_path: Path
) -> None:
    certificate, private = authority.sign("server")
    folder = tmp_path / "data"
    folder.mkdir()
    engine = await open_database(folder / "limner.db")
    _, text = await KeyStore(engine).create(NewKey(owner="ada"))
    await engine.dispose()
    key_file = tmp_path / "key"
    key_file.write_text(text)
    secure = {**settings, "listen": "0.0.0.0:0", "tls_certificate": str(certificate), "tls_key": str(private)}
    async with running(ServerConfig.of(secure)) as server:
        port = server.address.rpartition(":")[2]
        trusted = Identity(ca_file=authority.path)
        url = f"https://127.0.0.1:{port}"
        async with AsyncClient(url, identity=trusted, key_file=key_file) as client:
            assert [generation async for generation in client.generations()] == []
        async with AsyncClient(url, identity=trusted) as client:
            with pytest.raises(CredentialsError):
                await client.describe()
        for server_name, identity in (
            (f"127.0.0.1:{port}", None),
            (url, Identity(ca_file=Authority(tmp_path, "x").path)),
        ):
            async with AsyncClient(server_name, identity=identity, key_file=key_file, patience_s=0) as client:
                with pytest.raises(UnreachableError):
                    await client.describe()


async def test_the_http_door_asks_for_the_same_key_over_the_same_certificate_and_ends_its_streams_too(
    settings: dict[str, Any], authority: Authority, tmp_path: Path
) -> None:
    certificate, private = authority.sign("server")
    folder = tmp_path / "data"
    folder.mkdir()
    database = await open_database(folder / "limner.db")
    key, text = await KeyStore(database).create(NewKey(owner="ada"))
    secure = {**settings, "web": "0.0.0.0:0", "tls_certificate": certificate, "tls_key": private, "grace_s": 0.0}
    trusted = ssl.create_default_context(cafile=str(authority.path))
    async with running(ServerConfig.of({**secure, "max_running": 1})) as server:
        url = f"https://127.0.0.1:{str(server.web).rpartition(':')[2]}/limner.v1.GenerationService"
        headers = {"authorization": f"Bearer {text}"}
        async with httpx.AsyncClient(verify=trusted, timeout=30, trust_env=False) as web:
            assert (await web.post(f"{url}/ListGenerations", json={})).status_code == 401
            for seed in range(4):  # the last one waits
                brief = {"prompt": "a key", "model": "models/gaussian-world", "candidates": 16, "seed": seed}
                body = {"generation": {"image": {**brief, "sampling": {"steps": 200}}}}
                made = await web.post(f"{url}/CreateGeneration", json=body, headers=headers)
            name = json.dumps({"name": made.json()["generation"]["name"]}).encode()
            wanted = struct.pack(">BI", 0, len(name)) + name
            streaming = {**headers, "content-type": "application/connect+json"}
            async with web.stream("POST", f"{url}/WatchGeneration", content=wanted, headers=streaming) as answer:
                pieces = answer.aiter_bytes()
                assert b"STATE_QUEUED" in await anext(pieces)
                await KeyStore(database).revoke(key.id)
                rest = b"".join([piece async for piece in pieces])
    await database.dispose()
    assert b"unauthenticated" in rest
    assert b"revoked" in rest


async def test_with_a_client_authority_a_certificate_s_name_is_the_owner(
    settings: dict[str, Any], authority: Authority
) -> None:
    certificate, private = authority.sign("server")
    secure = {**settings, "tls_certificate": certificate, "tls_key": private, "tls_client_ca": authority.path}
    secure |= {"listen": "0.0.0.0:0", "grace_s": 0.0}
    people = {name: Identity(authority.path, *authority.sign(name)) for name in ("ada", "ben")}
    stranger = Identity(authority.path, *Authority(authority.folder, "another").sign("eve"))
    async with running(ServerConfig.of(secure)) as server:
        url = f"https://127.0.0.1:{server.address.rpartition(':')[2]}"
        async with AsyncClient(url, identity=people["ada"]) as ada, AsyncClient(url, identity=people["ben"]) as ben:
            brief = briefs_pb2.ImageBrief(prompt="a key", model="models/gaussian-world")
            made = await ada.create(brief)
            assert [each.name async for each in ada.generations()] == [made.name]
            assert [each.name async for each in ben.generations()] == []
        for identity in (Identity(authority.path), stranger):
            async with AsyncClient(url, identity=identity, patience_s=0) as client:
                with pytest.raises(UnreachableError):
                    await client.describe()


async def test_a_renewed_certificate_is_used_from_the_next_connection_on(
    settings: dict[str, Any], authority: Authority
) -> None:
    certificate, private = authority.sign("server")
    files = {"tls_certificate": str(certificate), "tls_key": str(private)}
    async with running(ServerConfig.of({**settings, **files})) as server:
        old, new = authority, Authority(authority.folder, "next")
        fresh, fresh_key = new.sign("renewed")
        for identity, trusted in ((Identity(old.path), True), (Identity(new.path), False)):
            async with AsyncClient(f"https://{server.address}", identity=identity, patience_s=0) as client:
                if trusted:
                    assert (await client.describe()).version
                else:
                    with pytest.raises(UnreachableError):
                        await client.describe()
        fresh_key.replace(private)
        fresh.replace(certificate)
        async with AsyncClient(f"https://{server.address}", identity=Identity(new.path), patience_s=0) as client:
            assert (await client.describe()).version


async def test_figures_are_read_over_tls(settings: dict[str, Any], authority: Authority) -> None:
    certificate, private = authority.sign("server")
    listen = f"127.0.0.1:{free_port()}"
    trusted = ssl.create_default_context(cafile=str(authority.path))

    def page() -> bytes:
        with urllib.request.urlopen(f"https://{listen}/metrics", context=trusted, timeout=10) as answer:
            content: bytes = answer.read()
        return content

    files = {"tls_certificate": certificate, "tls_key": private, "metrics_listen": listen}
    async with running(ServerConfig.of({**settings, **files})):
        assert b"limner_queue_depth" in await asyncio.to_thread(page)
