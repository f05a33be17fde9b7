"""Materials for engines: the maps' pixels come back exactly, and each engine's file says where they belong."""

import io
import json
import re
import struct
import tracemalloc
from typing import Any

import numpy as np
import pytest
import yaml
from numpy.typing import NDArray
from PIL import Image

from limner.atlas.channels import green_flipped, orm, unity_mask
from limner.atlas.materials import MapName, Material
from limner.atlas.sprites import AtlasError
from limner.exporters import EXPORTERS, Files, Keeps, export
from limner.exporters.meshes import plane, sphere
from limner.exporters.options import ExportOptions, MaterialOptions, TextureOptions
from tests.exporters.surface_art import ORIGIN, SHAPES, stone

FORMATS = [name for name, exporter in EXPORTERS.items() if exporter.takes is Material]
PLAIN = Material(name="plain", maps={"albedo": np.full((4, 4, 4), 255, np.uint8)})


def of(**choices: Any) -> ExportOptions:
    return ExportOptions(material=MaterialOptions(**choices))


def picture(content: bytes) -> NDArray[np.uint8]:
    with Image.open(io.BytesIO(content)) as opened:
        return np.asarray(opened)


def origin_of_png(content: bytes) -> object:
    with Image.open(io.BytesIO(content)) as opened:
        opened.load()
        return json.loads(opened.text["limner:provenance"])  # type: ignore[attr-defined]


def read_glb(content: bytes) -> tuple[dict[str, Any], bytes]:
    magic, version, length, json_length, json_kind = struct.unpack_from("<4sII I4s", content)
    assert (magic, version, length, json_kind) == (b"glTF", 2, len(content), b"JSON")
    document = json.loads(content[20 : 20 + json_length])
    binary_length, binary_kind = struct.unpack_from("<I4s", content, 20 + json_length)
    assert binary_kind == b"BIN\0"
    assert json_length % 4 == binary_length % 4 == 0
    assert 28 + json_length + binary_length == len(content)
    return document, content[28 + json_length :]


def glb_pictures(content: bytes) -> dict[str, NDArray[np.uint8]]:
    """The maps by the place they have in the material."""
    document, binary = read_glb(content)
    (material,) = document["materials"]
    places = {
        "albedo": material["pbrMetallicRoughness"].get("baseColorTexture"),
        "orm": material["pbrMetallicRoughness"].get("metallicRoughnessTexture"),
        "occlusion": material.get("occlusionTexture"),
        "normal": material.get("normalTexture"),
        "emission": material.get("emissiveTexture"),
    }
    found: dict[str, NDArray[np.uint8]] = {}
    for name, place in places.items():
        if place:
            image = document["images"][document["textures"][place["index"]]["source"]]
            view = document["bufferViews"][image["bufferView"]]
            found[name] = picture(binary[view["byteOffset"] : view["byteOffset"] + view["byteLength"]])
    return found


def unity_yaml(content: bytes) -> dict[str, Any]:
    text = re.sub(r"--- !u!(\d+) &(\d+)", "---", content.decode()).replace("%TAG !u! tag:unity3d.com,2011:\n", "")
    read: dict[str, Any] = yaml.safe_load(text)
    return read


@pytest.mark.parametrize("shape", SHAPES, ids=str)
def test_plain_maps_keep_every_pixel(shape: tuple[int, int]) -> None:
    material = stone(*shape)
    files = export("maps", material, "art/stone")
    names = {"ambient_occlusion": "ao"}
    for name, pixels in material.maps.items():
        np.testing.assert_array_equal(picture(files[f"art/stone_{names.get(name, name)}.png"]), pixels)
    np.testing.assert_array_equal(picture(files["art/stone_orm.png"]), orm(material))
    np.testing.assert_array_equal(picture(files["art/stone_mask.png"]), unity_mask(material))
    assert len(files) == 9


def test_plain_normals_can_be_directxs() -> None:
    material = stone()
    found = picture(export("maps", material, "stone", of(green="directx"))["stone_normal.png"])
    np.testing.assert_array_equal(found, green_flipped(material.maps["normal"]))


@pytest.mark.parametrize("shape", SHAPES, ids=str)
@pytest.mark.parametrize("mesh", ["plane", "sphere"])
def test_a_glb_holds_every_map_where_gltf_wants_it(shape: tuple[int, int], mesh: str) -> None:
    material = stone(*shape)
    found = glb_pictures(export("gltf", material, "stone", of(mesh=mesh))["stone.glb"])
    np.testing.assert_array_equal(found["albedo"], material.maps["albedo"])
    np.testing.assert_array_equal(found["normal"], material.maps["normal"])
    np.testing.assert_array_equal(found["emission"], material.maps["emission"])
    np.testing.assert_array_equal(found["orm"], orm(material))
    np.testing.assert_array_equal(found["occlusion"], orm(material))


def test_a_glb_of_an_albedo_alone_is_rough_and_no_metal() -> None:
    content = export("gltf", PLAIN, "plain")["plain.glb"]
    surface = read_glb(content)[0]["materials"][0]["pbrMetallicRoughness"]
    assert (surface["metallicFactor"], surface["roughnessFactor"]) == (0, 1)
    assert set(glb_pictures(content)) == {"albedo"}


@pytest.mark.parametrize("mesh", ["plane", "sphere"])
def test_the_accessors_of_a_glb_describe_the_mesh(mesh: str) -> None:
    document, binary = read_glb(export("gltf", PLAIN, "plain", of(mesh=mesh))["plain.glb"])
    shape = plane() if mesh == "plane" else sphere()
    (primitive,) = document["meshes"][0]["primitives"]

    def read(number: int, kind: str, width: int) -> NDArray[Any]:
        accessor = document["accessors"][number]
        view = document["bufferViews"][accessor["bufferView"]]
        assert view["byteOffset"] % 4 == 0
        content = binary[view["byteOffset"] : view["byteOffset"] + view["byteLength"]]
        values = np.frombuffer(content, kind).reshape(-1, width)
        assert accessor["count"] * (1 if accessor["type"] == "SCALAR" else width) == values.size
        return values

    places = primitive["attributes"]
    positions = read(places["POSITION"], "<f4", 3)
    np.testing.assert_array_equal(positions, shape.positions)
    np.testing.assert_array_equal(read(places["NORMAL"], "<f4", 3), shape.normals)
    np.testing.assert_array_equal(read(places["TANGENT"], "<f4", 4), shape.tangents)
    np.testing.assert_array_equal(read(places["TEXCOORD_0"], "<f4", 2), shape.places)
    np.testing.assert_array_equal(read(primitive["indices"], "<u2", 3), shape.triangles)
    accessor = document["accessors"][places["POSITION"]]
    np.testing.assert_allclose((accessor["min"], accessor["max"]), (positions.min(axis=0), positions.max(axis=0)))
    (buffer,) = document["buffers"]
    assert len(binary) - 3 <= buffer["byteLength"] <= len(binary)  # the chunk is filled up to four bytes


@pytest.mark.parametrize("make", [plane, sphere])
def test_triangles_face_outward_and_tangents_follow_the_picture(make: Any) -> None:
    mesh = make()
    corners = mesh.positions[mesh.triangles].astype(float)
    facing = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    assert (np.linalg.norm(facing, axis=1) > 1e-6).all()
    assert ((facing * mesh.normals[mesh.triangles].mean(axis=1)).sum(axis=1) > 0).all()
    np.testing.assert_allclose(np.linalg.norm(mesh.normals, axis=1), 1, atol=1e-6)
    np.testing.assert_allclose((mesh.normals * mesh.tangents[:, :3]).sum(axis=1), 0, atol=1e-6)
    step = corners[:, 1:] - corners[:, :1]
    places = mesh.places[mesh.triangles].astype(float)
    across = places[:, 1:] - places[:, :1]
    determinant = across[:, 0, 0] * across[:, 1, 1] - across[:, 1, 0] * across[:, 0, 1]
    along = (step[:, 0] * across[:, 1, 1:] - step[:, 1] * across[:, 0, 1:]) / determinant[:, None]  # dP/du
    tangents = mesh.tangents[mesh.triangles, :3].mean(axis=1)
    assert ((along * tangents).sum(axis=1) > 0).all()
    down = (step[:, 1] * across[:, 0, :1] - step[:, 0] * across[:, 1, :1]) / determinant[:, None]  # dP/dv
    up = np.cross(mesh.normals[mesh.triangles].mean(axis=1), tangents)  # glTF's bitangent, sign 1: up in the picture
    assert ((down * up).sum(axis=1) < 0).all()


@pytest.mark.parametrize(
    ("alpha", "mode"), [(255, None), (0, "MASK"), (100, "BLEND")], ids=["opaque", "mask", "blended"]
)
def test_alpha_decides_how_a_glb_is_drawn(alpha: int, mode: str | None) -> None:
    document, _ = read_glb(export("gltf", stone(alpha=alpha), "stone")["stone.glb"])
    assert document["materials"][0].get("alphaMode") == mode


def test_edges_that_do_not_tile_are_clamped_and_pixels_stay_square_when_asked() -> None:
    material = Material(name="m", maps=PLAIN.maps, tile_x=True, tile_y=False)
    document, _ = read_glb(export("gltf", material, "m", of(pixelated=True))["m.glb"])
    assert document["samplers"] == [{"magFilter": 9728, "minFilter": 9986, "wrapS": 10497, "wrapT": 33071}]


def test_a_godot_material_names_its_maps_and_channels() -> None:
    material = stone(provenance=ORIGIN)
    files = export("godot-material", material, "art/stone", of(pixelated=True))
    text = files["art/stone.tres"].decode()
    assert text.startswith('[gd_resource type="StandardMaterial3D" load_steps=6 format=3]')
    used = dict(re.findall(r'\[ext_resource type="Texture2D" path="([^"]+)" id="([^"]+)"\]', text))
    assert {f"art/{path}" for path in used} == set(files) - {"art/stone.tres"}
    lines = dict(line.split(" = ", 1) for line in text.splitlines() if " = " in line)
    expected = {
        "albedo_texture": 'ExtResource("albedo")',
        "normal_enabled": "true",
        "normal_texture": 'ExtResource("normal")',
        "ao_enabled": "true",
        "ao_texture": 'ExtResource("orm")',
        "ao_texture_channel": "0",
        "roughness_texture": 'ExtResource("orm")',
        "roughness_texture_channel": "1",
        "metallic": "1.0",
        "metallic_texture": 'ExtResource("orm")',
        "metallic_texture_channel": "2",
        "emission_enabled": "true",
        "emission_texture": 'ExtResource("emission")',
        "texture_filter": "2",
        "texture_repeat": "true",
    }
    assert expected.items() <= lines.items()
    assert "transparency" not in lines
    np.testing.assert_array_equal(picture(files["art/stone_orm.png"]), orm(material))
    np.testing.assert_array_equal(picture(files["art/stone_normal.png"]), material.maps["normal"])


def test_a_godot_material_of_an_albedo_alone_turns_nothing_else_on() -> None:
    files = export("godot-material", PLAIN, "plain")
    assert set(files) == {"plain.tres", "plain_albedo.png"}
    assert not re.search("enabled|metallic|roughness", files["plain.tres"].decode())


@pytest.mark.parametrize(("alpha", "number"), [(0, 2), (100, 1)], ids=["scissor", "blended"])
def test_alpha_decides_how_godot_draws(alpha: int, number: int) -> None:
    assert f"transparency = {number}\n" in export("godot-material", stone(alpha=alpha), "stone")["stone.tres"].decode()


@pytest.mark.parametrize("pipeline", ["standard", "urp"])
def test_a_unity_material_refers_to_the_guids_of_its_maps(pipeline: str) -> None:
    material = stone(provenance=ORIGIN)
    files = export("unity-material", material, "art/stone", of(unity_pipeline=pipeline))
    read = unity_yaml(files["art/stone.mat"])["Material"]
    metas = {path: unity_yaml(content) for path, content in files.items() if path.endswith(".meta")}
    assert {path.removesuffix(".meta") for path in metas} == {path for path in files if not path.endswith(".meta")}
    by_guid = {one["guid"]: path.removesuffix(".meta") for path, one in metas.items()}
    assert len(by_guid) == len(metas)
    slots = {name: slot for entry in read["m_SavedProperties"]["m_TexEnvs"] for name, slot in entry.items()}
    base = "_MainTex" if pipeline == "standard" else "_BaseMap"
    assert {name: by_guid[slot["m_Texture"]["guid"]] for name, slot in slots.items()} == {
        base: "art/stone_albedo.png",
        "_BumpMap": "art/stone_normal.png",
        "_EmissionMap": "art/stone_emission.png",
        "_MetallicGlossMap": "art/stone_mask.png",
        "_OcclusionMap": "art/stone_mask.png",
        "_ParallaxMap": "art/stone_height.png",
    }
    assert read["m_Name"] == "stone"
    assert "_NORMALMAP" in read["m_ValidKeywords"]
    assert ("_METALLICGLOSSMAP" if pipeline == "standard" else "_METALLICSPECGLOSSMAP") in read["m_ValidKeywords"]
    assert metas["art/stone.mat.meta"]["NativeFormatImporter"]["mainObjectFileID"] == 2100000
    np.testing.assert_array_equal(picture(files["art/stone_mask.png"]), unity_mask(material))


def test_unity_imports_colours_as_srgb_numbers_as_linear_and_normals_as_normals() -> None:
    files = export("unity-material", stone(), "stone")
    importers = {
        path.removeprefix("stone_").removesuffix(".png.meta"): unity_yaml(content)["TextureImporter"]
        for path, content in files.items()
        if path.endswith(".png.meta")
    }
    assert {name: one["mipmaps"]["sRGBTexture"] for name, one in importers.items()} == {
        "albedo": 1,
        "emission": 1,
        "normal": 0,
        "height": 0,
        "mask": 0,
    }
    assert {name for name, one in importers.items() if one["textureType"] == 1} == {"normal"}


@pytest.mark.parametrize(("alpha", "queue"), [(255, -1), (0, 2450), (100, 3000)], ids=["opaque", "mask", "blended"])
@pytest.mark.parametrize("pipeline", ["standard", "urp"])
def test_alpha_decides_unitys_render_queue(alpha: int, queue: int, pipeline: str) -> None:
    files = export("unity-material", stone(alpha=alpha), "stone", of(unity_pipeline=pipeline))
    assert unity_yaml(files["stone.mat"])["Material"]["m_CustomRenderQueue"] == queue


def origins(name: str, files: Files) -> list[object]:
    """What each file of a format says about where it comes from."""
    if "stone.provenance.json" in files:
        return [json.loads(files["stone.provenance.json"])]
    said: list[object] = [origin_of_png(content) for path, content in files.items() if path.endswith(".png")]
    for path, content in files.items():
        if path.endswith(".glb"):
            said.append(read_glb(content)[0]["asset"]["extras"]["provenance"])
        elif path.endswith(".meta"):
            (importer,) = (part for part in unity_yaml(content).values() if isinstance(part, dict))
            said.append(json.loads(importer["userData"]))
        elif path.endswith(".tres"):
            assert "metadata/provenance = {" in content.decode()
            said.append(ORIGIN)
        elif path.endswith(".ktx2"):
            assert json.dumps(ORIGIN, ensure_ascii=False, sort_keys=True).encode() in content
            said.append(ORIGIN)
    return said


@pytest.mark.parametrize("name", FORMATS)
def test_no_file_of_a_material_loses_its_origin(name: str) -> None:
    files = export(name, stone(provenance=ORIGIN), "stone")
    found = origins(name, files)
    assert found
    assert all(one == ORIGIN for one in found)
    assert ("stone.provenance.json" in files) == (Keeps.PROVENANCE not in EXPORTERS[name].keeps)
    assert not any(b"provenance" in content for content in export(name, stone(), "stone").values())


@pytest.mark.parametrize("name", FORMATS)
def test_a_material_that_is_none_is_refused_by_every_format(name: str) -> None:
    odd: list[dict[MapName, NDArray[np.uint8]]] = [{}, {"albedo": np.zeros((0, 0, 4), np.uint8)}]
    for maps in [*odd, {**stone().maps, "height": np.zeros((3, 3), np.uint8)}]:
        with pytest.raises(AtlasError, match="'stone'"):
            export(name, Material(name="stone", maps=maps), "stone")


@pytest.mark.parametrize("name", FORMATS)
@pytest.mark.parametrize("title", ['a "b"\n#: c', "石 ñ", "../up", "x: [y", "𝕏"])
def test_any_name_of_a_material_is_held(name: str, title: str) -> None:
    files = export(name, stone(name=title), "stone")
    for path, content in files.items():
        if path.endswith((".mat", ".meta")):
            unity_yaml(content)
        elif path.endswith(".glb"):
            assert read_glb(content)[0]["materials"][0]["name"] == title
    assert all(path.startswith("stone") for path in files)


@pytest.mark.parametrize("name", FORMATS)
def test_exporting_changes_no_map(name: str) -> None:
    material = stone(alpha=100)
    before = {key: pixels.copy() for key, pixels in material.maps.items()}
    assert export(name, material, "stone") == export(name, material, "stone")
    for key, pixels in material.maps.items():
        np.testing.assert_array_equal(pixels, before[key])


@pytest.mark.parametrize("name", FORMATS)
def test_an_export_needs_three_times_the_pixels_at_most(name: str) -> None:
    albedo = np.random.default_rng(0).integers(0, 256, (512, 512, 4), np.uint8)
    albedo[..., 3] = 255
    options = ExportOptions(texture=TextureOptions(colour="bc1"))
    tracemalloc.start()
    try:
        export(name, Material(name="noise", maps={"albedo": albedo}), "noise", options)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak <= 3 * albedo.nbytes
