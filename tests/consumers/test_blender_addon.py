"""The add-on in Blender itself, installed as a person does it, against a live server."""

import io
import json
import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from limner.atlas.sprites import Pixels
from limner.client import Client
from tests.consumers.blender import PROGRAM
from tests.consumers.browser import EngineError
from tests.consumers.live_art import publish
from tests.consumers.pictures import corners
from tests.consumers.served import Served, served

ROOT = Path(__file__).parents[2]
SCRIPTS = ROOT / "tests" / "consumers" / "scripts"
ROLES = ("albedo", "normal", "height", "roughness", "ao", "metallic")

pytestmark = pytest.mark.skipif(
    not shutil.which(PROGRAM), reason="needs Blender: apt-get install blender python3-numpy"
)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with served(tmp_path_factory.mktemp("served")) as server:
        yield server


@pytest.fixture(scope="module")
def maps() -> dict[str, bytes]:
    return {role: png(opaque(seed)) for seed, role in enumerate(ROLES)}


@pytest.fixture(scope="module")
def answer(server: Served, maps: dict[str, bytes], tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What Blender says after the whole visit."""
    folder = tmp_path_factory.mktemp("blender")
    hexes = {role: content.hex() for role, content in maps.items()}
    command, env, report = visit("blender_addon.py", folder, url=server.url, model=server.model, maps=hexes)
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, env=env)
    if done.returncode or not report.exists():
        raise EngineError(done.stdout + done.stderr)
    answer: dict[str, Any] = json.loads(report.read_text())
    return answer


def visit(script: str, place: Path, **asked: Any) -> tuple[list[str], dict[str, str], Path]:
    """How Blender is started with a script and the add-on's archive, in an environment of its own, and where it reports."""
    archive = shutil.make_archive(str(place / "limner"), "zip", ROOT / "clients" / "blender", "limner")
    question, report = place / "asked.json", place / "report.json"
    question.write_text(json.dumps({"zip": archive, **asked}))
    command = [
        PROGRAM,
        "--background",
        "--factory-startup",
        "--python-exit-code",
        "1",
        "--python",
        str(SCRIPTS / script),
    ]
    env = os.environ | {"BLENDER_USER_SCRIPTS": str(place / "scripts"), "BLENDER_USER_CONFIG": str(place / "config")}
    return [*command, "--", str(question), str(report)], env, report


def png(pixels: Pixels) -> bytes:
    target = io.BytesIO()
    Image.fromarray(pixels).save(target, "PNG")
    return target.getvalue()


def opaque(seed: int) -> Pixels:
    pixels = corners(5, 4, seed)
    pixels[..., 3] = 255
    return pixels


def shown(content: bytes) -> Pixels:
    """What Blender says of a PNG's pixels: rows from the bottom; colour under clear pixels counts too."""
    return np.asarray(Image.open(io.BytesIO(content)).convert("RGBA"))[::-1]


def drawn(server: Served, prompt: str) -> dict[str, bytes]:
    """The pictures that the server drew from a prompt, by role."""
    with Client(server.address) as client:
        (found,) = [one for one in client.generations() if prompt in (one.image.prompt, one.texture.image.prompt)]
        return {asset.role: client.read(asset.name) for asset in found.assets}


def test_it_says_that_no_server_answers_and_how_to_start_one(answer: dict[str, Any]) -> None:
    assert answer["absent"].startswith("no Limner server answers at http://127.0.0.1:9 (")
    assert answer["absent"].endswith("); start one with: limner serve --web HOST:PORT")


def test_it_asks_for_a_prompt(answer: dict[str, Any]) -> None:
    assert answer["refused"] == "Error: Write what to draw first"


def test_the_active_object_wears_the_texture_with_its_maps(server: Served, answer: dict[str, Any]) -> None:
    texture = answer["texture"]
    assert (texture["error"], texture["wears"]) == ("", "grey stone wall")
    contents = drawn(server, "grey stone wall")
    assert contents.keys() == set(ROLES)
    for role, content in contents.items():
        image = texture["images"][f"grey stone wall {role}"]
        assert bytes.fromhex(image["packed"]) == content, role
        np.testing.assert_array_equal(np.array(image["rgba"], np.uint8).reshape(32, 32, 4), shown(content))
        assert image["space"] == ("sRGB" if role == "albedo" else "Non-Color"), role
        assert (image["interpolation"], image["extension"]) == ("Closest", "REPEAT")


def test_the_picture_stands_at_the_cursor(server: Served, answer: dict[str, Any]) -> None:
    plane = answer["plane"]
    assert plane["error"] == ""
    assert plane["place"] == [1, 2, 3]
    assert plane["corners"] == [[-0.5, 0, 0], [0.5, 0, 0], [0.5, 0, 1], [-0.5, 0, 1]]
    assert plane["uvs"] == [[0, 0], [1, 0], [1, 1], [0, 1]]
    assert plane["blend"] == "CLIP"
    assert "ShaderNodeTexImage/a red dragon.Alpha -> ShaderNodeBsdfPrincipled.Alpha" in plane["links"]
    assert bytes.fromhex(plane["images"]["a red dragon"]["packed"]) == drawn(server, "a red dragon")[""]


def test_every_map_reaches_its_input(maps: dict[str, bytes], answer: dict[str, Any]) -> None:
    material = answer["maps"]
    assert material["links"] == sorted(
        [
            "ShaderNodeTexCoord.UV -> ShaderNodeMapping.Vector",
            *("ShaderNodeMapping.Vector -> ShaderNodeTexImage.Vector" for _ in ROLES),
            "ShaderNodeTexImage/stone albedo.Color -> ShaderNodeMix.A",
            "ShaderNodeTexImage/stone ao.Color -> ShaderNodeMix.B",
            "ShaderNodeMix.Result -> ShaderNodeBsdfPrincipled.Base Color",
            "ShaderNodeTexImage/stone normal.Color -> ShaderNodeNormalMap.Color",
            "ShaderNodeNormalMap.Normal -> ShaderNodeBsdfPrincipled.Normal",
            "ShaderNodeTexImage/stone roughness.Color -> ShaderNodeBsdfPrincipled.Roughness",
            "ShaderNodeTexImage/stone metallic.Color -> ShaderNodeBsdfPrincipled.Metallic",
            "ShaderNodeTexImage/stone height.Color -> ShaderNodeDisplacement.Height",
            "ShaderNodeDisplacement.Displacement -> ShaderNodeOutputMaterial.Displacement",
            "ShaderNodeBsdfPrincipled.BSDF -> ShaderNodeOutputMaterial.Surface",
        ]
    )
    for role, content in maps.items():
        image = material["images"][f"stone {role}"]
        assert image["space"] == ("sRGB" if role == "albedo" else "Non-Color"), role
        np.testing.assert_array_equal(np.array(image["rgba"], np.uint8).reshape(4, 5, 4), shown(content))


def test_a_drawing_that_is_cancelled_leaves_nothing(answer: dict[str, Any]) -> None:
    assert answer["cancelled"] == {"text": "Cancelled", "error": ""}
    assert answer["gone"]


def test_an_image_follows_its_file(server: Served, tmp_path: Path) -> None:
    """One of two images is shown anew when its file is built; before, nobody answers, and it goes on asking."""
    files = {name: png(opaque(seed)) for seed, name in enumerate(("hero.png", "rock.png"))}
    for name, content in files.items():
        (tmp_path / name).write_bytes(content)
    command, env, report = visit("blender_follow.py", tmp_path, url=server.url, folder=str(tmp_path))
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, env=env) as blender:
        assert blender.stdout
        said = []
        for line in blender.stdout:
            said.append(line)
            if line.strip() == "following":
                publish(server, {"hero.png": png(opaque(9))}, tmp_path)
    assert report.exists(), "".join(said)
    answer = json.loads(report.read_text())
    assert answer["absent"].startswith("no Limner server answers at http://127.0.0.1:9 (")
    assert (answer["goes on"], answer["reloaded"], answer["stopped"]) == (True, 1, True)
    for when, contents in (("before", files), ("after", files | {"hero.png": png(opaque(9))})):
        for name, content in contents.items():
            np.testing.assert_array_equal(np.array(answer[when][name], np.uint8).reshape(4, 5, 4), shown(content))
