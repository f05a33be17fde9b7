"""Materials of Blender, their nodes set up."""

from __future__ import annotations

from collections.abc import Mapping

import bpy

Image = bpy.types.Image
Node = bpy.types.Node
COLUMN, ROW = 300, 300  # between nodes


def texture_material(
    name: str, maps: Mapping[str, Image], *, pixelated: bool = True, relief: float = 0.1
) -> bpy.types.Material:
    """A material of seamless maps by role: `albedo`, and of `normal`, `height`, `roughness`, `ao` and `metallic` those there are."""
    material, tree, shader = _shaded(name)
    mapping = _mapped(tree)
    textures = {
        role: _texture(tree, image, mapping, row, pixelated, tiled=True)
        for row, (role, image) in enumerate(maps.items())
    }
    colour = textures["albedo"].outputs["Color"]
    if "ao" in textures:
        colour = _multiplied(tree, colour, textures["ao"].outputs["Color"])
    tree.links.new(colour, shader.inputs["Base Color"])
    for role, socket in (("roughness", "Roughness"), ("metallic", "Metallic")):
        if role in textures:
            tree.links.new(textures[role].outputs["Color"], shader.inputs[socket])
    if "normal" in textures:
        bent = _placed(tree, "ShaderNodeNormalMap", -1, 1)
        tree.links.new(textures["normal"].outputs["Color"], bent.inputs["Color"])
        tree.links.new(bent.outputs["Normal"], shader.inputs["Normal"])
    if "height" in textures:
        raised = _placed(tree, "ShaderNodeDisplacement", 0, 2)
        raised.inputs["Scale"].default_value = relief
        tree.links.new(textures["height"].outputs["Color"], raised.inputs["Height"])
        output = next(node for node in tree.nodes if node.type == "OUTPUT_MATERIAL")
        tree.links.new(raised.outputs["Displacement"], output.inputs["Displacement"])
    return material


def picture_material(name: str, image: Image, *, pixelated: bool = True) -> bpy.types.Material:
    """A material that shows one picture and is clear where the picture is."""
    material, tree, shader = _shaded(name)
    texture = _texture(tree, image, None, 0, pixelated, tiled=False)
    tree.links.new(texture.outputs["Color"], shader.inputs["Base Color"])
    tree.links.new(texture.outputs["Alpha"], shader.inputs["Alpha"])
    shader.inputs["Roughness"].default_value = 1.0
    if hasattr(material, "surface_render_method"):  # Blender 4.2 and newer
        material.surface_render_method = "DITHERED"
    else:
        material.blend_method = "CLIP"
        material.shadow_method = "CLIP"
    return material


def _shaded(name: str) -> tuple[bpy.types.Material, bpy.types.NodeTree, Node]:
    """A new material, its nodes and its Principled shader."""
    material = bpy.data.materials.new(name)
    material.use_nodes = True
    tree = material.node_tree
    return material, tree, next(node for node in tree.nodes if node.type == "BSDF_PRINCIPLED")


def _mapped(tree: bpy.types.NodeTree) -> Node:
    """One Mapping node for all maps: scale it, and they stay together."""
    coordinates = _placed(tree, "ShaderNodeTexCoord", -4, 0)
    mapping = _placed(tree, "ShaderNodeMapping", -3, 0)
    tree.links.new(coordinates.outputs["UV"], mapping.inputs["Vector"])
    return mapping


def _texture(
    tree: bpy.types.NodeTree, image: Image, mapping: Node | None, row: int, pixelated: bool, *, tiled: bool
) -> Node:
    node = _placed(tree, "ShaderNodeTexImage", -2, row)
    node.image = image
    node.interpolation = "Closest" if pixelated else "Linear"
    node.extension = "REPEAT" if tiled else "CLIP"
    if mapping:
        tree.links.new(mapping.outputs["Vector"], node.inputs["Vector"])
    return node


def _multiplied(
    tree: bpy.types.NodeTree, colour: bpy.types.NodeSocket, factor: bpy.types.NodeSocket
) -> bpy.types.NodeSocket:
    mixed = _placed(tree, "ShaderNodeMix", -1, 0)
    mixed.data_type = "RGBA"
    mixed.blend_type = "MULTIPLY"
    sockets = {socket.identifier: socket for socket in [*mixed.inputs, *mixed.outputs]}
    sockets["Factor_Float"].default_value = 1.0
    tree.links.new(colour, sockets["A_Color"])
    tree.links.new(factor, sockets["B_Color"])
    return sockets["Result_Color"]


def _placed(tree: bpy.types.NodeTree, kind: str, column: int, row: int) -> Node:
    node = tree.nodes.new(kind)
    node.location = column * COLUMN, 300 - row * ROW
    return node
