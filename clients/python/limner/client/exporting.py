"""`limner export`: pictures on this disk in the format that an engine loads."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from rich.table import Table

from limner.atlas.materials import Material
from limner.atlas.sprites import AtlasError, Sprite, SpriteSet
from limner.atlas.tilesets import Tileset
from limner.client.access import UsageError, exits
from limner.client.folders import write_into
from limner.client.frame_art import FrameChoices, sprites_at
from limner.client.loop_notes import note_jumps
from limner.client.map_art import material_at, tileset_at
from limner.client.options import Settings
from limner.client.pictures import Note, read_picture
from limner.client.screen import Screen, warn
from limner.client.tiled_art import is_tiled_tileset, scene_at, tiled_tileset_at
from limner.exporters import EXPORTERS, ExportError, Keeps, export
from limner.exporters.options import ExportOptions
from limner.exporters.registry import Art

TAKEN = {
    "SpriteSet": "pictures, animations",
    "Material": "a folder of maps",
    "Tileset": "a picture and --frame-size, or a tileset of Tiled",
    "Scene": "a map of Tiled",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportWish:
    """What `limner export` was asked for."""

    path: Path
    file_format: str
    out: Path
    stem: str | None = None  # of the files; None: the path's own
    choices: FrameChoices = field(default_factory=FrameChoices)
    options: ExportOptions = field(default_factory=ExportOptions)


def export_path(settings: Settings, wish: ExportWish) -> None:
    """Read what lies at a path, export it, write it, and print a line for each file."""
    with exits():
        known(wish.file_format)
        files = written(wish, note=lambda line: warn(settings, line), screen=Screen(settings, "exporting", total=3))
        screen = Screen(settings, "exporting")
        for path in files:
            screen.result({"path": str(path), "format": wish.file_format}, str(path))


def written(wish: ExportWish, note: Note, screen: Screen) -> list[Path]:
    """Read, export and write; the paths. Raises UsageError for art that does not fit the format."""
    resolved = wish.path.resolve()
    stem = wish.stem or (resolved.stem if resolved.is_file() else resolved.name)
    with screen:
        art = art_at(wish, note)
        if isinstance(art, SpriteSet):
            note_jumps(art, EXPORTERS[wish.file_format], stem, note)
        screen.advance()
        files = exported(wish.file_format, art, stem, wish.options)
        screen.advance()
        return write_into(wish.out, files)


def art_at(wish: ExportWish, note: Note) -> Art:
    """The art at the path, of the kind that the format takes. Raises UsageError."""
    if not wish.path.exists():
        raise UsageError(f"{wish.path}: is not there; name a picture, a folder of them, or the JSON of a sheet")
    takes = EXPORTERS[wish.file_format].takes
    if takes is SpriteSet:
        return sprites_at(wish.path, wish.choices, note)
    if takes is Material:
        return material_at(wish.path, note)
    if takes is Tileset and is_tiled_tileset(wish.path):
        return tiled_tileset_at(wish.path)
    if takes is Tileset:
        return tileset_at(wish.path, wish.choices, note)
    return scene_at(wish.path, wish.file_format)


def exported(file_format: str, art: Art, stem: str, options: ExportOptions) -> dict[str, bytes]:
    """The files of a format. Raises UsageError for art that does not fit it."""
    try:
        return export(file_format, art, stem, options)
    except (AtlasError, ExportError) as error:
        raise UsageError(str(error)) from error


def known(file_format: str) -> None:
    """Raise UsageError for a format that is not there."""
    if file_format not in EXPORTERS:
        raise UsageError(f"--format {file_format}: unknown; use list, or one of {', '.join(EXPORTERS)}")


def show_formats(settings: Settings) -> None:
    """A table of the formats, what they take and what they keep; with --json, an object for each."""
    screen = Screen(settings, "formats")
    table = Table(box=None, pad_edge=False)
    table.add_column("format", no_wrap=True, min_width=max(map(len, EXPORTERS)))
    for title in ("what it is", "takes", "keeps"):
        table.add_column(title)
    for name, exporter in EXPORTERS.items():
        keeps = [flag.name.lower().replace("_", " ") for flag in Keeps if flag in exporter.keeps and flag.name]
        takes = exporter.takes.__name__
        table.add_row(name, exporter.title, TAKEN.get(takes, takes), ", ".join(keeps))
        if settings.json:
            screen.result({"format": name, "title": exporter.title, "takes": takes, "keeps": keeps}, name)
    screen.say(table)


def export_pictures(pictures: Sequence[Path], file_format: str, out: Path, *, stem: str) -> list[Path]:
    """Write pictures in a format into a folder; the paths. Raises UsageError for pictures that do not fit it."""
    frames = (read_picture(path, note=lambda line: None, first_only=True).frames[0] for path in pictures)
    sprites = (Sprite(name=path.stem, pixels=frame.pixels) for path, frame in zip(pictures, frames, strict=True))
    return write_into(out, exported(file_format, SpriteSet(sprites=tuple(sprites)), stem, ExportOptions()))
