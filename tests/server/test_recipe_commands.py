"""`limner texture`, `scene` and `character` against a real server: what they leave in the folder, and what they say."""

import asyncio
import json
import xml.etree.ElementTree as ET
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from typer.testing import CliRunner, Result

from limner.client.cli import app
from limner.server.config import ServerConfig
from limner.server.service import running

from .conftest import WORLD


async def limner(settings: dict[str, Any], *commands: list[object]) -> list[Result]:
    """The commands in turn, on one server."""
    async with running(ServerConfig.of(settings)) as server:
        return [
            await asyncio.to_thread(
                CliRunner().invoke, app, [*map(str, command), "--model", WORLD, "--server", server.address]
            )
            for command in commands
        ]


def pixels(path: Path) -> NDArray[np.uint8]:
    with Image.open(path) as picture:
        return np.asarray(picture.convert("RGBA"))


async def test_textures_become_files_named_by_map(settings: dict[str, Any], tmp_path: Path) -> None:
    out = tmp_path / "wall"
    command = ["texture", "stone", "--out", out, "--size", 64, "--variants", 2, "--maps", "normal", "--seed", 4]
    plain, material = await limner(
        settings, [*command, "--json"], [*command, "--format", "godot-material", "--name", "m"]
    )
    assert (plain.exit_code, material.exit_code) == (0, 0), plain.output + material.output
    facts = [json.loads(line) for line in plain.stdout.splitlines()]
    assert [fact["role"] for fact in facts] == ["albedo", "normal", "albedo", "normal"]
    first, other = (pixels(Path(facts[at]["path"])) for at in (0, 2))
    np.testing.assert_array_equal(first[0], other[0])
    assert {"m.tres", "m-2.tres", "m_normal.png"} <= {path.name for path in out.iterdir()}


async def test_a_scene_becomes_a_map_and_a_part_of_it_another(settings: dict[str, Any], tmp_path: Path) -> None:
    out = tmp_path / "isle"
    size = ["--tiles", "20x16", "--tile-size", 16, "--seed", 4]
    made, part = await limner(
        settings,
        ["scene", "没有水的小岛", "--out", out, *size],
        ["scene", "snow", "--out", out / "snow", "--like", out / "scene.tmx", "--region", "4,4,10,8", "--seed", 4],
    )
    assert (made.exit_code, part.exit_code) == (0, 0), made.output + part.output
    assert "'小岛' needs water" in made.stderr
    root = ET.parse(out / "scene.tmx").getroot()
    assert (root.get("width"), root.get("height"), root.get("tilewidth")) == ("20", "16", "16")
    assert [layer.get("name") for layer in root.findall("layer")] == ["ground", "cover", "detail", "roads", "bridges"]
    changed = ET.parse(out / "snow" / "scene.tmx").getroot()
    assert "cover snow" in [layer.get("name") for layer in changed.findall("layer")]
    assert pixels(out / "scene-picture.png").shape == (256, 320, 4)


async def test_a_character_leaves_its_figure_from_every_side_and_a_sheet(
    settings: dict[str, Any], tmp_path: Path
) -> None:
    out = tmp_path / "goblin"
    command = ["character", "a goblin", "--directions", 4, "--animations", "walk,die", "--frames", 2, "--seed", 4]
    made, odd = await limner(
        settings,
        [*command, "--out", out, "--name", "goblin", "--format", "aseprite-json"],
        ["animation", "a goblin", "--action", "walk", "--direction", "up", "--out", out],
    )
    assert made.exit_code == 0, made.output
    sides = ["", "-east", "-north", "-west"]
    stills = [f"goblin-figure{side}.png" for side in sides]
    assert {path.name for path in out.iterdir()} == {"goblin.png", "goblin.json", *stills}
    assert pixels(out / "goblin-figure.png").shape == (32, 32, 4)
    assert {pixels(out / name).shape for name in stills[1:]} == {(48, 48, 4)}
    tags = json.loads((out / "goblin.json").read_text())["meta"]["frameTags"]
    sides = ["south", "east", "north", "west"]
    assert [tag["name"] for tag in tags] == [f"{action}-{side}" for action in ("walk", "die") for side in sides]
    assert (odd.exit_code, "south-east" in odd.stderr) == (2, True), odd.output


async def test_impossible_scenes_name_the_option_or_the_field(settings: dict[str, Any], tmp_path: Path) -> None:
    small, large, odd = await limner(
        settings,
        ["scene", "an island", "--out", tmp_path, "--tiles", "1x1"],
        ["scene", "an island", "--out", tmp_path, "--tiles", "10000x10000"],
        ["scene", "an island", "--out", tmp_path, "--format", "gif"],
    )
    assert {result.exit_code for result in (small, large, odd)} == {2}
    assert "scene.width_tiles: 1 tiles; use 8 to 512" in small.stderr
    assert "scene.height_tiles: 10000 tiles; use 8 to 512" in large.stderr
    assert "is no format for scenes" in odd.stderr
