"""Blender, without a window: draws a wall and a figure with the add-on and renders them on the processor.

Arguments: a JSON file with `zip`, `url`, `wall`, `figure`, `seed`, `width`, `height`, and the PNG to write.
"""

import json
import math
import sys
from pathlib import Path
from typing import Any

import bpy

PATIENCE_S = 300.0


def main(asked: dict[str, Any], target: Path) -> None:
    bpy.ops.preferences.addon_install(filepath=asked["zip"])
    bpy.ops.preferences.addon_enable(module="limner")
    bpy.context.preferences.addons["limner"].preferences.url = asked["url"]
    settings = bpy.context.window_manager.limner
    settings.seed, settings.size, settings.relief = asked["seed"], "64", 0.05
    cube = bpy.data.objects["Cube"]
    cube.scale = (3.0, 3.0, 0.1)
    bpy.context.view_layer.objects.active = cube
    settings.prompt = asked["wall"]
    drawn(bpy.ops.limner.texture)
    mapping = next(node for node in cube.active_material.node_tree.nodes if node.type == "MAPPING")
    mapping.inputs["Scale"].default_value = (8, 8, 8)  # a face is a quarter of the picture: two tiles each way
    back = bpy.data.objects.new("Back", cube.data)
    back.scale, back.location, back.rotation_euler = (3.0, 3.0, 0.1), (0, 3, 3), (math.pi / 2, 0, 0)
    bpy.context.collection.objects.link(back)
    settings.prompt, settings.size = asked["figure"], "32"
    for x in (-1.2, 0.0, 1.2):
        bpy.context.scene.cursor.location = (x, -0.4 * abs(x), 0.1)
        drawn(bpy.ops.limner.plane)
    rendered(asked["width"], asked["height"], target)


def drawn(operator: Any) -> None:
    """Press the button and wait for the end."""
    assert operator() == {"FINISHED"}
    session = sys.modules["limner.session"].SESSION
    session._drawing._thread.join(PATIENCE_S)
    assert session.tick() is None, "still drawing"
    assert not session.error, session.error


def rendered(width: int, height: int, target: Path) -> None:
    scene = bpy.context.scene
    camera, light = bpy.data.objects["Camera"], bpy.data.objects["Light"]
    camera.location, camera.rotation_euler = (0, -6.5, 2.2), (math.radians(80), 0, 0)
    light.location, light.data.energy = (2, -4, 5), 900
    scene.render.engine = "CYCLES"
    scene.cycles.samples = 48
    scene.cycles.use_denoising = False
    scene.view_settings.view_transform = "Standard"
    scene.render.resolution_x, scene.render.resolution_y, scene.render.resolution_percentage = width, height, 100
    scene.render.filepath = str(target)
    bpy.ops.render.render(write_still=True)


arguments = sys.argv[sys.argv.index("--") + 1 :]
main(json.loads(Path(arguments[0]).read_text()), Path(arguments[1]))
