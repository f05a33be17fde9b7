"""ModelService and ServerService: what can draw, and what this server is."""

import json
from dataclasses import asdict
from importlib.metadata import version

from limner.atlas.materials import Material
from limner.atlas.scenes import Scene
from limner.atlas.sprites import SpriteSet
from limner.atlas.tilesets import Tileset
from limner.exporters.registry import EXPORTERS
from limner.server import convert
from limner.server.catalogue import Catalogue
from limner.server.errors import NotFoundError
from limner.server.services.answering import Context, unary
from limner.v1 import model_service_pb2 as wire
from limner.v1 import model_service_pb2_grpc, server_service_pb2, server_service_pb2_grpc

EXTENSIONS = (
    "brief-animation",
    "brief-character",
    "character-directions",
    "brief-image",
    "brief-texture",
    "brief-scene",
    "cancel",
    "dry-run",
    "export",
    "previews",
    "watch-resume",
)
TAKES = {SpriteSet: "sprites", Material: "material", Scene: "scene", Tileset: "tileset"}


class ModelService(model_service_pb2_grpc.ModelServiceServicer):
    """The door to the catalogue."""

    def __init__(self, catalogue: Catalogue) -> None:
        self._catalogue = catalogue

    @unary
    async def ListModels(self, request: wire.ListModelsRequest, context: Context) -> wire.ListModelsResponse:
        default = self._catalogue.default
        entries = sorted(self._catalogue.entries.items(), key=lambda item: (item[0] != default, item[0]))
        return wire.ListModelsResponse(models=[convert.model(entry, name == default) for name, entry in entries])

    @unary
    async def GetModel(self, request: wire.GetModelRequest, context: Context) -> wire.GetModelResponse:
        model_id = request.name.removeprefix("models/")
        if model_id not in self._catalogue.entries:
            raise NotFoundError(f"models/{model_id[:80]} does not exist; list them to see those that do")
        entry = self._catalogue.entries[model_id]
        model = convert.model(entry, model_id == self._catalogue.default)
        model.card_json = json.dumps(asdict(entry.card), ensure_ascii=False)
        return wire.GetModelResponse(model=model)


class ServerService(server_service_pb2_grpc.ServerServiceServicer):
    """What this server is."""

    @unary
    async def GetServer(
        self, request: server_service_pb2.GetServerRequest, context: Context
    ) -> server_service_pb2.GetServerResponse:
        formats = [
            server_service_pb2.ExportFormat(name=name, title=exporter.title, takes=TAKES[exporter.takes])
            for name, exporter in EXPORTERS.items()
        ]
        return server_service_pb2.GetServerResponse(
            version=version("limner"), extensions=EXTENSIONS, export_formats=list(EXPORTERS), formats=formats
        )
