"""AssetService: read, export and forget assets."""

import asyncio
import re
from collections.abc import AsyncIterator
from importlib.metadata import version

from limner.atlas.sprites import AtlasError, Provenance
from limner.exporters.files import ExportError
from limner.exporters.registry import EXPORTERS, export
from limner.server import convert
from limner.server.access import owner
from limner.server.assets import CHUNK, AssetStore
from limner.server.errors import InvalidRequestError, UnimplementedError
from limner.server.exporting import art_of
from limner.server.jobs import JobStore, StoredAsset
from limner.server.names import asset_id
from limner.server.services.answering import Context, streaming, unary
from limner.server.services.paging import page_of, token_of
from limner.v1 import asset_service_pb2 as wire
from limner.v1 import asset_service_pb2_grpc

STEM = re.compile(r"[A-Za-z0-9_-]{1,64}")


class AssetService(asset_service_pb2_grpc.AssetServiceServicer):
    """The door to what was drawn."""

    def __init__(self, store: JobStore, assets: AssetStore) -> None:
        self._store, self._assets = store, assets

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
        await self._store.forget_asset(await self._asset(request.name))
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
        provenance = provenance_of(stored)
        try:
            files = await asyncio.to_thread(_exported, request.format, stem, stored, contents, provenance)
        except (AtlasError, ExportError) as error:  # art that the format has no room for
            raise InvalidRequestError.of("format", str(error)) from error
        for path, content in files.items():
            for at in range(0, max(1, len(content)), CHUNK):
                yield wire.ExportAssetsResponse(path=path, data=content[at : at + CHUNK])

    @streaming
    async def WatchAssets(
        self, request: wire.WatchAssetsRequest, context: Context
    ) -> AsyncIterator[wire.WatchAssetsResponse]:
        raise UnimplementedError("WatchAssets comes with hot reload; follow a generation with WatchGeneration today")
        yield wire.WatchAssetsResponse()

    @unary
    async def RateAsset(self, request: wire.RateAssetRequest, context: Context) -> wire.RateAssetResponse:
        raise UnimplementedError("RateAsset comes with the critic; candidates come in the order of drawing today")

    async def _asset(self, name: str, field: str = "name") -> StoredAsset:
        return await self._store.asset(asset_id(name, field), owner.get())


def provenance_of(stored: list[StoredAsset]) -> Provenance:
    """Where pictures come from: what is the same for all of them, and every seed."""
    facts = [asset.facts for asset in stored]
    models = sorted({str(each["model"]) for each in facts})
    digests = sorted({str(each["model_digest"]) for each in facts})
    return {
        "generator": f"limner {version('limner')}",
        "model": ", ".join(models),
        "model_digest": ", ".join(digests),
        "seed": ", ".join(str(each["seed"]) for each in facts),
    }


def _exported(
    name: str, stem: str, stored: list[StoredAsset], contents: list[bytes], provenance: Provenance
) -> dict[str, bytes]:
    files: dict[str, bytes] = {}
    for named in art_of(name, stem, stored, contents, provenance):
        files |= export(name, named.art, named.stem)
    return files
