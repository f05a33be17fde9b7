"""`limner texture …`: what is made of several drawings."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from limner.client.options import JsonOption, KeyFileOption, QuietOption, ServerOption, Settings

TEXTURE_EPILOG = (
    'Example: limner texture "mossy stone wall" --out wall --size 128 --style painted --maps normal,roughness,ao\n\n'
    "Example: limner texture 草地 --out grass --variants 4 --format godot-material"
)


def texture(
    prompt: Annotated[str, typer.Argument(help="What to draw, in your language.")],
    out: Annotated[Path, typer.Option(metavar="DIR", help="Where the files go.")],
    size: Annotated[int | None, typer.Option(metavar="N", help="Width and height: 32, 64 … 512. Default: 32.")] = None,
    variants: Annotated[int, typer.Option(metavar="N", min=1, max=16, help="How many that tile with one another.")] = 1,
    maps: Annotated[
        str | None,
        typer.Option(metavar="M,…", help="normal, height, roughness, ao, metallic, or all; with commas between."),
    ] = None,
    tile: Annotated[str, typer.Option(metavar="AXES", help="x, y or both.")] = "both",
    style: Annotated[str | None, typer.Option(metavar="S", help="pixel, flat, icon, painted or render.")] = None,
    candidates: Annotated[
        int | None, typer.Option(metavar="N", min=1, max=16, help="How many to choose the first one from.")
    ] = None,
    seed: Annotated[int | None, typer.Option(metavar="N", help="The same seed gives the same texture.")] = None,
    model: Annotated[str | None, typer.Option(metavar="ID", help="The model. Default: the server's choice.")] = None,
    palette: Annotated[
        Path | None, typer.Option(metavar="FILE", help="A PNG whose colours the texture is held to.")
    ] = None,
    file_format: Annotated[
        str | None,
        typer.Option(
            "--format", metavar="NAME", help="A material's format, such as godot-material. Default: plain PNGs."
        ),
    ] = None,
    name: Annotated[str, typer.Option(metavar="NAME", help="Of the files.")] = "texture",
    server: ServerOption = None,
    key_file: KeyFileOption = None,
    json: JsonOption = False,
    quiet: QuietOption = False,
) -> None:
    """Draw a seamless texture, variants that tile with it, and the maps of its material."""
    from limner.client.access import exits
    from limner.client.recipes import draw_assets, texture_brief

    with exits():
        brief = texture_brief(
            prompt,
            size=size,
            variants=variants,
            maps=maps,
            tile=tile,
            style=style,
            candidates=candidates,
            seed=seed,
            model=model,
            palette=palette,
        )
    draw_assets(
        Settings(server, key_file, json, quiet), brief, out, name=name, file_format=file_format, title=prompt[:40]
    )
