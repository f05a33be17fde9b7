"""What the plugins for Blender and Unreal share: the HTTP door and the following of a drawing, with the standard library alone."""

import asyncio
import importlib.util
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from limner.client.testing import flat_picture
from limner.server.config import ServerConfig
from limner.server.service import running
from tests.consumers.flat_door import FlatDoor
from tests.consumers.live_art import publish
from tests.consumers.older import older
from tests.consumers.served import served

FOLDER = Path(__file__).parents[2] / "clients" / "blender" / "limner"
PATIENCE_S = 30


def loaded() -> ModuleType:
    """The shared modules as a package, without the add-on around them."""
    package = ModuleType("plugin")
    package.__path__ = [str(FOLDER)]
    sys.modules["plugin"] = package
    for name in ("door", "drawing", "following"):
        spec = importlib.util.spec_from_file_location(f"plugin.{name}", FOLDER / f"{name}.py")
        assert spec
        assert spec.loader
        module = importlib.util.module_from_spec(spec)
        sys.modules[spec.name] = module
        spec.loader.exec_module(module)
        setattr(package, name, module)
    return package


PLUGIN: Any = loaded()
Door, DoorError = PLUGIN.door.Door, PLUGIN.door.DoorError


@pytest.fixture
def world() -> Iterator[FlatDoor]:
    with FlatDoor() as world:
        yield world


def finished(drawing: Any) -> Any:
    """The last event of a drawing."""
    while True:
        event = drawing.events.get(timeout=PATIENCE_S)
        if isinstance(event, PLUGIN.drawing.Finished):
            return event


def started(world: FlatDoor, prompt: str, **more: str) -> Any:
    drawing = PLUGIN.drawing.Drawing(Door(world.url), PLUGIN.drawing.picture_brief(prompt, seed=5), **more)
    drawing.start()
    return drawing


def test_a_picture_arrives_byte_by_byte(world: FlatDoor) -> None:
    done = finished(started(world, "a hero", export="png", stem="hero"))
    assert done.error == ""
    assert [picture.png for picture in done.pictures] == [flat_picture("a hero", 5, 32)]
    assert done.files == {"hero/1.png": flat_picture("a hero", 5, 32)}


def test_a_drawing_outlives_the_server(world: FlatDoor) -> None:
    drawing = started(world, "wait for the server")
    assert world.watched.wait(PATIENCE_S)
    world.watched.clear()
    world.stop()
    world.start()
    assert world.watched.wait(PATIENCE_S), "it follows the same generation again"
    world.release(drawing.name)
    assert finished(drawing).pictures[0].png == flat_picture("wait for the server", 5, 32)
    assert len(world.created) == 1


def test_a_cancelled_drawing_is_cancelled_on_the_server(world: FlatDoor) -> None:
    drawing = started(world, "wait for ever")
    assert world.watched.wait(PATIENCE_S)
    drawing.cancel()
    assert finished(drawing).cancelled
    (generation,) = world.generations.values()
    assert generation.state == generation.STATE_CANCELLED


def test_previews_arrive_while_it_is_drawn(world: FlatDoor) -> None:
    drawing = started(world, "a hero")
    while not (event := drawing.events.get(timeout=PATIENCE_S)).preview:
        assert event.share < 1
    assert (event.share, event.preview) == (0.5, flat_picture("a hero", 5, 2))


def test_a_drawing_that_fails_says_why(world: FlatDoor) -> None:
    assert finished(started(world, "fail to draw")).error == "the paint is dry"


def test_what_must_be_changed_is_named(world: FlatDoor) -> None:
    assert finished(started(world, "")).error.endswith("generation.image.prompt: is empty; write what to draw")


def test_a_server_that_lacks_a_method_is_too_old(world: FlatDoor) -> None:
    with pytest.raises(DoorError, match=r"is too old for this \(.*\); update it") as fault:
        Door(world.url).call("LaterService/GetLater", {})
    assert fault.value.reason == "too-old"


def test_nobody_there_and_nonsense_are_told_apart() -> None:
    with pytest.raises(DoorError, match=r"start one with: limner serve --web HOST:PORT$") as fault:
        Door("http://127.0.0.1:9").call("ServerService/GetServer", {})
    assert fault.value.reason == "absent"
    with pytest.raises(DoorError, match="is no address of a server"):
        Door("127.0.0.1:8080")


async def test_a_refused_key_is_said_to_be_that(tmp_path: Path) -> None:

    config = ServerConfig.of(
        {"listen": "127.0.0.1:0", "web": "127.0.0.1:0", "data_dir": str(tmp_path), "grace_s": 0.0, "access": "keys"}
    )
    async with running(config) as server:
        door = Door(f"http://{server.web}", "no-such-key")
        with pytest.raises(DoorError, match="refuses the key") as fault:
            await asyncio.to_thread(door.call, "GenerationService/ListGenerations", {})
    assert fault.value.reason == "key"


def told(following: Any, kind: str) -> Any:
    """The next news of a kind, the others left out."""
    while True:
        news = following.news.get(timeout=PATIENCE_S)
        if type(news).__name__ == kind:
            return news


def test_changes_are_told_once_each_through_a_restart(tmp_path: Path) -> None:
    with served(tmp_path / "served") as server:
        following = PLUGIN.following.Following(Door(server.url), "game")
        following.start()
        told(following, "Connected")
        publish(server, {"one.png": b"1"}, tmp_path)
        assert told(following, "Changed").path == (tmp_path / "one.png").resolve()
        server.stop()
        while "start one with: limner serve" not in told(following, "Lost").message:
            pass  # first it says that it stops
        server.start()
        publish(server, {"two.png": b"2"}, tmp_path)
        publish(server, {"far/three.png": b"3"})  # without a folder it is on another machine
        publish(server, {"four.png": b"4"}, tmp_path)
        assert [told(following, "Changed").path.name for _ in range(2)] == ["two.png", "four.png"]
        following.stop()


def test_a_refused_key_and_a_server_that_is_too_old_are_said_once(tmp_path: Path) -> None:
    with older() as url:
        old = PLUGIN.following.Following(Door(url))
        old.start()
        lost = told(old, "Lost")
    assert ("is too old" in lost.message, lost.final) == (True, True)
    with served(tmp_path, access="keys") as server:
        shut = PLUGIN.following.Following(Door(server.url, "wrong"))
        shut.start()
        lost = told(shut, "Lost")
        assert ("refuses the key" in lost.message, lost.final) == (True, True)
