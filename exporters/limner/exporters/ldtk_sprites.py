"""What an LDtk project is made of while it is written, and the entities that show sprites."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import count

import numpy as np

from limner.atlas.flattening import pivot_of, whole
from limner.atlas.geometry import Box, Size
from limner.atlas.scenes import PropLayer, Scene
from limner.atlas.sprites import Pixels, Sprite
from limner.exporters.files import Files
from limner.exporters.ldtk_defs import (
    Tree,
    entity_def,
    identifiers,
    tileset_def,
)
from limner.exporters.png import encoded
from limner.exporters.scene_pictures import ScenePictures

WIDEST_SHEET = 1024  # pixels across the sheet of sprites, unless one is wider


@dataclass(frozen=True, slots=True, kw_only=True)
class Project:
    """What is gathered on the way."""

    scene: Scene
    pictures: ScenePictures
    folder: str  # of the pictures that are made for LDtk
    cell: int  # pixels along a side
    uids: Iterator[int] = field(default_factory=lambda: count(1))
    tilesets: dict[str, Tree] = field(default_factory=dict)
    entities: dict[str, Tree] = field(default_factory=dict)
    files: Files = field(default_factory=dict)


def sprite_kinds(project: Project) -> dict[tuple[str, bool], str]:
    """An entity for each sprite, and for each mirror image in use, on one sheet; the identifiers by sprite and flip."""
    scene, cell = project.scene, project.cell
    flipped = {
        prop.sprite for layer in scene.layers if isinstance(layer, PropLayer) for prop in layer.props if prop.flipped
    }
    kinds = [
        (sprite, turned) for sprite in scene.sprites for turned in (False, True) if not turned or sprite.name in flipped
    ]
    if not kinds:
        return {}
    pixels, places = _sheet([sprite.pixels[:, ::-1] if turned else sprite.pixels for sprite, turned in kinds], cell)
    path = f"{project.folder}/sprites.png"
    project.files[path] = encoded(pixels, scene.provenance)
    uid = next(project.uids)
    word = identifiers([*(tree["identifier"] for tree in project.tilesets.values()), "props"])[-1]
    project.tilesets["props (sprites)"] = tileset_def(word, uid, path, Size(pixels.shape[1], pixels.shape[0]), cell, {})
    names = identifiers(f"{sprite.name}_flipped" if turned else sprite.name for sprite, turned in kinds)
    for (sprite, turned), place, name in zip(kinds, places, names, strict=True):
        tile = {"tilesetUid": uid, "x": place.x, "y": place.y, "w": place.width, "h": place.height}
        project.entities[name] = entity_def(
            name, next(project.uids), sprite.name, sprite.size, _pivot(sprite, turned), tile
        )
    return {(sprite.name, turned): name for (sprite, turned), name in zip(kinds, names, strict=True)}


def _pivot(sprite: Sprite, turned: bool) -> tuple[float, float]:
    """The pivot as LDtk's fraction, on a whole pixel so that entities lie on whole pixels."""
    (width, height), pivot = sprite.size, pivot_of(sprite)
    across = width - pivot.x if turned else pivot.x
    return whole(across) / width, whole(pivot.y) / height


def _sheet(pictures: Sequence[Pixels], cell: int) -> tuple[Pixels, list[Box]]:
    """The pictures in rows, each at a corner of LDtk's cells, and where each lies."""
    limit = max(WIDEST_SHEET, *(picture.shape[1] for picture in pictures))
    places: list[Box] = []
    x = y = row = 0
    for picture in pictures:
        height, width = picture.shape[:2]
        if x and x + width > limit:
            x, y, row = 0, y + row, 0
        places.append(Box(x, y, width, height))
        x += -(-width // cell) * cell
        row = max(row, -(-height // cell) * cell)
    across = -(-max(place.right for place in places) // cell) * cell
    sheet = np.zeros((y + row, across, 4), np.uint8)
    for picture, place in zip(pictures, places, strict=True):
        sheet[place.y : place.bottom, place.x : place.right] = picture
    return sheet, places
