"""The options that several commands take, and what those of every command say together."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer

ServerOption = Annotated[
    str | None,
    typer.Option(
        "--server",
        metavar="HOST:PORT",
        envvar="LIMNER_SERVER",
        help="The server to ask. Default: the one on 127.0.0.1:50051, or one inside this command.",
    ),
]
KeyFileOption = Annotated[
    Path | None,
    typer.Option(
        "--key-file", metavar="FILE", envvar="LIMNER_KEY_FILE", help="A file that holds the server's API key."
    ),
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print one JSON object per result.")]
QuietOption = Annotated[bool, typer.Option("--quiet", "-q", help="Print nothing but errors.")]

ModelOption = Annotated[str | None, typer.Option(metavar="ID", help="The model. Default: the server's choice.")]
StyleOption = Annotated[str | None, typer.Option(metavar="S", help="pixel, flat, icon, painted or render.")]
FolderOption = Annotated[Path, typer.Option(metavar="DIR", help="Where the files go.")]
NameOption = Annotated[str, typer.Option(metavar="NAME", help="Of the files.")]


@dataclass(frozen=True, slots=True)
class Settings:
    """How a command reaches the server and what it prints."""

    server: str | None = None
    key_file: Path | None = None
    json: bool = False
    quiet: bool = False
