"""`limner inspect` and `limner reproduce`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from limner.client.options import JsonOption, KeyFileOption, QuietOption, ServerOption, Settings

INSPECT_EPILOG = "Example: limner inspect hero.png --authority authority.pem"
REPRODUCE_EPILOG = 'Example: limner reproduce hero.png --prompt "a red dragon" --out again.png'
FileArgument = Annotated[Path, typer.Argument(metavar="FILE", help="Any file that Limner exported.")]


def inspect(
    file: FileArgument,
    authority: Annotated[
        Path | None, typer.Option(metavar="PEM", help="Whom to trust: the authority.pem of the server that signed.")
    ] = None,
    server: ServerOption = None,
    key_file: KeyFileOption = None,
    json: JsonOption = False,
    quiet: QuietOption = False,
) -> None:
    """Tell where a file comes from, and whether it is as it was signed. Exits with 1 when it was changed."""
    from limner.client.reproducing import inspect_file

    inspect_file(Settings(server, key_file, json, quiet), file, authority)


def reproduce(
    file: FileArgument,
    out: Annotated[Path | None, typer.Option(metavar="FILE", help="Write the picture there.")] = None,
    prompt: Annotated[
        str | None,
        typer.Option(metavar="TEXT", help="The words it was drawn from, where the file has their hash alone."),
    ] = None,
    server: ServerOption = None,
    key_file: KeyFileOption = None,
    json: JsonOption = False,
    quiet: QuietOption = False,
) -> None:
    """Draw a file's picture again and compare it byte for byte. Exits with 1 when it differs."""
    from limner.client.reproducing import reproduce_file

    reproduce_file(Settings(server, key_file, json, quiet), file, out, prompt)
