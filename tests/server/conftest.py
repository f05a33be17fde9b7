"""A real server over a real socket, drawing with a world that has a known solution."""

import dataclasses
import hashlib
import json
import tempfile
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path
from typing import Any

import grpc
import onnx
import pytest
from onnx import TensorProto, helper
from sqlalchemy import text

from limner.generators.cards import ModelCard
from limner.server.config import ServerConfig
from limner.server.database import Database, open_database, open_shared
from limner.server.service import running
from limner.v1 import (
    asset_service_pb2_grpc,
    briefs_pb2,
    generation_pb2,
    generation_service_pb2,
    generation_service_pb2_grpc,
    model_service_pb2_grpc,
    server_service_pb2_grpc,
)

from .databases import postgres

WORLD = "gaussian-world"
SIZE = 32
STD = 0.5


@dataclasses.dataclass(frozen=True)
class Client:
    """The stubs of one channel."""

    channel: grpc.aio.Channel
    generations: Any
    assets: Any
    models: Any
    server: Any

    @classmethod
    def of(cls, channel: grpc.aio.Channel) -> "Client":
        return cls(
            channel,
            generation_service_pb2_grpc.GenerationServiceStub(channel),
            asset_service_pb2_grpc.AssetServiceStub(channel),
            model_service_pb2_grpc.ModelServiceStub(channel),
            server_service_pb2_grpc.ServerServiceStub(channel),
        )

    async def create(self, request_id: str = "", **fields: Any) -> generation_pb2.Generation:
        """Ask for a small picture of the world."""
        reply = await self.generations.CreateGeneration(asked(request_id, **fields))
        generation: generation_pb2.Generation = reply.generation
        return generation

    async def ended(self, name: str, after: int = 0) -> generation_pb2.Generation:
        """The generation once it has ended."""
        request = generation_service_pb2.WatchGenerationRequest(name=name, after_sequence=after)
        async for reply in self.generations.WatchGeneration(request):
            last: generation_pb2.Generation = reply.event.generation
        return last

    async def read(self, name: str) -> bytes:
        from limner.v1 import asset_service_pb2

        request = asset_service_pb2.ReadAssetRequest(name=name)
        return b"".join([reply.data async for reply in self.assets.ReadAsset(request)])


def asked(request_id: str = "", **fields: Any) -> generation_service_pb2.CreateGenerationRequest:
    """A request that the world draws in a moment; `fields` are those of the brief."""
    steps = fields.pop("steps", 4)
    values = {"prompt": "a red dragon", "model": f"models/{WORLD}", "seed": 7, **fields}
    brief = briefs_pb2.ImageBrief(**{key: value for key, value in values.items() if value is not None})
    brief.sampling.steps = steps
    return generation_service_pb2.CreateGenerationRequest(
        generation=generation_pb2.Generation(image=brief), request_id=request_id
    )


@pytest.fixture(scope="session")
def models(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of models that holds the Gaussian world."""
    folder = tmp_path_factory.mktemp("models")
    write_world(folder / WORLD)
    return folder


Opened = Callable[..., AbstractAsyncContextManager[Client]]


@pytest.fixture
def settings(tmp_path: Path, models: Path) -> dict[str, Any]:
    return {
        "listen": "127.0.0.1:0",
        "data_dir": str(tmp_path / "data"),
        "model_dirs": [str(models)],
        "grace_s": 5.0,
        "worker": "inside",
    }


@pytest.fixture
def opened(settings: dict[str, Any]) -> Opened:
    """Opens a server with changed settings, and a client of it."""

    @asynccontextmanager
    async def open_server(**changes: Any) -> AsyncIterator[Client]:
        async with (
            running(ServerConfig.of({**settings, **changes})) as server,
            grpc.aio.insecure_channel(server.address) as channel,
        ):
            yield Client.of(channel)

    return open_server


@pytest.fixture
async def client(opened: Opened) -> AsyncIterator[Client]:
    async with opened() as found:
        yield found


def write_world(folder: Path, *, size: int = SIZE) -> None:
    """A model whose pictures are Gaussian: the exact denoiser as an ONNX file, its mean decided by the prompt."""
    folder.mkdir(parents=True)
    content = world(size).SerializeToString()
    (folder / "unet.onnx").write_bytes(content)
    card = ModelCard(
        id=folder.name, family="imagen", title="Gaussian world", version="1", licence="Apache-2.0", sizes=(size,),
        files={"unet.onnx": hashlib.sha256(content).hexdigest()}, sigma_data=STD, sigma_min=0.02, sigma_max=20.0,
        steps=8, guidance_scale=3.0, sampler="heun", schedule="karras", kinds=("item",), styles=("pixel",),
        parameters=0, max_abs_error=0.0, training_sources=("a formula",), limits=("draws noise",), training={},
    )  # fmt: skip
    (folder / "card.json").write_text(json.dumps(dataclasses.asdict(card)))


def world(size: int) -> onnx.ModelProto:
    """denoised = mean + (x - mean) * std² / (std² + sigma²), with the mean of each channel from the pooled text."""
    real, whole, flag = TensorProto.FLOAT, TensorProto.INT64, TensorProto.BOOL
    inputs = [
        helper.make_tensor_value_info("x", real, ["n", 4, size, size]),
        helper.make_tensor_value_info("sigma", real, ["n"]),
        helper.make_tensor_value_info("tokens", real, ["n", "l", 1280]),
        helper.make_tensor_value_info("token_mask", flag, ["n", "l"]),
        helper.make_tensor_value_info("pooled", real, ["n", 512]),
        helper.make_tensor_value_info("kind", whole, ["n"]),
        helper.make_tensor_value_info("style", whole, ["n"]),
    ]
    output = helper.make_tensor_value_info("denoised", real, ["n", 4, size, size])
    constants = [
        helper.make_tensor("variance", real, [], [STD**2]),
        helper.make_tensor("column", whole, [4], [-1, 1, 1, 1]),
        helper.make_tensor("square", whole, [4], [-1, 4, 1, 1]),
        helper.make_tensor("zero", whole, [1], [0]),
        helper.make_tensor("four", whole, [1], [4]),
        helper.make_tensor("one", whole, [1], [1]),
    ]
    nodes = [
        helper.make_node("Slice", ["pooled", "zero", "four", "one"], ["first"]),
        helper.make_node("Reshape", ["first", "square"], ["mean"]),
        helper.make_node("Mul", ["sigma", "sigma"], ["noise"]),
        helper.make_node("Add", ["noise", "variance"], ["total"]),
        helper.make_node("Div", ["variance", "total"], ["kept"]),
        helper.make_node("Reshape", ["kept", "column"], ["factor"]),
        helper.make_node("Sub", ["x", "mean"], ["offset"]),
        helper.make_node("Mul", ["offset", "factor"], ["pulled"]),
        helper.make_node("Add", ["pulled", "mean"], ["denoised"]),
    ]
    graph = helper.make_graph(nodes, "gaussian-world", inputs, [output], constants)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9)
    onnx.checker.check_model(model)
    return model


@pytest.fixture(scope="session")
def postgres_url() -> Iterator[str]:
    """A Postgres for the whole run; its folder lies where the database's own user may go."""
    with tempfile.TemporaryDirectory(prefix="limner-pg-") as folder:
        Path(folder).chmod(0o755)
        with postgres(Path(folder)) as url:
            yield url


@pytest.fixture(params=["sqlite", "postgres"])
async def database(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Database]:
    """An empty database of each kind."""
    opened: Database
    if request.param == "sqlite":
        opened = await open_database(tmp_path / "jobs.db")
    else:
        opened = await open_shared(request.getfixturevalue("postgres_url"))
        await emptied(opened)
    yield opened
    await opened.dispose()


async def emptied(database: Database) -> None:
    every = "generations, assets, asset_changes, keys, buckets"
    await database.run(lambda connection: connection.execute(text(f"TRUNCATE {every}")))
