"""The addon's files as Godot finds them, and runs of test scripts that use them."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from limner.atlas.geometry import Size
from tests.consumers.browser import Chromium
from tests.consumers.godot import GodotAnswer, godot_runs

PROJECT = Path(__file__).parents[2] / "clients" / "godot"
ADDON = PROJECT / "addons" / "limner"
SCRIPTS = Path(__file__).parent / "scripts"
SMALL = Size(8, 8)
LOST = (
    "Failed to load resource|TypeError: Failed to fetch|network error|ERR_"  # what a browser says of lost connections
)


def addon_files() -> dict[str, bytes]:
    """Everything that the addon consists of, by path below `res://`."""
    return {str(path.relative_to(PROJECT).as_posix()): path.read_bytes() for path in ADDON.rglob("*") if path.is_file()}


def run(
    browser: Chromium, script: str, arguments: Mapping[str, Any], size: Size = SMALL, *, expected: str = ""
) -> GodotAnswer:
    """What `scripts/{script}.gd` draws and says, with the addon in place. `expected` is a pattern of console errors that it wants."""
    return godot_runs(browser, addon_files(), script, size, arguments, SCRIPTS, expected)
