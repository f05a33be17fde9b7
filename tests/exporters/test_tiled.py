"""Tiled's own renderer draws our maps as we say they look, and other readers find all that is in them."""

import io
import json
import os
import shutil
import subprocess
from dataclasses import replace
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import numpy as np
import pytest
import pytmx
from hypothesis import given, settings
from PIL import Image

from limner.atlas.flattening import flattened, in_order, placed
from limner.atlas.geometry import Box, Point, Size
from limner.atlas.scenes import EMPTY, PictureLayer, Prop, PropLayer, Region, RegionLayer, Scene, TileLayer
from limner.atlas.sprites import Pixels, Sprite
from limner.exporters import ExportError, export, write_files
from limner.exporters.options import ExportOptions, SceneOptions
from tests.exporters.scene_art import ODD_NAMES, TILE, island, noise, only, scenes, terrain

FLIPPED = 0x80000000
APART = ExportOptions(scene=SceneOptions(embed_tilesets=False))


@pytest.fixture(scope="module")
def rasterizer() -> str:
    found = shutil.which("tmxrasterizer")
    if not found:
        pytest.skip("needs Debian's tiled: apt-get install tiled")
    return found


def rendered(rasterizer: str, folder: Path, name: str, scene: Scene) -> Pixels:
    """What Tiled draws in the area of the map; layers that stick out make its picture larger."""
    environment = {**os.environ, "QT_QPA_PLATFORM": "offscreen", "XDG_RUNTIME_DIR": str(folder)}
    subprocess.run([rasterizer, folder / name, folder / "out.png"], check=True, env=environment, capture_output=True)
    picture = np.asarray(Image.open(folder / "out.png").convert("RGBA"))
    return picture[: scene.size.height * scene.tile_size.height, : scene.size.width * scene.tile_size.width]


def soft() -> Scene:
    """Layers with soft alpha and opacities over each other."""
    scene = island()
    pixels = np.random.default_rng(3).integers(0, 256, (9, 12, 4), dtype=np.uint8)
    haze = PictureLayer(name="haze", pixels=pixels, repeat_x=True, repeat_y=True, opacity=0.4)
    layers = [replace(layer, opacity=0.7) if not isinstance(layer, RegionLayer) else layer for layer in scene.layers]
    return replace(scene, layers=(*layers, haze))


@pytest.mark.parametrize(
    ("name", "file", "options"),
    [("tiled-tmx", "a b.tmx", None), ("tiled-json", "a b.tmj", None), ("tiled-json", "a b.tmj", APART)],
    ids=["tmx", "tmj", "tmj and tsj"],
)
def test_tiled_draws_the_preview(
    rasterizer: str, tmp_path: Path, name: str, file: str, options: ExportOptions | None
) -> None:
    scene = island()
    write_files(export(name, scene, "a b", options), tmp_path)
    np.testing.assert_array_equal(rendered(rasterizer, tmp_path, file, scene), flattened(scene))


def test_tiled_draws_soft_layers_within_two_roundings_of_the_preview(rasterizer: str, tmp_path: Path) -> None:
    scene = soft()
    write_files(export("tiled-tmx", scene, "s"), tmp_path)
    ours, theirs = (premultiplied(one) for one in (flattened(scene), rendered(rasterizer, tmp_path, "s.tmx", scene)))
    assert np.abs(ours - theirs).max() <= 2


def premultiplied(pixels: Pixels) -> np.ndarray[Any, np.dtype[np.int64]]:
    values = pixels.astype(np.int64)
    values[..., :3] = (values[..., :3] * values[..., 3:] + 127) // 255
    return values


@pytest.mark.parametrize("seed", range(4))
def test_tiled_draws_random_props_in_the_order_of_their_feet(rasterizer: str, tmp_path: Path, seed: int) -> None:
    draw = np.random.default_rng(seed)
    pivot = Point(3, 5) if seed % 2 else None  # inside the picture: the order is not that of the lower edges
    sprites = (
        Sprite(name="a", pixels=noise(1, 9, 14, clear=0.3), pivot=pivot),
        Sprite(name="b", pixels=noise(2, 5, 6, clear=0.3)),
    )
    props = tuple(
        Prop(
            name=f"{n}",
            sprite="ab"[n % 2],
            foot=Point(float(draw.integers(-8, 80)) / 2, float(draw.integers(0, 90)) / 2),
            flipped=bool(n % 3),
        )
        for n in range(40)
    )
    scene = Scene(
        name="s",
        size=Size(5, 5),
        tile_size=TILE,
        tilesets=(),
        sprites=sprites,
        layers=(PropLayer(name="p", props=props),),
    )
    write_files(export("tiled-tmx", scene, "s"), tmp_path)
    np.testing.assert_array_equal(rendered(rasterizer, tmp_path, "s.tmx", scene), flattened(scene))


@pytest.mark.parametrize("name", ODD_NAMES, ids=range(len(ODD_NAMES)))
def test_names_of_every_kind_stay_names_and_make_files_that_tiled_finds(
    rasterizer: str, tmp_path: Path, name: str
) -> None:
    scene = island()
    tilesets = (replace(scene.tilesets[0], name=name), scene.tilesets[1])
    sprites = (replace(scene.sprites[0], name=name), scene.sprites[1])
    props = PropLayer(name=f"{name}!", props=(Prop(name=name, sprite=name, foot=Point(20, 30)),))
    tiles = scene.layers[1]
    assert isinstance(tiles, TileLayer)
    scene = replace(scene, tilesets=tilesets, sprites=sprites, layers=(replace(tiles, name=name, tileset=name), props))
    write_files(export("tiled-tmx", scene, "deep/map"), tmp_path)
    np.testing.assert_array_equal(rendered(rasterizer, tmp_path / "deep", "map.tmx", scene), flattened(scene))
    root = ElementTree.parse(tmp_path / "deep" / "map.tmx").getroot()
    assert [layer.get("name") for layer in root.findall("layer")] == [name]
    assert [one.get("name") for one in root.iter("object")] == [name]


def test_a_scene_without_layers_and_one_of_a_single_pixel_are_drawn(rasterizer: str, tmp_path: Path) -> None:
    bare = replace(island(), layers=(), tilesets=(), sprites=())
    write_files(export("tiled-tmx", bare, "bare"), tmp_path)
    np.testing.assert_array_equal(rendered(rasterizer, tmp_path, "bare.tmx", bare), flattened(bare))
    assert not flattened(bare).any()
    dot = replace(
        terrain(), tile_size=Size(1, 1), tiles=(noise(1, 1, 1),), wang_sets=(), properties={}, solid=frozenset()
    )
    tiles = TileLayer(name="ground", tileset="terrain", tiles=np.zeros((1, 1), np.int32))
    tiny = Scene(name="s", size=Size(1, 1), tile_size=Size(1, 1), tilesets=(dot,), sprites=(), layers=(tiles,))
    write_files(export("tiled-tmx", tiny, "tiny"), tmp_path)
    np.testing.assert_array_equal(rendered(rasterizer, tmp_path, "tiny.tmx", tiny), noise(1, 1, 1))


def test_pytmx_finds_layers_tiles_properties_and_objects(tmp_path: Path) -> None:
    scene = replace(island(), background=(1, 2, 255))
    write_files(export("tiled-tmx", scene, "isle"), tmp_path)
    found = pytmx.TiledMap(str(tmp_path / "isle.tmx"))
    assert [layer.name for layer in found.layers] == [
        "ground",
        "details",
        "sky",
        "props",
        "props footprints",
        "regions",
    ]
    assert (found.width, found.height, found.tilewidth, found.background_color) == (6, 5, 8, "#0102ff")
    assert found.properties == {
        "danger": 0.5,
        "provenance": '{"generator": "test", "seed": "7"}',
        "view": "top-down",
        "weather": "rain",
    }
    for layer in scene.layers:
        if isinstance(layer, TileLayer):
            first = {"terrain": 1, "details": 21}[layer.tileset]
            numbers = [
                [found.tiledgidmap.get(gid, 0) for gid in row] for row in found.get_layer_by_name(layer.name).data
            ]
            np.testing.assert_array_equal(numbers, np.where(layer.tiles == EMPTY, 0, layer.tiles + first))
    costs = {
        found.tiledgidmap[gid]: entry.get("cost") for gid, entry in found.tile_properties.items() if "cost" in entry
    }
    assert costs == {4: 2.5}
    tree = found.get_layer_by_name("props")[0]
    assert (tree.name, tree.type, tree.x) == ("tree", "prop", 18)
    kept = {"age": 3, "old": True, "pivot_x": 4.0, "pivot_y": 17.0, "sprite": "tree"}  # of the object and of its tile
    assert {key: tree.properties[key] for key in kept} == kept
    start, shop, wood = found.get_layer_by_name("regions")
    assert (start.type, start.x, start.y, start.properties) == ("spawn", 9, 17, {"team": "red"})
    assert (shop.type, shop.width, shop.height) == ("landmark", 16, 12)
    assert [tuple(point) for point in wood.points] == [(4, 4), (24, 6), (9, 24)]


def test_a_tileset_file_keeps_wang_sets_properties_and_solid_tiles() -> None:
    files = export("tiled-tsx", terrain(), "shore")
    root = ElementTree.fromstring(files["shore.tsx"])
    assert (root.get("tilecount"), root.get("columns")) == ("20", "5")
    [wang_set] = root.findall("wangsets/wangset")
    assert (wang_set.get("name"), wang_set.get("type")) == ("shore", "corner")
    assert [(one.get("name"), one.get("color"), one.get("probability")) for one in wang_set.findall("wangcolor")] == [
        ("water", "#0000c8", "1"),
        ("grass", "#00c800", "0.5"),
    ]
    ids = {
        int(str(one.get("tileid"))): tuple(map(int, str(one.get("wangid")).split(",")))
        for one in wang_set.findall("wangtile")
    }
    assert ids == dict(terrain().wang_sets[0].wang_ids)
    solid = {tile.get("id"): tile.findall("objectgroup/object") for tile in root.findall("tile")}
    assert {number for number, shapes in solid.items() if shapes} == {"0", "7"}
    picture = np.asarray(Image.open(io.BytesIO(files["shore.png"])))
    for number, pixels in enumerate(terrain().tiles):
        y, x = (8 * side for side in divmod(number, 5))
        np.testing.assert_array_equal(picture[y : y + 8, x : x + 8], pixels)


def decoded(root: ElementTree.Element) -> tuple[list[list[list[int]]], list[tuple[str, float, float, float, int]]]:
    """The numbers of the tile layers and the tile objects, read as the format's manual says."""
    layers = [
        [[int(one) for one in row.strip(",").split(",")] for row in str(data.text).split()]
        for data in root.findall("layer/data")
    ]
    objects = []
    for one in root.findall("objectgroup/object[@gid]"):
        x, y, height = (float(str(one.get(key))) for key in ("x", "y", "height"))
        objects.append((str(one.get("name")), x, y, height, int(str(one.get("gid")))))
    return layers, objects


@settings(max_examples=30, deadline=None)
@given(scenes())
def test_random_scenes_come_back_from_tmx_and_tmj(scene: Scene) -> None:
    files = export("tiled-tmx", scene, "s")
    root = ElementTree.fromstring(files["s.tmx"])
    layers, objects = decoded(root)
    tiles = [layer.tiles for layer in scene.layers if isinstance(layer, TileLayer)]
    for ours, theirs in zip(tiles, layers, strict=True):
        np.testing.assert_array_equal(np.array(theirs) - 1, ours)
    first_sprite = int(str(root.findall("tileset")[-1].get("firstgid")))
    props = scene.layers[-1]
    assert isinstance(props, PropLayer)
    expected = []
    for prop in in_order(props):
        box = placed(prop, scene.sprites[0])
        expected.append((prop.name, box.x, box.bottom, box.height, first_sprite | FLIPPED * prop.flipped))
    assert objects == expected
    tree = json.loads(export("tiled-json", scene, "s")["s.tmj"])
    assert [layer["data"] for layer in tree["layers"] if layer["type"] == "tilelayer"] == [
        [number for row in layer for number in row] for layer in layers
    ]
    assert [
        (one["name"], one["x"], one["y"], one["height"], one["gid"]) for one in tree["layers"][-1]["objects"]
    ] == objects
    assert tree["tilesets"][-1]["firstgid"] == first_sprite
    ids = [one["id"] for layer in tree["layers"] for one in layer.get("objects", [])]
    assert tree["nextobjectid"] == len(set(ids)) + 1 == len(ids) + 1
    assert tree["nextlayerid"] == len(tree["layers"]) + 1


def test_the_same_scene_gives_the_same_bytes() -> None:
    for name in ("tiled-tmx", "tiled-json"):
        assert export(name, island(), "a") == export(name, island(), "a")


def test_provenance_is_in_the_map_and_in_each_picture() -> None:
    files = export("tiled-tmx", island(), "a")
    pictures = [path for path in files if path.endswith(".png")]
    assert len(pictures) == 5
    for path in pictures:
        text = Image.open(io.BytesIO(files[path])).info["limner:provenance"]
        assert json.loads(text) == {"generator": "test", "seed": "7"}


def test_a_character_that_xml_cannot_hold_is_refused() -> None:
    regions = RegionLayer(name="regions", regions=(Region(name="a\x01", kind="x", box=Box(0, 0, 1, 1)),))
    with pytest.raises(ExportError, match="XML cannot"):
        export("tiled-tmx", replace(only(island()), layers=(regions,)), "a")
