"""A game hears of changes from a real server, through its absence."""

import hashlib
import io
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import grpc
import pytest
from PIL import Image

from limner.client import Client
from limner.client.live import Live, Picture
from limner.client.live.server import Server
from limner.client.live.sources import Arrived
from limner.client.testing import FlatWorld, flat_picture
from limner.v1.asset_pb2 import ProjectFile, Publication
from limner.v1.briefs_pb2 import ImageBrief
from tests.client.live.live_art import png, rgba
from tests.consumers.served import served

PATIENCE_S = 30


class Noted(Live):
    """Sets `arrival` when a picture has arrived, `message` when there is something to say."""

    def __init__(self, source: Server) -> None:
        self.arrival, self.message = threading.Event(), threading.Event()
        self.told: list[str] = []
        self.seen: list[Picture] = []
        super().__init__(source, tell=self.told.append)

    def put(self, arrived: Arrived) -> None:
        super().put(arrived)
        self.arrival.set()

    def say(self, message: str) -> None:
        super().say(message)
        self.message.set()

    def apply(self, picture: Picture) -> None:
        self.seen.append(picture)

    def next_frame(self) -> list[str]:
        """What the frame changes in which the next picture is there."""
        assert self.arrival.wait(PATIENCE_S)
        self.arrival.clear()
        return self.poll()


@pytest.fixture
def world() -> Iterator[FlatWorld]:
    with FlatWorld() as world:
        yield world


@pytest.fixture
def source(world: FlatWorld, tmp_path: Path) -> Server:
    (tmp_path / "art").mkdir()
    (tmp_path / "art" / "hero.png").write_bytes(png(4, 3, 1))
    return Server(tmp_path, world.address, below="art")


def publish(world: FlatWorld, content: bytes, asset: str = "") -> None:
    file = ProjectFile(path="art/hero.png", digest=hashlib.sha256(content).hexdigest(), size_bytes=len(content))
    with Client(world.address) as client:
        client.publish_asset_changes(
            [Publication(project="game", key="hero.asset.toml#hero", files=[file], asset=asset)]
        )


def test_a_file_that_the_server_tells_of_is_read_from_the_disk(
    world: FlatWorld, source: Server, tmp_path: Path
) -> None:
    with Noted(source) as live:
        live.follow("hero.png", live.apply)
        assert source.connected.wait(PATIENCE_S)
        (tmp_path / "art" / "hero.png").write_bytes(png(4, 3, 2))
        publish(world, png(4, 3, 2))
        assert live.next_frame() == ["hero.png"]
    assert [picture.rgba for picture in live.seen] == [rgba(png(4, 3, 2))]


def test_on_another_machine_the_picture_comes_from_the_server(world: FlatWorld, source: Server) -> None:
    with Noted(source) as live, Client(world.address) as client:
        live.follow("hero.png", live.apply)
        assert source.connected.wait(PATIENCE_S)
        (drawn,) = client.draw(ImageBrief(prompt="a hero", seed=3))
        publish(world, b"what the project's machine wrote", drawn.asset.name)
        assert live.next_frame() == ["hero.png"]
    shown = Image.open(io.BytesIO(flat_picture("a hero", 3, 32)))
    assert live.seen == [Picture(32, 32, shown.tobytes())]


def test_a_game_outlives_its_server_and_misses_nothing(world: FlatWorld, source: Server, tmp_path: Path) -> None:
    with Noted(source) as live:
        live.follow("hero.png", live.apply)
        assert source.connected.wait(PATIENCE_S)
        world.stop()
        assert live.message.wait(PATIENCE_S)
        assert live.poll() == []
        world.start()
        (tmp_path / "art" / "hero.png").write_bytes(png(4, 3, 2))
        publish(world, png(4, 3, 2))
        assert live.next_frame() == ["hero.png"]
    (message,) = live.told
    assert message.startswith(f"{world.address}: ")
    assert message.endswith("; trying again")


def test_a_change_that_cannot_be_had_is_told(world: FlatWorld, source: Server) -> None:
    with Noted(source) as live:
        live.follow("hero.png", live.apply)
        assert source.connected.wait(PATIENCE_S)
        publish(world, b"written elsewhere")
        assert live.message.wait(PATIENCE_S)
        live.poll()
    assert live.told == ["art/hero.png has changed elsewhere; copy it here to see it"]
    assert live.seen == []


def test_a_refused_key_is_said_once_and_the_game_goes_on(tmp_path: Path) -> None:
    key = tmp_path / "key"
    key.write_text("limner_wrong_key")
    key.chmod(0o600)
    (tmp_path / "hero.png").write_bytes(png(4, 3, 1))
    with served(tmp_path / "served", access="keys") as server:
        with Noted(Server(tmp_path, server.address, key_file=key)) as live:
            live.follow("hero.png", live.apply)
            assert live.message.wait(PATIENCE_S)
            assert live.poll() == []
        assert len(live.told) == 1
        assert "key" in live.told[0]
        assert live.told[0].endswith("; pictures change no more")


def test_a_server_that_is_too_old_is_said_once_and_the_game_goes_on(tmp_path: Path) -> None:
    (tmp_path / "hero.png").write_bytes(png(4, 3, 1))
    older = grpc.server(ThreadPoolExecutor(1))  # knows no method
    port = older.add_insecure_port("127.0.0.1:0")
    older.start()
    with Noted(Server(tmp_path, f"127.0.0.1:{port}")) as live:
        live.follow("hero.png", live.apply)
        assert live.message.wait(PATIENCE_S)
        assert live.poll() == []
    older.stop(None).wait()
    assert len(live.told) == 1
    assert "update" in live.told[0]
    assert live.told[0].endswith("; pictures change no more")
