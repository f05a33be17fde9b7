"""Kill −9 at random moments of a busy server, again and again on one data folder.

`FAULT_KILLS=200 FAULT_SEED=7 pytest tests/faults/test_kill.py -s` kills it 200 times.
"""

import asyncio
import hashlib
import random
from typing import Any

from limner.v1 import asset_service_pb2, generation_pb2
from limner.v1 import generation_service_pb2 as wire
from tests.server.conftest import Client, Opened
from tests.server.test_service import process

from .busy import ENDED, SEEDS, Acknowledged, keep_busy
from .conftest import SEED, rounds

State = generation_pb2.Generation.State
WITHIN_S = 1.5  # a kill comes at a random moment of so long a time


async def all_generations(client: Client) -> dict[str, generation_pb2.Generation]:
    """Every generation that the server has, by name; each once."""
    found: list[generation_pb2.Generation] = []
    token = ""
    while True:
        request = wire.ListGenerationsRequest(page_size=500, page_token=token)
        page = await client.generations.ListGenerations(request)
        found += page.generations
        token = page.next_page_token
        if not token:
            break
    by_name = {each.name: each for each in found}
    assert len(by_name) == len(found)
    return by_name


async def looked_after(client: Client, known: Acknowledged) -> None:
    """Nothing that was acknowledged is lost or doubled, whatever state it is in."""
    there = await all_generations(client)
    assert set(known.created.values()) <= there.keys()
    assert len(set(known.created.values())) == len(known.created)
    for name in known.cancelled:
        assert there[name].state == State.STATE_CANCELLED
    names = {asset.name for each in there.values() for asset in each.assets}
    assert not names & known.deleted


async def test_a_server_that_is_killed_at_random_moments_loses_nothing_and_doubles_nothing(
    settings: dict[str, Any], opened: Opened, tmp_path: Any
) -> None:
    chance, known, kills = random.Random(SEED), Acknowledged(), rounds("KILLS", 2)
    for number in range(kills):
        async with process({**settings, "max_attempts": 100}) as (server, client):
            await looked_after(client, known)
            first = await client.create(f"w{number}", seed=0, steps=4)
            known.create(f"w{number}", first.name, 0)
            await client.ended(first.name)  # what is loaded with the first picture is there
            busy = asyncio.create_task(keep_busy(client, chance, known, f"k{number}", 500, 8))
            await asyncio.wait([busy], timeout=chance.uniform(0.05, WITHIN_S))  # the moment, not a pause
            server.kill()
            await server.wait()
            await busy
    assert len(known.created) > kills
    print(f"seed {SEED}: {kills} kills, {len(known.created)} accepted, {len(known.cancelled)} cancelled")
    async with opened(data_dir=str(tmp_path / "calm")) as client:
        made = [await client.create(seed=seed, steps=steps) for seed in range(SEEDS) for steps in (2, 4, 20)]
        calm = {(await client.ended(each.name)).assets[0].digest for each in made}
    async with opened() as client:
        for name in known.created.values():
            await client.ended(name)
        await looked_after(client, known)
        for name, each in (await all_generations(client)).items():
            assert each.state in ENDED - {State.STATE_FAILED}, name
            assert {asset.digest for asset in each.assets} <= calm
            assert len(each.assets) <= 1
            for asset in each.assets:
                assert hashlib.sha256(await client.read(asset.name)).hexdigest() == asset.digest
        listed = await client.assets.ListAssets(asset_service_pb2.ListAssetsRequest(page_size=500))
        assert len({asset.name for asset in listed.assets}) == len(listed.assets)
