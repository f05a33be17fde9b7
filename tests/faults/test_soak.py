"""Requests of every kind for a long time: nothing is left over, in memory, descriptors or tasks, and nothing is stuck.

`FAULT_REQUESTS=24000 FAULT_SEED=7 pytest tests/faults/test_soak.py -s` sends so many.
"""

import asyncio
import gc
import random
from typing import Any

import psutil

from limner.v1 import asset_service_pb2, generation_pb2
from limner.v1 import generation_service_pb2 as wire
from tests.server.conftest import Client, Opened

from .conftest import SEED, rounds

State = generation_pb2.Generation.State
OPEN = [State.STATE_QUEUED, State.STATE_RUNNING]
SIDE, MIB = 16, 1 << 20


async def some_requests(client: Client, chance: random.Random, count: int) -> int:
    """About `count` calls: a picture that is watched, exported, cancelled, read or listed; how many they were."""
    sent = 0
    while sent < count:
        made = await client.create(seed=chance.randrange(200), steps=chance.choice((2, 4)))
        sent += 1
        match chance.choice(("watch", "cancel", "leave", "export", "list", "read", "delete")):
            case "cancel":
                await client.generations.CancelGeneration(wire.CancelGenerationRequest(name=made.name))
                sent += 1
            case "leave":  # a watcher that goes before the end
                watch = client.generations.WatchGeneration(wire.WatchGenerationRequest(name=made.name, previews=True))
                await watch.read()
                watch.cancel()
                sent += 1
            case "list":
                await client.generations.ListGenerations(wire.ListGenerationsRequest(page_size=20))
                await client.assets.ListAssets(asset_service_pb2.ListAssetsRequest(page_size=20))
                sent += 2
            case what:
                ended = await client.ended(made.name)
                assert ended.state == State.STATE_SUCCEEDED
                (name,) = [asset.name for asset in ended.assets]
                sent += 2
                if what == "export":
                    export = asset_service_pb2.ExportAssetsRequest(names=[name], format="png", stem="x")
                    assert [reply async for reply in client.assets.ExportAssets(export)]
                elif what == "read":
                    assert await client.read(name)
                elif what == "delete":
                    await client.assets.DeleteAsset(asset_service_pb2.DeleteAssetRequest(name=name))
    return sent


async def waited_out(client: Client) -> None:
    """Return when nothing waits or runs; what is stuck keeps this for ever."""
    while True:
        request = wire.ListGenerationsRequest(page_size=500, states=OPEN)
        page = await client.generations.ListGenerations(request)
        if not page.generations:
            return
        for each in page.generations:
            await client.ended(each.name)


async def measured(client: Client) -> dict[str, Any]:
    """What the process holds when it has nothing to do."""
    await asyncio.wait_for(waited_out(client), 300)
    gc.collect()
    me = psutil.Process()
    return {"rss_mib": me.memory_info().rss / MIB, "descriptors": me.num_fds(), "tasks": len(asyncio.all_tasks())}


async def test_a_long_run_of_mixed_requests_leaves_nothing_behind(opened: Opened) -> None:
    requests = rounds("REQUESTS", 300)
    chance = random.Random(SEED)
    async with opened() as client:
        sent = sum(await asyncio.gather(*(some_requests(client, chance, requests // 5 // SIDE) for _ in range(SIDE))))
        before = await measured(client)  # what is loaded once and kept is there
        sent += sum(
            await asyncio.gather(*(some_requests(client, chance, requests * 4 // 5 // SIDE) for _ in range(SIDE)))
        )
        after = await measured(client)
        print(f"seed {SEED}: {sent} requests; before {before}, after {after}")
        assert after["descriptors"] <= before["descriptors"] + 4
        assert after["tasks"] <= before["tasks"] + 4
        assert after["rss_mib"] <= before["rss_mib"] + 48
