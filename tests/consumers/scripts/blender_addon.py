"""Blender, without a window: installs the add-on as a person does, draws with it, and reports what came of it.

Arguments: a JSON file with `zip`, `url`, `model`, `maps` (PNGs in hex by role), and the file for the report.
"""

import json
import sys
from pathlib import Path
from typing import Any

import bpy

PATIENCE_S = 120.0


def main(asked: dict[str, Any], report: Path) -> None:
    bpy.ops.preferences.addon_install(filepath=asked["zip"])
    bpy.ops.preferences.addon_enable(module="limner")
    chosen = bpy.context.preferences.addons["limner"].preferences
    settings = bpy.context.window_manager.limner
    chosen.model, settings.seed, settings.size = asked["model"], 7, "32"
    answer: dict[str, Any] = {}

    settings.prompt = "grey stone wall"
    chosen.url = "http://127.0.0.1:9"  # nobody
    drawn(bpy.ops.limner.texture)
    answer["absent"] = session().error

    chosen.url = asked["url"]
    answer["refused"] = refused(bpy.ops.limner.texture, settings, prompt=" ")
    answer["test"] = sorted(bpy.ops.limner.test())
    cube = bpy.data.objects["Cube"]
    bpy.context.view_layer.objects.active = cube
    drawn(bpy.ops.limner.texture)
    answer["texture"] = {"error": session().error, "wears": cube.active_material.name, **told(cube.active_material)}

    settings.prompt = "a red dragon"
    bpy.context.scene.cursor.location = (1, 2, 3)
    drawn(bpy.ops.limner.plane)
    plane = bpy.context.view_layer.objects.active
    answer["plane"] = {
        "error": session().error,
        "name": plane.name,
        "place": list(plane.location),
        "corners": [list(vertex.co) for vertex in plane.data.vertices],
        "uvs": [list(corner.uv) for corner in plane.data.uv_layers[0].data],
        "blend": plane.active_material.blend_method,
        **told(plane.active_material),
    }
    operators, drawing = sys.modules["limner.operators"], sys.modules["limner.drawing"]
    pictures = tuple(drawing.Picture("", role, 0, bytes.fromhex(png)) for role, png in asked["maps"].items())
    operators.use_texture(drawing.Finished(pictures), "stone", "Cube", True, 0.2)
    answer["maps"] = told(cube.active_material)
    settings.prompt = "another dragon"
    bpy.ops.limner.plane()
    bpy.ops.limner.cancel()
    finished()
    answer["cancelled"] = {"text": session().text, "error": session().error}
    bpy.ops.preferences.addon_disable(module="limner")
    answer["gone"] = not hasattr(bpy.types.WindowManager, "limner")
    report.write_text(json.dumps(answer))


def session() -> Any:
    return sys.modules["limner.session"].SESSION


def drawn(operator: Any) -> None:
    """Press the button and let the main loop go round until the end."""
    assert operator() == {"FINISHED"}
    finished()


def finished() -> None:
    """What Blender's timers do, which do not run without a window."""
    drawing = session()._drawing
    drawing._thread.join(PATIENCE_S)
    assert session().tick() is None, "still drawing"


def refused(operator: Any, settings: Any, prompt: str) -> str:
    """What an operator says that does not start."""
    before, settings.prompt = settings.prompt, prompt
    try:
        operator()
    except RuntimeError as error:
        return str(error).strip()
    finally:
        settings.prompt = before
    return ""


def told(material: Any) -> dict[str, Any]:
    """The links of a material's nodes, and its pictures."""
    tree = material.node_tree
    links = sorted(
        f"{link.from_node.bl_idname}{'/' + link.from_node.image.name if hasattr(link.from_node, 'image') else ''}"
        f".{link.from_socket.name} -> {link.to_node.bl_idname}.{link.to_socket.name}"
        for link in tree.links
    )
    images = {}
    for node in tree.nodes:
        if node.bl_idname == "ShaderNodeTexImage":
            image = node.image
            images[image.name] = {
                "size": list(image.size),
                "space": image.colorspace_settings.name,
                "packed": bytes(image.packed_file.data).hex(),
                "rgba": [round(value * 255) for value in image.pixels],
                "interpolation": node.interpolation,
                "extension": node.extension,
            }
    return {"links": links, "images": images}


arguments = sys.argv[sys.argv.index("--") + 1 :]
main(json.loads(Path(arguments[0]).read_text()), Path(arguments[1]))
