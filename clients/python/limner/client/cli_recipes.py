"""`limner texture …` and `limner scene …`: what is made of several drawings."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from limner.client.options import (
    FolderOption,
    JsonOption,
    KeyFileOption,
    ModelOption,
    NameOption,
    QuietOption,
    ServerOption,
    Settings,
    StyleOption,
)

TEXTURE_EPILOG = (
    'Example: limner texture "mossy stone wall" --out wall --size 128 --style painted --maps normal,roughness,ao\n\n'
    "Example: limner texture 草地 --out grass --variants 4 --format godot-material"
)

CHARACTER_EPILOG = (
    'Example: limner character "long-haired female warrior in armour" --animations idle,walk,attack --out warrior\n\n'
    'Example: limner character "a knight" --directions 4 --animations walk --format godot-spriteframes --out game/knight\n\n'
    "Example: limner character 骷髅弓箭手 --candidates 8 --animations walk,die --format godot-spriteframes --out game/archer"
)

ANIMATION_EPILOG = (
    'Example: limner animation "a goblin with a club" --action walk --out goblin\n\n'
    "Example: limner animation --reference hero.png --action attack --format godot-spriteframes --out game/hero"
)

SCENE_EPILOG = (
    'Example: limner scene "在一个有城堡和森林的小岛上" --out island --seed 7\n\n'
    'Example: limner scene "a snowy village by a river at night" --out village --format godot --tiles 48x32\n\n'
    'Example: limner scene "snow" --like island/scene.tmx --region 10,8,20,12 --out island-2'
)


def texture(
    prompt: Annotated[str, typer.Argument(help="What to draw, in your language.")],
    out: FolderOption,
    size: Annotated[int | None, typer.Option(metavar="N", help="Width and height: 32, 64 … 512. Default: 32.")] = None,
    variants: Annotated[int, typer.Option(metavar="N", min=1, max=16, help="How many that tile with one another.")] = 1,
    maps: Annotated[
        str | None,
        typer.Option(metavar="M,…", help="normal, height, roughness, ao, metallic, or all; with commas between."),
    ] = None,
    tile: Annotated[str, typer.Option(metavar="AXES", help="x, y or both.")] = "both",
    style: StyleOption = None,
    candidates: Annotated[
        int | None, typer.Option(metavar="N", min=1, max=16, help="How many to choose the first one from.")
    ] = None,
    seed: Annotated[int | None, typer.Option(metavar="N", help="The same seed gives the same texture.")] = None,
    model: ModelOption = None,
    palette: Annotated[
        Path | None, typer.Option(metavar="FILE", help="A PNG whose colours the texture is held to.")
    ] = None,
    file_format: Annotated[
        str | None,
        typer.Option(
            "--format", metavar="NAME", help="A material's format, such as godot-material. Default: plain PNGs."
        ),
    ] = None,
    name: NameOption = "texture",
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


def scene(
    prompt: Annotated[str, typer.Argument(help="What is in it, in your language.")],
    out: FolderOption,
    file_format: Annotated[
        str, typer.Option("--format", metavar="NAME", help="tiled, godot, unity, ldtk, png, or any format for scenes.")
    ] = "tiled",
    tiles: Annotated[
        str | None,
        typer.Option(metavar="WxH", help="How many tiles, 8x8 to 512x512. Default: 64x48, from the side 64x24."),
    ] = None,
    tile_size: Annotated[
        int | None, typer.Option(metavar="N", help="Pixels of a tile: 16, 32 or 64. Default: 32.")
    ] = None,
    view: Annotated[str, typer.Option(metavar="V", help="topdown or side.")] = "topdown",
    seed: Annotated[int | None, typer.Option(metavar="N", help="Decides the art, and the layout too.")] = None,
    layout_seed: Annotated[
        int | None, typer.Option(metavar="N", help="Decides the layout alone: another one needs no drawing.")
    ] = None,
    like: Annotated[
        Path | None, typer.Option(metavar="FILE.tmx", help="A map of Tiled: keep its layout, draw its art anew.")
    ] = None,
    region: Annotated[
        str | None, typer.Option(metavar="X,Y,W,H", help="With --like: only this part of it changes, in tiles.")
    ] = None,
    style: StyleOption = None,
    model: ModelOption = None,
    name: NameOption = "scene",
    server: ServerOption = None,
    key_file: KeyFileOption = None,
    json: JsonOption = False,
    quiet: QuietOption = False,
) -> None:
    """Make an editable scene: terrain as Wang sets, props with footprints, regions."""
    from limner.client.access import exits
    from limner.client.scenes import draw_scene, scene_brief, scene_format

    with exits():
        chosen = scene_format(file_format)
        brief = scene_brief(
            prompt,
            tiles=tiles,
            tile_size=tile_size,
            view=view,
            seed=seed,
            layout_seed=layout_seed,
            like=like,
            region=region,
            style=style,
            model=model,
        )
    draw_scene(Settings(server, key_file, json, quiet), brief, out, name=name, file_format=chosen)


def animation(
    out: FolderOption,
    action: Annotated[
        str,
        typer.Option(
            metavar="A", help="idle, walk, run, jump, attack, cast, hurt or die; idle, walk, run and cast loop."
        ),
    ],
    prompt: Annotated[str | None, typer.Argument(help="Who moves, in your language.")] = None,
    reference: Annotated[
        Path | None, typer.Option(metavar="FILE", help="A PNG of the figure: it moves as it is, nothing is drawn.")
    ] = None,
    frames: Annotated[int | None, typer.Option(metavar="N", help="How many frames, 1 to 64. Default: 8.")] = None,
    duration: Annotated[
        int | None, typer.Option(metavar="MS", help="How long a frame shows. Default: the action's.")
    ] = None,
    direction: Annotated[
        str | None,
        typer.Option(metavar="D", help="Seen from another side: south, south-east, east … Default: as it is."),
    ] = None,
    mirror: Annotated[bool, typer.Option("--mirror", help="Mirror the figure first.")] = False,
    seed: Annotated[int | None, typer.Option(metavar="N", help="The same seed gives the same figure.")] = None,
    model: ModelOption = None,
    file_format: Annotated[
        str, typer.Option("--format", metavar="NAME", help="gif, apng, sheet, aseprite-json, godot-spriteframes, …")
    ] = "gif",
    name: NameOption = "figure",
    server: ServerOption = None,
    key_file: KeyFileOption = None,
    json: JsonOption = False,
    quiet: QuietOption = False,
) -> None:
    """Animate a figure: the frames of an action, as a picture that plays or as a sheet for an engine."""
    from limner.client.access import exits
    from limner.client.recipes import animation_brief, draw_assets

    with exits():
        brief = animation_brief(
            prompt,
            action=action,
            reference=reference,
            frames=frames,
            duration_ms=duration,
            direction=direction,
            mirror=mirror,
            seed=seed,
            model=model,
        )
    title = prompt[:40] if prompt else action
    settings = Settings(server, key_file, json, quiet)
    draw_assets(settings, brief, out, name=name, file_format=file_format, title=title)


def character(
    prompt: Annotated[str, typer.Argument(help="Who it is, in your language.")],
    out: FolderOption,
    candidates: Annotated[
        int, typer.Option(metavar="N", min=1, max=16, help="How many are drawn; the best one becomes the character.")
    ] = 4,
    directions: Annotated[int | None, typer.Option(metavar="N", help="1, 4 or 8. Default: 1, as it is drawn.")] = None,
    animations: Annotated[
        str | None,
        typer.Option(metavar="A,…", help="idle, walk, run, jump, attack, cast, hurt, die; with commas between."),
    ] = None,
    frames: Annotated[int | None, typer.Option(metavar="N", help="Of each action, 1 to 64. Default: 8.")] = None,
    size: Annotated[int | None, typer.Option(metavar="N", help="Width and height of the figure: 32, 64 … 256.")] = None,
    seed: Annotated[int | None, typer.Option(metavar="N", help="The same seed gives the same character.")] = None,
    model: ModelOption = None,
    file_format: Annotated[
        str, typer.Option("--format", metavar="NAME", help="Of the animations: gif, apng, sheet, godot-spriteframes, …")
    ] = "gif",
    name: NameOption = "character",
    server: ServerOption = None,
    key_file: KeyFileOption = None,
    json: JsonOption = False,
    quiet: QuietOption = False,
) -> None:
    """Draw a character, the best of several candidates, and animate it."""
    from limner.client.access import exits
    from limner.client.recipes import character_brief, draw_character

    with exits():
        brief = character_brief(
            prompt,
            candidates=candidates,
            directions=directions,
            animations=animations,
            frames=frames,
            size=size,
            seed=seed,
            model=model,
        )
    draw_character(Settings(server, key_file, json, quiet), brief, out, name=name, file_format=file_format)
