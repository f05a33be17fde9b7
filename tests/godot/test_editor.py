"""The part of the addon that talks to Godot's editor, run in Godot 4.6 with stand-ins for the editor's own classes.

The web template has no editor; what the stand-ins in `editor/` claim of it is all that is known of it here.
"""

import base64
import re
from pathlib import Path
from typing import Any

from limner.exporters import export
from tests.consumers.browser import Chromium
from tests.consumers.godot import godot_runs
from tests.exporters.scene_art import ISLAND_NODES, island
from tests.godot.addon import LOST, SCRIPTS, SMALL, addon_files
from tests.godot.stand_in import standing_in, stream

STAND_INS = Path(__file__).parent / "editor"
CLASSES = ".godot/global_script_class_cache.cfg"


def published(sequence: int, folder: str) -> dict[str, Any]:
    files = [{"path": "hero.png", "digest": "1" * 64}, {"path": "old.png", "digest": ""}]
    publication = {"project": "game", "folder": folder, "key": "hero.asset.toml#hero", "files": files}
    return {"change": {"kind": "KIND_PUBLISHED", "publication": publication}, "sequence": str(sequence)}


ELSEWHERE, HERE = published(2, "/home/ann/other"), published(3, "/home/ann/game/art")


def stand_ins() -> dict[str, bytes]:
    """The stand-ins' scripts, and the list of classes by which Godot knows them."""
    files = {f"editor/{path.name}": path.read_bytes() for path in sorted(STAND_INS.glob("*.gd"))}
    entries = []
    for path, content in files.items():
        name, base = re.findall(rb"^(?:class_name|extends) (\w+)$", content, re.MULTILINE)
        entries.append(
            f'{{"base": &"{base.decode()}", "class": &"{name.decode()}", "icon": "", "is_abstract": false, '
            f'"is_tool": true, "language": &"GDScript", "path": "res://{path}"}}'
        )
    return {**files, CLASSES: f"list=[{', '.join(entries)}]\n".encode()}


def test_the_plugin_follows_the_settings_and_inserts_with_undo(browser: Chromium) -> None:
    scene = {
        f"island/{path}": base64.b64encode(content).decode()
        for path, content in export("godot-scene", island(), "island").items()
    }
    files = {**addon_files(), **stand_ins()}
    with standing_in({"AssetService/WatchAssets": [stream({"sequence": "1"}, ELSEWHERE, HERE, cut=True)]}) as server:
        arguments = {"files": scene, "main": "island/island.tscn", "address": server.address}
        said = godot_runs(browser, files, "editor", SMALL, arguments, SCRIPTS, LOST).said
        server.cue.set()
    assert said["folder"] == "res://limner"
    assert said["connections"] == [["http://127.0.0.1:8080", "lk_1"], [server.address, "lk_1"]]
    assert {name: info["hint"] for name, info in said["settings"].items()} == {
        "limner/server/address": 20,  # PROPERTY_HINT_PLACEHOLDER_TEXT
        "limner/server/key": 36,  # PROPERTY_HINT_PASSWORD
    }
    assert "Open or create a scene first." in said["without_scene"]
    assert said["reloaded"] == ["res://art/hero.png"], "what another project writes is not imported"
    assert said["scans"] == [1, 2]
    everything = ["Island", *(f"Island/{path}" for path in ISLAND_NODES)]
    assert said["inserted"] == said["redone"] == everything
    assert said["undone"] == []
    assert said["action"] == "Insert Island"
    assert said["edited"] == "Island"
    assert (said["docks"], said["listeners"]) == (0, 0)
