"""What the atlas formats share: packing by what a format can hold, and the files of the pages."""

from dataclasses import replace
from pathlib import PurePosixPath

from limner.atlas.packing import pack
from limner.atlas.sprites import Atlas, SpriteSet, Turn
from limner.exporters.files import Files
from limner.exporters.options import ExportOptions
from limner.exporters.png import encoded


def packed(
    art: SpriteSet, options: ExportOptions, *, rotation: bool = True, trim: bool = True, turn: Turn = "clockwise"
) -> Atlas:
    """The set packed by the caller's options, less what the format cannot hold."""
    wanted = options.pack
    return pack(art.sprites, replace(wanted, rotate=wanted.rotate and rotation, trim=wanted.trim and trim), turn=turn)


def page_stem(stem: str, page: int) -> str:
    """The first page has the stem's own name, the others a number."""
    return stem if page == 0 else f"{stem}-{page}"


def picture_name(stem: str, page: int) -> str:
    """What a file beside the pages calls one: a stem may begin with folders, a reference does not."""
    return f"{leaf(page_stem(stem, page))}.png"


def leaf(stem: str) -> str:
    return PurePosixPath(stem).name


def page_pictures(atlas: Atlas, art: SpriteSet, stem: str) -> Files:
    """The pages as PNG files."""
    return {f"{page_stem(stem, page)}.png": encoded(pixels, art.provenance) for page, pixels in enumerate(atlas.pages)}
