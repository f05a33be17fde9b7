"""The pictures of a scene as PNG files, named once for every format that refers to them."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np

from limner.atlas.geometry import Size
from limner.atlas.scenes import PictureLayer, Scene
from limner.atlas.sprites import Pixels
from limner.atlas.tilesets import Tileset
from limner.exporters.files import Files, distinct, file_name
from limner.exporters.png import encoded


@dataclass(frozen=True, slots=True, kw_only=True)
class ScenePictures:
    """Paths by name, relative to the file of the scene, and what lies there."""

    tilesets: Mapping[str, str]
    layers: Mapping[str, str]  # picture layers
    sprites: Mapping[str, str]
    files: Files


def scene_pictures(scene: Scene, base: str) -> ScenePictures:
    """A sheet for each tileset, a picture for each picture layer, and the sprites in a folder of their own."""
    layers = [layer for layer in scene.layers if isinstance(layer, PictureLayer)]
    names = [one.name for one in scene.tilesets] + [layer.name for layer in layers]
    paths = [f"{name}.png" for name in distinct(f"{base}-{file_name(name)}" for name in names)]
    tilesets = dict(zip(names[: len(scene.tilesets)], paths, strict=False))
    pictures = dict(zip(names[len(scene.tilesets) :], paths[len(scene.tilesets) :], strict=True))
    sprites = sprite_paths((sprite.name for sprite in scene.sprites), f"{base}-props")
    files = {tilesets[one.name]: encoded(sheet(one), one.provenance or scene.provenance) for one in scene.tilesets}
    files |= {pictures[layer.name]: encoded(layer.pixels, scene.provenance) for layer in layers}
    files |= {sprites[sprite.name]: encoded(sprite.pixels, scene.provenance) for sprite in scene.sprites}
    return ScenePictures(tilesets=tilesets, layers=pictures, sprites=sprites, files=files)


def sprite_paths(names: Iterable[str], folder: str) -> dict[str, str]:
    """Where each sprite's picture lies."""
    names = list(names)
    files = distinct(file_name(name) for name in names)
    return {name: f"{folder}/{file}.png" for name, file in zip(names, files, strict=True)}


def grid(tileset: Tileset) -> Size:
    """Columns and rows of the sheet; the last row may end in clear cells."""
    columns = min(tileset.columns, len(tileset.tiles))
    return Size(columns, -(-len(tileset.tiles) // columns))


def sheet(tileset: Tileset) -> Pixels:
    """The tiles in reading order, edge to edge."""
    columns, rows = grid(tileset)
    width, height = tileset.tile_size
    cells = np.zeros((rows * columns, height, width, 4), np.uint8)
    cells[: len(tileset.tiles)] = tileset.tiles
    return cells.reshape(rows, columns, height, width, 4).swapaxes(1, 2).reshape(rows * height, columns * width, 4)


def inside(folder: str, files: Mapping[str, bytes]) -> Files:
    """The files below `folder`; an empty folder is the place where they are."""
    return {f"{folder}/{path}" if folder else path: content for path, content in files.items()}


def split(stem: str) -> tuple[str, str]:
    """The folder of a stem and its last part: files refer to each other from inside that folder."""
    folder, _, base = stem.rpartition("/")
    return folder, base
