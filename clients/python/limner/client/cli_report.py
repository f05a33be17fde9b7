"""`limner report …`: what a server draws, measured."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from limner.client.options import JsonOption, KeyFileOption, QuietOption, ServerOption, Settings

report = typer.Typer(no_args_is_help=True, help="Measure what a server draws.")


@report.callback()
def reports() -> None:
    """Measure what a server draws."""


@report.command("fairness", epilog="Example: limner report fairness --out fairness.svg --seeds 100")
def fairness(
    out: Annotated[Path, typer.Option(metavar="FILE.svg", help="Where the plot goes.")],
    person: Annotated[list[str] | None, typer.Option(metavar="WORD", help="Whom to draw. May be given again.")] = None,
    seeds: Annotated[int, typer.Option(metavar="N", min=1, max=1000, help="Pictures of each sentence.")] = 100,
    steps: Annotated[int | None, typer.Option(metavar="N", help="Denoising steps.")] = None,
    model: Annotated[str | None, typer.Option(metavar="ID", help="The model. Default: the server's choice.")] = None,
    server: ServerOption = None,
    key_file: KeyFileOption = None,
    json: JsonOption = False,
    quiet: QuietOption = False,
) -> None:
    """Draw persons without a sex, and the same named female and male; say how many of each a judge of pixels calls female."""
    from limner.client.fairness import report_fairness

    people = tuple(person or ("warrior", "doctor", "farmer"))
    report_fairness(Settings(server, key_file, json, quiet), out, people, seeds=seeds, steps=steps, model=model)
