"""`limner init`, `limner build`, `limner watch`: a game's folder with its manifests."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from limner.client.options import JsonOption, KeyFileOption, QuietOption, ServerOption, Settings

INIT_EPILOG = "Example: limner init game/art"
FolderArgument = Annotated[Path, typer.Argument(metavar="DIR", help="The folder of the project.")]


def init(
    folder: FolderArgument = Path(),
    server: ServerOption = None,
    key_file: KeyFileOption = None,
    json: JsonOption = False,
    quiet: QuietOption = False,
) -> None:
    """Write an example of a manifest, with comments, and the schema for your editor."""
    from limner.client.project.starting import start_project

    start_project(Settings(server, key_file, json, quiet), folder)
