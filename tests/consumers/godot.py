"""Godot 4.6, the official web template, in Chromium: loads exported files from a package and runs a script on them."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from limner.atlas.geometry import Size
from limner.atlas.sprites import Pixels
from tests.consumers.browser import Chromium, pixels
from tests.consumers.godot_import import imported
from tests.consumers.pck import packed

SCRIPTS = Path(__file__).parent / "scripts"
PROJECT = """config_version=5

[application]
config/name="test"
run/main_scene="res://stage.tscn"
boot_splash/show_image=false

[rendering]
renderer/rendering_method="gl_compatibility"
renderer/rendering_method.mobile="gl_compatibility"
renderer/rendering_method.web="gl_compatibility"
textures/canvas_textures/default_texture_filter=0
"""
SCENE = """[gd_scene load_steps=2 format=3]

[ext_resource type="Script" path="res://stage.gd" id="1"]

[node name="Stage" type="Node"]
script = ExtResource("1")
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class GodotAnswer:
    """What Godot drew, and the script's `said`."""

    pixels: Pixels
    said: Any


def godot_runs(
    browser: Chromium,
    files: Mapping[str, bytes],
    script: str,
    size: Size,
    arguments: Mapping[str, Any] | None = None,
    scripts: Path = SCRIPTS,
    expected: str = "",
) -> GodotAnswer:
    """What a node with `{script}.gd` of `scripts` draws on a clear stage of `size`, and what it leaves in its variable `said`.

    The exported files lie at `res://`; the script finds `arguments` in its variable of that name, and its function `run`, where it
    has one, is waited for. Raises EngineError with Godot's own words when it reports an error that the pattern `expected` has not.
    """
    game = {
        "project.godot": PROJECT.encode(),
        ".godot/global_script_class_cache.cfg": b"list=[]\n",
        "stage.tscn": SCENE.encode(),
        "picture.gd": (SCRIPTS / "picture.gd").read_bytes(),
        "stage.gd": (SCRIPTS / "stage.gd").read_bytes(),
        "test.gd": (scripts / f"{script}.gd").read_bytes(),
        "test.json": json.dumps({"size": size, "arguments": dict(arguments or {})}).encode(),
        **imported(files),
    }
    question = {"pack": "/files/game.pck", "expected": expected}
    answer = browser.asks("godot", {"game.pck": packed(game)}, question, expected)
    return GodotAnswer(pixels=pixels(answer), said=answer["said"])
