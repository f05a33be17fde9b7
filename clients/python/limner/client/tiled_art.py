"""Scenes and tilesets from maps on this disk that were drawn in Tiled."""

from __future__ import annotations

from pathlib import Path

from limner.atlas.scenes import Scene
from limner.atlas.tilesets import Tileset
from limner.client.access import UsageError
from limner.exporters import ExportError
from limner.exporters.tiled_reading import read_tiled
from limner.exporters.tiled_tileset_reading import read_tiled_tileset

MAPS, TILESETS = {".tmx", ".tmj"}, {".tsx", ".tsj"}


def scene_at(path: Path, file_format: str) -> Scene:
    """The scene in a map of Tiled. Raises UsageError for other files, and for maps that a scene cannot hold."""
    if path.suffix.lower() not in MAPS:
        raise UsageError(
            f"--format {file_format}: takes a scene, so name a map of Tiled (.tmx or .tmj); {path} is none"
        )
    try:
        return read_tiled(path.name, lambda name: (path.parent / name).read_bytes(), path.stem)
    except ExportError as error:
        raise UsageError(f"{path.parent}: {error}") from error


def is_tiled_tileset(path: Path) -> bool:
    return path.suffix.lower() in TILESETS


def tiled_tileset_at(path: Path) -> Tileset:
    """The tileset in a file of Tiled. Raises UsageError."""
    try:
        return read_tiled_tileset(path.name, lambda name: (path.parent / name).read_bytes())
    except ExportError as error:
        raise UsageError(f"{path.parent}: {error}") from error
