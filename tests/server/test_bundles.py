"""Scenes in one file: back as they were, and nothing that does harm."""

import io
import zipfile

import numpy as np
import pytest
from PIL import Image

from limner.atlas.geometry import Size
from limner.atlas.scenes import Scene, TileLayer
from limner.atlas.tilesets import Tileset
from limner.exporters.files import ExportError
from limner.server.bundles import packed, unpacked


def small() -> Scene:
    draw = np.random.default_rng(1)
    pixels = [
        np.dstack([draw.integers(0, 256, (16, 16, 3)), np.full((16, 16), 255)]).astype(np.uint8) for _ in range(2)
    ]
    tileset = Tileset(name="t", tile_size=Size(16, 16), tiles=tuple(pixels), columns=2)
    layer = TileLayer(name="ground", tileset="t", tiles=np.array([[0, 1], [1, 0]], np.int32))
    return Scene(
        name="scene", size=Size(2, 2), tile_size=Size(16, 16), tilesets=(tileset,), sprites=(), layers=(layer,)
    )


def rezipped(content: bytes, change: str, fresh: bytes) -> bytes:
    """The zip with the files of one ending exchanged."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(out, "w") as new:
        for path in old.namelist():
            new.writestr(path, fresh if path.endswith(change) else old.read(path))
    return out.getvalue()


def test_a_scene_comes_back_from_its_file_and_makes_the_same_bytes() -> None:
    content = packed(small())
    found = unpacked(content, "scene")
    np.testing.assert_array_equal(found.tilesets[0].tiles[1], small().tilesets[0].tiles[1])
    assert packed(found) == content


def test_a_picture_that_would_fill_the_memory_is_refused() -> None:
    out = io.BytesIO()
    Image.new("1", (8192, 4096)).save(out, "PNG")
    with pytest.raises(ExportError, match="8192 × 4096"):
        unpacked(rezipped(packed(small()), ".png", out.getvalue()), "scene")


@pytest.mark.parametrize("fresh", [b"", b"no picture"], ids=["empty", "text"])
def test_a_broken_picture_is_refused(fresh: bytes) -> None:
    with pytest.raises(ExportError, match="no picture"):
        unpacked(rezipped(packed(small()), ".png", fresh), "scene")


@pytest.mark.parametrize("length", [0, 10, 200, 900])
def test_a_file_that_was_cut_short_is_refused(length: int) -> None:
    with pytest.raises(ExportError):
        unpacked(packed(small())[:length], "scene")
