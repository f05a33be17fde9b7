"""`limner jobs …` and `limner models …`."""

from __future__ import annotations

from typing import Annotated

import typer

from limner.client.options import JsonOption, KeyFileOption, QuietOption, ServerOption, Settings

jobs = typer.Typer(no_args_is_help=True, help="Look at generations, follow them, stop them.")
models = typer.Typer(no_args_is_help=True, help="See what can draw.")
JobArgument = Annotated[str, typer.Argument(metavar="NAME", help="generations/ID, or the ID alone.")]
ModelArgument = Annotated[str, typer.Argument(metavar="NAME", help="models/ID, or the ID alone.")]


@jobs.command("list", epilog="Example: limner jobs list --limit 5 --json")
def list_jobs(
    limit: Annotated[int, typer.Option(metavar="N", min=1, help="How many at most.")] = 20,
    server: ServerOption = None,
    key_file: KeyFileOption = None,
    json: JsonOption = False,
    quiet: QuietOption = False,
) -> None:
    """List generations, newest first."""
    from limner.client import listing

    listing.list_jobs(Settings(server, key_file, json, quiet), limit)


@jobs.command("show", epilog="Example: limner jobs show generations/ID")
def show_job(
    name: JobArgument,
    server: ServerOption = None,
    key_file: KeyFileOption = None,
    json: JsonOption = False,
    quiet: QuietOption = False,
) -> None:
    """Show all of one generation."""
    from limner.client import listing

    listing.show_job(Settings(server, key_file, json, quiet), name)


@jobs.command("cancel", epilog="Example: limner jobs cancel generations/ID")
def cancel_job(
    name: JobArgument,
    server: ServerOption = None,
    key_file: KeyFileOption = None,
    json: JsonOption = False,
    quiet: QuietOption = False,
) -> None:
    """Stop a generation."""
    from limner.client import listing

    listing.cancel_job(Settings(server, key_file, json, quiet), name)


@jobs.command("watch", epilog="Example: limner jobs watch generations/ID --json")
def watch_job(
    name: JobArgument,
    after: Annotated[int, typer.Option(metavar="N", min=0, help="Only events after this one.")] = 0,
    server: ServerOption = None,
    key_file: KeyFileOption = None,
    json: JsonOption = False,
    quiet: QuietOption = False,
) -> None:
    """Follow a generation to its end."""
    from limner.client import listing

    listing.watch_job(Settings(server, key_file, json, quiet), name, after)


@models.command("list", epilog="Example: limner models list --json")
def list_models(
    server: ServerOption = None,
    key_file: KeyFileOption = None,
    json: JsonOption = False,
    quiet: QuietOption = False,
) -> None:
    """List the models, the default one first."""
    from limner.client import listing

    listing.list_models(Settings(server, key_file, json, quiet))


@models.command("show", epilog="Example: limner models show gaussian-world")
def show_model(
    name: ModelArgument,
    server: ServerOption = None,
    key_file: KeyFileOption = None,
    json: JsonOption = False,
    quiet: QuietOption = False,
) -> None:
    """Show one model with its card."""
    from limner.client import listing

    listing.show_model(Settings(server, key_file, json, quiet), name)
