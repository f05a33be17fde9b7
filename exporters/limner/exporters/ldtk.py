"""An LDtk project (`.ldtk`) with one level.

Tile layers are Tiles layers; what their tiles know is custom data, as JSON (`solid`, properties, `wang`: the eight terrains).
Cells with a solid tile make the IntGrid layer Solid. A prop layer is an Entities layer with one entity for each sprite, and
one for its mirror image where a prop is flipped, for LDtk cannot; footprints are entities that refer to their prop. A region
is an entity named after its kind; its polygon is the field `polygon`: x, y, x, y, … LDtk has no picture layers: a picture
is baked, as far as it lies in the scene, into a Tiles layer with the same parallax. Layer properties are JSON in `doc`.
LDtk's cells are square.
"""

import json
from collections.abc import Mapping, Sequence

from limner.atlas.flattening import pixel_size
from limner.atlas.geometry import Size
from limner.atlas.scenes import Scene
from limner.exporters.files import ExportError, Files
from limner.exporters.ldtk_defs import (
    Fields,
    Tree,
    Value,
    as_json,
    identifiers,
    iid,
    layer_def,
)
from limner.exporters.ldtk_drafts import Draft, Entity, layer_drafts, sheet_def
from limner.exporters.ldtk_sprites import Project, sprite_kinds
from limner.exporters.options import ExportOptions
from limner.exporters.provenance import as_text
from limner.exporters.scene_pictures import inside, scene_pictures, split

GREY = "#696A79"  # LDtk's own background
SETTINGS: Tree = {  # of the editor, as in a new project
    "__header__": {
        "fileType": "LDtk Project JSON",
        "app": "LDtk",
        "doc": "https://ldtk.io/json",
        "url": "https://ldtk.io",
    },
    "jsonVersion": "1.5.3",
    "appBuildId": 473703,  # of that version
    "identifierStyle": "Free",
    "toc": [],
    "worldLayout": "Free",
    "defaultPivotX": 0,
    "defaultPivotY": 0,
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
}


def write_ldtk(scene: Scene, stem: str, options: ExportOptions) -> Files:
    """`<stem>.ldtk` and the pictures. Raises ExportError for tiles that are not square."""
    width, height = scene.tile_size
    if width != height:
        raise ExportError(
            f"LDtk's tiles are square; those of scene {scene.name!r} are {width} × {height}: use another format"
        )
    folder, base = split(stem)
    pictures = scene_pictures(scene, base)
    project = Project(scene=scene, pictures=pictures, folder=f"{base}-ldtk", cell=width)
    text = json.dumps(_root(project), ensure_ascii=False, allow_nan=False, indent="\t")
    sheets = {path: pictures.files[path] for path in pictures.tilesets.values()}
    return inside(folder, {f"{base}.ldtk": text.encode() + b"\n", **sheets, **project.files})


def _root(project: Project) -> Tree:
    scene, cell = project.scene, project.cell
    for name, tileset in zip(identifiers(one.name for one in scene.tilesets), scene.tilesets, strict=True):
        project.tilesets[tileset.name] = sheet_def(project, name, tileset)
    kinds = sprite_kinds(project)
    drafts = list(layer_drafts(project, kinds))
    level_fields = Fields([_level_values(scene)], next(project.uids))
    definitions, instances, next_uid = _layers(project, drafts, level_fields.next_uid)
    size = pixel_size(scene)
    return {
        **SETTINGS,
        "iid": iid(scene.name, "project"),
        "nextUid": next_uid,
        "worldGridWidth": size.width,
        "worldGridHeight": size.height,
        "defaultLevelWidth": size.width,
        "defaultLevelHeight": size.height,
        "defaultGridSize": cell,
        "defaultEntityWidth": cell,
        "defaultEntityHeight": cell,
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


def _layers(project: Project, drafts: Sequence[Draft], next_uid: int) -> tuple[list[Tree], list[Tree], int]:
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


def _layer_def(project: Project, word: str, uid: int, draft: Draft) -> Tree:
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


def _instance(project: Project, word: str, uid: int, draft: Draft, fields: Mapping[str, Fields]) -> Tree:
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
        "iid": iid(project.scene.name, "layer", draft.name, draft.role),
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


def _entity(project: Project, one: Entity, fields: Fields) -> Tree:
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
