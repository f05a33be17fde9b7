"""Two server processes on one Postgres and one store folder."""

import asyncio
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from limner.server.database import generations, open_shared
from limner.v1 import generation_pb2
from limner.v1 import generation_service_pb2 as wire

from .conftest import emptied
from .test_service import process

COUNT = 30
Generation = generation_pb2.Generation


@pytest.fixture
async def shared(settings: dict[str, Any], postgres_url: str) -> dict[str, Any]:
    database = await open_shared(postgres_url)
    await emptied(database)
    await database.dispose()
    return {**settings, "database_url": postgres_url, "lease_s": 5, "max_running": 8}


async def test_of_two_processes_one_is_killed_and_every_generation_ends_once(
    shared: dict[str, Any], postgres_url: str, tmp_path: Path
) -> None:
    async with process(shared) as (_, ada), process(shared) as (doomed, ben):
        made = await asyncio.gather(
            *((ada, ben)[seed % 2].create(f"r{seed}", seed=seed, steps=60) for seed in range(COUNT))
        )
        watch = ben.generations.WatchGeneration(wire.WatchGenerationRequest(name=made[1].name))
        while (await watch.read()).event.generation.state == Generation.STATE_QUEUED:
            pass
        doomed.kill()
        await doomed.wait()
        ended = await asyncio.gather(*(ada.ended(generation.name) for generation in made))
    assert {generation.state for generation in ended} == {Generation.STATE_SUCCEEDED}
    assert {generation.seed: len(generation.assets) for generation in ended} == dict.fromkeys(range(COUNT), 1)
    database = await open_shared(postgres_url)
    tried = select(generations.c.attempt, generations.c.worker)
    rows = await database.run(lambda connection: connection.execute(tried).all())
    await database.dispose()
    assert len(rows) == COUNT
    assert {row.attempt for row in rows} == {1, 2}  # the dead one's were drawn again, and those alone


async def test_a_cancel_and_a_watch_reach_a_generation_that_the_other_process_draws(shared: dict[str, Any]) -> None:
    async with process({**shared, "max_running": 1}) as (_, ada), process({**shared, "max_running": 1}) as (_, ben):
        both = [await ada.create(seed=seed, steps=200, candidates=16) for seed in (1, 2)]  # one for each process
        for generation in both:
            watch = ada.generations.WatchGeneration(wire.WatchGenerationRequest(name=generation.name))
            while (await watch.read()).event.generation.state != Generation.STATE_RUNNING:
                pass
        seen = [asyncio.create_task(client.ended(generation.name)) for client in (ada, ben) for generation in both]
        for generation in both:
            await ada.generations.CancelGeneration(wire.CancelGenerationRequest(name=generation.name))
        assert [ended.state for ended in await asyncio.gather(*seen)] == [Generation.STATE_CANCELLED] * 4
