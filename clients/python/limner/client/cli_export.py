"""`limner export …`: the options, and what they say together."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, get_args

import typer

from limner.client.options import JsonOption, KeyFileOption, QuietOption, ServerOption, Settings

if TYPE_CHECKING:
    from limner.atlas.geometry import Size
    from limner.atlas.sprites import Direction

FRAMES, PACKING, VIDEO = "How pictures become frames", "Packing", "Video"
EPILOG = (
    "Example: limner export walk --tags --format gif --out out\n\n"
    "Example: limner export hero.png --frame-size 32x32 --duration-ms 80 --format texturepacker-json --out game/assets"
)


def export(
    path: Annotated[
        Path | None,
        typer.Argument(
            help="A picture, a folder of pictures, an animation, or a sheet's JSON; for materials, a folder of maps; for scenes, a map of Tiled."
        ),
    ] = None,
    file_format: Annotated[
        str | None,
        typer.Option("--format", metavar="NAME", help="The format; `list` shows all of them and what they keep."),
    ] = None,
    out: Annotated[Path | None, typer.Option(metavar="DIR", help="Where the files go.")] = None,
    name: Annotated[str | None, typer.Option(metavar="NAME", help="Of the files. Default: the path's.")] = None,
    scale: Annotated[int, typer.Option(metavar="N", min=1, max=16, help="Enlarge by a whole factor.")] = 1,
    tags: Annotated[
        bool, typer.Option("--tags", rich_help_panel=FRAMES, help="walk-01.png, walk-02.png … make the tag walk.")
    ] = False,
    frames: Annotated[
        int | None, typer.Option(metavar="N", min=1, rich_help_panel=FRAMES, help="Cut a strip into N frames.")
    ] = None,
    frame_size: Annotated[
        str | None, typer.Option(metavar="WxH", rich_help_panel=FRAMES, help="Cut a sheet into cells of this size.")
    ] = None,
    duration_ms: Annotated[
        int | None,
        typer.Option(metavar="MS", min=1, max=65535, rich_help_panel=FRAMES, help="How long each frame shows."),
    ] = None,
    direction: Annotated[
        str | None,
        typer.Option(metavar="D", rich_help_panel=FRAMES, help="Play the tags forward, reverse or ping-pong."),
    ] = None,
    pivot: Annotated[
        str | None,
        typer.Option(metavar="P", rich_help_panel=FRAMES, help="X,Y in pixels, or a word: center, bottom, top-left, …"),
    ] = None,
    padding: Annotated[
        int, typer.Option(metavar="N", min=0, rich_help_panel=PACKING, help="Empty pixels between regions.")
    ] = 1,
    extrude: Annotated[
        int, typer.Option(metavar="N", min=0, rich_help_panel=PACKING, help="Repeat edge pixels against seams.")
    ] = 0,
    rotate: Annotated[
        bool, typer.Option("--rotate/--no-rotate", rich_help_panel=PACKING, help="Turn regions where it saves room.")
    ] = False,
    trim: Annotated[
        bool, typer.Option("--trim/--no-trim", rich_help_panel=PACKING, help="Cut transparent borders.")
    ] = True,
    power_of_two: Annotated[
        bool, typer.Option("--power-of-two", rich_help_panel=PACKING, help="Sides of pages are powers of two.")
    ] = False,
    max_page: Annotated[
        int, typer.Option(metavar="N", min=1, rich_help_panel=PACKING, help="The longest side of a page.")
    ] = 2048,
    fps: Annotated[
        float | None,
        typer.Option(metavar="X", rich_help_panel=VIDEO, help="One rate for all frames. Default: each its own time."),
    ] = None,
    background: Annotated[
        str, typer.Option(metavar="#RRGGBB", rich_help_panel=VIDEO, help="What MP4 shows behind the pixels.")
    ] = "#000000",
    choice: Annotated[
        list[str] | None,
        typer.Option("--set", metavar="KEY=VALUE", help="Any other choice, such as columns=8; a wrong key lists all."),
    ] = None,
    server: ServerOption = None,
    key_file: KeyFileOption = None,
    json: JsonOption = False,
    quiet: QuietOption = False,
) -> None:
    """Write pictures in the format that an engine loads. Needs no server."""
    from limner.atlas.packing import PackOptions
    from limner.atlas.sprites import AtlasError
    from limner.client.access import UsageError, exits
    from limner.client.chosen import chosen
    from limner.client.exporting import ExportWish, export_path, show_formats
    from limner.client.frame_art import FrameChoices
    from limner.exporters.options import ExportOptions, VideoOptions

    settings = Settings(server, key_file, json, quiet)
    if file_format == "list":
        show_formats(settings)
        return
    with exits():
        if path is None or file_format is None or out is None:
            raise UsageError("say what to export, --format NAME and --out DIR; `limner export --format list` helps")
        try:
            pack = PackOptions(
                trim=trim,
                padding=padding,
                extrude=extrude,
                rotate=rotate,
                power_of_two=power_of_two,
                max_page=max_page,
            )
        except AtlasError as error:
            raise UsageError(str(error)) from error
        video = VideoOptions(background=colour_of(background), fps=fps)
        wish = ExportWish(
            path=path,
            file_format=file_format,
            out=out,
            stem=name,
            choices=FrameChoices(
                tags=tags,
                frames=frames,
                frame_size=size_of(frame_size),
                duration_ms=duration_ms,
                pivot=pivot,
                direction=direction_of(direction),
            ),
            options=chosen(ExportOptions(pack=pack, scale=scale, video=video), choice or ()),
        )
    export_path(settings, wish)


def size_of(text: str | None) -> Size | None:
    """`32x48` as a size. Raises UsageError."""
    from limner.atlas.geometry import Size
    from limner.client.access import UsageError

    if text is None:
        return None
    if not (match := re.fullmatch(r"(\d{1,5})[xX×](\d{1,5})", text)):
        raise UsageError(f"--frame-size {text}: write WIDTHxHEIGHT in pixels, such as 32x32")
    return Size(int(match[1]), int(match[2]))


def direction_of(text: str | None) -> Direction | None:
    """A direction by its name. Raises UsageError."""
    from limner.atlas.sprites import Direction
    from limner.client.access import UsageError

    for known in get_args(Direction):
        if text == known:
            found: Direction = known
            return found
    if text is None:
        return None
    raise UsageError(f"--direction {text}: use {', '.join(get_args(Direction))}")


def colour_of(text: str) -> tuple[int, int, int]:
    """`#RRGGBB` as red, green and blue. Raises UsageError."""
    from limner.client.access import UsageError

    if not re.fullmatch(r"#?[0-9a-fA-F]{6}", text):
        raise UsageError(f"--background {text}: write #RRGGBB, such as #202830")
    red, green, blue = bytes.fromhex(text.removeprefix("#"))
    return red, green, blue
