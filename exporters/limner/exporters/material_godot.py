"""Godot 4: a StandardMaterial3D (`.tres`) and its maps. One texture holds ambient occlusion, roughness and metallic.

Source: Godot's `scene/resources/material.cpp` (BaseMaterial3D).
"""

import numpy as np
from numpy.typing import NDArray

from limner.atlas.channels import orm
from limner.atlas.materials import Material
from limner.exporters.files import Files
from limner.exporters.godot_text import Color, Ext, resource, with_provenance
from limner.exporters.maps import map_files
from limner.exporters.options import ExportOptions
from limner.exporters.scene_pictures import split
from limner.exporters.transparency import transparency

RED, GREEN, BLUE = 0, 1, 2  # BaseMaterial3D.TextureChannel
TRANSPARENCY = {"blend": 1, "mask": 2}  # BaseMaterial3D.Transparency: alpha, alpha scissor
NEAREST_WITH_MIPMAPS, LINEAR_WITH_MIPMAPS = 2, 3  # BaseMaterial3D.TextureFilter
PACKED = ("ambient_occlusion", "roughness", "metallic")


def write_godot_material(material: Material, stem: str, options: ExportOptions) -> Files:
    """`<stem>.tres`, `<stem>_albedo.png` and those of normal, orm, height and emission that it uses."""
    maps: dict[str, NDArray[np.uint8]] = {
        name: material.maps[name] for name in ("albedo", "normal", "height", "emission") if name in material.maps
    }
    if material.maps.keys() & set(PACKED):
        maps["orm"] = orm(material)
    _, base = split(stem)
    ext = {suffix: Ext(suffix, "Texture2D", f"{base}_{suffix}.png") for suffix in maps}
    body = with_provenance(_body(material, ext, options), material.provenance)
    text = resource("StandardMaterial3D", list(ext.values()), [], body)
    return {f"{stem}.tres": text} | map_files(maps, material, stem)


def _body(material: Material, ext: dict[str, Ext], options: ExportOptions) -> dict[str, object]:
    body: dict[str, object] = {"resource_name": material.name}
    kind = transparency(material)
    if kind != "opaque":
        body["transparency"] = TRANSPARENCY[kind]
    body["albedo_texture"] = ext["albedo"]
    if "metallic" in material.maps:
        body |= {"metallic": 1.0, "metallic_texture": ext["orm"], "metallic_texture_channel": BLUE}
    if "roughness" in material.maps:
        body |= {"roughness": 1.0, "roughness_texture": ext["orm"], "roughness_texture_channel": GREEN}
    if "emission" in ext:
        body |= {"emission_enabled": True, "emission": Color(0.0, 0.0, 0.0), "emission_texture": ext["emission"]}
    if "normal" in ext:
        body |= {"normal_enabled": True, "normal_texture": ext["normal"]}
    if "ambient_occlusion" in material.maps:
        body |= {"ao_enabled": True, "ao_texture": ext["orm"], "ao_texture_channel": RED}
    if "height" in ext:  # at hand, and off: parallax costs much on most surfaces
        body |= {"heightmap_enabled": False, "heightmap_texture": ext["height"]}
    body["texture_filter"] = NEAREST_WITH_MIPMAPS if options.material.pixelated else LINEAR_WITH_MIPMAPS
    body["texture_repeat"] = material.tile_x or material.tile_y
    return body
