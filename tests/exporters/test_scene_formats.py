"""What holds for every format of scenes and tilesets."""

import copy
import io
import json
import zipfile
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from limner.atlas.flattening import flattened
from limner.atlas.geometry import Size
from limner.atlas.scenes import Scene, TileLayer
from limner.atlas.sprites import AtlasError
from limner.atlas.tilesets import Tileset
from limner.exporters import EXPORTERS, Keeps, export, write_files
from limner.exporters.options import ExportOptions
from tests.exporters.scene_art import ODD_NAMES, island, noise, terrain

SCENES = [name for name, one in EXPORTERS.items() if one.takes is Scene]
TILESETS = [name for name, one in EXPORTERS.items() if one.takes is Tileset]
PROVENANCE = {"generator": "test", "seed": "7", "prompt": '森 "and" <tree>'}


def all_bytes(files: dict[str, bytes]) -> bytes:
    """Everything that was written, with what is inside archives and PNG chunks."""
    found = b""
    for path, content in files.items():
        if path.endswith(".ora"):
            with zipfile.ZipFile(io.BytesIO(content)) as archive:
                content = b"".join(archive.read(name) for name in archive.namelist())
        found += content
    return found


def named(name: str) -> Scene:
    """A scene in which everything has this name."""
    scene = island()
    tileset, sprite = replace(scene.tilesets[0], name=name), replace(scene.sprites[0], name=name)
    tiles = scene.layers[1]
    assert isinstance(tiles, TileLayer)
    layers = (replace(scene.layers[0], name=f"{name}1"), replace(tiles, name=name, tileset=name))
    return replace(scene, name=name, tilesets=(tileset, scene.tilesets[1]), sprites=(sprite,), layers=layers)


@pytest.mark.parametrize("format_name", SCENES)
@pytest.mark.parametrize("name", ODD_NAMES, ids=range(len(ODD_NAMES)))
def test_names_of_every_kind_make_files_that_every_disk_holds(format_name: str, name: str, tmp_path: Path) -> None:
    files = export(format_name, named(name), "a scene")
    assert len(write_files(files, tmp_path / "out")) == len(files)


@pytest.mark.parametrize("format_name", SCENES)
def test_names_that_differ_by_case_alone_get_files_of_their_own(format_name: str, tmp_path: Path) -> None:
    scene = island()
    tilesets = (replace(terrain(), name="A"), replace(terrain(), name="a"))
    tiles = scene.layers[1]
    assert isinstance(tiles, TileLayer)
    layers = tuple(replace(tiles, name=name, tileset=name) for name in "Aa")
    write_files(export(format_name, replace(scene, tilesets=tilesets, layers=layers, sprites=()), "s"), tmp_path)


@pytest.mark.parametrize("format_name", SCENES)
def test_a_scene_of_nothing_and_one_of_a_single_cell_are_written(format_name: str, tmp_path: Path) -> None:
    bare = replace(island(), layers=(), tilesets=(), sprites=())
    assert write_files(export(format_name, bare, "bare"), tmp_path)
    dot = Tileset(name="t", tile_size=Size(1, 1), tiles=(noise(1, 1, 1),))
    tiles = TileLayer(name="ground", tileset="t", tiles=np.zeros((1, 1), np.int32))
    tiny = Scene(name="s", size=Size(1, 1), tile_size=Size(1, 1), tilesets=(dot,), sprites=(), layers=(tiles,))
    assert write_files(export(format_name, tiny, "tiny"), tmp_path)


@pytest.mark.parametrize("format_name", SCENES)
def test_an_unsound_scene_is_refused_by_the_name_of_its_layer(format_name: str) -> None:
    scene = island()
    tiles = scene.layers[1]
    assert isinstance(tiles, TileLayer)
    with pytest.raises(AtlasError, match=r"layer 'ground' is 3 × 2 tiles, the scene 6 × 5"):
        export(format_name, replace(scene, layers=(replace(tiles, tiles=np.zeros((2, 3), np.int32)),)), "s")
    with pytest.raises(AtlasError, match=r"layer 'ground' has tile 16 in column 0, row 0"):
        export(format_name, replace(scene, layers=(replace(tiles, tiles=np.full((5, 6), 16, np.int32)),)), "s")


@pytest.mark.parametrize("format_name", SCENES)
def test_an_export_changes_nothing_and_happens_the_same_again(format_name: str) -> None:
    scene = island()
    before = copy.deepcopy(scene)
    assert export(format_name, scene, "s") == export(format_name, scene, "s")
    np.testing.assert_array_equal(flattened(scene), flattened(before))
    assert scene.properties == before.properties
    assert scene.provenance == before.provenance


@pytest.mark.parametrize("format_name", [*SCENES, *TILESETS])
def test_no_file_loses_where_it_comes_from(format_name: str) -> None:
    art = replace(island() if format_name in SCENES else terrain(), provenance=PROVENANCE)
    assert Keeps.PROVENANCE in EXPORTERS[format_name].keeps
    files = export(format_name, art, "s")
    for path, content in files.items():
        if path.endswith(".png"):
            assert json.loads(Image.open(io.BytesIO(content)).info["limner:provenance"]) == PROVENANCE
    main = min((path for path in files if not path.endswith(".png")), key=len, default="s.png")
    assert "森" in all_bytes({main: files[main]}).decode("utf-8", "ignore")


@pytest.mark.parametrize("format_name", SCENES)
def test_a_scene_can_be_enlarged(format_name: str) -> None:
    larger = export(format_name, island(), "s", ExportOptions(scale=2))
    sizes = {Image.open(io.BytesIO(content)).size for path, content in larger.items() if path.endswith(".png")}
    if format_name == "scene-png":
        assert sizes == {(96, 80)}
    assert all(width % 2 == height % 2 == 0 for width, height in sizes)


@pytest.mark.parametrize("format_name", SCENES)
def test_files_of_a_stem_in_a_folder_stay_in_that_folder(format_name: str) -> None:
    assert {path.split("/")[0] for path in export(format_name, island(), "levels/one")} == {"levels"}
