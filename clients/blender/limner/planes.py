"""A picture standing in the scene."""

from __future__ import annotations

import bpy

PIXELS_A_METRE = 32


def standing(
    context: bpy.types.Context, name: str, material: bpy.types.Material, size: tuple[int, int]
) -> bpy.types.Object:
    """A plane of the picture's proportions that stands at the 3D cursor and faces the front view; its feet are its origin."""
    width, height = size[0] / PIXELS_A_METRE, size[1] / PIXELS_A_METRE
    mesh = bpy.data.meshes.new(name)
    left, right = -width / 2, width / 2
    mesh.from_pydata([(left, 0, 0), (right, 0, 0), (right, 0, height), (left, 0, height)], [], [(0, 1, 2, 3)])
    layer = mesh.uv_layers.new(name="UVMap")
    for corner, place in zip(layer.data, ((0, 0), (1, 0), (1, 1), (0, 1)), strict=True):
        corner.uv = place
    mesh.materials.append(material)
    plane = bpy.data.objects.new(name, mesh)
    plane.location = context.scene.cursor.location
    context.collection.objects.link(plane)
    return plane
