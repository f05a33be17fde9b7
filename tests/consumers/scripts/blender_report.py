"""Run by Blender: opens a glTF file and writes what it knows of each material as JSON.

A map is reported by the input of the Principled shader that it reaches, with what lies between, its colour space, how it is
repeated, and its pixels (RGBA, 0 to 255, rows from the top).
"""

import json
import sys
from pathlib import Path
from typing import Any

import bpy
import numpy

numpy.bool = bool  # type: ignore[assignment,misc]  # Blender 3.4's glTF reader uses the name that Debian's NumPy 1.24 has dropped
scene, report = sys.argv[sys.argv.index("--") + 1 :]
bpy.ops.wm.read_factory_settings(use_empty=True)
bpy.ops.import_scene.gltf(filepath=scene)


def source(socket: Any, through: tuple[str, ...] = ()) -> dict[str, Any] | None:
    """The picture that reaches a socket, and the nodes and outputs on the way."""
    if not socket.is_linked:
        return None
    link = socket.links[0]
    node = link.from_node
    if node.type == "TEX_IMAGE":
        width, height = node.image.size
        values = [round(value * 255) for value in node.image.pixels[:]]
        rows = [values[at : at + width * 4] for at in range(0, len(values), width * 4)]
        return {
            "through": [*through, link.from_socket.name],
            "size": [width, height],
            "colour_space": node.image.colorspace_settings.name,
            "extension": node.extension,
            "interpolation": node.interpolation,
            "rgba": [value for row in reversed(rows) for value in row],
        }
    found = (source(place, (*through, f"{node.type}.{link.from_socket.name}")) for place in node.inputs)
    return next((one for one in found if one), None)


def described(material: Any) -> dict[str, Any]:
    shader = next(node for node in material.node_tree.nodes if node.type == "BSDF_PRINCIPLED")
    maps = {socket.name: source(socket) for socket in shader.inputs}
    groups = [
        node for node in material.node_tree.nodes if node.type == "GROUP"
    ]  # glTF keeps occlusion beside the shader
    for group in groups:
        maps |= {f"{group.node_tree.name}.{socket.name}": source(socket) for socket in group.inputs}
    return {
        "maps": {name: found for name, found in maps.items() if found},
        "values": {
            name: shader.inputs[name].default_value
            for name in ("Metallic", "Roughness")
            if not shader.inputs[name].is_linked
        },
        "blend": material.blend_method,
        "two_sided": not material.use_backface_culling,
        "extras": {
            key: material[key] for key in sorted(material.keys()) if isinstance(material[key], (str, int, float))
        },
    }


answer = {
    "version": bpy.app.version_string,
    "materials": {material.name: described(material) for material in bpy.data.materials if material.use_nodes},
    "meshes": {mesh.name: [len(mesh.vertices), len(mesh.polygons)] for mesh in bpy.data.meshes},
}
Path(report).write_text(json.dumps(answer))
