"""The `limner` command. What a command needs is imported when it runs, so that `--help` is quick."""

from __future__ import annotations

from importlib.metadata import version
from pathlib import Path
from typing import Annotated

import typer

from limner.client import cli_export, cli_groups, cli_keys, cli_origins, cli_project, cli_recipes, cli_report
from limner.client.options import (
    JsonOption,
    KeyFileOption,
    ModelOption,
    QuietOption,
    ServerOption,
    Settings,
    StyleOption,
)

app = typer.Typer(
    name="limner",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode="rich",
    help="A sentence becomes a game-ready asset.\n\nExit codes: 0 done, 1 failed, 2 usage, 3 server unreachable, "
    "130 cancelled.",
    epilog='Start here: [bold]limner image "a red dragon" --out dragon.png[/bold]',
)
app.command(epilog=cli_export.EPILOG)(cli_export.export)
app.command(epilog=cli_recipes.TEXTURE_EPILOG)(cli_recipes.texture)
app.command(epilog=cli_recipes.SCENE_EPILOG)(cli_recipes.scene)
app.command(epilog=cli_recipes.ANIMATION_EPILOG)(cli_recipes.animation)
app.command(epilog=cli_recipes.CHARACTER_EPILOG)(cli_recipes.character)
app.command(epilog=cli_project.INIT_EPILOG)(cli_project.init)
app.command(epilog=cli_project.BUILD_EPILOG)(cli_project.build)
app.command(epilog=cli_origins.INSPECT_EPILOG)(cli_origins.inspect)
app.command(epilog=cli_origins.REPRODUCE_EPILOG)(cli_origins.reproduce)
app.command(epilog=cli_project.WATCH_EPILOG)(cli_project.watch)
app.add_typer(cli_groups.jobs, name="jobs")
app.add_typer(cli_groups.models, name="models")
app.add_typer(cli_keys.keys, name="keys")
app.add_typer(cli_keys.audit, name="audit")
app.add_typer(cli_keys.data, name="data")
app.add_typer(cli_report.report, name="report")


def main() -> None:
    """Run the command line."""
    app()


def show_version(wanted: bool) -> None:
    """Print the version and end."""
    if wanted:
        typer.echo(f"limner {version('limner')}")
        raise typer.Exit


@app.callback()
def limner(
    shown: Annotated[
        bool, typer.Option("--version", callback=show_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    """A sentence becomes a game-ready asset."""


@app.command(epilog="Example: limner serve --listen 0.0.0.0:50051 --config limner.toml")
def serve(
    config: Annotated[
        Path | None, typer.Option(metavar="FILE", help="The configuration. Default: limner.toml, where it is.")
    ] = None,
    listen: Annotated[str | None, typer.Option(metavar="HOST:PORT", help="Where gRPC answers.")] = None,
    web: Annotated[str | None, typer.Option(metavar="HOST:PORT", help="Where HTTP/1.1 answers.")] = None,
    insecure: Annotated[
        bool, typer.Option("--insecure", help="Let other machines in without TLS or keys. Nothing is secret then.")
    ] = False,
    server: ServerOption = None,
    key_file: KeyFileOption = None,
    json: JsonOption = False,
    quiet: QuietOption = False,
) -> None:
    """Run the server until it is told to stop."""
    from limner.client.access import run_server

    run_server(config, listen, web, insecure)


@app.command(epilog="Example: limner demo --out out")
def demo(
    out: Annotated[Path, typer.Option(metavar="DIR", help="Where the pictures go.")] = Path("out"),
    server: ServerOption = None,
    key_file: KeyFileOption = None,
    json: JsonOption = False,
    quiet: QuietOption = False,
) -> None:
    """Draw a dozen pictures, a sheet of them, an atlas and a GIF, and say where to look."""
    from limner.client.demo import run_demo

    run_demo(Settings(server, key_file, json, quiet), out)


@app.command(epilog='Example: limner image "一瓶绿色药水" --out potion.png --size 64 --seed 7 --candidates 4')
def image(
    prompt: Annotated[str, typer.Argument(help="What to draw, in your language.")],
    out: Annotated[Path, typer.Option(metavar="FILE", help="The PNG to write; several candidates become FILE-1.png …")],
    model: ModelOption = None,
    size: Annotated[int | None, typer.Option(metavar="N", help="Width and height in pixels.")] = None,
    seed: Annotated[int | None, typer.Option(metavar="N", help="The same seed gives the same picture.")] = None,
    candidates: Annotated[
        int | None, typer.Option(metavar="N", min=1, max=16, help="How many to draw, best first.")
    ] = None,
    steps: Annotated[int | None, typer.Option(metavar="N", help="Denoising steps.")] = None,
    style: StyleOption = None,
    kind: Annotated[str | None, typer.Option(metavar="K", help="character, monster, item, tile, …")] = None,
    negative: Annotated[str | None, typer.Option(metavar="TEXT", help="What to keep away from.")] = None,
    guidance: Annotated[
        float | None, typer.Option(metavar="X", help="How closely to follow the prompt; 1 is off.")
    ] = None,
    reference: Annotated[
        Path | None, typer.Option(metavar="FILE", help="A PNG to start from: a sketch or an earlier picture.")
    ] = None,
    mask: Annotated[
        Path | None, typer.Option(metavar="FILE", help="A PNG of the reference's size, white where it may change.")
    ] = None,
    strength: Annotated[
        float | None, typer.Option(metavar="X", help="How far to go from the reference, up to 1.")
    ] = None,
    tile: Annotated[str | None, typer.Option(metavar="AXES", help="x, y or xy: opposite edges fit together.")] = None,
    palette: Annotated[
        Path | None, typer.Option(metavar="FILE", help="A PNG whose colours the result is held to.")
    ] = None,
    server: ServerOption = None,
    key_file: KeyFileOption = None,
    json: JsonOption = False,
    quiet: QuietOption = False,
) -> None:
    """Draw one picture from a sentence. Ctrl-C cancels it."""
    from limner.client.access import exits
    from limner.client.drawing import draw_image, image_brief

    with exits():
        brief = image_brief(
            prompt,
            negative=negative,
            model=model,
            size=size,
            seed=seed,
            candidates=candidates,
            steps=steps,
            guidance=guidance,
            style=style,
            kind=kind,
            reference=reference,
            mask=mask,
            strength=strength,
            tile=tile,
            palette=palette,
        )
    draw_image(Settings(server, key_file, json, quiet), brief, out)


@app.command(epilog="Example: limner vary assets/3f…-1 --out slimes.png --count 4 --strength 0.4")
def vary(
    asset: Annotated[str, typer.Argument(help="The asset to vary, as the commands that draw print it.")],
    out: Annotated[Path, typer.Option(metavar="FILE", help="The PNG to write; several become FILE-1.png …")],
    count: Annotated[int, typer.Option(metavar="N", min=1, max=16, help="How many to draw, best first.")] = 4,
    strength: Annotated[float | None, typer.Option(metavar="X", help="How far to go, up to 1. Default: 0.5.")] = None,
    seed: Annotated[int | None, typer.Option(metavar="N", help="The same seed gives the same pictures.")] = None,
    server: ServerOption = None,
    key_file: KeyFileOption = None,
    json: JsonOption = False,
    quiet: QuietOption = False,
) -> None:
    """Draw pictures like one that the server drew."""
    from limner.client.access import exits
    from limner.client.drawing import draw_pictures, variation_brief

    with exits():
        brief = variation_brief(asset, strength=strength, count=count, seed=seed)
    draw_pictures(Settings(server, key_file, json, quiet), brief, out, count, f"varying {asset}")


@app.command(epilog='Example: limner edit assets/3f…-1 "a red cloak" --mask cloak.png --out hero-2.png')
def edit(
    asset: Annotated[str, typer.Argument(help="The asset to change, as the commands that draw print it.")],
    prompt: Annotated[str, typer.Argument(help="What it becomes.")],
    out: Annotated[Path, typer.Option(metavar="FILE", help="The PNG to write; several become FILE-1.png …")],
    mask: Annotated[
        Path | None, typer.Option(metavar="FILE", help="A PNG of the asset's size, white where it may change.")
    ] = None,
    strength: Annotated[float | None, typer.Option(metavar="X", help="How far to go, up to 1. Default: 0.8.")] = None,
    candidates: Annotated[int, typer.Option(metavar="N", min=1, max=16, help="How many to draw, best first.")] = 1,
    seed: Annotated[int | None, typer.Option(metavar="N", help="The same seed gives the same picture.")] = None,
    server: ServerOption = None,
    key_file: KeyFileOption = None,
    json: JsonOption = False,
    quiet: QuietOption = False,
) -> None:
    """Change a picture that the server drew; outside the mask every byte stays."""
    from limner.client.access import exits
    from limner.client.drawing import draw_pictures, edit_brief, image_brief

    with exits():
        image = image_brief(prompt, seed=seed, candidates=candidates, strength=strength)
        brief = edit_brief(asset, image, mask)
    draw_pictures(Settings(server, key_file, json, quiet), brief, out, candidates, prompt[:40])


@app.command(
    epilog='Example: limner batch art.jsonl --out art, with lines like {"id": "key", "prompt": "a rusty key", "seed": 1}'
)
def batch(
    file: Annotated[Path, typer.Argument(metavar="FILE.jsonl", help="One JSON object per line.")],
    out: Annotated[Path, typer.Option(metavar="DIR", help="Where ID.png and results.jsonl go.")],
    server: ServerOption = None,
    key_file: KeyFileOption = None,
    json: JsonOption = False,
    quiet: QuietOption = False,
) -> None:
    """Draw one picture per line of a file. Run it again after a stop: what is done is skipped."""
    from limner.client.batch import draw_batch

    draw_batch(Settings(server, key_file, json, quiet), file, out)
