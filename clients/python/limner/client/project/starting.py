"""`limner init`: an example of a manifest with everything explained, and the schema for editors."""

from __future__ import annotations

import json
from pathlib import Path

from limner.client.access import exits
from limner.client.folders import made, write_into
from limner.client.options import Settings
from limner.client.project.schema import NAME, manifest_schema
from limner.client.screen import Screen

EXAMPLE = "example.asset.toml"


def start_project(settings: Settings, folder: Path) -> None:
    """Write the example and the schema; a file that is there stays as it is."""
    with exits():
        files = {EXAMPLE: example(), NAME: schema_text().encode()}
        kept = [name for name in files if (made(folder) / name).exists() and name != NAME]
        written = write_into(folder, {name: content for name, content in files.items() if name not in kept})
    screen = Screen(settings, "init")
    for path in written:
        screen.result({"path": str(path), "state": "written"}, f"{path}  written")
    for name in kept:
        screen.result({"path": str(folder / name), "state": "kept"}, f"{folder / name}  was there and stays")


def schema_text() -> str:
    """The schema as the text of its file."""
    return json.dumps(manifest_schema(), indent=1, ensure_ascii=False) + "\n"


def example() -> bytes:
    """The example: a manifest that can be built as it is."""
    return (Path(__file__).parent / EXAMPLE).read_bytes()
