"""The package for Unity: compiled against stand-ins of the engine, run against live servers."""

import concurrent.futures
import hashlib
import json
import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from limner.client import Client
from limner.client.testing import flat_picture
from limner.v1.asset_pb2 import ProjectFile, Publication
from tests.consumers.flat_door import FlatDoor
from tests.consumers.live_art import same_files
from tests.consumers.older import older
from tests.consumers.served import Served, served
from tests.consumers.unity_visit import COMPILER, PACKAGE, PROGRAM, Unity, compiled, unity

PATIENCE_S = 60

needs_mono = pytest.mark.skipif(
    not (shutil.which(COMPILER) and shutil.which(PROGRAM)),
    reason="needs Mono: apt-get install mono-mcs mono-runtime libmono-system-web-extensions4.0-cil",
)


@pytest.fixture(scope="module")
def program(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return compiled(tmp_path_factory.mktemp("mono"))


@pytest.fixture
def engine(program: Path, tmp_path: Path) -> Iterator[Unity]:
    with unity(program, tmp_path / "project") as engine:
        yield engine


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with served(tmp_path_factory.mktemp("served")) as server:
        yield server


@pytest.fixture
def world() -> Iterator[FlatDoor]:
    with FlatDoor() as world:
        yield world


@needs_mono
def test_it_draws_into_the_project_what_the_server_exports(engine: Unity, server: Served) -> None:
    engine.asks("server", server.url)
    answer = engine.asks("draw", f"{server.model}|7|2|Assets/Limner|a red dragon")
    assert answer["fault"] == ""
    with Client(server.address) as client:
        names = [asset.name for asset in client.get(answer["name"]).assets]
        files = client.export(names, "unity", stem="a-red-dragon")
    assert same_files(engine.project / "Assets" / "Limner", files)
    assert files.keys() == {"a-red-dragon.png", "a-red-dragon.png.meta"}
    assert answer["paths"] == ["Assets/Limner/a-red-dragon.png"]
    assert answer["asked"] == ["start", "stop", "refresh", "import Assets/Limner/a-red-dragon.png"]
    assert answer["shares"] == sorted(answer["shares"])
    assert answer["shares"][-1] == 1


@needs_mono
@pytest.mark.parametrize("folder", ["Assets/../Outside", "/tmp", "Library"])
def test_it_writes_into_assets_alone(engine: Unity, server: Served, folder: str) -> None:
    engine.asks("server", server.url)
    answer = engine.asks("draw", f"{server.model}|7|1|{folder}|a red dragon")
    assert answer["fault"] == f"{folder} is not in Assets; name a folder below it"
    assert not list((engine.project / "Assets").iterdir())


@needs_mono
def test_it_says_what_is_wrong_and_what_to_do(engine: Unity, server: Served) -> None:
    engine.asks("server", "http://127.0.0.1:9")
    fault = engine.asks("describe")["fault"]
    assert re.fullmatch(
        r"no Limner server answers at http://127\.0\.0\.1:9 \(.*\); start one with: limner serve --web HOST:PORT", fault
    )
    engine.asks("server", "nonsense")
    assert engine.asks("describe")["fault"].startswith('"nonsense" is no address of a server; write it as http://')
    engine.asks("server", f"http://{server.address}")  # the other door speaks HTTP/2
    assert engine.asks("describe")["fault"] != ""
    engine.asks("server", server.url)
    answer = engine.asks("draw", "no-such-model|7|1|Assets|a red dragon")
    assert answer["reason"] == "Invalid"
    assert "no-such-model" in answer["fault"]


@needs_mono
def test_a_refused_key_and_a_server_that_is_too_old_are_told_in_a_sentence(engine: Unity, tmp_path: Path) -> None:
    with served(tmp_path, access="keys") as locked:
        engine.asks("server", locked.url)
        engine.asks("key", "wrong")
        told = engine.asks("describe")["fault"]
    engine.asks("key", "")
    assert "refuses the key" in told
    assert "enter a valid one" in told
    with older() as url:
        engine.asks("server", url)
        assert "is too old for this" in engine.asks("describe")["fault"]


@needs_mono
def test_a_drawing_outlives_the_server(engine: Unity, world: FlatDoor) -> None:
    engine.asks("server", world.url)
    with concurrent.futures.ThreadPoolExecutor(1) as thread:
        answer = thread.submit(engine.asks, "draw", "|5|1|Assets|wait for the server")
        assert world.watched.wait(PATIENCE_S)
        world.watched.clear()
        world.stop()
        world.start()
        assert world.watched.wait(PATIENCE_S), "it follows the same generation again"
        (name,) = world.generations
        world.release(name)
        drawn = answer.result(PATIENCE_S)
    assert drawn["fault"] == ""
    assert drawn["preview"]
    (path,) = drawn["paths"]
    assert (engine.project / path).read_bytes() == flat_picture("wait for the server", 5, 32)
    assert len(world.created) == 1


@needs_mono
def test_a_cancelled_drawing_is_cancelled_on_the_server(engine: Unity, world: FlatDoor) -> None:
    engine.asks("server", world.url)
    answer = engine.asks("cancel", "|5|1|Assets|wait for ever")
    assert (answer["reason"], answer["paths"]) == ("Cancelled", [])
    (generation,) = world.generations.values()
    assert generation.state == generation.STATE_CANCELLED


def publication(folder: Path, *paths: str, gone: str = "") -> Publication:
    files = [ProjectFile(path=path, digest=hashlib.sha256(path.encode()).hexdigest()) for path in paths]
    return Publication(
        project="game", folder=str(folder), key="x#x", files=[*files, *([ProjectFile(path=gone)] if gone else [])]
    )


@needs_mono
def test_files_that_the_watcher_writes_are_imported_again(engine: Unity, tmp_path: Path) -> None:
    with served(tmp_path / "served") as server:
        engine.asks("server", server.url)
        engine.asks("follow")
        with Client(server.address) as client:
            client.publish_asset_changes(
                [
                    publication(
                        engine.project, "Assets/hero.png", "Assets/hero.png.meta", "README.md", gone="Assets/old.png"
                    )
                ]
            )
            assert engine.asks("changes", "3")["asked"] == [
                "import Assets/hero.png",
                "import Assets/hero.png",
                "refresh",
            ]
            client.publish_asset_changes([publication(engine.project / "Assets" / "art", "tree.png")])
            assert engine.asks("changes", "1")["asked"] == ["import Assets/art/tree.png"]
        server.stop()
        server.start()
        with Client(server.address) as client:
            client.publish_asset_changes([publication(engine.project, "Assets/late.png")])
        answer = engine.asks("changes", "1")
        assert answer["asked"] == ["import Assets/late.png"]
        assert len(answer["warnings"]) <= 1, "once, not at every attempt"


@needs_mono
def test_requests_are_json(engine: Unity) -> None:
    assert json.loads(engine.asks("json")["text"]) == {'a"\\\n': [1, "2", True, None, 0.5, "高"]}


@needs_mono
def test_a_prompt_names_its_files(engine: Unity) -> None:
    assert engine.asks("stem", "一瓶 green Potion!!")["stem"] == "green-potion"
    assert re.fullmatch(r"drawing-[0-9a-f]{8}", engine.asks("stem", "城堡")["stem"])
    assert engine.asks("stem", "城堡") == engine.asks("stem", "城堡")
    assert engine.asks("stem", "城堡") != engine.asks("stem", "森林")


def test_every_file_has_its_meta_with_an_id_of_its_own() -> None:
    """Unity leaves files without a .meta out of a package that it fetched from git."""
    paths = [path for path in PACKAGE.rglob("*") if path.suffix != ".meta"]
    metas = [path.with_name(f"{path.name}.meta") for path in paths]
    assert set(PACKAGE.rglob("*.meta")) == set(metas)
    ids = [re.search(r"^guid: ([0-9a-f]{32})$", meta.read_text(), re.MULTILINE) for meta in metas]
    assert len({found[1] for found in ids if found}) == len(paths)


def test_the_package_says_what_unity_wants_to_know() -> None:
    package = json.loads((PACKAGE / "package.json").read_text())
    assert re.fullmatch(r"[a-z0-9.-]+", package["name"])
    assert re.fullmatch(r"\d+\.\d+\.\d+", package["version"])
    runtime, editor = (
        json.loads((PACKAGE / folder / f"Limner.{folder}.asmdef").read_text()) for folder in ("Runtime", "Editor")
    )
    assert editor["references"] == [runtime["name"]]
    assert editor["includePlatforms"] == ["Editor"]
