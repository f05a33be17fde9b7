"""The plugin for Unreal: run against stand-ins of the editor's API and a live server. No Unreal was there."""

import filecmp
import hashlib
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from limner.client import Client
from tests.consumers.browser import EngineError
from tests.consumers.live_art import png, publish, same_files
from tests.consumers.pictures import corners
from tests.consumers.served import Served, served

ROOT = Path(__file__).parents[2]
PLUGIN = ROOT / "clients" / "unreal" / "Limner"
PYTHON = PLUGIN / "Content" / "Python"
CONSUMERS = ROOT / "tests" / "consumers"
ROLES = ("albedo", "normal", "height", "roughness", "ao", "metallic")
SHARP = {"filter": "TF_NEAREST", "mip_gen_settings": "TMGS_NO_MIPMAPS"}
NUMBERS = {**SHARP, "compression_settings": "TC_MASKS", "srgb": False}


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with served(tmp_path_factory.mktemp("served")) as server:
        yield server


@pytest.fixture(scope="module")
def saved(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("project") / "Saved"


@pytest.fixture(scope="module")
def answer(server: Served, saved: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What the editor says after the whole visit."""
    folder = tmp_path_factory.mktemp("unreal")
    asked, report = folder / "asked.json", folder / "report.json"
    maps = {role: png(corners(4, 4, seed)).hex() for seed, role in enumerate(ROLES)}
    settings = {
        "saved": str(saved),
        "url": server.url,
        "model": server.model,
        "absent": "http://127.0.0.1:9",
        "maps": maps,
    }
    asked.write_text(json.dumps(settings))
    env = os.environ | {"PYTHONPATH": os.pathsep.join(map(str, (PYTHON, CONSUMERS / "unreal")))}
    script = CONSUMERS / "scripts" / "unreal_visit.py"
    done = subprocess.run(
        [sys.executable, str(script), str(asked), str(report)], capture_output=True, text=True, timeout=120, env=env
    )
    if done.returncode:
        raise EngineError(done.stdout + done.stderr)
    answer: dict[str, Any] = json.loads(report.read_text())
    return answer


def test_the_menu_has_its_entries(answer: dict[str, Any]) -> None:
    assert answer["menu"] == ["Draw Sprites…", "Draw Texture…", "Cancel Drawing", "Follow Changes", "Limner Settings…"]


def test_it_says_that_no_server_answers_and_how_to_start_one(answer: dict[str, Any]) -> None:
    level, message = answer["absent"][-1]
    assert level == "dialog"
    assert message.startswith("no Limner server answers at http://127.0.0.1:9 (")
    assert message.endswith("); start one with: limner serve --web HOST:PORT")


def test_it_asks_for_a_prompt(answer: dict[str, Any]) -> None:
    assert answer["empty"] == [["error", "Limner: write what to draw first"]]


def test_pictures_become_sprites_of_paper2d(server: Served, saved: Path, answer: dict[str, Any]) -> None:
    assert answer["sprites"]["assets"] == {
        "/Game/Art/Textures/a_red_dragon": {"kind": "Texture2D"},
        "/Game/Art/Frames/a_red_dragon-1": {"kind": "PaperSprite"},
        "/Game/Art/Frames/a_red_dragon-2": {"kind": "PaperSprite"},
    }
    assert answer["sprites"]["said"][-1] == ["log", "Limner: imported 2 assets into /Game/Art"]
    with Client(server.address) as client:
        (generation,) = [found for found in client.generations() if found.image.prompt == "a red dragon"]
        names = [asset.name for asset in generation.assets]
        files = client.export(names, "paper2d", stem="a_red_dragon")
    assert same_files(saved / "Limner" / "a_red_dragon", files)


def test_a_texture_becomes_a_material(answer: dict[str, Any]) -> None:
    assets = answer["texture"]["assets"]
    assert assets["/Game/Art/T_grey_stone_albedo"]["kind"] == "Texture2D"
    material = assets["/Game/Art/M_grey_stone"]
    assert material["MP_BASE_COLOR"] == ["/Game/Art/T_grey_stone_albedo", "RGB", "SAMPLERTYPE_COLOR"]
    assert answer["texture"]["said"][-1] == ["log", "Limner: made /Game/Art/M_grey_stone.M_grey_stone"]


def test_every_map_is_read_as_what_it_is_and_reaches_its_input(answer: dict[str, Any]) -> None:
    assert answer["maps"]["assets"] == {
        "/Game/Art/T_stone_albedo": {"kind": "Texture2D", **SHARP, "compression_settings": "TC_EDITOR_ICON"},
        "/Game/Art/T_stone_normal": {
            "kind": "Texture2D", **SHARP, "compression_settings": "TC_NORMALMAP", "flip_green_channel": True, "srgb": False,
        },
        **{f"/Game/Art/T_stone_{role}": {"kind": "Texture2D", **NUMBERS} for role in ROLES[2:]},
        "/Game/Art/M_stone": {
            "kind": "Material",
            "MP_BASE_COLOR": ["/Game/Art/T_stone_albedo", "RGB", "SAMPLERTYPE_COLOR"],
            "MP_NORMAL": ["/Game/Art/T_stone_normal", "RGB", "SAMPLERTYPE_NORMAL"],
            "MP_ROUGHNESS": ["/Game/Art/T_stone_roughness", "R", "SAMPLERTYPE_MASKS"],
            "MP_AMBIENT_OCCLUSION": ["/Game/Art/T_stone_ao", "R", "SAMPLERTYPE_MASKS"],
            "MP_METALLIC": ["/Game/Art/T_stone_metallic", "R", "SAMPLERTYPE_MASKS"],
        },
    }  # fmt: skip


def test_a_texture_follows_its_file(server: Served, tmp_path: Path) -> None:
    """A file is imported, published with other pixels, and imported anew in its place; another texture is left alone."""
    for name, seed in (("hero", 1), ("rock", 2)):
        (tmp_path / f"{name}.png").write_bytes(png(corners(4, 4, seed)))
    told = run("unreal_follow.py", {"url": server.url, "folder": str(tmp_path)}, tmp_path, server)
    assert told["before"] == {
        "/Game/Art/hero": digest(png(corners(4, 4, 1))),
        "/Game/Art/rock": digest(png(corners(4, 4, 2))),
    }
    assert told["after"] == told["before"] | {"/Game/Art/hero": digest(png(corners(4, 4, 9)))}
    assert told["said"] == [
        ["log", "Limner: follows changes"],
        ["log", "Limner: imported 1 assets anew"],
        ["log", "Limner: follows changes no more"],
    ]


def run(script: str, asked: dict[str, Any], folder: Path, server: Served) -> dict[str, Any]:
    """The answer of the stand-in, while its question about a change is answered: it asks by a line on stdout."""
    (folder / "asked.json").write_text(json.dumps(asked))
    env = os.environ | {"PYTHONPATH": os.pathsep.join(map(str, (PYTHON, CONSUMERS / "unreal")))}
    command = [sys.executable, str(CONSUMERS / "scripts" / script), str(folder / "asked.json")]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=env) as editor:
        assert editor.stdout
        assert editor.stderr
        assert editor.stdout.readline().strip() == "following", editor.stderr.read()
        publish(server, {"hero.png": png(corners(4, 4, 9))}, folder)
        answer: dict[str, Any] = json.loads(editor.stdout.readline() or json.dumps(editor.stderr.read()))
    return answer


def digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def test_the_plugin_names_the_plugins_that_it_needs() -> None:
    plugin = json.loads((PLUGIN / "Limner.uplugin").read_text())
    assert plugin["FileVersion"] == 3
    assert {one["Name"] for one in plugin["Plugins"]} == {"PythonScriptPlugin", "EditorScriptingUtilities", "Paper2D"}


@pytest.mark.parametrize("name", ["door.py", "drawing.py", "following.py"])
def test_blender_and_unreal_hold_the_same_copy(name: str) -> None:
    assert filecmp.cmp(ROOT / "clients" / "blender" / "limner" / name, PYTHON / "limner_unreal" / name, shallow=False)
