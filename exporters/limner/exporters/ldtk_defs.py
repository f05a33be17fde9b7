"""The definitions of an LDtk project: fields, entities, layers and tilesets, with the editor's own defaults.

Identifiers in LDtk are ASCII words, so names of ours are turned into such; the name itself stays in `doc`.
Source: https://ldtk.io/json/ (1.5.3; its JSON schema lists what is required).
"""

import json
import re
import uuid
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from limner.atlas.geometry import Size
from limner.atlas.scenes import Property

Tree = dict[str, Any]
Value = Property | list[float] | Mapping[str, str] | None
SPACE = uuid.UUID("7d8f2c0e-4c8e-5a53-9f0c-2f1a6f0d9b11")  # of the ids that names decide
TYPES = {str: "String", int: "Int", float: "Float", bool: "Bool", list: "Float", dict: "EntityRef"}


def iid(*names: str) -> str:
    """The instance id that these names decide."""
    return str(uuid.uuid5(SPACE, "\0".join(names)))


def identifiers(names: Iterable[str]) -> list[str]:
    """ASCII words, each once; LDtk compares them without case."""
    taken: set[str] = set()
    found = []
    for name in names:
        word = re.sub(r"\W+", "_", name, flags=re.ASCII).strip("_") or "Unnamed"
        word = f"_{word}" if word[0].isdigit() else word
        free, number = word, 1
        while free.lower() in taken:
            number += 1
            free = f"{word}_{number}"
        taken.add(free.lower())
        found.append(free)
    return found


def as_json(values: Mapping[str, object]) -> str:
    return json.dumps(dict(values), ensure_ascii=False, sort_keys=True)


class Fields:
    """The custom fields that things of one kind have, and their values in one thing."""

    def __init__(self, things: Sequence[Mapping[str, Value]], first_uid: int) -> None:
        kinds: dict[str, set[type]] = {}
        for values in things:
            for name, value in values.items():
                kinds.setdefault(name, set()).add(dict if isinstance(value, Mapping) else type(value))
        self._kinds = {name: found.pop() if len(found) == 1 else str for name, found in sorted(kinds.items())}
        words = identifiers(self._kinds)
        self._named = {
            name: (word, first_uid + n) for n, (name, word) in enumerate(zip(self._kinds, words, strict=True))
        }
        self.next_uid = first_uid + len(words)

    def definitions(self) -> list[Tree]:
        return [self._definition(name, word, uid) for name, (word, uid) in self._named.items()]

    def instances(self, values: Mapping[str, Value]) -> list[Tree]:
        """Every field of the kind; null where this thing has no such value."""
        return [self._instance(name, word, uid, values.get(name)) for name, (word, uid) in self._named.items()]

    def _type(self, name: str) -> str:
        kind = self._kinds[name]
        return f"Array<{TYPES[kind]}>" if kind is list else TYPES[kind]

    def _instance(self, name: str, word: str, uid: int, value: Value) -> Tree:
        kind = self._kinds[name]
        if value is not None and kind is str:
            value = str(value)
        several = value if isinstance(value, list) else [value]
        edited = [{"id": f"V_{_editor_type(kind)}", "params": [_edited(one)]} for one in several if one is not None]
        empty: Value = [] if kind is list else None
        own = {"__identifier": word, "__type": self._type(name), "__value": empty if value is None else value}
        return {**own, "__tile": None, "defUid": uid, "realEditorValues": edited}

    def _definition(self, name: str, word: str, uid: int) -> Tree:
        kind = self._kinds[name]
        return {
            "identifier": word,
            "doc": None if word == name else name,
            "__type": self._type(name),
            "uid": uid,
            "type": f"F_{TYPES[kind]}",
            "isArray": kind is list,
            "canBeNull": kind is not list,
            "arrayMinLength": None,
            "arrayMaxLength": None,
            "editorDisplayMode": "RefLinkBetweenCenters" if kind is dict else "Hidden",
            "editorDisplayScale": 1,
            "editorDisplayPos": "Above",
            "editorLinkStyle": "StraightArrow",
            "editorDisplayColor": None,
            "editorAlwaysShow": False,
            "editorShowInWorld": False,
            "editorCutLongValues": True,
            "editorTextSuffix": None,
            "editorTextPrefix": None,
            "useForSmartColor": False,
            "exportToToc": False,
            "searchable": False,
            "min": None,
            "max": None,
            "regex": None,
            "acceptFileTypes": None,
            "defaultOverride": None,
            "textLanguageMode": None,
            "symmetricalRef": False,
            "autoChainRef": False,
            "allowOutOfLevelRef": True,
            "allowedRefs": "Any",
            "allowedRefsEntityUid": None,
            "allowedRefTags": [],
            "tilesetUid": None,
        }


def _editor_type(kind: type) -> str:
    return "String" if kind is dict else TYPES[kind]


def _edited(value: Property | float | Mapping[str, str]) -> Property:
    return value["entityIid"] if isinstance(value, Mapping) else value


def entity_def(identifier: str, uid: int, doc: str, size: Size, pivot: Sequence[float], tile: Tree | None) -> Tree:
    """A kind of entity: a picture of one size, or a frame that can be drawn larger."""
    return {
        "identifier": identifier,
        "uid": uid,
        "tags": [],
        "exportToToc": False,
        "allowOutOfBounds": True,
        "doc": doc,
        "width": size.width,
        "height": size.height,
        "resizableX": tile is None,
        "resizableY": tile is None,
        "minWidth": None,
        "maxWidth": None,
        "minHeight": None,
        "maxHeight": None,
        "keepAspectRatio": False,
        "tileOpacity": 1,
        "fillOpacity": 0 if tile else 0.2,
        "lineOpacity": 0 if tile else 1,
        "hollow": tile is None,
        "color": "#94D9B3",
        "renderMode": "Tile" if tile else "Rectangle",
        "showName": tile is None,
        "tilesetId": tile["tilesetUid"] if tile else None,
        "tileRenderMode": "FitInside",
        "tileRect": tile,
        "uiTileRect": None,
        "nineSliceBorders": [],
        "maxCount": 0,
        "limitScope": "PerLevel",
        "limitBehavior": "MoveLastOne",
        "pivotX": pivot[0],
        "pivotY": pivot[1],
        "fieldDefs": [],
    }


def layer_def(identifier: str, uid: int, kind: str, grid: int, doc: str, **own: object) -> Tree:
    """A layer of a kind: Tiles, Entities or IntGrid; `own` is what differs from the defaults."""
    return {
        "__type": kind,
        "identifier": identifier,
        "type": kind,
        "uid": uid,
        "doc": doc,
        "uiColor": None,
        "gridSize": grid,
        "guideGridWid": 0,
        "guideGridHei": 0,
        "guideOpacity": 0.15,
        "guideColor": None,
        "displayOpacity": 1,
        "inactiveOpacity": 1,
        "hideInList": False,
        "hideFieldsWhenInactive": True,
        "canSelectWhenInactive": True,
        "renderInWorldView": True,
        "pxOffsetX": 0,
        "pxOffsetY": 0,
        "parallaxFactorX": 0,
        "parallaxFactorY": 0,
        "parallaxScaling": False,
        "requiredTags": [],
        "excludedTags": [],
        "uiFilterTags": [],
        "useAsyncRender": False,
        "intGridValues": [],
        "intGridValuesGroups": [],
        "autoRuleGroups": [],
        "autoSourceLayerDefUid": None,
        "layerUidsPreventingAutoTilingHere": [],
        "biomeFieldUid": None,
        "tilesetDefUid": None,
        "tilePivotX": 0,
        "tilePivotY": 0,
        **own,
    }


def tileset_def(identifier: str, uid: int, path: str, size: Size, grid: int, tiles: Mapping[int, str]) -> Tree:
    """A picture cut into squares; `tiles` is what is known of them, as text."""
    return {
        "__cWid": -(-size.width // grid),
        "__cHei": -(-size.height // grid),
        "identifier": identifier,
        "uid": uid,
        "relPath": path,
        "embedAtlas": None,
        "pxWid": size.width,
        "pxHei": size.height,
        "tileGridSize": grid,
        "spacing": 0,
        "padding": 0,
        "tags": [],
        "tagsSourceEnumUid": None,
        "enumTags": [],
        "customData": [{"tileId": tile, "data": text} for tile, text in sorted(tiles.items())],
        "savedSelections": [],
        "cachedPixelData": None,
    }
