"""Files into assets of the project, through Unreal's own importers."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import unreal

NUMBERS = ("height", "roughness", "ao", "metallic")  # maps that hold numbers, not colours


def imported(paths: Sequence[Path], folder: str) -> list[unreal.Object]:
    """The assets that the files become, in the content folder; assets of the same names are replaced, references to them stay."""
    tasks = [task_of(path, folder) for path in paths]
    unreal.AssetToolsHelpers.get_asset_tools().import_asset_tasks(tasks)
    found = []
    for task in tasks:
        objects = list(task.get_objects())
        if not objects:
            unreal.log_error(f"Limner: Unreal did not import {task.filename}; its log says why")
        found += objects
    return found


def task_of(path: Path, folder: str) -> unreal.AssetImportTask:
    task = unreal.AssetImportTask()
    task.filename = str(path)
    task.destination_path = folder
    task.automated = True  # no dialogs
    task.replace_existing = True
    task.save = True
    return task


def set_up_texture(texture: unreal.Texture2D, role: str, *, pixelated: bool) -> None:
    """How Unreal reads a texture: sharp pixels for pixel art, numbers as numbers."""
    if pixelated:
        texture.set_editor_property("filter", unreal.TextureFilter.TF_NEAREST)
        texture.set_editor_property("mip_gen_settings", unreal.TextureMipGenSettings.TMGS_NO_MIPMAPS)
    if role == "normal":
        texture.set_editor_property("compression_settings", unreal.TextureCompressionSettings.TC_NORMALMAP)
        texture.set_editor_property("flip_green_channel", True)  # ours are as OpenGL has them
        texture.set_editor_property("srgb", False)
    elif role in NUMBERS:
        texture.set_editor_property("compression_settings", unreal.TextureCompressionSettings.TC_MASKS)
        texture.set_editor_property("srgb", False)
    else:
        texture.set_editor_property(
            "compression_settings", unreal.TextureCompressionSettings.TC_EDITOR_ICON
        )  # uncompressed
    unreal.EditorAssetLibrary.save_loaded_asset(texture)
