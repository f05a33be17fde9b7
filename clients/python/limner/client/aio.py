"""The SDK for asyncio. The messages are those of the wire (`limner.v1`)."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Protocol, Self, TypeVar

import grpc
from google.protobuf.duration_pb2 import Duration

from limner.client.connection import DEFAULT_SERVER, Identity, Patience, open_channel, read_key
from limner.client.errors import (
    GenerationCancelledError,
    GenerationFailedError,
    OverloadedError,
    UnreachableError,
)
from limner.client.statuses import error_of
from limner.v1 import (
    asset_pb2,
    asset_service_pb2,
    asset_service_pb2_grpc,
    briefs_pb2,
    generation_pb2,
    generation_service_pb2,
    generation_service_pb2_grpc,
    model_pb2,
    model_service_pb2,
    model_service_pb2_grpc,
    server_service_pb2,
    server_service_pb2_grpc,
)
from limner.v1.asset_pb2 import Asset
from limner.v1.generation_pb2 import Generation, GenerationEvent

Brief = (
    briefs_pb2.ImageBrief
    | briefs_pb2.CharacterBrief
    | briefs_pb2.TextureBrief
    | briefs_pb2.SceneBrief
    | briefs_pb2.AnimationBrief
    | briefs_pb2.EditBrief
    | briefs_pb2.VariationBrief
    | briefs_pb2.BlendBrief
    | briefs_pb2.UpscaleBrief
)
INLINE_BYTES = 65_536  # assets up to this come with the news of them
FINAL = (Generation.STATE_SUCCEEDED, Generation.STATE_FAILED, Generation.STATE_CANCELLED)
Request = TypeVar("Request", contravariant=True)
Reply = TypeVar("Reply", covariant=True)


class Unary(Protocol[Request, Reply]):
    """A method that answers once."""

    def __call__(
        self, request: Request, *, timeout: float, metadata: tuple[tuple[str, str], ...]
    ) -> Awaitable[Reply]: ...


@dataclass(frozen=True, slots=True)
class Drawn:
    """A finished picture: what is known of it, and its bytes."""

    generation: Generation
    asset: Asset
    content: bytes


class AsyncClient:
    """A connection to a server; use it as an async context manager, from one event loop.

    `server` is `HOST:PORT`, or `https://HOST:PORT` for TLS. `key_file` holds an API key. A call that reaches nobody is
    tried again for `patience_s` seconds; `timeout_s` bounds each single attempt, not the drawing itself. `identity` is for
    TLS with an authority or a certificate of your own.
    """

    def __init__(
        self,
        server: str = DEFAULT_SERVER,
        *,
        key_file: Path | None = None,
        timeout_s: float = 30.0,
        patience_s: float = 10.0,
        identity: Identity | None = None,
    ) -> None:
        self.server = server
        self._metadata = (("authorization", f"Bearer {read_key(key_file)}"),) if key_file else ()
        self._timeout_s = timeout_s
        self._patience_s = patience_s
        self._channel = open_channel(server, identity)
        self._generations = generation_service_pb2_grpc.GenerationServiceStub(self._channel)
        self._assets = asset_service_pb2_grpc.AssetServiceStub(self._channel)
        self._models = model_service_pb2_grpc.ModelServiceStub(self._channel)
        self._server = server_service_pb2_grpc.ServerServiceStub(self._channel)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    async def close(self) -> None:
        """End the connection; running generations go on."""
        await self._channel.close()

    # generations

    async def create(
        self,
        brief: Brief,
        *,
        bulk: bool = False,
        time_limit_s: float | None = None,
        request_id: str = "",
    ) -> Generation:
        """Ask for art. Safe to repeat with the same `request_id`; without one, a fresh one covers our own retries."""
        request = generation_service_pb2.CreateGenerationRequest(
            generation=asked(brief, bulk, time_limit_s), request_id=request_id or uuid.uuid4().hex
        )
        return (await self._created(request)).generation

    async def _created(
        self, request: generation_service_pb2.CreateGenerationRequest
    ) -> generation_service_pb2.CreateGenerationResponse:
        return await self._call(self._generations.CreateGeneration, request)

    async def estimate(self, brief: Brief) -> generation_pb2.Estimate:
        """Check a brief and tell what it would cost; nothing is stored."""
        request = generation_service_pb2.CreateGenerationRequest(
            generation=asked(brief, bulk=False, time_limit_s=None), dry_run=True
        )
        return (await self._created(request)).estimate

    async def get(self, name: str) -> Generation:
        """One generation as it is now."""
        request = generation_service_pb2.GetGenerationRequest(name=name)
        reply: generation_service_pb2.GetGenerationResponse = await self._call(self._generations.GetGeneration, request)
        return reply.generation

    async def generations(self, states: tuple[Generation.State, ...] = ()) -> AsyncIterator[Generation]:
        """All generations, newest first; only those in `states` where some are given."""
        request = generation_service_pb2.ListGenerationsRequest(states=states)
        while True:
            page = await self._call(self._generations.ListGenerations, request)
            for generation in page.generations:
                yield generation
            if not page.next_page_token:
                return
            request.page_token = page.next_page_token

    async def cancel(self, name: str) -> Generation:
        """Stop a generation within one denoising step; an ended one stays as it is."""
        request = generation_service_pb2.CancelGenerationRequest(name=name)
        reply: generation_service_pb2.CancelGenerationResponse = await self._call(
            self._generations.CancelGeneration, request
        )
        return reply.generation

    async def watch(self, name: str, *, after: int = 0, previews: bool = False) -> AsyncIterator[GenerationEvent]:
        """Follow a generation until it ends: every event after sequence `after`, each once.

        A dropped connection is opened again from the last event that arrived, until nothing has arrived for
        `patience_s` seconds. Then UnreachableError.
        """
        async for reply in self._watched(name, after, previews):
            yield reply.event

    async def _watched(
        self, name: str, after: int = 0, previews: bool = False, inline_bytes: int = 0
    ) -> AsyncIterator[generation_service_pb2.WatchGenerationResponse]:
        """The events of `watch`, the last one with the small assets."""
        patience = Patience(self._patience_s)
        while True:
            request = generation_service_pb2.WatchGenerationRequest(
                name=name, after_sequence=after, previews=previews, inline_bytes=inline_bytes
            )
            lost = UnreachableError(f"{self.server} ended the stream of {name} too early")
            try:
                async for reply in self._generations.WatchGeneration(request, metadata=self._metadata):
                    if reply.event.sequence <= after:
                        continue
                    after = reply.event.sequence
                    patience.renew()
                    yield reply
                    if reply.event.generation.state in FINAL:
                        return
            except grpc.aio.AioRpcError as fault:
                if not broken(fault):
                    raise error_of(fault) from fault
                lost = UnreachableError(f"{self.server}: {fault.details()}")
            await patience.pause(lost)

    async def wait(self, name: str) -> Generation:
        """The generation when it has ended, in whatever way."""
        async for event in self.watch(name):
            if event.generation.state in FINAL:
                return event.generation
        raise UnreachableError(f"{self.server} ended the stream of {name} too early")

    async def draw(
        self,
        brief: Brief,
        *,
        bulk: bool = False,
        previews: bool = False,
        follow: Callable[[GenerationEvent], None] | None = None,
    ) -> list[Drawn]:
        """Ask, wait and read: the finished pictures, best first.

        A full queue is waited for. `follow` sees every event; one, without a sequence, of pictures that the server knew.
        Cancelling the task cancels the generation. Raises GenerationFailedError, GenerationCancelledError or what the calls raise.
        """
        created = await self._admitted(brief, bulk=bulk)
        generation, contents = created.generation, dict(_contents(created))
        try:
            if generation.cached:
                if follow:
                    follow(GenerationEvent(generation=generation))
            else:
                async for reply in self._watched(generation.name, 0, previews, INLINE_BYTES):
                    if follow:
                        follow(reply.event)
                    generation = reply.event.generation
                    contents |= _contents(reply)
        except asyncio.CancelledError:
            await asyncio.shield(self.cancel(generation.name))
            raise
        return [
            Drawn(generation, asset, contents.get(asset.name) or await self.read(asset.name))
            for asset in succeeded(generation).assets
        ]

    async def _admitted(self, brief: Brief, *, bulk: bool) -> generation_service_pb2.CreateGenerationResponse:
        request = generation_service_pb2.CreateGenerationRequest(
            generation=asked(brief, bulk, None), request_id=uuid.uuid4().hex, inline_bytes=INLINE_BYTES
        )
        while True:
            try:
                return await self._created(request)
            except OverloadedError as error:
                if error.retry_after_s is None:
                    raise
                await asyncio.sleep(error.retry_after_s)

    # assets

    async def asset(self, name: str) -> Asset:
        """What is known of one asset."""
        request = asset_service_pb2.GetAssetRequest(name=name)
        reply: asset_service_pb2.GetAssetResponse = await self._call(self._assets.GetAsset, request)
        return reply.asset

    async def assets(self, generation: str = "") -> AsyncIterator[Asset]:
        """All assets, newest first; only those of one generation where it is given."""
        request = asset_service_pb2.ListAssetsRequest(generation=generation)
        while True:
            page = await self._call(self._assets.ListAssets, request)
            for asset in page.assets:
                yield asset
            if not page.next_page_token:
                return
            request.page_token = page.next_page_token

    async def delete(self, name: str) -> None:
        """Forget an asset."""
        await self._call(self._assets.DeleteAsset, asset_service_pb2.DeleteAssetRequest(name=name))

    async def rate(self, name: str, stars: int) -> Asset:
        """Say how good an asset is, in 1 to 5 stars."""
        request = asset_service_pb2.RateAssetRequest(name=name, stars=stars)
        reply: asset_service_pb2.RateAssetResponse = await self._call(self._assets.RateAsset, request)
        return reply.asset

    async def read(self, name: str) -> bytes:
        """The bytes of an asset."""

        async def attempt() -> bytes:
            request = asset_service_pb2.ReadAssetRequest(name=name)
            replies = self._assets.ReadAsset(request, timeout=self._timeout_s, metadata=self._metadata)
            return b"".join([reply.data async for reply in replies])

        return await self._retried(attempt)

    async def export(
        self, names: list[str], file_format: str, *, stem: str = "", reproducible: bool = False
    ) -> dict[str, bytes]:
        """Assets as the files of a format: relative path to bytes. `reproducible` ones are unsigned and name no generation."""

        async def attempt() -> dict[str, bytes]:
            request = asset_service_pb2.ExportAssetsRequest(
                names=names, format=file_format, stem=stem, reproducible=reproducible
            )
            replies = self._assets.ExportAssets(request, timeout=self._timeout_s, metadata=self._metadata)
            files: dict[str, bytearray] = {}
            async for reply in replies:
                files.setdefault(reply.path, bytearray()).extend(reply.data)
            return {path: bytes(content) for path, content in files.items()}

        return await self._retried(attempt)

    async def export_to(self, folder: Path, names: list[str], file_format: str, *, stem: str = "") -> list[Path]:
        """Export assets into a folder, each file whole or not at all; the paths that were written."""
        from limner.exporters import write_files

        files = await self.export(names, file_format, stem=stem)
        return await asyncio.to_thread(write_files, files, folder)

    async def watch_assets(
        self,
        after: int | None = None,
        *,
        kinds: Sequence[asset_pb2.AssetChange.Kind] = (),
        project: str = "",
        subscribed: Callable[[int], None] | None = None,
    ) -> AsyncIterator[asset_pb2.AssetChange]:
        """Follow changes to assets and published files for ever, through dropped connections: each once, none missing.

        All changes after sequence `after`, else new ones; only of `kinds`, and of published ones only those of `project`, where
        given. A change of KIND_RESET says that some can no longer be told. `subscribed` hears the sequence whenever the stream
        is open. Raises UnreachableError when nobody answered for `patience_s` seconds.
        """
        patience = Patience(self._patience_s)
        while True:
            request = asset_service_pb2.WatchAssetsRequest(after_sequence=after, kinds=kinds, project=project)
            lost = UnreachableError(f"{self.server} ended the stream of assets")
            try:
                fresh = True
                async for reply in self._assets.WatchAssets(request, metadata=self._metadata):
                    after = reply.sequence
                    patience.renew()
                    if fresh and subscribed:
                        subscribed(after)
                    fresh = False
                    if reply.HasField("change"):
                        yield reply.change
            except grpc.aio.AioRpcError as fault:
                if not broken(fault):
                    raise error_of(fault) from fault
                lost = UnreachableError(f"{self.server}: {fault.details()}")
            await patience.pause(lost)

    async def publish_asset_changes(self, publications: Sequence[asset_pb2.Publication]) -> int:
        """Tell those who watch that files of a project changed; the sequence of the last change."""
        request = asset_service_pb2.PublishAssetChangesRequest(publications=publications)
        reply: asset_service_pb2.PublishAssetChangesResponse = await self._call(
            self._assets.PublishAssetChanges, request
        )
        return reply.sequence

    # models and the server

    async def models(self) -> list[model_pb2.Model]:
        """Every model, the default one first."""
        return list((await self._call(self._models.ListModels, model_service_pb2.ListModelsRequest())).models)

    async def model(self, name: str) -> model_pb2.Model:
        """One model with its card and statistics."""
        request = model_service_pb2.GetModelRequest(name=name)
        reply: model_service_pb2.GetModelResponse = await self._call(self._models.GetModel, request)
        return reply.model

    async def describe(self) -> server_service_pb2.GetServerResponse:
        """The server's version and what it can do."""
        return await self._call(self._server.GetServer, server_service_pb2.GetServerRequest())

    # calls

    async def _call(self, method: Unary[Request, Reply], request: Request) -> Reply:
        async def attempt() -> Reply:
            return await method(request, timeout=self._timeout_s, metadata=self._metadata)

        return await self._retried(attempt)

    async def _retried(self, attempt: Callable[[], Awaitable[Reply]]) -> Reply:
        """The answer of the first attempt that reaches the server. Every method may be repeated safely."""
        patience = Patience(self._patience_s)
        while True:
            try:
                return await attempt()
            except grpc.aio.AioRpcError as fault:
                error = error_of(fault)
                if fault.code() is not grpc.StatusCode.UNAVAILABLE:
                    raise error from fault
                await patience.pause(UnreachableError(f"{self.server}: {fault.details()}"))


def _contents(
    reply: generation_service_pb2.CreateGenerationResponse | generation_service_pb2.WatchGenerationResponse,
) -> Iterator[tuple[str, bytes]]:
    """The small assets that came along, by name."""
    for content in reply.contents:
        yield content.name, content.data


def asked(brief: Brief, bulk: bool, time_limit_s: float | None) -> Generation:
    """The generation that a brief asks for."""
    generation = Generation(priority=generation_pb2.PRIORITY_BULK if bulk else generation_pb2.PRIORITY_INTERACTIVE)
    field = type(brief).__name__.removesuffix("Brief").lower()
    getattr(generation, field).CopyFrom(brief)
    getattr(generation, field).SetInParent()  # a brief without any field is still that brief
    if time_limit_s is not None:
        limit = Duration()
        limit.FromNanoseconds(round(time_limit_s * 1e9))
        generation.time_limit.CopyFrom(limit)
    return generation


def succeeded(generation: Generation) -> Generation:
    """The generation itself; raises where it ended in another way."""
    if generation.state == Generation.STATE_CANCELLED:
        raise GenerationCancelledError(generation.name)
    if generation.state != Generation.STATE_SUCCEEDED:
        raise GenerationFailedError(generation.name, generation.error.code, generation.error.message)
    return generation


def broken(fault: grpc.aio.AioRpcError) -> bool:
    """The connection broke: the same stream may be opened again."""
    if fault.code() is grpc.StatusCode.UNAVAILABLE:
        return True
    text = fault.details() or ""
    return fault.code() is grpc.StatusCode.CANCELLED or (
        fault.code() is grpc.StatusCode.INTERNAL and "RST_STREAM" in text
    )
