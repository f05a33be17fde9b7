"""Godot 4's StandardMaterial3D: a `.tres`, and its maps as PNG beside it.

Roughness, metal and ambient occlusion share one picture, as in glTF. Textures repeat in Godot along both axes or along none, so a
material that tiles along one alone does not repeat. Source: Godot's `scene/resources/material.cpp`.
"""

from limner.atlas.channels import orm
from limner.atlas.materials import Material
from limner.exporters.files import Files
from limner.exporters.godot_text import Color, Ext, resource, with_provenance
from limner.exporters.maps import has_surface, is_clear, picture
from limner.exporters.options import ExportOptions, MaterialOptions
from limner.exporters.scene_pictures import inside, split

RED, GREEN, BLUE = 0, 1, 2  # BaseMaterial3D.TextureChannel
ALPHA, SCISSOR = 1, 2  # BaseMaterial3D.Transparency
NEAREST_MIPMAPS, LINEAR_MIPMAPS = 2, 3  # BaseMaterial3D.TextureFilter


def write_godot_material(material: Material, stem: str, options: ExportOptions) -> Files:
    """`<stem>.tres`, `<stem>-albedo.png` and so on."""
    folder, base = split(stem)
    maps = {
        name: pixels for name, pixels in material.maps.items() if name in ("albedo", "normal", "emission", "height")
    }
    pictures = {str(name): pixels for name, pixels in maps.items()} | (
        {"orm": orm(material)} if has_surface(material) else {}
    )
    ext = {name: Ext(name, "Texture2D", f"{base}-{name}.png") for name in pictures}
    body = {"resource_name": material.name, **_body(material, ext, options.material)}
    text = resource("StandardMaterial3D", list(ext.values()), [], with_provenance(body, material.provenance))
    files = {ext[name].path: picture(pixels, material) for name, pixels in pictures.items()}
    return inside(folder, {f"{base}.tres": text, **files})


def _body(material: Material, ext: dict[str, Ext], options: MaterialOptions) -> dict[str, object]:
    body: dict[str, object] = {"albedo_texture": ext["albedo"]}
    if options.alpha_cutoff is not None:
        body |= {"transparency": SCISSOR, "alpha_scissor_threshold": options.alpha_cutoff}
    elif is_clear(material):
        body["transparency"] = ALPHA
    if "orm" in ext:
        body |= {"metallic": 1.0, "metallic_texture": ext["orm"], "metallic_texture_channel": BLUE}
        body |= {"roughness": 1.0, "roughness_texture": ext["orm"], "roughness_texture_channel": GREEN}
        if "ambient_occlusion" in material.maps:
            body |= {"ao_enabled": True, "ao_texture": ext["orm"], "ao_texture_channel": RED}
    if "normal" in ext:
        body |= {"normal_enabled": True, "normal_texture": ext["normal"]}
    if "emission" in ext:
        body |= {"emission_enabled": True, "emission": Color(0, 0, 0), "emission_texture": ext["emission"]}
    if "height" in ext:
        body |= {"heightmap_enabled": options.parallax, "heightmap_texture": ext["height"]}
    body["texture_filter"] = NEAREST_MIPMAPS if options.pixelated else LINEAR_MIPMAPS
    body["texture_repeat"] = material.tile_x and material.tile_y
    return body
