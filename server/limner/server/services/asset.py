"""AssetService: read, export and forget assets."""

import asyncio
import re
from collections.abc import AsyncIterator

from limner.atlas.sprites import AtlasError, Provenance
from limner.exporters.files import ExportError
from limner.exporters.registry import EXPORTERS, export
from limner.server import convert
from limner.server.access import owner
from limner.server.assets import CHUNK, AssetStore
from limner.server.changes import Change, Changes, Kind
from limner.server.credentials import Credentials
from limner.server.errors import InvalidRequestError, NotFoundError, UnimplementedError
from limner.server.exporting import art_of
from limner.server.jobs import JobStore, StoredAsset
from limner.server.names import asset_id
from limner.server.provenance import provenance_of
from limner.server.publications import check_publications
from limner.server.services.answering import Context, streaming, unary
from limner.server.services.paging import page_of, token_of
from limner.v1 import asset_service_pb2 as wire
from limner.v1 import asset_service_pb2_grpc

STEM = re.compile(r"[A-Za-z0-9_-]{1,64}")


class AssetService(asset_service_pb2_grpc.AssetServiceServicer):
    """The door to what was drawn."""

    def __init__(
        self,
        store: JobStore,
        assets: AssetStore,
        changes: Changes,
        credentials: Credentials | None = None,
        tell_words: bool = False,
    ) -> None:
        self._store, self._assets, self._changes = store, assets, changes
        self._credentials, self._tell_words = credentials, tell_words

    @unary
    async def GetAsset(self, request: wire.GetAssetRequest, context: Context) -> wire.GetAssetResponse:
        return wire.GetAssetResponse(asset=convert.asset(await self._asset(request.name)))

    @unary
    async def ListAssets(self, request: wire.ListAssetsRequest, context: Context) -> wire.ListAssetsResponse:
        size, before = page_of(request.page_size, request.page_token)
        generation = request.generation.removeprefix("generations/") or None
        found = await self._store.asset_page(owner.get(), size + 1, before, generation)
        token = token_of(found, size)
        return wire.ListAssetsResponse(assets=[convert.asset(item) for item in found[:size]], next_page_token=token)

    @unary
    async def DeleteAsset(self, request: wire.DeleteAssetRequest, context: Context) -> wire.DeleteAssetResponse:
        asset = await self._asset(request.name)
        await self._store.forget_asset(asset)
        await self._changes.record([Change(owner=asset.owner, kind=Kind.DELETED, subject=asset.id.encode())])
        return wire.DeleteAssetResponse()

    @streaming
    async def ReadAsset(
        self, request: wire.ReadAssetRequest, context: Context
    ) -> AsyncIterator[wire.ReadAssetResponse]:
        stored = await self._asset(request.name)
        async for chunk in self._assets.read(stored.digest):
            yield wire.ReadAssetResponse(data=chunk)

    @streaming
    async def ExportAssets(
        self, request: wire.ExportAssetsRequest, context: Context
    ) -> AsyncIterator[wire.ExportAssetsResponse]:
        if request.format not in EXPORTERS:
            raise InvalidRequestError.of(
                "format", f"{request.format[:40]!r} is unknown; use one of {', '.join(EXPORTERS)}"
            )
        if not 1 <= len(request.names) <= 1000:
            raise InvalidRequestError.of("names", f"{len(request.names)} assets; name 1 to 1,000")
        stem = request.stem or "limner"
        if not STEM.fullmatch(stem):
            raise InvalidRequestError.of("stem", "use 1 to 64 letters, digits, - and _")
        stored = [await self._asset(name, "names") for name in request.names]
        contents = [await self._assets.get(item.digest) for item in stored]
        jobs = [
            await self._store.get(job_id, owner.get()) for job_id in dict.fromkeys(each.generation for each in stored)
        ]
        provenance = provenance_of(stored, jobs, self._tell_words)
        if request.reproducible:
            provenance = {key: value for key, value in provenance.items() if key not in ("generation", "time")}
        try:
            files = await asyncio.to_thread(_exported, request.format, stem, stored, contents, provenance)
            if self._credentials is not None and not request.reproducible:
                files = await asyncio.to_thread(self._credentials.signed, files, provenance)
        except (AtlasError, ExportError) as error:  # art that the format has no room for
            raise InvalidRequestError.of("format", str(error)) from error
        for path, content in files.items():
            for at in range(0, max(1, len(content)), CHUNK):
                yield wire.ExportAssetsResponse(path=path, data=content[at : at + CHUNK])

    @streaming
    async def WatchAssets(
        self, request: wire.WatchAssetsRequest, context: Context
    ) -> AsyncIterator[wire.WatchAssetsResponse]:
        after = request.after_sequence if request.HasField("after_sequence") else None
        if after is not None and after < 0:
            raise InvalidRequestError.of("after_sequence", "must be at least 0")
        if unknown := set(request.kinds) - set(Kind):
            raise InvalidRequestError.of("kinds", f"{min(unknown)} is no kind of change; leave it out")
        kinds = [Kind(number) for number in request.kinds]
        async for sequence, change in self._changes.follow(owner.get(), after, kinds, request.project):
            message = None if change is None else convert.change(change, await self._subject(change))
            yield wire.WatchAssetsResponse(sequence=sequence, change=message)

    @unary
    async def PublishAssetChanges(
        self, request: wire.PublishAssetChangesRequest, context: Context
    ) -> wire.PublishAssetChangesResponse:
        check_publications(list(request.publications))
        changes = [
            Change(owner=owner.get(), kind=Kind.PUBLISHED, project=each.project, subject=each.SerializeToString())
            for each in request.publications
        ]
        return wire.PublishAssetChangesResponse(sequence=await self._changes.record(changes))

    @unary
    async def RateAsset(self, request: wire.RateAssetRequest, context: Context) -> wire.RateAssetResponse:
        raise UnimplementedError("RateAsset comes with the critic; candidates come in the order of drawing today")

    async def _subject(self, change: Change) -> StoredAsset | None:
        """The asset that is new, unless it has gone since."""
        if change.kind is not Kind.CREATED:
            return None
        try:
            return await self._store.asset(change.subject.decode(), change.owner)
        except NotFoundError:
            return None

    async def _asset(self, name: str, field: str = "name") -> StoredAsset:
        return await self._store.asset(asset_id(name, field), owner.get())


def _exported(
    name: str, stem: str, stored: list[StoredAsset], contents: list[bytes], provenance: Provenance
) -> dict[str, bytes]:
    files: dict[str, bytes] = {}
    for named in art_of(name, stem, stored, contents, provenance):
        files |= export(name, named.art, named.stem)
    return files
