"""`limner export`: pictures on this disk in the format that an engine loads."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from PIL import Image

from limner.atlas.sprites import AtlasError, Sprite, SpriteSet
from limner.client.access import UsageError, exits
from limner.client.folders import write_into
from limner.client.options import Settings
from limner.client.screen import Screen
from limner.exporters import EXPORTERS, ExportError, export


def export_path(settings: Settings, path: Path, file_format: str, out: Path) -> None:
    """Export a picture, or every PNG of a folder in the order of their names."""
    with exits():
        if file_format not in EXPORTERS:
            raise UsageError(f"--format {file_format}: unknown; use one of {', '.join(EXPORTERS)}")
        stem = path.resolve().stem if path.suffix else path.resolve().name
        screen = Screen(settings, "exporting")
        for written in export_pictures(pictures_at(path), file_format, out, stem=stem):
            screen.result({"path": str(written), "format": file_format}, str(written))


def pictures_at(path: Path) -> list[Path]:
    """The PNG itself, or those of a folder. Raises UsageError where there is none."""
    if path.is_file():
        return [path]
    pictures = sorted(path.glob("*.png"))
    if not pictures:
        raise UsageError(f"{path}: no PNG there; name a PNG or a folder of them")
    return pictures


def export_pictures(pictures: Sequence[Path], file_format: str, out: Path, *, stem: str) -> list[Path]:
    """Write pictures in a format into a folder; the paths. Raises UsageError for pictures that do not fit it."""
    try:
        files = export(file_format, SpriteSet(sprites=tuple(map(sprite_of, pictures))), stem)
    except (AtlasError, ExportError) as error:
        raise UsageError(str(error)) from error
    return write_into(out, files)


def sprite_of(path: Path) -> Sprite:
    """A PNG file as a sprite of its name. Raises UsageError where it is none."""
    try:
        with Image.open(path, formats=["PNG"]) as opened:
            pixels = np.asarray(opened.convert("RGBA"), dtype=np.uint8)
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError) as error:
        raise UsageError(f"{path}: not a PNG that can be read ({error})") from error
    return Sprite(name=path.stem, pixels=pixels)
