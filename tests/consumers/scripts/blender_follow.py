"""Blender, without a window: shows two files, follows changes, and says what is seen after each.

Arguments: a JSON file with `zip`, `url` and `folder`, and the file for the report. Says `following` when a change may come.
"""

import json
import sys
import time
from pathlib import Path
from typing import Any

import bpy

PATIENCE_S = 60.0


def main(asked: dict[str, Any], report: Path) -> None:
    bpy.ops.preferences.addon_install(filepath=asked["zip"])
    bpy.ops.preferences.addon_enable(module="limner")
    chosen = bpy.context.preferences.addons["limner"].preferences
    chosen.url = "http://127.0.0.1:9"  # nobody
    bpy.ops.limner.follow()
    wait(lambda: reloading().error)
    answer: dict[str, Any] = {"absent": reloading().error, "goes on": reloading().running}
    bpy.ops.limner.follow()
    chosen.url = asked["url"]
    for name in ("hero.png", "rock.png"):
        bpy.data.images.load(str(Path(asked["folder"], name)))
    answer["before"] = seen()
    bpy.ops.limner.follow()
    wait(lambda: reloading().text == "Following changes")
    print("following", flush=True)
    wait(lambda: reloading().reloaded)
    answer["after"], answer["reloaded"] = seen(), reloading().reloaded
    bpy.ops.limner.follow()
    answer["stopped"] = not reloading().running
    bpy.ops.preferences.addon_disable(module="limner")
    report.write_text(json.dumps(answer))


def reloading() -> Any:
    return sys.modules["limner.reloading"].RELOADING


def wait(done: Any) -> None:
    """What Blender's timers do, which do not run without a window."""
    end = time.monotonic() + PATIENCE_S
    while not done():
        assert time.monotonic() < end, (reloading().text, reloading().error)
        reloading().tick()
        time.sleep(0.02)


def seen() -> dict[str, list[int]]:
    return {
        image.name: [round(value * 255) for value in image.pixels]
        for image in bpy.data.images
        if image.name.endswith(".png")
    }


arguments = sys.argv[sys.argv.index("--") + 1 :]
main(json.loads(Path(arguments[0]).read_text()), Path(arguments[1]))
