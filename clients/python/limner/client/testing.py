"""A world with a known solution: a real gRPC server that paints every picture in one color.

For tests of programs that use the SDK. The color follows from prompt, seed and candidate (`flat_color`). A prompt that
starts with `wait` stays running until `release` or a cancel, one with `fail` fails, one with `full` finds the queue
full once; an empty one is refused.
"""

from __future__ import annotations

import asyncio
import hashlib
import io
import threading
from collections.abc import AsyncIterator, Coroutine
from types import TracebackType
from typing import Any, Self

import grpc
from google.protobuf import any_pb2, duration_pb2
from google.protobuf.message import Message
from google.rpc import error_details_pb2, status_pb2
from PIL import Image

from limner.v1 import (
    asset_service_pb2,
    asset_service_pb2_grpc,
    generation_service_pb2,
    generation_service_pb2_grpc,
    model_pb2,
    model_service_pb2,
    model_service_pb2_grpc,
    server_service_pb2,
    server_service_pb2_grpc,
)
from limner.v1.asset_pb2 import Asset, AssetChange
from limner.v1.generation_pb2 import Failure, Generation, GenerationEvent

MODEL = "models/flat-world"
Context = grpc.aio.ServicerContext[Any, Any]


def flat_color(prompt: str, seed: int, candidate: int = 0) -> tuple[int, int, int, int]:
    """The color that the world paints with, opaque RGBA."""
    red, green, blue = hashlib.sha256(f"{prompt}\n{seed}\n{candidate}".encode()).digest()[:3]
    return red, green, blue, 255


def flat_picture(prompt: str, seed: int, size: int, candidate: int = 0) -> bytes:
    """The PNG that the world paints."""
    target = io.BytesIO()
    Image.new("RGBA", (size, size), flat_color(prompt, seed, candidate)).save(target, "PNG")
    return target.getvalue()


class FlatWorld:
    """The server, on a thread and an event loop of its own; a context manager.

    It forgets nothing between `stop` and `start`, and keeps its port. `created` lists every accepted request,
    `metadata` what came with the last one.
    """

    def __init__(self) -> None:
        self.created: list[generation_service_pb2.CreateGenerationRequest] = []
        self.metadata: dict[str, str] = {}
        self.generations: dict[str, Generation] = {}
        self.events: dict[str, list[GenerationEvent]] = {}
        self.contents: dict[str, bytes] = {}
        self.changes: list[AssetChange] = []  # what was published, in order
        self.refused: set[str] = set()  # prompts that found the queue full
        self.watched = threading.Event()  # somebody follows a generation that waits
        self.port = 0
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="flat-world", daemon=True)
        self._thread.start()
        self.changed = asyncio.Condition()

    @property
    def address(self) -> str:
        return f"127.0.0.1:{self.port}"

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def start(self) -> None:
        """Listen, on the port of the last time where there was one."""
        self._run(self._start())

    def stop(self) -> None:
        """Break every connection at once."""
        self._run(self._server.stop(0))

    def release(self, name: str) -> None:
        """Finish a generation that waits."""
        self._run(self.finish(name))

    def _run(self, coroutine: Coroutine[Any, Any, None]) -> None:
        asyncio.run_coroutine_threadsafe(coroutine, self._loop).result(10)

    async def _start(self) -> None:
        self._server = grpc.aio.server()
        generation_service_pb2_grpc.add_GenerationServiceServicer_to_server(Generations(self), self._server)
        asset_service_pb2_grpc.add_AssetServiceServicer_to_server(Assets(self), self._server)
        model_service_pb2_grpc.add_ModelServiceServicer_to_server(Models(), self._server)
        server_service_pb2_grpc.add_ServerServiceServicer_to_server(Describe(), self._server)
        self.port = self._server.add_insecure_port(f"127.0.0.1:{self.port}")
        await self._server.start()

    async def paint(self, generation: Generation) -> None:
        """Take a generation through its life, as far as its prompt says."""
        prompt = generation.image.prompt
        await self.append(generation, state=Generation.STATE_QUEUED, progress=0.0)
        preview = flat_picture(prompt, generation.seed, 2)
        await self.append(generation, state=Generation.STATE_RUNNING, progress=0.5, preview=preview)
        if prompt.startswith("fail"):
            generation.error.CopyFrom(Failure(code="INTERNAL", message="the paint is dry"))
            await self.append(generation, state=Generation.STATE_FAILED, progress=0.5)
        elif not prompt.startswith("wait"):
            await self.finish(generation.name)

    async def finish(self, name: str) -> None:
        """Store the pictures of a generation."""
        generation = self.generations[name]
        brief = generation.image
        size = brief.width or 32
        for candidate in range(brief.candidates or 1):
            content = flat_picture(brief.prompt, generation.seed, size, candidate)
            asset = Asset(
                name=f"assets/{len(self.contents) + 1}",
                generation=name,
                digest=hashlib.sha256(content).hexdigest(),
                content_type="image/png",
                size_bytes=len(content),
                width=size,
                height=size,
                seed=generation.seed,
                candidate=candidate,
                rank=candidate + 1,
                finish_reason=Asset.FINISH_REASON_COMPLETE,
                model=MODEL,
            )
            self.contents[asset.name] = content
            generation.assets.append(asset)
        await self.append(generation, state=Generation.STATE_SUCCEEDED, progress=1.0)

    async def append(
        self, generation: Generation, *, state: Generation.State, progress: float, preview: bytes = b""
    ) -> None:
        """Record one event and wake the watchers."""
        generation.state = state
        generation.progress = progress
        events = self.events[generation.name]
        event = GenerationEvent(sequence=len(events) + 1, generation=generation, preview_png=preview)
        async with self.changed:
            events.append(event)
            self.changed.notify_all()


class Generations(generation_service_pb2_grpc.GenerationServiceServicer):
    """Accepts and paints."""

    def __init__(self, world: FlatWorld) -> None:
        self.world = world

    async def CreateGeneration(
        self, request: generation_service_pb2.CreateGenerationRequest, context: Context
    ) -> generation_service_pb2.CreateGenerationResponse:
        world = self.world
        world.metadata = {key: str(value) for key, value in context.invocation_metadata() or ()}
        brief = request.generation.image
        if not brief.prompt:
            await refuse(context, "generation.image.prompt", "is empty; write what to draw")
        if brief.prompt.startswith("full") and brief.prompt not in world.refused:
            world.refused.add(brief.prompt)
            await turn_away(context)
        for known, old in zip(world.created, world.generations.values(), strict=True):
            if known.request_id == request.request_id:
                return generation_service_pb2.CreateGenerationResponse(generation=old)
        generation = Generation()
        generation.CopyFrom(request.generation)
        generation.name = f"generations/{len(world.generations) + 1}"
        generation.seed = brief.seed if brief.HasField("seed") else 7
        generation.model = MODEL
        world.created.append(request)
        world.generations[generation.name] = generation
        world.events[generation.name] = []
        await world.paint(generation)
        return generation_service_pb2.CreateGenerationResponse(generation=generation)

    async def GetGeneration(
        self, request: generation_service_pb2.GetGenerationRequest, context: Context
    ) -> generation_service_pb2.GetGenerationResponse:
        return generation_service_pb2.GetGenerationResponse(generation=await self._known(request.name, context))

    async def ListGenerations(
        self, request: generation_service_pb2.ListGenerationsRequest, context: Context
    ) -> generation_service_pb2.ListGenerationsResponse:
        first = int(request.page_token or 0)  # pages of two, so that clients meet a second one
        wanted = [g for g in reversed(self.world.generations.values()) if g.state in (request.states or [g.state])]
        return generation_service_pb2.ListGenerationsResponse(
            generations=wanted[first : first + 2],
            next_page_token=str(first + 2) if first + 2 < len(wanted) else "",
        )

    async def CancelGeneration(
        self, request: generation_service_pb2.CancelGenerationRequest, context: Context
    ) -> generation_service_pb2.CancelGenerationResponse:
        generation = await self._known(request.name, context)
        if generation.state in (Generation.STATE_QUEUED, Generation.STATE_RUNNING):
            await self.world.append(generation, state=Generation.STATE_CANCELLED, progress=generation.progress)
        return generation_service_pb2.CancelGenerationResponse(generation=generation)

    async def WatchGeneration(
        self, request: generation_service_pb2.WatchGenerationRequest, context: Context
    ) -> AsyncIterator[generation_service_pb2.WatchGenerationResponse]:
        await self._known(request.name, context)
        events, seen = self.world.events[request.name], request.after_sequence
        while True:
            for event in events[seen:]:
                seen = event.sequence
                sent = GenerationEvent()
                sent.CopyFrom(event)
                if not request.previews:
                    sent.ClearField("preview_png")
                yield generation_service_pb2.WatchGenerationResponse(event=sent)
            if events[-1].generation.state not in (Generation.STATE_QUEUED, Generation.STATE_RUNNING):
                return
            if events[-1].generation.image.prompt.startswith("wait"):
                self.world.watched.set()
            async with self.world.changed:
                while len(events) <= seen:
                    await self.world.changed.wait()

    async def _known(self, name: str, context: Context) -> Generation:
        if name not in self.world.generations:
            await context.abort(grpc.StatusCode.NOT_FOUND, f"no generation {name}")
        return self.world.generations[name]


class Assets(asset_service_pb2_grpc.AssetServiceServicer):
    """Hands out pictures, in pieces of 16 bytes."""

    def __init__(self, world: FlatWorld) -> None:
        self.world = world

    async def ReadAsset(
        self, request: asset_service_pb2.ReadAssetRequest, context: Context
    ) -> AsyncIterator[asset_service_pb2.ReadAssetResponse]:
        content = self.world.contents[request.name]
        for start in range(0, len(content), 16):
            yield asset_service_pb2.ReadAssetResponse(data=content[start : start + 16])

    async def ExportAssets(
        self, request: asset_service_pb2.ExportAssetsRequest, context: Context
    ) -> AsyncIterator[asset_service_pb2.ExportAssetsResponse]:
        for name in request.names:
            path = f"{request.stem or 'limner'}/{name.removeprefix('assets/')}.png"
            content = self.world.contents[name]
            for start in range(0, len(content), 16):
                yield asset_service_pb2.ExportAssetsResponse(path=path, data=content[start : start + 16])

    async def PublishAssetChanges(
        self, request: asset_service_pb2.PublishAssetChangesRequest, context: Context
    ) -> asset_service_pb2.PublishAssetChangesResponse:
        changes, kind = self.world.changes, AssetChange.KIND_PUBLISHED
        async with self.world.changed:
            for publication in request.publications:
                changes.append(AssetChange(sequence=len(changes) + 1, kind=kind, publication=publication))
            self.world.changed.notify_all()
        return asset_service_pb2.PublishAssetChangesResponse(sequence=len(changes))

    async def WatchAssets(
        self, request: asset_service_pb2.WatchAssetsRequest, context: Context
    ) -> AsyncIterator[asset_service_pb2.WatchAssetsResponse]:
        changes = self.world.changes
        told = request.after_sequence if request.HasField("after_sequence") else len(changes)
        yield asset_service_pb2.WatchAssetsResponse(sequence=told)
        while True:
            for change in changes[told:]:
                told = change.sequence
                yield asset_service_pb2.WatchAssetsResponse(sequence=told, change=change)
            async with self.world.changed:
                while len(changes) <= told:
                    await self.world.changed.wait()


class Models(model_service_pb2_grpc.ModelServiceServicer):
    """Knows one model: the world itself."""

    card = model_pb2.Model(name=MODEL, title="Flat world", family="imagen", sizes=[32], default=True)

    async def ListModels(
        self, request: model_service_pb2.ListModelsRequest, context: Context
    ) -> model_service_pb2.ListModelsResponse:
        return model_service_pb2.ListModelsResponse(models=[self.card])

    async def GetModel(
        self, request: model_service_pb2.GetModelRequest, context: Context
    ) -> model_service_pb2.GetModelResponse:
        if request.name != MODEL:
            await context.abort(grpc.StatusCode.NOT_FOUND, f"no model {request.name}; there is {MODEL}")
        return model_service_pb2.GetModelResponse(model=self.card)


class Describe(server_service_pb2_grpc.ServerServiceServicer):
    """Says what it is."""

    async def GetServer(
        self, request: server_service_pb2.GetServerRequest, context: Context
    ) -> server_service_pb2.GetServerResponse:
        return server_service_pb2.GetServerResponse(version="0.0.0-flat", extensions=["image"])


async def refuse(context: Context, field: str, description: str) -> None:
    """End a call as INVALID_ARGUMENT with one field violation."""
    refused = error_details_pb2.BadRequest(
        field_violations=[error_details_pb2.BadRequest.FieldViolation(field=field, description=description)]
    )
    await end(context, grpc.StatusCode.INVALID_ARGUMENT, f"{field}: {description}", refused)


async def turn_away(context: Context) -> None:
    """End a call as RESOURCE_EXHAUSTED, to be tried again after 10 ms."""
    retry = error_details_pb2.RetryInfo(retry_delay=duration_pb2.Duration(nanos=10_000_000))
    await end(context, grpc.StatusCode.RESOURCE_EXHAUSTED, "the queue is full", retry)


async def end(context: Context, code: grpc.StatusCode, message: str, fact: Message) -> None:
    """End a call with a rich status."""
    detail = any_pb2.Any()
    detail.Pack(fact)
    status = status_pb2.Status(code=code.value[0], message=message, details=[detail])
    await context.abort(code, message, (("grpc-status-details-bin", status.SerializeToString()),))
