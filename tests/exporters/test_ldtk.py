"""LDtk projects hold what LDtk's schema asks for, and draw the preview when read as its documentation says."""

import io
import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from ldtkpy.api import LdtkJSON
from PIL import Image

from limner.atlas.flattening import flattened
from limner.atlas.geometry import Size
from limner.atlas.scenes import Scene, TileLayer
from limner.exporters import ExportError, export
from tests.exporters.scene_art import ODD_NAMES, island, scenes

# What https://ldtk.io/json/ (JSON_SCHEMA.json, 1.5.4) requires of each kind of object.
REQUIRED = {
    "root": """bgColor defs externalLevels iid jsonVersion levels toc worlds appBuildId backupLimit backupOnSave customCommands
        defaultEntityHeight defaultEntityWidth defaultGridSize defaultLevelBgColor defaultPivotX defaultPivotY dummyWorldIid
        exportLevelBg exportTiled flags identifierStyle imageExportMode jsonStyle levelNamePattern nextUid simplifiedExport""",
    "defs": "entities enums externalEnums layers levelFields tilesets",
    "field_def": """__type canBeNull identifier isArray type uid allowOutOfLevelRef allowedRefTags allowedRefs autoChainRef
        editorAlwaysShow editorCutLongValues editorDisplayMode editorDisplayPos editorDisplayScale editorLinkStyle
        editorShowInWorld exportToToc searchable symmetricalRef useForSmartColor""",
    "entity_def": """color height identifier nineSliceBorders pivotX pivotY tileRenderMode uid width allowOutOfBounds exportToToc
        fieldDefs fillOpacity hollow keepAspectRatio limitBehavior limitScope lineOpacity maxCount renderMode resizableX
        resizableY showName tags tileOpacity""",
    "layer_def": """__type displayOpacity gridSize identifier intGridValues intGridValuesGroups parallaxFactorX parallaxFactorY
        parallaxScaling pxOffsetX pxOffsetY uid autoRuleGroups canSelectWhenInactive excludedTags guideGridHei guideGridWid
        guideOpacity hideFieldsWhenInactive hideInList inactiveOpacity layerUidsPreventingAutoTilingHere renderInWorldView
        requiredTags tilePivotX tilePivotY type uiFilterTags useAsyncRender""",
    "tileset_def": """__cHei __cWid customData enumTags identifier padding pxHei pxWid spacing tags tileGridSize uid
        savedSelections""",
    "level": """__bgColor __neighbours fieldInstances identifier iid pxHei pxWid uid worldDepth worldX worldY __smartColor
        bgPivotX bgPivotY useAutoIdentifier""",
    "layer": """__cHei __cWid __gridSize __identifier __opacity __pxTotalOffsetX __pxTotalOffsetY __type autoLayerTiles
        entityInstances gridTiles iid intGridCsv layerDefUid levelId pxOffsetX pxOffsetY visible optionalRules seed""",
    "entity": "__grid __identifier __pivot __smartColor __tags defUid fieldInstances height iid px width",
    "field": "__identifier __type __value defUid realEditorValues",
    "tile": "a f px src t d",
    "rect": "h tilesetUid w x y",
}
Tree = dict[str, Any]


def project(scene: Scene) -> Tree:
    found: Tree = json.loads(export("ldtk", scene, "isle")["isle.ldtk"])
    return found


def objects(tree: Tree) -> Iterator[tuple[str, Tree]]:
    """Every object of the project with its kind."""
    yield "root", tree
    yield "defs", tree["defs"]
    for kind, key in (
        ("entity_def", "entities"),
        ("layer_def", "layers"),
        ("tileset_def", "tilesets"),
        ("field_def", "levelFields"),
    ):
        yield from ((kind, one) for one in tree["defs"][key])
    for one in tree["defs"]["entities"]:
        yield from (("field_def", field) for field in one["fieldDefs"])
        if one["tileRect"]:
            yield "rect", one["tileRect"]
    for level in tree["levels"]:
        yield "level", level
        yield from (("field", field) for field in level["fieldInstances"])
        for layer in level["layerInstances"]:
            yield "layer", layer
            yield from (("tile", tile) for tile in layer["gridTiles"])
            for entity in layer["entityInstances"]:
                yield "entity", entity
                yield from (("field", field) for field in entity["fieldInstances"])


def drawn(files: dict[str, bytes], tree: Tree) -> np.ndarray[Any, Any]:
    """The level, from the back layer to the front one."""
    [level] = tree["levels"]
    canvas = Image.new("RGBA", (level["pxWid"], level["pxHei"]))
    pictures = {one["uid"]: Image.open(io.BytesIO(files[one["relPath"]])) for one in tree["defs"]["tilesets"]}

    def lay(picture: Image.Image, x: int, y: int) -> None:
        whole = Image.new("RGBA", canvas.size)
        whole.paste(picture, (x, y))
        canvas.alpha_composite(whole)

    for layer in reversed(level["layerInstances"]):
        size = layer["__gridSize"]
        for tile in layer["gridTiles"]:
            (x, y), (left, top) = tile["px"], tile["src"]
            columns = pictures[layer["__tilesetDefUid"]].width // size
            assert (left // size, top // size) == (tile["t"] % columns, tile["t"] // columns)
            assert tile["d"] == [y // size * layer["__cWid"] + x // size]
            lay(pictures[layer["__tilesetDefUid"]].crop((left, top, left + size, top + size)), x, y)
        for entity in layer["entityInstances"]:
            rect = entity["__tile"]
            if rect:
                assert (rect["w"], rect["h"]) == (entity["width"], entity["height"])
                box = (rect["x"], rect["y"], rect["x"] + rect["w"], rect["y"] + rect["h"])
                x, y = (
                    round(at - part * size)
                    for at, part, size in zip(entity["px"], entity["__pivot"], (rect["w"], rect["h"]), strict=True)
                )
                lay(pictures[rect["tilesetUid"]].crop(box), x, y)
    return np.asarray(canvas)


def test_an_independent_reader_finds_every_type_as_it_should_be() -> None:
    read = LdtkJSON.from_dict(project(island()))
    layers = [(layer.identifier, layer.type) for layer in read.levels[0].layer_instances]
    assert layers == [
        ("regions", "Entities"),
        ("props_footprints", "Entities"),
        ("props", "Entities"),
        ("details", "Tiles"),
        ("ground", "Tiles"),
        ("sky", "Tiles"),
        ("Solid", "IntGrid"),
    ]
    assert [entity.identifier for entity in read.defs.entities] == [
        "tree",
        "tree_flipped",
        "rock",
        "rock_flipped",
        "Region_biome",
        "Region_landmark",
        "Region_spawn",
        "Footprint",
    ]


def test_every_object_has_what_the_schema_requires() -> None:
    seen = set()
    for kind, tree in objects(project(island())):
        missing = set(REQUIRED[kind].split()) - tree.keys()
        assert not missing, f"{kind} lacks {missing}"
        seen.add(kind)
    assert seen == REQUIRED.keys()


def test_the_layers_together_are_the_preview() -> None:
    files = export("ldtk", island(), "isle")
    np.testing.assert_array_equal(drawn(files, json.loads(files["isle.ldtk"])), flattened(island()))


@settings(max_examples=25, deadline=None)
@given(scenes())
def test_random_scenes_are_drawn_as_their_preview(scene: Scene) -> None:
    files = export("ldtk", scene, "s")
    np.testing.assert_array_equal(drawn(files, json.loads(files["s.ldtk"])), flattened(scene))


def test_ids_are_each_given_once_and_lead_somewhere() -> None:
    tree = project(island())
    defs = tree["defs"]
    uids = [one["uid"] for kind, one in objects(tree) if kind.endswith("_def")]
    assert len(set(uids)) == len(uids)
    assert max(uids) < tree["nextUid"]
    iids = [one["iid"] for kind, one in objects(tree) if "iid" in one]
    assert len(set(iids)) == len(iids)
    [level] = tree["levels"]
    assert [one["layerDefUid"] for one in level["layerInstances"]] == [one["uid"] for one in defs["layers"]]
    by_uid = {one["uid"]: one for one in defs["entities"]}
    for layer in level["layerInstances"]:
        assert layer["levelId"] == level["uid"]
        for entity in layer["entityInstances"]:
            definition = by_uid[entity["defUid"]]
            assert entity["__identifier"] == definition["identifier"]
            fields = [(field["defUid"], field["__identifier"], field["__type"]) for field in entity["fieldInstances"]]
            assert fields == [(field["uid"], field["identifier"], field["__type"]) for field in definition["fieldDefs"]]


def test_fields_footprints_regions_and_tile_data_are_kept() -> None:
    tree = project(island())
    layers = {layer["__identifier"]: layer for layer in tree["levels"][0]["layerInstances"]}
    [foot] = layers["props_footprints"]["entityInstances"]
    there = foot["fieldInstances"][0]["__value"]
    [tree_entity] = [one for one in layers["props"]["entityInstances"] if one["iid"] == there["entityIid"]]
    assert (there["layerIid"], tree_entity["__identifier"]) == (layers["props"]["iid"], "tree")
    assert (foot["px"], foot["width"], foot["height"]) == ([18, 28], 4, 3)
    flipped = layers["props"]["entityInstances"][0]
    values = {field["__identifier"]: (field["__type"], field["__value"]) for field in flipped["fieldInstances"]}
    assert values == {"age": ("Int", 3), "name": ("String", "tree"), "old": ("Bool", True)}
    start, _, wood = layers["regions"]["entityInstances"]
    assert (start["px"], start["width"], start["height"]) == ([9, 17], 1, 1)
    polygon = next(field for field in wood["fieldInstances"] if field["__identifier"] == "polygon")
    assert (polygon["__type"], polygon["__value"]) == ("Array<Float>", [4, 4, 24, 6, 9, 24])
    terrain = tree["defs"]["tilesets"][0]
    known = {one["tileId"]: json.loads(one["data"]) for one in terrain["customData"]}
    assert known[7] == {"solid": True, "step": 4, "wang": {"shore": [0, 2, 0, 2, 0, 2, 0, 1]}}
    ground = island().layers[1]
    assert isinstance(ground, TileLayer)
    assert layers["Solid"]["intGridCsv"] == np.isin(ground.tiles, [0, 7]).astype(int).ravel().tolist()
    fields = {field["__identifier"]: field["__value"] for field in tree["levels"][0]["fieldInstances"]}
    assert fields == {
        "danger": 0.5,
        "name": "island",
        "provenance": '{"generator": "test", "seed": "7"}',
        "view": "top-down",
        "weather": "rain",
    }


@pytest.mark.parametrize("name", ODD_NAMES, ids=range(len(ODD_NAMES)))
def test_names_become_words_and_stay_in_the_documentation(name: str) -> None:
    scene = island()
    tiles = scene.layers[1]
    assert isinstance(tiles, TileLayer)
    tilesets = (replace(scene.tilesets[0], name=name), scene.tilesets[1])
    layers = (replace(tiles, name=name, tileset=name), replace(tiles, name=f"{name}?", tileset=name))
    tree = project(replace(scene, name=name, tilesets=tilesets, layers=layers))
    words = [layer["identifier"] for layer in tree["defs"]["layers"]]
    assert len({word.lower() for word in words}) == 3
    assert all(word.isascii() and word.isidentifier() for word in [*words, tree["levels"][0]["identifier"]])
    assert [json.loads(layer["doc"])["name"] for layer in tree["defs"]["layers"]] == [f"{name}?", name, "Solid"]


def test_tiles_that_are_not_square_are_refused() -> None:
    scene = replace(island(), layers=(), tilesets=(), tile_size=Size(8, 16))
    with pytest.raises(ExportError, match=r"LDtk's tiles are square; those of scene 'island' are 8 × 16"):
        export("ldtk", scene, "s")


def test_the_same_scene_gives_the_same_bytes() -> None:
    assert export("ldtk", island(), "a") == export("ldtk", island(), "a")
