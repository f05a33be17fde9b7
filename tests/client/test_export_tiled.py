"""`limner export` reads what was drawn in Tiled."""

import io
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from typer.testing import CliRunner

from limner.atlas.flattening import flattened
from limner.atlas.scenes import Scene
from limner.client.cli import app
from limner.exporters import EXPORTERS, export, write_files
from tests.exporters.scene_art import island, terrain


def run(*arguments: object) -> tuple[int, str]:
    """Exit code and stderr of `limner export`."""
    ran = CliRunner().invoke(app, ["export", *map(str, arguments)], env={"COLUMNS": "200"})
    return ran.exit_code, ran.stderr


@pytest.mark.parametrize("name", ["tiled-tmx", "tiled-json"])
def test_a_map_becomes_a_preview(name: str, tmp_path: Path) -> None:
    paths = write_files(export(name, island(), "isle"), tmp_path / "maps")
    drawn = next(path for path in paths if path.suffix in (".tmx", ".tmj"))
    code, err = run(drawn, "--format", "scene-png", "--out", tmp_path / "out")
    assert (code, err) == (0, "")
    picture = Image.open(io.BytesIO((tmp_path / "out" / "isle.png").read_bytes()))
    np.testing.assert_array_equal(np.asarray(picture), flattened(island()))


@pytest.mark.parametrize("name", [name for name, one in EXPORTERS.items() if one.takes is Scene])
def test_a_map_goes_to_every_format_of_scenes(name: str, tmp_path: Path) -> None:
    write_files(export("tiled-tmx", island(), "isle"), tmp_path)
    assert run(tmp_path / "isle.tmx", "--format", name, "--out", tmp_path / "out") == (0, "")
    assert list((tmp_path / "out").iterdir())


def test_a_tileset_of_tiled_becomes_one_of_godot(tmp_path: Path) -> None:
    write_files(export("tiled-tsx", terrain(), "shore"), tmp_path)
    assert run(tmp_path / "shore.tsx", "--format", "godot-tileset", "--out", tmp_path / "out") == (0, "")
    assert 'terrain_set_0/terrain_1/name = "grass"' in (tmp_path / "out" / "shore.tres").read_text(encoding="utf-8")


def test_a_broken_map_and_one_without_its_pictures_are_named(tmp_path: Path) -> None:
    write_files(export("tiled-tmx", island(), "isle"), tmp_path)
    (tmp_path / "isle-sky.png").unlink()
    code, err = run(tmp_path / "isle.tmx", "--format", "ldtk", "--out", tmp_path / "out")
    assert (code, "isle.tmx: a file of it cannot be read" in err, "isle-sky.png" in err) == (2, True, True)
    (tmp_path / "isle.tmx").write_text("<map")
    code, err = run(tmp_path / "isle.tmx", "--format", "ldtk", "--out", tmp_path / "out")
    assert (code, "is not XML" in err) == (2, True)
    assert not (tmp_path / "out").exists()
