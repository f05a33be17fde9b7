"""The files of an asset in every format that it is wanted in."""

from __future__ import annotations

import io
from dataclasses import replace
from importlib.metadata import version
from pathlib import Path

import numpy as np
from PIL import Image

from limner.atlas.materials import Material
from limner.atlas.relief import Relief
from limner.atlas.sprites import Provenance, Sprite, SpriteSet
from limner.atlas.surfacing import Surface, surfaced
from limner.client.access import UsageError
from limner.client.chosen import chosen
from limner.client.exporting import ExportWish, art_at, exported
from limner.client.frame_art import sprites_at
from limner.client.pictures import Note, rgba
from limner.client.project.drawn_art import Picture
from limner.client.project.manifest import Drawing, Output, Source, Wanted
from limner.exporters import EXPORTERS
from limner.exporters.options import ExportOptions
from limner.exporters.png import encoded
from limner.exporters.registry import Art


def files_of(root: Path, wanted: Wanted, picture: Picture | None, note: Note, keep: Path | None) -> dict[str, bytes]:
    """Every file of an asset by its path in the project; `picture` is None for art of somebody's own.

    The file `keep` is left out: a person painted it. Raises ManifestError for formats that do not take the art, and where two
    of them write one file.
    """
    found: dict[str, bytes] = {}
    for output in wanted.outputs:
        options = chosen(ExportOptions(), output.choices)
        try:
            art = own_art(wanted, output, note) if picture is None else drawn_art(wanted, output, picture)
            files = exported(output.file_format, art, wanted.name, options)
        except UsageError as error:
            message, _, fix = str(error).partition("; ")
            raise wanted.origin.error(*blamed(wanted, message), fix or "choose another format") from error
        folder = output.folder.relative_to(root)
        for name, content in files.items():
            path = (folder / name).as_posix()
            if root / path == keep:
                continue
            if isinstance(wanted.art, Source) and root / path == wanted.art.path:
                raise wanted.origin.error("out", f"{path} would be written over its own source", "set another out")
            if found.setdefault(path, content) != content:
                raise wanted.origin.error("out", f"two formats write {path}", 'give each a folder: out = "…/{format}"')
    return found


def blamed(wanted: Wanted, message: str) -> tuple[str, str]:
    """The key at fault, and the message."""
    key = "source" if isinstance(wanted.art, Source) and str(wanted.art.path) in message else "formats"
    return key, message


def own_art(wanted: Wanted, output: Output, note: Note) -> Art:
    """Art from a file or folder, named after the asset where it is one picture."""
    assert isinstance(wanted.art, Source)
    wish = ExportWish(
        path=wanted.art.path, file_format=output.file_format, out=output.folder, choices=wanted.art.choices
    )
    art = art_at(wish, note)
    if isinstance(art, SpriteSet) and len(art.sprites) == 1:
        return replace(art, sprites=(replace(art.sprites[0], name=wanted.name),))
    return art


def drawn_art(wanted: Wanted, output: Output, picture: Picture) -> Art:
    """A drawing as a sprite, or as the surface of a material. Raises UsageError for formats of scenes and tilesets."""
    takes = EXPORTERS[output.file_format].takes
    with Image.open(io.BytesIO(picture.content), formats=["PNG"]) as opened:
        pixels = np.ascontiguousarray(rgba(opened))
    said = provenance_of(picture)
    if takes is SpriteSet:
        return SpriteSet(sprites=(Sprite(name=wanted.name, pixels=pixels),), provenance=said)
    if takes is Material:
        assert isinstance(wanted.art, Drawing)
        tile = wanted.art.tile or ""
        surface = Surface(relief=Relief(tile_x="x" in tile, tile_y="y" in tile))
        return surfaced(wanted.name, pixels, surface, said)
    fitting = ", ".join(name for name, exporter in EXPORTERS.items() if exporter.takes in (SpriteSet, Material))
    raise UsageError(f"{output.file_format} takes no single picture; use one of {fitting}")


def provenance_of(picture: Picture) -> Provenance:
    """Where a picture comes from."""
    said = {"generator": f"limner {version('limner')}"}
    if picture.drawn is None:
        return said
    drawn = picture.drawn
    return said | {"model": drawn.model, "model_digest": drawn.model_digest, "seed": str(drawn.seed)}


def first_frame(art: Source, note: Note) -> bytes:
    """The first picture of somebody's own art as PNG. Raises UsageError."""
    return encoded(sprites_at(art.path, art.choices, note).sprites[0].pixels)
