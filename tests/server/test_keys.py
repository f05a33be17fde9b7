"""Keys over a real socket: who gets in, for how long, how often, and who is put out."""

import asyncio
import dataclasses
import time
from pathlib import Path
from typing import Any

import grpc
import pytest
from sqlalchemy import select

from limner.server import access
from limner.server import database as database_module
from limner.server.access import READING, Caller, Scope
from limner.server.audit import Audit
from limner.server.database import Database, open_database
from limner.server.errors import InvalidRequestError, NotFoundError, ResourceExhaustedError, UnauthenticatedError
from limner.server.keyring import Keyring, bearer
from limner.server.keys import KeyStore, NewKey, Secret
from limner.server.limits import Bucket, Calls, Pictures
from limner.server.service import SERVICES
from limner.v1 import (
    asset_service_pb2,
    generation_service_pb2,
    model_service_pb2,
    server_service_pb2,
)
from limner.v1 import generation_service_pb2 as wire

from .conftest import Opened, asked

UNAUTHENTICATED, DENIED = grpc.StatusCode.UNAUTHENTICATED, grpc.StatusCode.PERMISSION_DENIED
NOT_FOUND, EXHAUSTED = grpc.StatusCode.NOT_FOUND, grpc.StatusCode.RESOURCE_EXHAUSTED


class Clock:
    """Time that passes when told to."""

    def __init__(self) -> None:
        self.now = 1_000_000.0

    def __call__(self) -> float:
        return self.now


@dataclasses.dataclass
class Ring:
    """A keyring on a database of its own."""

    clock: Clock
    store: KeyStore
    keyring: Keyring

    async def enter(self, key: str) -> Caller:
        return await self.keyring({"authorization": f"Bearer {key}"}, "")


@pytest.fixture
def ring(database: Database) -> Ring:
    clock = Clock()
    store = KeyStore(database, clock)
    return Ring(clock, store, Keyring(store, Calls(database, clock), Audit(database, clock)))


@pytest.fixture
def data_dir(settings: dict[str, Any]) -> Path:
    """The data folder of the server under test."""
    folder = Path(settings["data_dir"])
    folder.mkdir()
    return folder


@pytest.fixture
async def make(data_dir: Path) -> Any:
    """Makes keys in that folder, as `limner keys create` does."""
    engine = await open_database(data_dir / "limner.db")
    yield lambda owner, **wanted: KeyStore(engine).create(NewKey(owner=owner, **wanted))
    await engine.dispose()


def with_key(text: str) -> tuple[tuple[str, str], ...]:
    return (("authorization", f"Bearer {text}"),)


async def code_of(call: Any) -> grpc.StatusCode | None:
    """How a call ends; None for well."""
    try:
        if hasattr(call, "__aiter__"):
            async for _ in call:
                pass
        else:
            await call
    except grpc.aio.AioRpcError as error:
        return error.code()
    return None


async def test_a_key_lets_its_owner_in_and_its_text_is_stored_nowhere(ring: Ring, database: Database) -> None:
    key, text = await ring.store.create(NewKey(owner="ada", title="build"))
    caller = await ring.enter(text)
    assert (caller.owner, caller.scopes, caller.key) == ("ada", frozenset({Scope.GENERATE, Scope.READ}), key.id)
    secret = Secret.parse(text)
    assert secret is not None
    rows = await database.run(lambda connection: connection.execute(select(database_module.keys)).all())
    assert secret.secret not in str(rows)
    assert "$argon2id$" in str(rows)


async def test_a_wrong_secret_an_unknown_key_and_no_key_are_told_the_same(ring: Ring) -> None:
    _, text = await ring.store.create(NewKey(owner="ada"))
    secret = Secret.parse(text)
    assert secret is not None
    wrong = Secret(secret.id, "A" * 43).format()
    unknown = Secret("0" * 12, secret.secret).format()
    told = set()
    for metadata in ({}, {"authorization": "Bearer nonsense"}, {"authorization": f"Basic {text}"},
                     {"authorization": f"Bearer {wrong}"}, {"authorization": f"Bearer {wrong}"},
                     {"authorization": f"Bearer {unknown}"}):  # fmt: skip
        with pytest.raises(UnauthenticatedError) as refused:
            await ring.keyring(metadata, "")
        told.add(str(refused.value))
    assert len(told) == 1
    assert (await ring.enter(text)).owner == "ada"  # a wrong one before does not lock the right one out


async def test_an_expired_key_and_a_revoked_one_say_so_to_who_holds_them(ring: Ring) -> None:
    _, brief = await ring.store.create(NewKey(owner="ada", lifetime_s=60))
    gone, revoked = await ring.store.create(NewKey(owner="ben"))
    await ring.enter(brief)
    await ring.store.revoke(gone.id)
    ring.clock.now += 60
    with pytest.raises(UnauthenticatedError, match="expired"):
        await ring.enter(brief)
    with pytest.raises(UnauthenticatedError, match="revoked"):
        await ring.enter(revoked)
    with pytest.raises(NotFoundError):
        await ring.store.revoke(gone.id)


async def test_a_key_that_was_used_before_is_revoked_with_the_next_look_and_its_calls_end(ring: Ring) -> None:
    key, text = await ring.store.create(NewKey(owner="ada"))
    other = await ring.enter((await ring.store.create(NewKey(owner="ada")))[1])
    ended: list[str] = []
    caller = await ring.enter(text)
    with caller.answering(lambda reason: ended.append(str(reason))), other.answering(lambda reason: ended.append("x")):
        await ring.keyring.look()
        assert ended == []
        await ring.store.revoke(key.id)
        await ring.keyring.look()
    assert ended == ["this key is revoked; ask for a new one"]
    with pytest.raises(UnauthenticatedError):
        await ring.enter(text)


async def test_a_key_that_may_call_twice_a_minute_waits_even_across_a_restart(ring: Ring, database: Database) -> None:
    _, text = await ring.store.create(NewKey(owner="ada", calls_per_minute=2))
    await ring.enter(text)
    await ring.enter(text)
    with pytest.raises(ResourceExhaustedError) as refused:
        await ring.enter(text)
    assert refused.value.retry_after_s == 30
    await ring.keyring.look()  # stores the rates
    again = Keyring(ring.store, Calls(database, ring.clock), Audit(database, ring.clock))
    with pytest.raises(ResourceExhaustedError):
        await again({"authorization": f"Bearer {text}"}, "")
    ring.clock.now += 30
    assert (await again({"authorization": f"Bearer {text}"}, "")).owner == "ada"


async def test_a_quota_of_pictures_is_exact_and_fills_with_the_day(database: Database) -> None:
    clock = Clock()
    quota = Pictures(database, clock)
    access.caller.set(Caller(owner="ada", key="k", pictures_per_day=10))
    await asyncio.gather(*(quota("ada", 3) for _ in range(3)))
    with pytest.raises(ResourceExhaustedError) as refused:
        await quota("ada", 2)
    assert refused.value.retry_after_s == 8640  # a tenth of a day for the one that is missing
    await quota("ada", 1)
    clock.now += 86400
    await quota("ada", 10)
    with pytest.raises(ResourceExhaustedError) as never:
        await quota("ada", 11)
    assert never.value.retry_after_s is None


def test_a_bucket_gives_nothing_for_a_clock_that_goes_back() -> None:
    bucket = Bucket(size=1, per_s=1, tokens=0, update_time=100)
    assert bucket.taken(90) == 1
    assert bucket.taken(90.5) == 0.5
    assert bucket.taken(91) == 0


@pytest.mark.parametrize(
    ("wanted", "field"),
    [
        ({"owner": ""}, "owner"),
        ({"owner": "a b"}, "owner"),
        ({"owner": "x" * 65}, "owner"),
        ({"owner": "ada", "title": "two\nlines"}, "title"),
        ({"owner": "ada", "scopes": frozenset()}, "scopes"),
        ({"owner": "ada", "lifetime_s": 0}, "lifetime_s"),
        ({"owner": "ada", "calls_per_minute": float("nan")}, "calls_per_minute"),
        ({"owner": "ada", "pictures_per_day": -1}, "pictures_per_day"),
    ],
    ids=str,
)
def test_a_key_that_cannot_be_is_refused_by_field(wanted: dict[str, Any], field: str) -> None:
    with pytest.raises(InvalidRequestError) as refused:
        NewKey(**wanted).check()
    assert refused.value.violations[0].field == field


@pytest.mark.parametrize(
    ("value", "key"),
    [("Bearer abc", "abc"), ("bearer  abc ", "abc"), ("Bearer", None), ("Basic abc", None), (b"Bearer abc", None)],
    ids=str,
)
def test_a_key_comes_as_a_bearer_in_the_metadata(value: str | bytes, key: str | None) -> None:
    assert bearer({"authorization": value}) == key


def test_every_method_that_only_reads_is_one_of_ours() -> None:
    modules = (generation_service_pb2, asset_service_pb2, model_service_pb2, server_service_pb2)
    services = [module.DESCRIPTOR.services_by_name[name] for module, name in zip(modules, SERVICES, strict=True)]
    methods = {method.name for service in services for method in service.methods}
    assert methods - READING == {
        "CreateGeneration",
        "CancelGeneration",
        "DeleteAsset",
        "RateAsset",
        "PublishAssetChanges",
    }
    assert methods >= READING


async def test_scopes_hold_on_every_method(opened: Opened, make: Any) -> None:
    texts = {scope: (await make("ada", scopes=frozenset({scope})))[1] for scope in Scope}
    async with opened() as client:
        create = {
            scope: await code_of(client.generations.CreateGeneration(asked(), metadata=with_key(text)))
            for scope, text in texts.items()
        }
        look = {
            scope: await code_of(
                client.generations.ListGenerations(wire.ListGenerationsRequest(), metadata=with_key(text))
            )
            for scope, text in texts.items()
        }
        nobody = await code_of(client.generations.CreateGeneration(asked()))
    assert create == {Scope.GENERATE: None, Scope.READ: DENIED, Scope.ADMIN: None}
    assert look == {Scope.GENERATE: DENIED, Scope.READ: None, Scope.ADMIN: None}
    assert nobody is UNAUTHENTICATED


async def test_a_key_that_may_not_read_gets_no_bytes_with_its_answers(opened: Opened, make: Any) -> None:
    texts = {scope: (await make("ada", scopes=frozenset({scope})))[1] for scope in (Scope.GENERATE, Scope.ADMIN)}
    request = asked()
    request.inline_bytes = 65_536
    async with opened() as client:
        metadata = with_key(texts[Scope.ADMIN])
        first = await client.generations.CreateGeneration(request, metadata=metadata)
        watch = wire.WatchGenerationRequest(name=first.generation.name)
        assert await code_of(client.generations.WatchGeneration(watch, metadata=metadata)) is None
        found = {
            scope: await client.generations.CreateGeneration(request, metadata=with_key(text))
            for scope, text in texts.items()
        }
    assert {scope: (reply.generation.cached, len(reply.contents)) for scope, reply in found.items()} == {
        Scope.GENERATE: (True, 0),
        Scope.ADMIN: (True, 1),
    }


async def test_what_belongs_to_another_owner_is_not_found_by_any_method(opened: Opened, make: Any) -> None:
    (_, ada), (_, ben) = await make("ada"), await make("ben")
    async with opened() as client:
        mine = with_key(ada)
        name = (await client.generations.CreateGeneration(asked("r1"), metadata=mine)).generation.name
        watch = client.generations.WatchGeneration(wire.WatchGenerationRequest(name=name), metadata=mine)
        async for reply in watch:
            asset = reply.event.generation.assets[0].name if reply.event.generation.assets else ""
        theirs = with_key(ben)
        calls = {
            "get": client.generations.GetGeneration(wire.GetGenerationRequest(name=name), metadata=theirs),
            "watch": client.generations.WatchGeneration(wire.WatchGenerationRequest(name=name), metadata=theirs),
            "cancel": client.generations.CancelGeneration(wire.CancelGenerationRequest(name=name), metadata=theirs),
            "asset": client.assets.GetAsset(asset_service_pb2.GetAssetRequest(name=asset), metadata=theirs),
            "read": client.assets.ReadAsset(asset_service_pb2.ReadAssetRequest(name=asset), metadata=theirs),
            "delete": client.assets.DeleteAsset(asset_service_pb2.DeleteAssetRequest(name=asset), metadata=theirs),
            "export": client.assets.ExportAssets(
                asset_service_pb2.ExportAssetsRequest(names=[asset], format="png"), metadata=theirs
            ),
        }
        codes = {method: await code_of(call) for method, call in calls.items()}
        listed = await client.generations.ListGenerations(wire.ListGenerationsRequest(), metadata=theirs)
        found = await client.assets.ListAssets(asset_service_pb2.ListAssetsRequest(generation=name), metadata=theirs)
        own = await client.generations.CreateGeneration(asked("r1"), metadata=theirs)
        assert own.generation.name != name  # nor do request ids meet
    assert codes == dict.fromkeys(calls, NOT_FOUND)
    assert (len(listed.generations), len(found.assets)) == (0, 0)


async def test_a_revoked_key_ends_an_open_stream(opened: Opened, make: Any, data_dir: Path) -> None:
    key, text = await make("ada")
    async with opened(max_running=1, grace_s=0.0) as client:
        for seed in range(4):  # the last one waits for a long time
            long = asked(steps=200, candidates=16, seed=seed)
            created = await client.generations.CreateGeneration(long, metadata=with_key(text))
        request = wire.WatchGenerationRequest(name=created.generation.name)
        watch = client.generations.WatchGeneration(request, metadata=with_key(text))
        stream = aiter(watch)
        await anext(stream)
        engine = await open_database(data_dir / "limner.db")  # another process revokes it
        await KeyStore(engine).revoke(key.id)
        began = time.monotonic()
        assert await code_of(stream) is UNAUTHENTICATED
        assert time.monotonic() - began < 5
        assert await code_of(client.generations.CreateGeneration(asked(), metadata=with_key(text))) is UNAUTHENTICATED
        head = await Audit(engine).verify()
        await engine.dispose()
    assert head.number >= 2  # made, revoked


async def test_a_proved_key_costs_less_than_a_millisecond(ring: Ring) -> None:
    _, text = await ring.store.create(NewKey(owner="ada", calls_per_minute=1e8))
    await ring.enter(text)

    async def round_s() -> float:
        began = time.perf_counter()
        for _ in range(100):
            await ring.enter(text)
        return (time.perf_counter() - began) / 100

    assert min([await round_s() for _ in range(10)]) < 0.001
