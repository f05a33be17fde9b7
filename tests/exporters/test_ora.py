"""OpenRaster files, opened as the specification says and put together by Pillow."""

import io
import zipfile
from dataclasses import replace
from xml.etree import ElementTree

import numpy as np
import pytest
from PIL import Image

from limner.atlas.flattening import flattened
from limner.atlas.scenes import PropLayer, Scene, TileLayer
from limner.exporters import export
from tests.exporters.scene_art import ODD_NAMES, island


def opened(scene: Scene) -> zipfile.ZipFile:
    return zipfile.ZipFile(io.BytesIO(export("ora", scene, "isle")["isle.ora"]))


def picture(archive: zipfile.ZipFile, path: str) -> Image.Image:
    return Image.open(io.BytesIO(archive.read(path)))


def composed(archive: zipfile.ZipFile) -> Image.Image:
    """The layers over each other, the last in the file at the bottom."""
    root = ElementTree.fromstring(archive.read("stack.xml"))
    canvas = Image.new("RGBA", (int(str(root.get("w"))), int(str(root.get("h")))))
    for layer in reversed(list(root.iter("layer"))):
        pixels = picture(archive, str(layer.get("src")))
        assert layer.get("opacity") == "1"
        placed = Image.new("RGBA", canvas.size)
        placed.paste(pixels, (int(str(layer.get("x"))), int(str(layer.get("y")))))
        canvas = Image.alpha_composite(canvas, placed)
    return canvas


@pytest.mark.parametrize("background", [None, (9, 99, 199)])
def test_the_layers_together_are_the_preview(background: tuple[int, int, int] | None) -> None:
    scene = replace(island(), background=background)
    archive = opened(scene)
    np.testing.assert_array_equal(np.asarray(composed(archive)), flattened(scene))
    np.testing.assert_array_equal(np.asarray(picture(archive, "mergedimage.png")), flattened(scene))


def test_a_faded_layer_states_its_opacity() -> None:
    scene = island()
    ground = scene.layers[1]
    assert isinstance(ground, TileLayer)
    scene = replace(scene, layers=(replace(ground, opacity=0.25), *scene.layers[2:]))
    root = ElementTree.fromstring(opened(scene).read("stack.xml"))
    opacities = {layer.get("name"): layer.get("opacity") for layer in root.iter("layer")}
    assert (opacities["ground"], opacities["details"]) == ("0.25", "1")


def test_the_archive_begins_with_its_type_uncompressed() -> None:
    content = export("ora", island(), "isle")["isle.ora"]
    assert content[30:38] == b"mimetype"  # what `file` and painters look at
    assert content[38:54] == b"image/openraster"
    with opened(island()) as archive:
        assert archive.testzip() is None
        assert {entry.compress_type for entry in archive.infolist()} == {zipfile.ZIP_STORED}
        assert picture(archive, "Thumbnails/thumbnail.png").size == (48, 40)


def test_props_are_a_group_with_the_nearest_on_top() -> None:
    root = ElementTree.fromstring(opened(island()).read("stack.xml"))
    [group] = root.findall("stack/stack")
    props = island().layers[3]
    assert isinstance(props, PropLayer)
    feet = sorted((prop.foot.y, prop.name) for prop in props.props)
    assert [layer.get("name") for layer in group] == [name for _, name in reversed(feet)]


def test_equal_pictures_lie_in_the_file_once_and_equal_scenes_give_equal_bytes() -> None:
    scene = island()
    props = scene.layers[3]
    assert isinstance(props, PropLayer)
    crowd = replace(props, props=tuple(replace(props.props[0], name=f"{n}") for n in range(50)))
    names = opened(replace(scene, layers=(crowd,))).namelist()
    assert [name for name in names if name.startswith("data/")] == ["data/layer0.png"]
    assert export("ora", scene, "a")["a.ora"] == export("ora", scene, "a")["a.ora"]


@pytest.mark.parametrize("name", ODD_NAMES, ids=range(len(ODD_NAMES)))
def test_layers_keep_names_of_every_kind(name: str) -> None:
    scene = island()
    scene = replace(scene, name=name, layers=(replace(scene.layers[1], name=name),))
    root = ElementTree.fromstring(opened(scene).read("stack.xml"))
    assert [root.get("name"), *(layer.get("name") for layer in root.iter("layer"))] == [name, name]


def test_a_large_scene_has_a_small_thumbnail_and_provenance_is_in_the_picture() -> None:
    scene = replace(island(), size=island().size._replace(width=100), layers=())
    with opened(scene) as archive:
        assert picture(archive, "Thumbnails/thumbnail.png").size == (256, 13)
        assert "limner:provenance" in picture(archive, "mergedimage.png").info
