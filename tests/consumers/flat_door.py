"""The flat world behind an HTTP door: pictures that wait to be released, for clients that cancel or lose the connection."""

from functools import partial

from prometheus_client import CollectorRegistry, Histogram

from limner.client.testing import Assets, Describe, FlatWorld, Generations
from limner.server import access
from limner.server.config import ServerConfig
from limner.server.interceptors import Edge
from limner.server.web.connect import Services
from limner.server.web.door import NEVER_S, Door
from limner.server.web.messages import read
from limner.v1 import asset_service_pb2_grpc, generation_service_pb2_grpc, server_service_pb2_grpc


class FlatDoor(FlatWorld):
    """A flat world that answers at `url` too, at the same place after every start. An old one knows of no assets yet."""

    def __init__(self, *, old: bool = False) -> None:
        super().__init__()
        self._old = old
        self._web = "127.0.0.1:0"

    @property
    def url(self) -> str:
        return f"http://{self._web}"

    def stop(self) -> None:
        self._run(self._close())

    async def _start(self) -> None:
        await super()._start()
        services = [
            partial(generation_service_pb2_grpc.add_GenerationServiceServicer_to_server, Generations(self)),
            partial(server_service_pb2_grpc.add_ServerServiceServicer_to_server, Describe()),
        ]
        if not self._old:
            services.append(partial(asset_service_pb2_grpc.add_AssetServiceServicer_to_server, Assets(self)))
        seconds = Histogram("seconds", "Time", ["method", "code"], registry=CollectorRegistry())
        config = ServerConfig.of({})
        edge = Edge(access.everybody, seconds, NEVER_S, read)
        self._door = Door(config, self._web, Services(services, edge, config.max_message_bytes))
        self._door.start()
        self._web = self._door.address

    async def _close(self) -> None:
        await self._door.stop(0)
        await self._server.stop(0)
