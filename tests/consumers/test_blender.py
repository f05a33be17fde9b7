"""Blender opens an exported GLB: every map reaches the input of its shader that it was made for."""

import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from limner.atlas.channels import orm
from limner.atlas.materials import Material
from limner.atlas.sprites import Pixels
from limner.exporters import export
from limner.exporters.options import ExportOptions, MaterialOptions
from tests.consumers.blender import PROGRAM, blender_reports
from tests.consumers.surfaces import stone
from tests.consumers.test_godot_materials import opaque

THROUGH = {  # the way from a picture to the input of the shader
    "Base Color": ["Color"],
    "Metallic": ["SEPARATE_COLOR.Blue", "Color"],
    "Roughness": ["SEPARATE_COLOR.Green", "Color"],
    "Emission": ["Color"],
    "Normal": ["NORMAL_MAP.Normal", "Color"],
    "glTF Material Output.Occlusion": ["SEPARATE_COLOR.Red", "Color"],
}


def wanted(material: Material) -> dict[str, Pixels]:
    packed = opaque(orm(material))
    return {
        "Base Color": material.maps["albedo"],
        "Metallic": packed,
        "Roughness": packed,
        "Emission": opaque(material.maps["emission"]),
        "Normal": opaque(material.maps["normal"]),
        "glTF Material Output.Occlusion": packed,
    }


@pytest.mark.skipif(not shutil.which(PROGRAM), reason="needs Blender: apt-get install blender python3-numpy")
@pytest.mark.parametrize(("mesh", "pixelated"), [("plane", True), ("sphere", False)])
def test_every_map_reaches_its_input(tmp_path: Path, mesh: Any, pixelated: bool) -> None:
    options = ExportOptions(material=MaterialOptions(mesh=mesh, pixelated=pixelated))
    report = blender_reports(export("gltf", stone(), "stone", options)["stone.glb"], tmp_path)
    (material,) = report["materials"].values()
    assert list(report["materials"]) == [stone().name]
    maps = material["maps"]
    assert {name: one["through"] for name, one in maps.items()} == THROUGH
    for name, pixels in wanted(stone()).items():
        found = np.array(maps[name]["rgba"], np.uint8).reshape(pixels.shape)
        np.testing.assert_array_equal(found, pixels, err_msg=name)
        colour = name in ("Base Color", "Emission")
        assert maps[name]["colour_space"] == ("sRGB" if colour else "Non-Color"), name
        assert maps[name]["extension"] == "REPEAT"
        assert maps[name]["interpolation"] == ("Closest" if pixelated else "Linear")
    assert material["blend"] == "OPAQUE"
    assert report["meshes"].keys() == {mesh}
