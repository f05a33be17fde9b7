"""Every export format, and what it keeps. The rest is baked into the pixels."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import Flag, auto

from limner.atlas.sprites import Sprite, check_sprites
from limner.exporters.files import ExportError, Files
from limner.exporters.gif import write_gif
from limner.exporters.png import write_png
from limner.exporters.texturepacker import write_texturepacker


class Keeps(Flag):
    """What a format has room for."""

    NOTHING = 0
    TRIM = auto()
    DURATIONS = auto()
    PIXELS = auto()  # every pixel comes back as it was


@dataclass(frozen=True, slots=True)
class Exporter:
    """A format: `write(sprites, stem)` gives the files by relative path; the caller writes them."""

    title: str
    keeps: Keeps
    write: Callable[[Sequence[Sprite], str], Files]


EXPORTERS = {
    "gif": Exporter("Animated GIF", Keeps.DURATIONS, write_gif),
    "png": Exporter("PNG, one file for each sprite", Keeps.PIXELS, write_png),
    "texturepacker-json": Exporter(
        "TexturePacker JSON (hash) with packed pages", Keeps.TRIM | Keeps.DURATIONS | Keeps.PIXELS, write_texturepacker
    ),
}


def export(name: str, sprites: Sequence[Sprite], stem: str) -> Files:
    """The files of format `name`. Raises ExportError for an unknown one, AtlasError for sprites that do not fit it."""
    if name not in EXPORTERS:
        raise ExportError(f"format {name!r} is unknown; use one of {', '.join(EXPORTERS)}")
    check_sprites(sprites)
    return EXPORTERS[name].write(sprites, stem)
