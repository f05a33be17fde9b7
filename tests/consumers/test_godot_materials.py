"""Godot 4.6 opens exported materials and compressed textures: every map lies where the surface needs it."""

import shutil
from collections.abc import Mapping
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from limner.atlas.channels import orm
from limner.atlas.geometry import Size
from limner.atlas.materials import Material
from limner.atlas.sprites import Pixels
from limner.exporters import export
from limner.exporters.options import ExportOptions, MaterialOptions, TextureOptions
from tests.consumers.browser import Chromium, pixels
from tests.consumers.godot import GodotAnswer, godot_runs
from tests.consumers.surfaces import SIDE, stone

CHANNELS = {"ao": 0, "roughness": 1, "metallic": 2}  # red, green, blue
STAGE = Size(SIDE, SIDE)


def opaque(rgb: NDArray[np.uint8]) -> Pixels:
    """(h, w, 3) or (h, w) as RGBA, grey where there is one channel."""
    wide = rgb if rgb.ndim == 3 else np.repeat(rgb[..., None], 3, axis=2)
    return np.dstack([wide, np.full(wide.shape[:2], 255, np.uint8)])


def check_maps(said: Mapping[str, Any], material: Material) -> None:
    """Godot's textures are the material's maps, each read through its channel."""
    packed, maps = opaque(orm(material)), {name: pixels(one) for name, one in said["maps"].items()}
    np.testing.assert_array_equal(maps["albedo_texture"], material.maps["albedo"])
    np.testing.assert_array_equal(maps["normal_texture"], opaque(material.maps["normal"]))
    np.testing.assert_array_equal(maps["emission_texture"], opaque(material.maps["emission"]))
    for name, channel in CHANNELS.items():
        np.testing.assert_array_equal(maps[f"{name}_texture"], packed)
        assert said["channels"][name] == channel
    assert said["enabled"] == {"normal": True, "ao": True, "emission": True}
    assert said["factors"] == {"roughness": 1, "metallic": 1, "albedo": "ffffffff"}
    assert said["class"] == "StandardMaterial3D"
    assert said["name"] == material.name


@pytest.mark.parametrize("mesh", ["plane", "sphere"])
def test_a_glb_brings_every_map(browser: Chromium, mesh: Any) -> None:
    options = ExportOptions(material=MaterialOptions(mesh=mesh))
    files = export("gltf", stone(), "stone", options)
    answer = godot_runs(browser, files, "material", STAGE, {"path": "res://stone.glb"})
    check_maps(answer.said, stone())
    check_drawn(answer, stone())
    assert answer.said["tangents"], "normal maps need them"


def test_a_standard_material_brings_every_map(browser: Chromium) -> None:
    files = export("godot-material", stone(), "surfaces/stone")
    answer = godot_runs(browser, files, "material", STAGE, {"path": "res://surfaces/stone.tres"})
    check_maps(answer.said, stone())
    height = pixels(answer.said["maps"]["heightmap_texture"])
    np.testing.assert_array_equal(height, opaque(stone().maps["height"]))
    check_drawn(answer, stone())


def check_drawn(answer: GodotAnswer, material: Material) -> None:
    """Without light, the stage shows the albedo; Godot takes it through linear light and back."""
    np.testing.assert_allclose(answer.pixels.astype(int), material.maps["albedo"], atol=2)


def bumps() -> Material:
    """Grey, with normals that lean up and down (upper quarters) and left and right (lower quarters)."""
    normal = np.zeros((SIDE, SIDE, 3), np.uint8)
    half = SIDE // 2
    normal[:half, :half] = 128, 198, 234
    normal[:half, half:] = 128, 58, 234
    normal[half:, :half] = 58, 128, 234
    normal[half:, half:] = 198, 128, 234
    grey = np.full((SIDE, SIDE, 4), (128, 128, 128, 255), np.uint8)
    return Material(name="bumps", maps={"albedo": grey, "normal": normal})


@pytest.mark.parametrize(("name", "file"), [("gltf", "bumps.glb"), ("godot-material", "bumps.tres")])
def test_what_leans_towards_the_light_is_brighter(browser: Chromium, name: str, file: str) -> None:
    """The green of a normal is up, as glTF and Godot want it."""
    files, half = export(name, bumps(), "bumps"), SIDE // 2
    bright = {}
    for side, light in {"above": [0, 1, 1], "the right": [1, 0, 1]}.items():
        answer = godot_runs(browser, files, "material", STAGE, {"path": f"res://{file}", "light": light})
        quarters = answer.pixels[..., :3].reshape(2, half, 2, half, 3).mean(axis=(1, 3, 4))
        bright[side] = dict(zip(("up", "down", "left", "right"), quarters.ravel().tolist(), strict=True))
    from_above, from_right = bright["above"], bright["the right"]
    assert from_above["up"] > from_above["left"] + 10 > from_above["down"] + 20
    assert from_above["left"] == pytest.approx(from_above["right"], abs=2)
    assert from_right["right"] > from_right["up"] + 10 > from_right["left"] + 20
    assert from_right["up"] == pytest.approx(from_right["down"], abs=2)


def within(found: Pixels, wanted: Pixels, most: int, mean: float) -> None:
    error = np.abs(found.astype(int) - wanted)
    assert error.max() <= most
    assert error.mean() <= mean


def textures(browser: Chromium, files: Mapping[str, bytes]) -> tuple[dict[str, Mapping[str, Any]], dict[str, Pixels]]:
    """What Godot says of each texture by its map, and what it draws."""
    order = sorted(files)
    paths = [f"res://{path}" for path in order]
    answer = godot_runs(browser, files, "textures", Size(SIDE * len(order), SIDE), {"paths": paths})
    names = [path.rpartition("_")[2].partition(".")[0] for path in order]
    said = {name: answer.said[path] for name, path in zip(names, paths, strict=True)}
    drawn = dict(zip(names, np.split(answer.pixels, len(order), axis=1), strict=True))
    return said, drawn


def check_textures(
    said: Mapping[str, Mapping[str, Any]], drawn: Mapping[str, Pixels], most: int, mean: float, whole: bool
) -> None:
    """Each texture is its map within the bound. Formats of one or two channels hold no more than those."""
    wanted = {
        "albedo": stone().maps["albedo"],
        "emission": opaque(stone().maps["emission"]),
        "orm": opaque(orm(stone())),
        "normal": opaque(stone().maps["normal"]),
        "height": opaque(stone().maps["height"]),
    }
    assert said.keys() == wanted.keys()
    for name, pixels_wanted in wanted.items():
        channels = {"normal": 2, "height": 1}.get(name, 4) if not whole else 4
        assert said[name]["mipmaps"] == 6, name
        within(pixels(said[name])[..., :channels], pixels_wanted[..., :channels], most, mean)
        within(drawn[name][..., :channels], pixels_wanted[..., :channels], most, mean)


@pytest.mark.parametrize(("colour", "most", "mean"), [("bc1", 12, 2.5), ("bc3", 12, 2.5), ("bc7", 10, 1.0)])
@pytest.mark.parametrize("name", ["dds", "godot-ktx2"])
def test_block_textures_are_what_was_compressed(
    browser: Chromium, name: str, colour: Any, most: int, mean: float
) -> None:
    files = export(name, stone(), "stone", ExportOptions(texture=TextureOptions(colour=colour)))
    said, drawn = textures(browser, files)
    check_textures(said, drawn, most, mean, whole=False)


@pytest.mark.parametrize(("kind", "most", "mean"), [("uastc", 6, 0.8), ("etc1s", 16, 2.5)])
def test_basis_textures_are_what_was_compressed(
    browser: Chromium, basisu: str, kind: Any, most: int, mean: float
) -> None:
    files = export("godot-ktx2", stone(), "stone", ExportOptions(texture=TextureOptions(ktx2=kind, basisu=basisu)))
    said, drawn = textures(browser, files)
    check_textures(said, drawn, most, mean, whole=True)


@pytest.mark.skipif(not shutil.which("astcenc"), reason="needs astcenc: apt-get install astcenc")
def test_astc_textures_are_what_was_compressed(browser: Chromium) -> None:
    files = export("godot-ktx2", stone(), "stone", ExportOptions(texture=TextureOptions(ktx2="astc")))
    said, drawn = textures(browser, files)
    check_textures(said, drawn, 6, 1.0, whole=True)
