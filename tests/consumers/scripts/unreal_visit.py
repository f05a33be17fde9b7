"""Unreal's editor with stand-ins: starts as the editor does, presses entries of the menu, and reports what came of it.

Arguments: a JSON file with `saved`, `url`, `model`, `absent`, `maps` (PNGs in hex by role), and the file for the report.
"""

import json
import runpy
import sys
import threading
from pathlib import Path
from typing import Any

import unreal

PATIENCE_S = 60.0


def main(asked: dict[str, Any], report: Path) -> None:
    unreal.SAVED = Path(asked["saved"])
    runpy.run_path(
        next(str(Path(root) / "init_unreal.py") for root in sys.path if (Path(root) / "init_unreal.py").exists())
    )
    answer: dict[str, Any] = {"menu": [entry["label"] for entry in unreal.MENU]}

    press("Limner Settings…", {"url": asked["absent"], "model": asked["model"], "folder": "/Game/Art"})
    press("Draw Sprites…", {"prompt": "a red dragon", "size": 32})
    answer["absent"] = said()

    press("Limner Settings…", {"url": asked["url"]})
    press("Draw Sprites…", None)
    press("Draw Sprites…", {"prompt": " "})
    answer["empty"] = said()

    press("Draw Sprites…", {"prompt": "a red dragon", "size": 32, "candidates": 2, "seed": 7})
    answer["sprites"] = {"said": said(), "assets": assets()}

    unreal.ASSETS.clear()
    press("Draw Texture…", {"prompt": "grey stone", "size": 32, "seed": 3})
    answer["texture"] = {"said": said(), "assets": assets()}

    unreal.ASSETS.clear()
    from limner_unreal import asking, drawing

    pictures = tuple(drawing.Picture("", role, 0, bytes.fromhex(png)) for role, png in asked["maps"].items())
    for _ in range(2):  # the second time, everything is there
        asking.use_texture(drawing.Finished(pictures), "stone", "/Game/Art", True)
    answer["maps"] = {"said": said(), "assets": assets()}
    report.write_text(json.dumps(answer))


def press(label: str, values: dict[str, Any] | None) -> None:
    """Choose an entry of the menu, fill its dialog in, and let frames go round until nothing happens any more."""
    unreal.ANSWERS.append(values)
    (entry,) = [entry for entry in unreal.MENU if entry["label"] == label]
    exec(entry["command"], {})
    for thread in threading.enumerate():
        if thread.name == "limner-drawing":
            thread.join(PATIENCE_S)
    unreal.tick()
    assert not unreal.tick(), "still drawing"


def said() -> list[list[str]]:
    found = [list(line) for line in unreal.LOG]
    unreal.LOG.clear()
    return found


def assets() -> dict[str, Any]:
    return {
        path: {"kind": type(asset).__name__, **asset.values, **getattr(asset, "inputs", {})}
        for path, asset in unreal.ASSETS.items()
    }


main(json.loads(Path(sys.argv[1]).read_text()), Path(sys.argv[2]))
