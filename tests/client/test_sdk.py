"""The SDK against a real gRPC server whose answers are known."""

import asyncio
import socket
from pathlib import Path

import pytest

import limner.client
from limner.client import (
    AsyncClient,
    Client,
    CredentialsError,
    FieldViolation,
    GenerationCancelledError,
    GenerationFailedError,
    InvalidRequestError,
    NotFoundError,
    NotSupportedError,
    UnreachableError,
)
from limner.client.testing import MODEL, FlatWorld, flat_picture
from limner.v1.briefs_pb2 import ImageBrief, UpscaleBrief
from limner.v1.generation_pb2 import PRIORITY_BULK, Generation


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def test_the_public_names_are_these() -> None:
    assert limner.client.__all__ == [
        "AlreadyExistsError",
        "AsyncClient",
        "Client",
        "CredentialsError",
        "DeadlineError",
        "Drawn",
        "FieldViolation",
        "GenerationCancelledError",
        "GenerationFailedError",
        "Identity",
        "InvalidRequestError",
        "LimnerError",
        "NotFoundError",
        "NotSupportedError",
        "OverloadedError",
        "ServerError",
        "UnreachableError",
    ]
    assert all(getattr(limner.client, name).__name__ == name for name in limner.client.__all__)


def test_both_clients_have_the_same_methods() -> None:
    def methods(client: type) -> set[str]:
        return {name for name in vars(client) if not name.startswith("_")}

    assert methods(AsyncClient) == methods(Client)


async def test_a_brief_becomes_the_pictures_it_asks_for(world: FlatWorld) -> None:
    async with AsyncClient(world.address) as client:
        drawn = await client.draw(ImageBrief(prompt="红龙", seed=3, candidates=2, width=8))
    assert [each.content for each in drawn] == [flat_picture("红龙", 3, 8, n) for n in (0, 1)]
    assert [each.asset.rank for each in drawn] == [1, 2]


async def test_bulk_and_the_time_limit_reach_the_server(world: FlatWorld) -> None:
    async with AsyncClient(world.address) as client:
        await client.create(ImageBrief(prompt="a wall"), bulk=True, time_limit_s=1.5)
    (request,) = world.created
    assert request.generation.priority == PRIORITY_BULK
    assert request.generation.time_limit.ToMilliseconds() == 1500


async def test_an_empty_brief_is_still_that_brief(world: FlatWorld) -> None:
    async with AsyncClient(world.address) as client:
        with pytest.raises(InvalidRequestError) as refused:
            await client.draw(ImageBrief())
    violation = FieldViolation("generation.image.prompt", "is empty; write what to draw")
    assert refused.value.violations == (violation,)
    assert str(refused.value) == "generation.image.prompt: is empty; write what to draw"


async def test_the_same_request_id_is_the_same_generation(world: FlatWorld) -> None:
    async with AsyncClient(world.address) as client:
        first = await client.create(ImageBrief(prompt="a key"), request_id="one")
        second = await client.create(ImageBrief(prompt="a key"), request_id="one")
    assert first.name == second.name
    assert len(world.created) == 1


async def test_a_full_queue_is_waited_for(world: FlatWorld) -> None:
    async with AsyncClient(world.address) as client:
        (drawn,) = await client.draw(ImageBrief(prompt="full house", seed=1, width=4))
    assert world.refused == {"full house"}
    assert drawn.content == flat_picture("full house", 1, 4)


async def test_a_watch_goes_on_where_it_was_when_the_server_comes_back(world: FlatWorld) -> None:
    async with AsyncClient(world.address) as client:
        generation = await client.create(ImageBrief(prompt="wait for it", seed=2))
        seen = []
        async for event in client.watch(generation.name, previews=True):
            seen.append((event.sequence, event.generation.state, bool(event.preview_png)))
            if event.sequence == 2:
                await asyncio.to_thread(world.stop)
                await asyncio.to_thread(world.start)
                await asyncio.to_thread(world.release, generation.name)
    assert seen == [
        (1, Generation.STATE_QUEUED, False),
        (2, Generation.STATE_RUNNING, True),
        (3, Generation.STATE_SUCCEEDED, False),
    ]


async def test_a_call_waits_for_a_server_that_is_starting(world: FlatWorld) -> None:
    await asyncio.to_thread(world.stop)
    async with AsyncClient(world.address) as client:
        asked = asyncio.create_task(client.models())
        await asyncio.to_thread(world.start)
        assert [model.name for model in await asked] == [MODEL]


async def test_nobody_at_the_address_is_unreachable() -> None:
    async with AsyncClient(f"127.0.0.1:{free_port()}", patience_s=0.2) as client:
        with pytest.raises(UnreachableError):
            await client.models()


async def test_cancelling_the_task_cancels_the_generation(world: FlatWorld) -> None:
    async with AsyncClient(world.address) as client:
        running = asyncio.Event()
        drawing = asyncio.create_task(client.draw(ImageBrief(prompt="wait"), follow=lambda event: running.set()))
        await running.wait()
        drawing.cancel()
        with pytest.raises(asyncio.CancelledError):
            await drawing
        assert (await client.get("generations/1")).state == Generation.STATE_CANCELLED


async def test_a_failure_says_what_the_server_said(world: FlatWorld) -> None:
    async with AsyncClient(world.address) as client:
        with pytest.raises(GenerationFailedError, match=r"generations/1 failed \(INTERNAL\): the paint is dry"):
            await client.draw(ImageBrief(prompt="fail"))


async def test_somebody_elses_cancel_ends_the_drawing(world: FlatWorld) -> None:
    async with AsyncClient(world.address) as client:
        running = asyncio.Event()
        drawing = asyncio.create_task(client.draw(ImageBrief(prompt="wait"), follow=lambda event: running.set()))
        await running.wait()
        await client.cancel("generations/1")
        with pytest.raises(GenerationCancelledError, match="generations/1 was cancelled"):
            await drawing


async def test_lists_go_on_over_pages(world: FlatWorld) -> None:
    async with AsyncClient(world.address) as client:
        for number in range(5):
            await client.create(ImageBrief(prompt=f"a stone {number}"))
        names = [generation.name async for generation in client.generations()]
    assert names == [f"generations/{number}" for number in (5, 4, 3, 2, 1)]


async def test_an_export_is_written_into_the_folder(world: FlatWorld, tmp_path: Path) -> None:
    async with AsyncClient(world.address) as client:
        (drawn,) = await client.draw(ImageBrief(prompt="a boot", seed=1, width=4))
        written = await client.export_to(tmp_path, [drawn.asset.name], "png", stem="boots")
    assert written == [tmp_path / "boots/1.png"]
    assert written[0].read_bytes() == flat_picture("a boot", 1, 4)


async def test_unknown_names_and_missing_methods_have_errors_of_their_own(world: FlatWorld) -> None:
    async with AsyncClient(world.address) as client:
        with pytest.raises(NotFoundError, match="no model models/x"):
            await client.model("models/x")
        with pytest.raises(NotSupportedError):
            await client.rate("assets/1", 5)
        assert (await client.describe()).version == "0.0.0-flat"


def test_the_key_goes_with_every_call_as_a_bearer(world: FlatWorld, tmp_path: Path) -> None:
    (tmp_path / "key").write_text("open-sesame\n")
    with Client(world.address, key_file=tmp_path / "key") as client:
        client.create(ImageBrief(prompt="a door"))
    assert world.metadata["authorization"] == "Bearer open-sesame"


@pytest.mark.parametrize("content", ["", "two keys", "schlüssel"], ids=["empty", "space", "not ASCII"])
def test_a_key_file_without_one_key_is_refused(tmp_path: Path, content: str) -> None:
    (tmp_path / "key").write_text(content, encoding="utf-8")
    with pytest.raises(CredentialsError, match="must hold one key"):
        Client(key_file=tmp_path / "key")


def test_the_plain_client_draws_and_follows_too(world: FlatWorld) -> None:
    with Client(world.address) as client:
        (drawn,) = client.draw(ImageBrief(prompt="a lamp", seed=5, width=4))
        sequences = [event.sequence for event in client.watch(drawn.generation.name)]
    assert drawn.content == flat_picture("a lamp", 5, 4)
    assert sequences == [1, 2, 3]


def test_every_brief_goes_into_its_own_field(world: FlatWorld) -> None:
    with Client(world.address) as client, pytest.raises(InvalidRequestError):
        client.create(UpscaleBrief(source="assets/1"))
