"""Maps of Tiled come in as scenes: ours come back whole, others as Tiled draws them."""

import base64
import gzip
import io
import json
import os
import shutil
import subprocess
import zlib
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from PIL import Image

from limner.atlas.flattening import flattened
from limner.atlas.geometry import Box, Point
from limner.atlas.scene_checks import check_scene
from limner.atlas.scenes import Prop, PropLayer, RegionLayer, Scene, TileLayer
from limner.exporters import ExportError, export
from limner.exporters.options import ExportOptions, SceneOptions
from limner.exporters.png import encoded
from limner.exporters.tiled_reading import read_tiled
from limner.exporters.tiled_tileset_reading import read_tiled_tileset
from tests.exporters.scene_art import island, noise, only, scenes, terrain

APART = ExportOptions(scene=SceneOptions(embed_tilesets=False))


def returned(scene: Scene, name: str, file: str, options: ExportOptions | None = None) -> Scene:
    files = export(name, scene, "deep/isle", options)
    found = read_tiled(f"deep/{file}", files.__getitem__, scene.name)
    check_scene(found)
    return found


@pytest.mark.parametrize(
    ("name", "file", "options"),
    [("tiled-tmx", "isle.tmx", None), ("tiled-json", "isle.tmj", None), ("tiled-json", "isle.tmj", APART)],
    ids=["tmx", "tmj", "tmj and tsj"],
)
def test_a_scene_comes_back_as_it_was(name: str, file: str, options: ExportOptions | None) -> None:
    scene = replace(island(), background=(1, 20, 255))
    props = scene.layers[3]
    assert isinstance(props, PropLayer)
    even = tuple(replace(prop, foot=Point(int(prop.foot.x), int(prop.foot.y))) for prop in props.props)
    scene = replace(scene, layers=(*scene.layers[:3], replace(props, props=even), *scene.layers[4:]))
    found = returned(scene, name, file, options)
    np.testing.assert_array_equal(flattened(found), flattened(scene))
    assert (found.name, found.size, found.tile_size, found.view) == (
        scene.name,
        scene.size,
        scene.tile_size,
        scene.view,
    )
    assert (found.background, found.properties, found.provenance) == (
        scene.background,
        scene.properties,
        scene.provenance,
    )
    assert [(type(one), one.name, one.properties) for one in found.layers] == [
        (type(one), one.name, one.properties) for one in scene.layers
    ]
    assert found.layers[4] == scene.layers[4]
    ours, theirs = scene.tilesets[0], found.tilesets[0]
    assert (theirs.wang_sets, theirs.properties, theirs.solid) == (ours.wang_sets, ours.properties, ours.solid)
    back = found.layers[3]
    assert isinstance(back, PropLayer)
    assert {(prop.name, prop.foot, prop.flipped, prop.footprint) for prop in back.props} == {
        (prop.name, prop.foot, prop.flipped, prop.footprint) for prop in even
    }
    assert [(one.name, one.collision) for one in found.sprites] == [(one.name, one.collision) for one in scene.sprites]


@settings(max_examples=25, deadline=None)
@given(scenes())
def test_random_scenes_look_the_same_after_their_return(scene: Scene) -> None:
    for name, file in (("tiled-tmx", "isle.tmx"), ("tiled-json", "isle.tmj")):
        np.testing.assert_array_equal(flattened(returned(scene, name, file)), flattened(scene))


def foreign(**changes: Any) -> tuple[dict[str, Any], dict[str, bytes]]:
    """A map as others draw it: two tilesets in one layer, mirrored and turned tiles, margin and spacing, a group."""
    sheet = np.zeros((20, 29, 4), np.uint8)  # margin 1, spacing 1: 3 × 2 tiles of 8 and a rest
    for number in range(6):
        row, column = divmod(number, 3)
        sheet[1 + 9 * row : 9 + 9 * row, 1 + 9 * column : 9 + 9 * column] = noise(number, 8, 8)
    bits = [flags << 29 for flags in range(8)]
    size = {"width": 4, "height": 3}
    grid = {"tilewidth": 8, "tileheight": 8}
    layer = {"id": 1, "name": "ground", "type": "tilelayer", **size, "opacity": 1, "visible": True, "x": 0, "y": 0}
    layer["data"] = [*(2 | flag for flag in bits), 0, 6, 7, 10]
    group = {"id": 2, "name": "all", "type": "group", "opacity": 1, "visible": True, "x": 0, "y": 0, "layers": [layer]}
    common = {
        **grid,
        "margin": 1,
        "spacing": 1,
        "columns": 3,
        "tilecount": 6,
        "image": "a.png",
        "imagewidth": 29,
        "imageheight": 20,
    }
    tilesets = [{"firstgid": 1, "name": "a", **common}, {"firstgid": 7, "name": "b", **common}]
    head = {
        "type": "map",
        "version": "1.10",
        "orientation": "orthogonal",
        "renderorder": "right-down",
        "infinite": False,
    }
    tree = {
        **head,
        **size,
        **grid,
        "layers": [group],
        "tilesets": tilesets,
        "nextlayerid": 3,
        "nextobjectid": 1,
        **changes,
    }
    return tree, {"a.png": encoded(sheet), "m.tmj": json.dumps(tree).encode()}


def test_a_map_of_others_looks_as_tiled_draws_it(tmp_path: Path) -> None:
    rasterizer = shutil.which("tmxrasterizer")
    if not rasterizer:
        pytest.skip("needs Debian's tiled: apt-get install tiled")
    _, files = foreign()
    for path, content in files.items():
        (tmp_path / path).write_bytes(content)
    environment = {**os.environ, "QT_QPA_PLATFORM": "offscreen", "XDG_RUNTIME_DIR": str(tmp_path)}
    subprocess.run(
        [rasterizer, tmp_path / "m.tmj", tmp_path / "out.png"], check=True, env=environment, capture_output=True
    )
    scene = read_tiled("m.tmj", files.__getitem__)
    check_scene(scene)
    np.testing.assert_array_equal(flattened(scene), np.asarray(Image.open(tmp_path / "out.png").convert("RGBA")))
    assert [(layer.name, layer.tileset) for layer in scene.layers if isinstance(layer, TileLayer)] == [
        ("ground", "a"),
        ("ground (b)", "b"),
    ]


@pytest.mark.parametrize(("compression", "pack"), [("", bytes), ("zlib", zlib.compress), ("gzip", gzip.compress)])
def test_packed_layers_are_read(compression: str, pack: Callable[[bytes], bytes]) -> None:
    tree, files = foreign()
    layer = tree["layers"][0]["layers"][0]
    packed = base64.b64encode(pack(np.array(layer["data"], "<u4").tobytes())).decode()
    xml = (
        '<map orientation="orthogonal" width="4" height="3" tilewidth="8" tileheight="8" infinite="0">'
        '<tileset firstgid="1" name="a" tilewidth="8" tileheight="8" margin="1" spacing="1" tilecount="6" columns="3">'
        '<image source="a.png"/></tileset>'
        '<tileset firstgid="7" name="b" tilewidth="8" tileheight="8" margin="1" spacing="1" tilecount="6" columns="3">'
        '<image source="a.png"/></tileset>'
        f'<layer name="ground" width="4" height="3"><data encoding="base64" compression="{compression}">\n {packed}\n</data></layer></map>'
    )
    plain = read_tiled("m.tmj", files.__getitem__)
    found = read_tiled("m.tmx", {**files, "m.tmx": xml.encode()}.__getitem__)
    np.testing.assert_array_equal(flattened(found), flattened(plain))


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"orientation": "isometric"}, "not orthogonal"),
        ({"infinite": True}, "has no end"),
        ({"tilesets": []}, "no tileset of the map has tile 2"),
        ({"layers": [{"type": "tilelayer", "name": "l", "offsetx": 3}]}, "layer 'l' does not lie on the grid"),
        (
            {"layers": [{"type": "tilelayer", "name": "l", "data": "", "encoding": "base64", "compression": "zstd"}]},
            "packed as zstd",
        ),
        ({"layers": [{"type": "tilelayer", "name": "l", "data": [1]}]}, "not as Tiled writes it"),
        ({"layers": [{}]}, "not as Tiled writes it"),
        (
            {
                "layers": [
                    {
                        "type": "objectgroup",
                        "name": "o",
                        "objects": [{"id": 1, "name": "x", "gid": 1, "x": 0, "y": 0, "rotation": 45}],
                    }
                ]
            },
            "object 'x' is turned or stretched",
        ),
    ],
)
def test_a_map_that_no_scene_can_hold_says_what_to_do(changes: dict[str, Any], message: str) -> None:
    _, files = foreign(**changes)
    with pytest.raises(ExportError, match=message):
        read_tiled("m.tmj", files.__getitem__)


@pytest.mark.parametrize("path", ["m.tmx", "m.tmj"])
@pytest.mark.parametrize("content", [b"", b"<svg/>", b"\xff\xfe{", b"[1]"])
def test_a_file_that_is_no_map_is_refused(path: str, content: bytes) -> None:
    with pytest.raises(ExportError):
        read_tiled(path, {path: content}.__getitem__)


def test_a_picture_that_is_not_there_is_named() -> None:
    _, files = foreign()

    def read(path: str) -> bytes:
        if path == "a.png":
            raise FileNotFoundError(2, "No such file", path)
        return files[path]

    with pytest.raises(ExportError, match=r"m\.tmj: a file of it cannot be read .*a\.png"):
        read_tiled("m.tmj", read)


def test_a_tileset_comes_back_as_it_was_and_a_collection_is_refused() -> None:
    files = export("tiled-tsx", replace(terrain(), provenance={"seed": "7"}), "sets/shore")
    found = read_tiled_tileset("sets/shore.tsx", files.__getitem__)
    assert (found.name, found.tile_size, found.columns) == ("terrain", (8, 8), 5)
    assert (found.wang_sets, found.properties, found.solid) == (
        terrain().wang_sets,
        terrain().properties,
        terrain().solid,
    )
    np.testing.assert_array_equal(found.tiles[:16], terrain().tiles)
    assert found.provenance == {"seed": "7"}
    files = export("tiled-tmx", island(), "isle")
    with pytest.raises(ExportError, match=r"isle-props\.tsx is a collection of pictures"):
        read_tiled_tileset("isle-props.tsx", files.__getitem__)


def test_objects_that_are_mixed_are_sorted_into_props_and_regions() -> None:
    objects = [
        {"id": 1, "name": "box", "gid": 2 | 1 << 31, "x": 3, "y": 20, "width": 8, "height": 8},
        {"id": 2, "name": "door", "type": "exit", "x": 1, "y": 2, "width": 3, "height": 4},
    ]
    _, files = foreign(layers=[{"type": "objectgroup", "name": "things", "objects": objects}])
    scene = read_tiled("m.tmj", files.__getitem__)
    check_scene(scene)
    props, regions = scene.layers
    assert isinstance(props, PropLayer)
    assert isinstance(regions, RegionLayer)
    assert props.props == (Prop(name="box", sprite="a 1", foot=Point(7, 20), flipped=True),)
    assert [(one.name, one.kind, one.box) for one in regions.regions] == [("door", "exit", Box(1, 2, 3, 4))]
    np.testing.assert_array_equal(flattened(only(scene, "things"))[12:20, 3:11], noise(1, 8, 8)[:, ::-1])
    assert Image.open(io.BytesIO(files["a.png"])).size == (29, 20)
