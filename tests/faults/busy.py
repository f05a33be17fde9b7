"""A busy client: creates, watches, cancels, exports and deletes in an order that a seed decides, and notes what was acknowledged."""

import asyncio
import contextlib
import random
from collections.abc import Callable
from dataclasses import dataclass, field

import grpc

from limner.v1 import asset_service_pb2, generation_pb2
from limner.v1 import generation_service_pb2 as wire
from tests.server.conftest import Client

State = generation_pb2.Generation.State
ENDED = {State.STATE_SUCCEEDED, State.STATE_FAILED, State.STATE_CANCELLED}
SEEDS = 12  # different pictures: a calm run can draw them all


@dataclass(slots=True)
class Acknowledged:
    """What the server said it did. `note` hears each at once."""

    note: Callable[[str], None] = lambda words: None
    created: dict[str, str] = field(default_factory=dict)  # request id → generation
    cancelled: set[str] = field(default_factory=set)
    deleted: set[str] = field(default_factory=set)
    seeds: dict[str, int] = field(default_factory=dict)

    def create(self, request: str, name: str, seed: int) -> None:
        self.created[request], self.seeds[name] = name, seed
        self.note(f"create {name} {request}")

    def cancel(self, name: str) -> None:
        self.cancelled.add(name)
        self.note(f"cancel {name}")

    def delete(self, asset: str) -> None:
        self.deleted.add(asset)
        self.note(f"delete {asset}")


async def one(client: Client, request: str, chance: random.Random, known: Acknowledged) -> None:
    """One generation, from its acceptance to whatever becomes of it."""
    seed, what = chance.randrange(SEEDS), chance.random()
    made = await client.create(request, seed=seed, steps=chance.choice((2, 20)) if what < 0.5 else 4)
    known.create(request, made.name, seed)
    if what < 0.2:
        reply = await client.generations.CancelGeneration(wire.CancelGenerationRequest(name=made.name))
        if reply.generation.state == State.STATE_CANCELLED:
            known.cancel(made.name)
        return
    if what < 0.3:
        return  # nobody looks
    ended = await client.ended(made.name)
    for asset in ended.assets:
        if what < 0.5:
            export = asset_service_pb2.ExportAssetsRequest(names=[asset.name], format="png", stem="x")
            async for _ in client.assets.ExportAssets(export):
                pass
        elif what < 0.6:
            await client.assets.DeleteAsset(asset_service_pb2.DeleteAssetRequest(name=asset.name))
            known.delete(asset.name)


async def keep_busy(
    client: Client, chance: random.Random, known: Acknowledged, prefix: str, count: int, side: int
) -> None:
    """`count` generations, `side` of them side by side; ends early, without a word, with the server."""
    names = iter(range(count))

    async def again() -> None:
        for number in names:
            await one(client, f"{prefix}-{number}", chance, known)

    with contextlib.suppress(grpc.aio.AioRpcError):
        async with asyncio.TaskGroup() as group:
            for _ in range(side):
                group.create_task(_quietly(again()))


async def _quietly(work: object) -> None:
    with contextlib.suppress(grpc.aio.AioRpcError):  # the server is gone
        await work  # type: ignore[misc]
