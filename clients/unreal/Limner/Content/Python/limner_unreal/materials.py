"""A material of a texture's maps."""

from __future__ import annotations

from collections.abc import Mapping

import unreal

COLUMN, ROW = -450, 260  # between nodes
INPUTS = {
    "albedo": "MP_BASE_COLOR",
    "normal": "MP_NORMAL",
    "roughness": "MP_ROUGHNESS",
    "metallic": "MP_METALLIC",
    "ao": "MP_AMBIENT_OCCLUSION",
}


def material_of(name: str, folder: str, textures: Mapping[str, unreal.Texture2D]) -> unreal.Material:
    """A new material (or the one of that name, emptied) with a sample of each map at the input that it was made for."""
    path = f"{folder}/{name}"
    if unreal.EditorAssetLibrary.does_asset_exist(path):
        material = unreal.EditorAssetLibrary.load_asset(path)
        unreal.MaterialEditingLibrary.delete_all_material_expressions(material)
    else:
        tools = unreal.AssetToolsHelpers.get_asset_tools()
        material = tools.create_asset(name, folder, unreal.Material, unreal.MaterialFactoryNew())
    for row, (role, texture) in enumerate(textures.items()):
        if role in INPUTS:
            sample(material, role, texture, row)
    unreal.MaterialEditingLibrary.recompile_material(material)
    unreal.EditorAssetLibrary.save_loaded_asset(material)
    return material


def sample(material: unreal.Material, role: str, texture: unreal.Texture2D, row: int) -> None:
    """One texture sample, connected."""
    node = unreal.MaterialEditingLibrary.create_material_expression(
        material, unreal.MaterialExpressionTextureSample, COLUMN, row * ROW
    )
    node.set_editor_property("texture", texture)
    kinds = unreal.MaterialSamplerType
    kind = {"albedo": kinds.SAMPLERTYPE_COLOR, "normal": kinds.SAMPLERTYPE_NORMAL}.get(role, kinds.SAMPLERTYPE_MASKS)
    node.set_editor_property("sampler_type", kind)
    output = "RGB" if role in ("albedo", "normal") else "R"
    wanted = getattr(unreal.MaterialProperty, INPUTS[role])
    unreal.MaterialEditingLibrary.connect_material_property(node, output, wanted)
