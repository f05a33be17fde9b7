"""The JSON for Unity, put together again as an importer would: y up, units, fractions."""

import io
import json
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from PIL import Image

from limner.atlas.flattening import flattened
from limner.atlas.scenes import PictureLayer, Scene
from limner.exporters import export
from tests.exporters.scene_art import island


def drawn(files: dict[str, bytes], tree: dict[str, Any]) -> np.ndarray[Any, Any]:
    """The scene from the JSON and its pictures alone."""
    unit, (columns, rows), (width, height) = tree["pixels_per_unit"], tree["size"], tree["tile_size"]
    canvas = Image.new("RGBA", (columns * width, rows * height))
    pictures: dict[str, Image.Image] = {
        path: Image.open(io.BytesIO(content)) for path, content in files.items() if path.endswith(".png")
    }
    tilesets = {one["name"]: one for one in tree["tilesets"]}
    sprites = {one["name"]: one for one in tree["sprites"]}

    def lay(picture: Image.Image, left: float, bottom: float) -> None:
        place = round(left * unit), canvas.height - round(bottom * unit) - picture.height
        whole = Image.new("RGBA", canvas.size)
        whole.paste(picture, place)
        canvas.alpha_composite(whole)

    for layer in sorted(tree["layers"], key=lambda layer: int(layer["order"])):
        if layer["type"] == "tiles":
            tileset = tilesets[layer["tileset"]]
            for y, row in enumerate(layer["cells"]):
                for x, tile in enumerate(row):
                    down, across = divmod(tile, tileset["columns"])
                    box = (across * width, down * height, (across + 1) * width, (down + 1) * height)
                    if tile >= 0:
                        lay(pictures[tileset["texture"]].crop(box), x, y * height / unit)
        elif layer["type"] == "props":
            for prop in sorted(layer["props"], key=lambda prop: -float(prop["position"][1])):
                sprite = sprites[prop["sprite"]]
                picture, (px, py) = pictures[sprite["texture"]], sprite["pivot"]
                if prop["flip_x"]:
                    picture, px = picture.transpose(Image.Transpose.FLIP_LEFT_RIGHT), 1 - px
                x, y = (place + off for place, off in zip(prop["position"], prop["offset"], strict=True))
                lay(picture, x - px * picture.width / unit, y - py * picture.height / unit)
        elif layer["type"] == "picture":
            lay(pictures[layer["texture"]], *layer["position"])
    return np.asarray(canvas)


def once(scene: Scene) -> Scene:
    """The picture layers without their repeats, which an engine does while it runs."""
    layers = (replace(one, repeat_x=False) if isinstance(one, PictureLayer) else one for one in scene.layers)
    return replace(scene, layers=tuple(layers))


def test_an_importer_finds_the_preview() -> None:
    scene = once(island())
    files = export("unity-tilemap", scene, "isle")
    np.testing.assert_array_equal(drawn(files, json.loads(files["isle.tilemap.json"])), flattened(scene))


def test_tiles_rules_and_regions_are_in_unitys_sense() -> None:
    tree = json.loads(export("unity-tilemap", island(), "isle")["isle.tilemap.json"])
    assert (tree["format"], tree["version"], tree["size"], tree["pixels_per_unit"]) == ("limner-tilemap", 1, [6, 5], 8)
    assert tree["provenance"] == {"generator": "test", "seed": "7"}
    tileset = tree["tilesets"][0]
    assert [(tile["id"], tile["collider"]) for tile in tileset["tiles"]] == [(0, "Grid"), (3, "None"), (7, "Grid")]
    [rules] = tileset["rules"]
    assert (rules["kind"], rules["tiles"][1]) == ("corner", {"id": 1, "neighbors": [0, 2, 0, 1, 0, 1, 0, 1]})
    start, shop, wood = tree["layers"][4]["regions"]
    assert (start["kind"], start["box"], start["properties"]) == ("spawn", [9 / 8, 23 / 8, 0, 0], {"team": "red"})
    assert shop["box"] == [1, 2.5, 2, 1.5]
    assert wood["polygon"] == [[0.5, 4.5], [3, 4.25], [9 / 8, 2]]
    [footprint] = [prop["footprint"] for prop in tree["layers"][3]["props"] if prop["footprint"]]
    assert footprint == pytest.approx([18 / 8, 9 / 8, 0.5, 3 / 8])
    rock = tree["sprites"][1]
    assert (rock["pivot"], rock["outline"]) == ([0.5, 0], [[-3 / 8, 0], [0, 5 / 8], [3 / 8, 0]])


def test_a_flattened_png_is_the_preview_with_its_provenance() -> None:
    picture = Image.open(io.BytesIO(export("scene-png", island(), "isle")["isle.png"]))
    np.testing.assert_array_equal(np.asarray(picture), flattened(island()))
    assert json.loads(picture.info["limner:provenance"]) == {"generator": "test", "seed": "7"}
