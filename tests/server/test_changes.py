"""Changes to assets and published files: each told once, in order, through restarts, to their owner alone."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing, asynccontextmanager
from typing import Any

import grpc
import pytest

from limner.client import AsyncClient
from limner.server import changes as history
from limner.server.changes import Change, Changes, Kind, Step
from limner.server.config import ServerConfig
from limner.server.database import Database, open_shared
from limner.server.service import running
from limner.v1 import asset_service_pb2 as wire
from limner.v1.asset_pb2 import AssetChange, ProjectFile, Publication

from .conftest import Client, Opened


def publication(path: str = "art/hero.png", project: str = "game", **more: Any) -> Publication:
    file = ProjectFile(path=path, digest="a" * 64, size_bytes=3)
    return Publication(**{"project": project, "key": "x.asset.toml#hero", "files": [file], **more})


def made(number: int, owner: str = "ann", kind: Kind = Kind.PUBLISHED) -> Change:
    return Change(owner=owner, kind=kind, subject=str(number).encode(), project="game")


@asynccontextmanager
async def opened_changes(database: Database) -> AsyncIterator[Changes]:
    changes = Changes(database)
    await changes.start()
    yield changes
    await changes.close()


async def taken(steps: AsyncGenerator[Step, None], count: int) -> list[tuple[int, str | None]]:
    """The sequences and subjects of the next steps."""
    found = [await anext(steps) for _ in range(count)]
    return [(step.sequence, None if step.change is None else step.change.subject.decode()) for step in found]


async def test_a_follower_hears_where_history_stands_and_then_what_comes(database: Database) -> None:
    async with opened_changes(database) as changes:
        await changes.record([made(1), made(2)])
        async with aclosing(changes.follow("ann", None)) as steps:
            assert await taken(steps, 1) == [(2, None)]
            assert await changes.record([made(3), made(4)]) == 4
            assert await taken(steps, 2) == [(3, "3"), (4, "4")]


async def test_whoever_comes_back_hears_what_was_missed_in_order_and_nothing_twice(database: Database) -> None:
    async with opened_changes(database) as changes:
        await changes.record([made(number) for number in range(1, 251)])
        async with aclosing(changes.follow("ann", 20)) as steps:
            assert await taken(steps, 231) == [(20, None), *((number, str(number)) for number in range(21, 251))]


async def test_history_outlives_the_process(database: Database) -> None:
    async with opened_changes(database) as changes:
        await changes.record([made(1), made(2)])
    async with opened_changes(database) as changes, aclosing(changes.follow("ann", 1)) as steps:
        assert await taken(steps, 2) == [(1, None), (2, "2")]
        assert await changes.record([made(3)]) == 3


async def test_changes_are_their_owners_alone(database: Database) -> None:
    async with opened_changes(database) as changes, aclosing(changes.follow("ann", 0)) as steps:
        await changes.record([made(1, "bob"), made(2), made(3, "bob"), made(4)])
        assert await taken(steps, 3) == [(0, None), (2, "2"), (4, "4")]


async def test_a_follower_of_some_kinds_and_one_project_hears_no_others(database: Database) -> None:
    other = Change(owner="ann", kind=Kind.PUBLISHED, subject=b"other", project="another game")
    async with opened_changes(database) as changes:
        await changes.record([made(1), made(2, kind=Kind.DELETED), other, made(4)])
        async with aclosing(changes.follow("ann", 0, [Kind.PUBLISHED], "game")) as steps:
            assert await taken(steps, 3) == [(0, None), (1, "1"), (4, "4")]
        async with aclosing(changes.follow("ann", 0, [], "another game")) as steps:
            assert await taken(steps, 3) == [(0, None), (2, "2"), (3, "other")]


async def test_changes_that_are_gone_are_told_as_a_reset(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(history, "KEPT", 10)
    monkeypatch.setattr(history, "PRUNED_EVERY", 20)
    async with opened_changes(database) as changes:
        await changes.record([made(number) for number in range(1, 21)])
        for after, first in ((10, None), (9, Kind.RESET), (20, None), (21, Kind.RESET)):
            async with aclosing(changes.follow("ann", after)) as steps:
                step = await anext(steps)
                assert (step.sequence, step.change and step.change.kind) == (after if first is None else 20, first)


async def test_silence_is_broken_by_signs_of_life(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(history, "ALIVE_S", 0.01)
    async with opened_changes(database) as changes, aclosing(changes.follow("ann", None)) as steps:
        assert await taken(steps, 3) == [(0, None)] * 3
        await changes.record([made(1, "bob")])
        heard = await taken(steps, 1)
        while heard == [(0, None)]:
            heard = await taken(steps, 1)
        assert heard == [(1, None)]


async def test_processes_that_share_a_database_hear_of_one_another(
    postgres_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(history, "LOOK_S", 0.02)
    first, second = await open_shared(postgres_url), await open_shared(postgres_url)
    async with opened_changes(first) as one, opened_changes(second) as two, aclosing(one.follow("eve", None)) as steps:
        begin = (await anext(steps)).sequence
        rivals = (each.record([made(number, "eve")]) for number in range(5) for each in (one, two))
        sequences = await asyncio.gather(*rivals)
        heard = await taken(steps, 10)
    assert sorted(sequences) == [sequence for sequence, _ in heard] == list(range(begin + 1, begin + 11))
    await first.dispose()
    await second.dispose()


# through the server


async def test_published_files_reach_those_who_watch(opened: Opened) -> None:
    async with opened() as server:
        stream = server.assets.WatchAssets(wire.WatchAssetsRequest(project="game"))
        hello = await stream.read()
        assert (hello.sequence, hello.HasField("change")) == (0, False)
        sent = publication(formats=["png"], folder="/home/ann/game")
        await server.assets.PublishAssetChanges(
            wire.PublishAssetChangesRequest(publications=[publication(project="b"), sent])
        )
        reply = await stream.read()
        stream.cancel()
    assert (reply.sequence, reply.change.sequence, reply.change.kind) == (2, 2, AssetChange.KIND_PUBLISHED)
    assert reply.change.publication == sent
    assert reply.change.create_time.seconds > 0


async def test_drawn_and_forgotten_assets_are_told(client: Client) -> None:
    stream = client.assets.WatchAssets(wire.WatchAssetsRequest())
    await stream.read()
    (asset,) = (await client.ended((await client.create()).name)).assets
    created = (await stream.read()).change
    await client.assets.DeleteAsset(wire.DeleteAssetRequest(name=asset.name))
    deleted = (await stream.read()).change
    stream.cancel()
    assert (created.kind, created.asset) == (AssetChange.KIND_CREATED, asset)
    assert (deleted.kind, deleted.asset.name, deleted.asset.digest) == (AssetChange.KIND_DELETED, asset.name, "")


async def test_the_client_goes_on_where_it_was_when_the_server_comes_back(settings: dict[str, Any]) -> None:
    heard: asyncio.Queue[str] = asyncio.Queue()
    subscribed = asyncio.Event()

    async def follow(client: AsyncClient) -> None:
        async for change in client.watch_assets(subscribed=lambda sequence: subscribed.set()):
            heard.put_nowait(change.publication.files[0].path)

    async with running(ServerConfig.of(settings)) as server:
        client = AsyncClient(server.address)
        following = asyncio.create_task(follow(client))
        await subscribed.wait()
        await client.publish_asset_changes([publication("1.png")])
        assert await heard.get() == "1.png"
    async with running(ServerConfig.of({**settings, "listen": client.server})), AsyncClient(client.server) as other:
        await other.publish_asset_changes([publication("2.png")])
        assert await heard.get() == "2.png"
        await client.publish_asset_changes([publication("3.png"), publication("4.png")])
        assert [await heard.get(), await heard.get()] == ["3.png", "4.png"]
        following.cancel()
        await client.close()
    assert heard.empty()


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ([], "publications"),
        ([publication(project="")], "publications[0].project"),
        ([publication(), publication(project="a\nb")], "publications[1].project"),
        ([publication(folder="x" * 5000)], "publications[0].folder"),
        ([publication(key="")], "publications[0].key"),
        ([publication(files=[])], "publications[0].files"),
        ([publication("../../etc/passwd")], "publications[0].files[0].path"),
        ([publication("/etc/passwd")], "publications[0].files[0].path"),
        ([publication("C:\\x.png")], "publications[0].files[0].path"),
        ([publication("a//b")], "publications[0].files[0].path"),
        ([publication(files=[ProjectFile(path="a", digest="zz")])], "publications[0].files[0].digest"),
        ([publication(formats=["PNG!"])], "publications[0].formats"),
        ([publication(asset="assets/x")], "publications[0].asset"),
        ([publication()] * 1001, "publications"),
    ],
)
async def test_what_may_not_be_published_is_refused_with_its_field(
    client: Client, wrong: list[Publication], field: str
) -> None:
    with pytest.raises(grpc.aio.AioRpcError) as refused:
        await client.assets.PublishAssetChanges(wire.PublishAssetChangesRequest(publications=wrong))
    assert refused.value.code() is grpc.StatusCode.INVALID_ARGUMENT
    assert str(refused.value.details()).startswith(f"{field}: ")


@pytest.mark.parametrize("request_", [wire.WatchAssetsRequest(after_sequence=-1), wire.WatchAssetsRequest(kinds=[77])])  # type: ignore[list-item]
async def test_a_watch_that_makes_no_sense_is_refused(client: Client, request_: wire.WatchAssetsRequest) -> None:
    with pytest.raises(grpc.aio.AioRpcError) as refused:
        await client.assets.WatchAssets(request_).read()
    assert refused.value.code() is grpc.StatusCode.INVALID_ARGUMENT
