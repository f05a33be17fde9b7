"""The layers of an LDtk project before they have numbers, and its tilesets."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from limner.atlas.flattening import in_order, layer_pixels, pixel_size, placed
from limner.atlas.geometry import Box, Size
from limner.atlas.scenes import EMPTY, Layer, PictureLayer, Prop, PropLayer, Region, RegionLayer, Scene, TileLayer
from limner.atlas.tilesets import Tileset
from limner.exporters.ldtk_defs import (
    Tree,
    Value,
    as_json,
    entity_def,
    identifiers,
    iid,
    tileset_def,
)
from limner.exporters.ldtk_sprites import Project
from limner.exporters.png import encoded
from limner.exporters.scene_pictures import grid


@dataclass(frozen=True, slots=True)
class Entity:
    """One thing in an Entities layer, before the fields of its kind are known."""

    kind: str  # the identifier of its definition
    key: str  # what its id follows from
    box: Box
    values: Mapping[str, Value]


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """A layer before it has ids."""

    name: str
    kind: str
    notes: Mapping[str, object]  # for `doc`
    role: str = ""  # sets layers of ours apart from those of the scene
    opacity: float = 1.0
    parallax: tuple[float, float] = (1, 1)
    tileset: str | None = None  # a key of the project's tilesets
    tiles: Sequence[Tree] = ()
    entities: Sequence[Entity] = ()
    solid: Sequence[int] = ()


def layer_drafts(project: Project, kinds: Mapping[tuple[str, bool], str]) -> Iterator[Draft]:
    """The layers, the topmost first."""
    scene = project.scene
    for layer in reversed(scene.layers):
        if isinstance(layer, TileLayer):
            tiles = grid_tiles(layer.tiles, project.tilesets[layer.tileset]["__cWid"], project.cell)
            notes = {"overhead": layer.overhead, **layer.properties}
            yield Draft(
                name=layer.name, kind="Tiles", notes=notes, opacity=layer.opacity, tileset=layer.tileset, tiles=tiles
            )
        elif isinstance(layer, PictureLayer):
            yield _baked(project, layer)
        elif isinstance(layer, PropLayer):
            yield from _props(project, layer, kinds)
        else:
            yield _regions(project, layer)
    solid = _solid(scene)
    if solid.any():
        yield Draft(name="Solid", kind="IntGrid", notes={}, role="solid", solid=solid.ravel().tolist())


def sheet_def(project: Project, word: str, tileset: Tileset) -> Tree:
    """The definition of a tileset, with what its tiles know as JSON."""
    columns, rows = grid(tileset)
    notes: dict[int, dict[str, object]] = {tile: {**values} for tile, values in tileset.properties.items()}
    for tile in tileset.solid:
        notes.setdefault(tile, {})["solid"] = True
    for tile in {tile for wang_set in tileset.wang_sets for tile in wang_set.wang_ids}:
        sets = {one.name: list(one.wang_ids[tile]) for one in tileset.wang_sets if tile in one.wang_ids}
        notes.setdefault(tile, {})["wang"] = sets
    size = Size(columns * tileset.tile_size.width, rows * tileset.tile_size.height)
    texts = {tile: as_json(values) for tile, values in notes.items()}
    path = project.pictures.tilesets[tileset.name]
    return tileset_def(word, next(project.uids), path, size, tileset.tile_size.width, texts)


def grid_tiles(tiles: np.ndarray[tuple[int, ...], np.dtype[np.int32]], columns: int, cell: int) -> list[Tree]:
    """The tiles that are not empty, in reading order."""
    return [
        {
            "px": [column * cell, row * cell],
            "src": [tile % columns * cell, tile // columns * cell],
            "f": 0,
            "t": tile,
            "d": [row * tiles.shape[1] + column],
            "a": 1,
        }
        for row, line in enumerate(tiles.tolist())
        for column, tile in enumerate(line)
        if tile != EMPTY
    ]


def _baked(project: Project, layer: PictureLayer) -> Draft:
    """The part of a picture that lies in the scene, as tiles of a picture of the whole scene."""
    scene, cell = project.scene, project.cell
    pixels = layer_pixels(scene, layer)
    path = f"{project.folder}/{project.pictures.layers[layer.name]}"
    project.files[path] = encoded(pixels, scene.provenance)
    key = f"{layer.name} (picture)"
    word = identifiers([*(tree["identifier"] for tree in project.tilesets.values()), layer.name])[-1]
    project.tilesets[key] = tileset_def(word, next(project.uids), path, pixel_size(scene), cell, {})
    columns, rows = scene.size
    seen = pixels[..., 3].reshape(rows, cell, columns, cell).any(axis=(1, 3))
    numbers = np.arange(rows * columns, dtype=np.int32).reshape(rows, columns)
    tiles = grid_tiles(np.where(seen, numbers, np.int32(EMPTY)), columns, cell)
    parallax = (layer.parallax.x, layer.parallax.y)
    return Draft(
        name=layer.name,
        kind="Tiles",
        notes=layer.properties,
        opacity=layer.opacity,
        parallax=parallax,
        tileset=key,
        tiles=tiles,
    )


def _solid(scene: Scene) -> np.ndarray[tuple[int, ...], np.dtype[np.int64]]:
    """1 where a layer has a solid tile, else 0."""
    solid = np.zeros((scene.size.height, scene.size.width), np.int64)
    by_name = {tileset.name: tileset for tileset in scene.tilesets}
    for layer in scene.layers:
        if isinstance(layer, TileLayer):
            solid |= np.isin(layer.tiles, sorted(by_name[layer.tileset].solid))
    return solid


def _props(project: Project, layer: PropLayer, kinds: Mapping[tuple[str, bool], str]) -> Iterator[Draft]:
    """The props, and above them their footprints: LDtk draws the last entity on top."""
    sprites = {sprite.name: sprite for sprite in project.scene.sprites}
    props = in_order(layer)
    keys = [f"{layer.name}\0{number}" for number in range(len(props))]
    feet = [
        Entity("Footprint", f"{key}\0footprint", prop.footprint, {"prop": _reference(project, layer, key)})
        for key, prop in zip(keys, props, strict=True)
        if prop.footprint is not None
    ]
    if feet:
        _ensure_frame(project, "Footprint")
        yield Draft(name=f"{layer.name} footprints", kind="Entities", notes={}, role="footprints", entities=feet)
    entities = [
        Entity(kinds[prop.sprite, prop.flipped], key, placed(prop, sprites[prop.sprite]), _prop_values(prop))
        for key, prop in zip(keys, props, strict=True)
    ]
    yield Draft(name=layer.name, kind="Entities", notes=layer.properties, opacity=layer.opacity, entities=entities)


def _prop_values(prop: Prop) -> dict[str, Value]:
    return {"name": prop.name, **prop.properties}


def _reference(project: Project, layer: Layer, key: str) -> dict[str, str]:
    name = project.scene.name
    there = {"entityIid": iid(name, "entity", key), "layerIid": iid(name, "layer", layer.name, "")}
    return {**there, "levelIid": iid(name, "level"), "worldIid": iid(name, "world")}


def _regions(project: Project, layer: RegionLayer) -> Draft:
    words = dict(
        zip(
            kinds := sorted({region.kind for region in layer.regions}),
            identifiers(f"Region {kind}" for kind in kinds),
            strict=True,
        )
    )
    for word in words.values():
        _ensure_frame(project, word)
    entities = [
        Entity(words[region.kind], f"{layer.name}\0{number}", _region_box(region), _region_values(region))
        for number, region in enumerate(layer.regions)
    ]
    return Draft(name=layer.name, kind="Entities", notes=layer.properties, entities=entities)


def _region_box(region: Region) -> Box:
    """A point is an entity of one pixel: LDtk has none without a size."""
    return region.box._replace(width=max(1, region.box.width), height=max(1, region.box.height))


def _region_values(region: Region) -> dict[str, Value]:
    polygon = {"polygon": [float(side) for point in region.polygon for side in point]} if region.polygon else {}
    return {"name": region.name, "kind": region.kind, **polygon, **region.properties}


def _ensure_frame(project: Project, word: str) -> None:
    """The definition of an entity without a picture."""
    if word not in project.entities:
        size = Size(project.cell, project.cell)
        project.entities[word] = entity_def(word, next(project.uids), word, size, (0, 0), None)
