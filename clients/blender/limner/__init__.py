"""Limner in Blender: textures with their materials, and pictures as planes, from a sentence.

Blender 4.2 and newer read `blender_manifest.toml`; older ones `bl_info`.
"""

from . import operators, panels, preferences, settings

bl_info = {
    "name": "Limner",
    "author": "The Limner authors",
    "version": (0, 1, 0),
    "blender": (3, 4, 0),
    "location": "3D View and Shader Editor > Sidebar > Limner",
    "description": "Textures and pictures from sentences, drawn by your own server",
    "category": "Material",
}


def register() -> None:
    for part in (preferences, settings, operators, panels):
        part.register()


def unregister() -> None:
    for part in (panels, operators, settings, preferences):
        part.unregister()
