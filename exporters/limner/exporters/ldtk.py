"""An LDtk project (`.ldtk`) with one level.

Tile layers are Tiles layers; what their tiles know is custom data, as JSON (`solid`, properties, `wang`: the eight terrains).
Cells with a solid tile make the IntGrid layer Solid. A prop layer is an Entities layer with one entity for each sprite, and
one for its mirror image where a prop is flipped, for LDtk cannot; footprints are entities that refer to their prop. A region
is an entity named after its kind; its polygon is the field `polygon`: x, y, x, y, … LDtk has no picture layers: a picture
is baked, as far as it lies in the scene, into a Tiles layer with the same parallax. Layer properties are JSON in `doc`.
LDtk's cells are square.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import count

import numpy as np

from limner.atlas.flattening import in_order, layer_pixels, pivot_of, pixel_size, placed, whole
from limner.atlas.geometry import Box, Size
from limner.atlas.scenes import EMPTY, Layer, PictureLayer, Prop, PropLayer, Region, RegionLayer, Scene, TileLayer
from limner.atlas.sprites import Pixels, Sprite
from limner.atlas.tilesets import Tileset
from limner.exporters.files import ExportError, Files
from limner.exporters.ldtk_defs import (
    Fields,
    Tree,
    Value,
    as_json,
    entity_def,
    identifiers,
    iid,
    layer_def,
    tileset_def,
)
from limner.exporters.options import ExportOptions
from limner.exporters.png import encoded
from limner.exporters.provenance import as_text
from limner.exporters.scene_pictures import ScenePictures, grid, inside, scene_pictures, split

WIDEST_SHEET = 1024  # pixels across the sheet of sprites, unless one is wider
GREY = "#696A79"  # LDtk's own background


@dataclass(frozen=True, slots=True)
class _Entity:
    """One thing in an Entities layer, before the fields of its kind are known."""

    kind: str  # the identifier of its definition
    key: str  # what its id follows from
    box: Box
    values: Mapping[str, Value]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Project:
    """What is gathered on the way."""

    scene: Scene
    pictures: ScenePictures
    folder: str  # of the pictures that are made for LDtk
    cell: int  # pixels along a side
    uids: Iterator[int] = field(default_factory=lambda: count(1))
    tilesets: dict[str, Tree] = field(default_factory=dict)
    entities: dict[str, Tree] = field(default_factory=dict)
    files: Files = field(default_factory=dict)


def write_ldtk(scene: Scene, stem: str, options: ExportOptions) -> Files:
    """`<stem>.ldtk` and the pictures. Raises ExportError for tiles that are not square."""
    width, height = scene.tile_size
    if width != height:
        raise ExportError(
            f"LDtk's tiles are square; those of scene {scene.name!r} are {width} × {height}: use another format"
        )
    folder, base = split(stem)
    pictures = scene_pictures(scene, base)
    project = _Project(scene=scene, pictures=pictures, folder=f"{base}-ldtk", cell=width)
    text = json.dumps(_root(project), ensure_ascii=False, allow_nan=False, indent="\t")
    sheets = {path: pictures.files[path] for path in pictures.tilesets.values()}
    return inside(folder, {f"{base}.ldtk": text.encode() + b"\n", **sheets, **project.files})


def _root(project: _Project) -> Tree:
    scene, cell = project.scene, project.cell
    for name, tileset in zip(identifiers(one.name for one in scene.tilesets), scene.tilesets, strict=True):
        project.tilesets[tileset.name] = _tileset(project, name, tileset)
    kinds = _sprite_kinds(project)
    drafts = list(_drafts(project, kinds))
    level_fields = Fields([_level_values(scene)], next(project.uids))
    definitions, instances, next_uid = _layers(project, drafts, level_fields.next_uid)
    size = pixel_size(scene)
    return {
        "__header__": {
            "fileType": "LDtk Project JSON",
            "app": "LDtk",
            "doc": "https://ldtk.io/json",
            "url": "https://ldtk.io",
        },
        "iid": iid(scene.name, "project"),
        "jsonVersion": "1.5.3",
        "appBuildId": 473703,
        "nextUid": next_uid,
        "identifierStyle": "Free",
        "toc": [],
        "worldLayout": "Free",
        "worldGridWidth": size.width,
        "worldGridHeight": size.height,
        "defaultLevelWidth": size.width,
        "defaultLevelHeight": size.height,
        "defaultPivotX": 0,
        "defaultPivotY": 0,
        "defaultGridSize": cell,
        "defaultEntityWidth": cell,
        "defaultEntityHeight": cell,
        "bgColor": "#40465B",
        "defaultLevelBgColor": GREY,
        "minifyJson": False,
        "jsonStyle": "Full",
        "externalLevels": False,
        "exportTiled": False,
        "simplifiedExport": False,
        "imageExportMode": "None",
        "exportLevelBg": True,
        "pngFilePattern": None,
        "backupOnSave": False,
        "backupLimit": 10,
        "backupRelPath": None,
        "levelNamePattern": "Level_%idx",
        "tutorialDesc": None,
        "customCommands": [],
        "flags": [],
        "defs": {
            "layers": definitions,
            "entities": list(project.entities.values()),
            "tilesets": list(project.tilesets.values()),
            "enums": [],
            "externalEnums": [],
            "levelFields": level_fields.definitions(),
        },
        "levels": [_level(scene, size, instances, level_fields)],
        "worlds": [],
        "dummyWorldIid": iid(scene.name, "world"),
    }


def _level(scene: Scene, size: Size, instances: list[Tree], fields: Fields) -> Tree:
    background = None if scene.background is None else "#{:02X}{:02X}{:02X}".format(*scene.background)
    return {
        "identifier": identifiers([scene.name])[0],
        "iid": iid(scene.name, "level"),
        "uid": 0,
        "worldX": 0,
        "worldY": 0,
        "worldDepth": 0,
        "pxWid": size.width,
        "pxHei": size.height,
        "__bgColor": background or GREY,
        "bgColor": background,
        "useAutoIdentifier": False,
        "bgRelPath": None,
        "bgPos": None,
        "bgPivotX": 0.5,
        "bgPivotY": 0.5,
        "__smartColor": "#ADADB5",
        "__bgPos": None,
        "externalRelPath": None,
        "fieldInstances": fields.instances(_level_values(scene)),
        "layerInstances": instances,
        "__neighbours": [],
    }


def _level_values(scene: Scene) -> dict[str, Value]:
    origin = {"provenance": as_text(scene.provenance)} if scene.provenance else {}
    return {"name": scene.name, "view": scene.view, **origin, **scene.properties}


@dataclass(frozen=True, slots=True, kw_only=True)
class _Draft:
    """A layer before it has ids."""

    name: str
    kind: str
    notes: Mapping[str, object]  # for `doc`
    opacity: float = 1.0
    parallax: tuple[float, float] = (1, 1)
    tileset: str | None = None  # a key of the project's tilesets
    tiles: Sequence[Tree] = ()
    entities: Sequence[_Entity] = ()
    solid: Sequence[int] = ()


def _drafts(project: _Project, kinds: Mapping[tuple[str, bool], str]) -> Iterator[_Draft]:
    """The layers, the topmost first."""
    scene = project.scene
    for layer in reversed(scene.layers):
        if isinstance(layer, TileLayer):
            tiles = _grid_tiles(layer.tiles, project.tilesets[layer.tileset]["__cWid"], project.cell)
            notes = {"overhead": layer.overhead, **layer.properties}
            yield _Draft(
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
        yield _Draft(name="Solid", kind="IntGrid", notes={}, solid=solid.ravel().tolist())


def _layers(project: _Project, drafts: Sequence[_Draft], next_uid: int) -> tuple[list[Tree], list[Tree], int]:
    """The definitions and the instances of the layers, and the next free uid; entities get their fields on the way."""
    fields: dict[str, Fields] = {}
    for kind, definition in project.entities.items():
        things = [one.values for draft in drafts for one in draft.entities if one.kind == kind]
        fields[kind] = Fields(things, next_uid)
        next_uid = fields[kind].next_uid
        definition["fieldDefs"] = fields[kind].definitions()
    definitions, instances = [], []
    words = identifiers(draft.name for draft in drafts)
    for uid, (word, draft) in enumerate(zip(words, drafts, strict=True), next_uid):
        definitions.append(_layer_def(project, word, uid, draft))
        instances.append(_instance(project, word, uid, draft, fields))
    return definitions, instances, next_uid + len(drafts)


def _layer_def(project: _Project, word: str, uid: int, draft: _Draft) -> Tree:
    values = (
        [{"value": 1, "identifier": "solid", "color": "#BE4A2F", "tile": None, "groupUid": 0}] if draft.solid else []
    )
    factors = [
        min(1.0, max(-1.0, 1 - float(side))) for side in draft.parallax
    ]  # of LDtk, 1 stays where the camera looks
    own: dict[str, object] = {"displayOpacity": draft.opacity, "intGridValues": values}
    own |= {"parallaxFactorX": factors[0], "parallaxFactorY": factors[1]}
    if draft.tileset is not None:
        own["tilesetDefUid"] = project.tilesets[draft.tileset]["uid"]
    return layer_def(word, uid, draft.kind, project.cell, as_json({"name": draft.name, **draft.notes}), **own)


def _instance(project: _Project, word: str, uid: int, draft: _Draft, fields: Mapping[str, Fields]) -> Tree:
    tileset = None if draft.tileset is None else project.tilesets[draft.tileset]
    entities = [_entity(project, one, fields[one.kind]) for one in draft.entities]
    return {
        "__identifier": word,
        "__type": draft.kind,
        "__cWid": project.scene.size.width,
        "__cHei": project.scene.size.height,
        "__gridSize": project.cell,
        "__opacity": draft.opacity,
        "__pxTotalOffsetX": 0,
        "__pxTotalOffsetY": 0,
        "__tilesetDefUid": tileset and tileset["uid"],
        "__tilesetRelPath": tileset and tileset["relPath"],
        "iid": iid(project.scene.name, "layer", draft.name),
        "levelId": 0,
        "layerDefUid": uid,
        "pxOffsetX": 0,
        "pxOffsetY": 0,
        "visible": True,
        "optionalRules": [],
        "intGridCsv": list(draft.solid),
        "autoLayerTiles": [],
        "seed": 0,
        "overrideTilesetUid": None,
        "gridTiles": list(draft.tiles),
        "entityInstances": entities,
    }


def _entity(project: _Project, one: _Entity, fields: Fields) -> Tree:
    definition = project.entities[one.kind]
    pivot = [definition["pivotX"], definition["pivotY"]]
    place = [one.box.x + round(pivot[0] * one.box.width), one.box.y + round(pivot[1] * one.box.height)]
    return {
        "__identifier": one.kind,
        "__grid": [side // project.cell for side in place],
        "__pivot": pivot,
        "__tags": [],
        "__tile": definition["tileRect"],
        "__smartColor": definition["color"],
        "__worldX": place[0],
        "__worldY": place[1],
        "iid": iid(project.scene.name, "entity", one.key),
        "width": one.box.width,
        "height": one.box.height,
        "defUid": definition["uid"],
        "px": place,
        "fieldInstances": fields.instances(one.values),
    }


def _tileset(project: _Project, word: str, tileset: Tileset) -> Tree:
    columns, rows = grid(tileset)
    known = {tile: dict(values) for tile, values in tileset.properties.items()}
    notes: dict[int, dict[str, object]] = {tile: {**values} for tile, values in known.items()}
    for tile in tileset.solid:
        notes.setdefault(tile, {})["solid"] = True
    for wang_set in tileset.wang_sets:
        for tile, wang_id in wang_set.wang_ids.items():
            notes.setdefault(tile, {}).setdefault("wang", {})[wang_set.name] = list(wang_id)  # type: ignore[index]
    size = Size(columns * tileset.tile_size.width, rows * tileset.tile_size.height)
    texts = {tile: as_json(values) for tile, values in notes.items()}
    path = project.pictures.tilesets[tileset.name]
    return tileset_def(word, next(project.uids), path, size, tileset.tile_size.width, texts)


def _grid_tiles(tiles: np.ndarray[tuple[int, ...], np.dtype[np.int32]], columns: int, cell: int) -> list[Tree]:
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


def _baked(project: _Project, layer: PictureLayer) -> _Draft:
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
    tiles = _grid_tiles(np.where(seen, numbers, np.int32(EMPTY)), columns, cell)
    parallax = (layer.parallax.x, layer.parallax.y)
    return _Draft(
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


def _sprite_kinds(project: _Project) -> dict[tuple[str, bool], str]:
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


def _props(project: _Project, layer: PropLayer, kinds: Mapping[tuple[str, bool], str]) -> Iterator[_Draft]:
    """The props, and above them their footprints: LDtk draws the last entity on top."""
    sprites = {sprite.name: sprite for sprite in project.scene.sprites}
    props = in_order(layer)
    keys = [f"{layer.name}\0{number}" for number in range(len(props))]
    feet = [
        _Entity("Footprint", f"{key}\0footprint", prop.footprint, {"prop": _reference(project, layer, key)})
        for key, prop in zip(keys, props, strict=True)
        if prop.footprint is not None
    ]
    if feet:
        _ensure_frame(project, "Footprint")
        yield _Draft(name=f"{layer.name} footprints", kind="Entities", notes={}, entities=feet)
    entities = [
        _Entity(kinds[prop.sprite, prop.flipped], key, placed(prop, sprites[prop.sprite]), _prop_values(prop))
        for key, prop in zip(keys, props, strict=True)
    ]
    yield _Draft(name=layer.name, kind="Entities", notes=layer.properties, opacity=layer.opacity, entities=entities)


def _prop_values(prop: Prop) -> dict[str, Value]:
    return {"name": prop.name, **prop.properties}


def _reference(project: _Project, layer: Layer, key: str) -> dict[str, str]:
    name = project.scene.name
    there = {"entityIid": iid(name, "entity", key), "layerIid": iid(name, "layer", layer.name)}
    return {**there, "levelIid": iid(name, "level"), "worldIid": iid(name, "world")}


def _regions(project: _Project, layer: RegionLayer) -> _Draft:
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
        _Entity(words[region.kind], f"{layer.name}\0{number}", _region_box(region), _region_values(region))
        for number, region in enumerate(layer.regions)
    ]
    return _Draft(name=layer.name, kind="Entities", notes=layer.properties, entities=entities)


def _region_box(region: Region) -> Box:
    """A point is an entity of one pixel: LDtk has none without a size."""
    return region.box._replace(width=max(1, region.box.width), height=max(1, region.box.height))


def _region_values(region: Region) -> dict[str, Value]:
    polygon = {"polygon": [float(side) for point in region.polygon for side in point]} if region.polygon else {}
    return {"name": region.name, "kind": region.kind, **polygon, **region.properties}


def _ensure_frame(project: _Project, word: str) -> None:
    """The definition of an entity without a picture."""
    if word not in project.entities:
        size = Size(project.cell, project.cell)
        project.entities[word] = entity_def(word, next(project.uids), word, size, (0, 0), None)
