"""Godot's scenes and TileSets, decoded as the engine's source says; the engine itself loads them in tests/consumers."""

import base64
import re
import struct
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings

from limner.atlas.flattening import in_order, placed
from limner.atlas.geometry import Box, Point, Size
from limner.atlas.scenes import EMPTY, PictureLayer, Prop, PropLayer, Region, RegionLayer, Scene, TileLayer
from limner.atlas.tilesets import Terrain, WangId, WangSet
from limner.exporters import export
from tests.exporters.scene_art import ISLAND_NODES, ODD_NAMES, TILE, island, noise, only, scenes, terrain

Block = tuple[str, dict[str, str], dict[str, str]]
WORD = r'(?:"(?:[^"\\]|\\.)*"|[^\s\]]+)'


def blocks(content: bytes) -> list[Block]:
    """The parts of a text resource: tag, its fields, the lines below it; quotes stay."""
    found: list[Block] = []
    for line in content.decode().split("\n"):
        if head := re.fullmatch(rf"\[(\w+)((?: \w+=(?:\[.*\]|{WORD}))*)\]", line):
            found.append((head[1], dict(re.findall(rf"(\w+)=(\[.*?\]|{WORD})", head[2])), {}))
        elif assigned := re.fullmatch(r'([\w/:" ]+?) = (.*)', line):
            found[-1][2][assigned[1]] = assigned[2]
    return found


def nodes(content: bytes) -> dict[str, tuple[str, dict[str, str]]]:
    """Class and properties of each node by its path below the root; the root is "."."""
    found = {}
    for tag, fields, body in blocks(content):
        if tag == "node":
            name, parent = fields["name"][1:-1], fields.get("parent", '""')[1:-1]
            path = {"": ".", ".": name}.get(parent, f"{parent}/{name}")
            assert path not in found
            assert parent in ("", ".") or parent in found
            found[path] = fields["type"][1:-1], body
    return found


def numbers(literal: str) -> tuple[float, ...]:
    return tuple(map(float, re.findall(r"-?\d+(?:\.\d+)?(?:e-?\d+)?", literal.partition("(")[2])))


def cells(literal: str, columns: int, size: Size) -> list[list[int]]:
    """The tile numbers in `tile_map_data`, as TileMapLayer::set_tile_map_data_from_array reads them."""
    content = base64.b64decode(literal.removeprefix('PackedByteArray("').removesuffix('")'))
    assert struct.unpack_from("<H", content) == (0,)
    tiles = [[EMPTY] * size.width for _ in range(size.height)]
    for x, y, source, column, row, alternative in struct.iter_unpack("<hhHHHH", content[2:]):
        assert (source, alternative) == (0, 0)
        tiles[y][x] = row * columns + column
    return tiles


@settings(max_examples=30, deadline=None)
@given(scenes())
def test_random_scenes_come_back_from_a_scene_file(scene: Scene) -> None:
    found = nodes(export("godot-scene", scene, "s")["s.tscn"])
    columns = min(scene.tilesets[0].columns, len(scene.tilesets[0].tiles))
    for layer in scene.layers:
        if isinstance(layer, TileLayer):
            kind, body = found[layer.name]
            assert kind == "TileMapLayer"
            assert cells(body["tile_map_data"], columns, scene.size) == layer.tiles.tolist()
    props = scene.layers[-1]
    assert isinstance(props, PropLayer)
    drawn = []
    for path, (kind, body) in found.items():
        if path.startswith("props/"):
            assert kind == "Sprite2D"
            foot, offset = numbers(body["position"]), numbers(body.get("offset", "(0, 0)"))
            drawn.append((foot, (foot[0] + offset[0], foot[1] + offset[1]), body.get("flip_h") == "true"))
    expected = []
    for prop in in_order(props):
        box = placed(prop, scene.sprites[0])
        expected.append((tuple(prop.foot), (box.x, box.y), prop.flipped))
    assert drawn == expected


def test_layers_become_the_nodes_that_godot_has_for_them() -> None:
    scene = replace(island(), background=(255, 0, 51))
    found = nodes(export("godot-scene", scene, "isle")["isle.tscn"])
    assert {path: kind for path, (kind, _) in found.items()} == {
        ".": "Node2D",
        "Background": "ColorRect",
        **ISLAND_NODES,
    }
    assert found["Background"][1]["color"] == "Color(1.0, 0.0, 0.2, 1.0)"
    assert numbers(found["sky"][1]["scroll_scale"]) == (0.25, 0.5)
    assert numbers(found["sky"][1]["repeat_size"]) == (158 * 13, 0)
    assert found["props"][1]["y_sort_enabled"] == "true"
    assert numbers(found["regions/wood/Shape"][1]["polygon"]) == (0, 0, 20, 2, 5, 20)


def test_a_picture_that_stays_with_the_scene_is_a_plain_sprite_and_opacity_is_kept() -> None:
    picture = PictureLayer(name="sign", pixels=noise(1, 3, 3), offset=Point(2.5, -1), opacity=0.25)
    found = nodes(export("godot-scene", replace(island(), layers=(picture,)), "s")["s.tscn"])
    kind, body = found["sign"]
    assert (kind, numbers(body["position"]), body["modulate"]) == ("Sprite2D", (3, -1), "Color(1, 1, 1, 0.25)")


@pytest.mark.parametrize("name", ODD_NAMES, ids=range(len(ODD_NAMES)))
def test_names_of_every_kind_make_nodes_that_find_their_parents(name: str) -> None:
    scene = only(island(), "props")
    props = PropLayer(
        name=name,
        props=(Prop(name=name, sprite="rock", foot=Point(9, 9), footprint=Box(8, 8, 2, 1), properties={name: name}),),
    )
    regions = RegionLayer(name=f"{name}!", regions=(Region(name=name, kind=name, box=Box(0, 0, 1, 1)),))
    scene = replace(scene, name=name, layers=(props, regions))
    found = nodes(export("godot-scene", scene, "s")["s.tscn"])
    assert [kind for kind, _ in found.values()] == [
        "Node2D",
        "Node2D",
        "Sprite2D",
        "StaticBody2D",
        "CollisionShape2D",
        "Node2D",
        "Area2D",
        "CollisionShape2D",
    ]


def test_a_tileset_has_terrains_solid_shapes_and_custom_data() -> None:
    content = export("godot-tileset", terrain(), "shore")["shore.tres"]
    found = blocks(content)
    [source] = [body for tag, _, body in found if tag == "sub_resource"]
    [whole] = [body for tag, _, body in found if tag == "resource"]
    assert whole["tile_size"] == "Vector2i(8, 8)"
    assert (whole["terrain_set_0/mode"], whole["terrain_set_0/terrain_1/name"]) == ("1", '"grass"')
    layers = {whole[f"custom_data_layer_{n}/name"]: whole[f"custom_data_layer_{n}/type"] for n in range(4)}
    assert layers == {'"cost"': "3", '"deep"': "1", '"kind"': "4", '"step"': "2"}
    assert [key for key in source if re.fullmatch(r"\d+:\d+/0", key)] == [f"{n % 5}:{n // 5}/0" for n in range(16)]
    assert {key for key in source if "polygon" in key} == {
        "0:0/0/physics_layer_0/polygon_0/points",
        "2:1/0/physics_layer_0/polygon_0/points",
    }
    assert numbers(source["2:1/0/physics_layer_0/polygon_0/points"]) == (-4, -4, 4, -4, 4, 4, -4, 4)
    tile = {key.removeprefix("3:0/0/"): value for key, value in source.items() if key.startswith("3:0/0/")}
    assert tile == {
        "terrain_set": "0",
        "terrain": "1",
        "terrains_peering_bit/top_right_corner": "1",
        "terrains_peering_bit/bottom_right_corner": "1",
        "terrains_peering_bit/bottom_left_corner": "0",
        "terrains_peering_bit/top_left_corner": "0",
        "custom_data_0": "2.5",
        "custom_data_1": "false",
        "custom_data_2": '"mud"',
    }


@pytest.mark.parametrize(
    ("kind", "mode", "bits"),
    [("corner", "1", 4), ("edge", "2", 4), ("mixed", "0", 8)],
)
def test_each_kind_of_wang_set_has_its_own_peering_bits(kind: str, mode: str, bits: int) -> None:
    full = WangSet(
        name="w",
        kind=kind,  # type: ignore[arg-type]
        terrains=(Terrain(name="a", colour=(0, 0, 0)),),
        wang_ids={0: WangId(*[1] * 8)},
    )
    text = export("godot-tileset", replace(terrain(), wang_sets=(full,)), "t")["t.tres"].decode()
    assert f"terrain_set_0/mode = {mode}\n" in text
    assert text.count("0:0/0/terrains_peering_bit/") == bits


def test_properties_of_two_types_share_a_layer_of_any_type() -> None:
    tileset = replace(terrain(), properties={0: {"x": 1}, 1: {"x": "one"}})
    text = export("godot-tileset", tileset, "t")["t.tres"].decode()
    assert 'custom_data_layer_0/name = "x"\ncustom_data_layer_0/type = 0\n' in text


def test_a_scene_of_two_tilesets_has_two_sources() -> None:
    found = blocks(export("godot-scene", island(), "s")["s.tscn"])
    [tiles] = [body for tag, fields, body in found if fields.get("type") == '"TileSet"']
    assert [tiles["sources/0"], tiles["sources/1"]] == ['SubResource("source_0")', 'SubResource("source_1")']
    [details] = [body for tag, fields, body in found if fields.get("name") == '"details"']
    content = base64.b64decode(details["tile_map_data"][17:-2])
    assert set(np.frombuffer(content[2:], "<u2").reshape(-1, 6)[:, 2]) == {1}
    assert TILE == (8, 8)


def test_the_same_scene_gives_the_same_bytes() -> None:
    assert export("godot-scene", island(), "a") == export("godot-scene", island(), "a")
