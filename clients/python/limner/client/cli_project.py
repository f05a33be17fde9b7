"""`limner init`, `limner build`, `limner watch`: a game's folder with its manifests."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from limner.client.options import JsonOption, KeyFileOption, QuietOption, ServerOption, Settings

INIT_EPILOG = "Example: limner init game/art"
BUILD_EPILOG = "Example: limner build game --check"
WATCH_EPILOG = "Example: limner watch game"
PathArgument = Annotated[
    Path,
    typer.Argument(metavar="PATH", help="The folder of a project, one in it, or a manifest. Default: this folder."),
]
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


def build(
    path: PathArgument = Path(),
    check: Annotated[
        bool, typer.Option("--check", help="Build nothing; exit with 1 where something is out of date.")
    ] = False,
    update: Annotated[
        bool, typer.Option("--update", help="Take the server's models as they are now, whatever the lock pins.")
    ] = False,
    server: ServerOption = None,
    key_file: KeyFileOption = None,
    json: JsonOption = False,
    quiet: QuietOption = False,
) -> None:
    """Draw and export what the manifests ask for and is not there yet. Run it again after a stop: what is done is skipped."""
    from limner.client.project.build import build_project, check_project

    settings = Settings(server, key_file, json, quiet)
    if check:
        check_project(settings, path)
    else:
        build_project(settings, path, update=update)


def watch(
    path: PathArgument = Path(),
    poll: Annotated[bool, typer.Option("--poll", help="Look at every file each second: for network drives.")] = False,
    project: Annotated[
        str, typer.Option(metavar="NAME", help="What engines call it. Default: the folder's name.")
    ] = "",
    server: ServerOption = None,
    key_file: KeyFileOption = None,
    json: JsonOption = False,
    quiet: QuietOption = False,
) -> None:
    """Build the moment that a manifest, or a file that it needs, is saved, and tell running games. Ctrl-C ends it."""
    from limner.client.project.watch import watch_project

    watch_project(Settings(server, key_file, json, quiet), path, poll=poll, name=project)
