"""Every format is read back by an independent reader."""

import ast
import io
from pathlib import Path

import numpy as np
import pytest
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from PIL import Image

from limner.atlas.sprites import AtlasError, Pixels, Sprite, SpriteSet
from limner.exporters import EXPORTERS, ExportError, export, write_files
from limner.exporters import files as writing
from limner.exporters.formats import FORMATS

SHAPES = st.tuples(st.integers(1, 24), st.integers(1, 24), st.just(4))
PICTURES = st.lists(arrays.arrays(np.uint8, SHAPES, elements=st.sampled_from([0, 7, 255])), min_size=1, max_size=12)


def named(pictures: list[Pixels]) -> list[Sprite]:
    return [Sprite(name=f"sprite {number}", pixels=pixels) for number, pixels in enumerate(pictures)]


def visible(pixels: Pixels) -> Pixels:
    """Clear pixels have no colour of their own."""
    return np.where(pixels[..., 3:] > 0, pixels, np.uint8(0)).astype(np.uint8)


def test_a_gif_keeps_frames_durations_and_transparency() -> None:
    red, clear = np.zeros((4, 4, 4), np.uint8), np.zeros((4, 4, 4), np.uint8)
    red[1:3, 1:3] = (255, 0, 0, 255)
    sprites = [Sprite(name="a", pixels=red, duration_ms=120), Sprite(name="b", pixels=clear, duration_ms=70)]
    with Image.open(io.BytesIO(export("gif", SpriteSet(sprites=tuple(sprites)), "walk")["walk.gif"])) as animation:
        shown = []
        for frame in range(2):
            animation.seek(frame)
            shown.append((animation.info["duration"], np.asarray(animation.convert("RGBA"))))
    assert [duration for duration, _ in shown] == [120, 70]
    np.testing.assert_array_equal(visible(shown[0][1]), red)
    np.testing.assert_array_equal(shown[1][1][..., 3], 0)


def test_png_keeps_every_pixel() -> None:
    pixels = np.arange(64, dtype=np.uint8).reshape(4, 4, 4)
    files = export("png", SpriteSet(sprites=(Sprite(name="a", pixels=pixels),)), "x")
    np.testing.assert_array_equal(np.asarray(Image.open(io.BytesIO(files["a.png"]))), pixels)


def test_the_names_alone_are_those_of_the_registry() -> None:
    assert tuple(EXPORTERS) == FORMATS


@pytest.mark.parametrize("name", [name for name, one in EXPORTERS.items() if one.takes is SpriteSet])
@pytest.mark.parametrize(
    "sprites",
    [[], [Sprite(name="a", pixels=np.zeros((0, 4, 4), np.uint8))], named([np.zeros((1, 1, 4), np.uint8)]) * 2],
    ids=["none", "empty", "twice"],
)
def test_sprites_that_no_format_can_hold_are_refused(name: str, sprites: list[Sprite]) -> None:
    with pytest.raises(AtlasError):
        export(name, SpriteSet(sprites=tuple(sprites)), "x")


def test_an_unknown_format_names_the_known_ones() -> None:
    with pytest.raises(ExportError, match=r"gif, .*png, .*texturepacker-json"):
        export("word", SpriteSet(sprites=()), "x")


@pytest.mark.parametrize("path", ["../up.png", "/root.png", "a/../../b", "c:\\x", ""])
def test_a_path_that_leaves_the_folder_is_refused_and_nothing_is_written(path: str, tmp_path: Path) -> None:
    with pytest.raises(ExportError):
        write_files({"good.png": b"1", path: b"2"}, tmp_path / "out")
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("other", ["A.png", "./a.png", "A.png/b"])
def test_names_that_one_disk_cannot_hold_together_are_refused(other: str, tmp_path: Path) -> None:
    with pytest.raises(ExportError, match="rename one"):
        write_files({"a.png": b"1", other: b"2"}, tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_a_folder_in_the_place_of_a_file_leaves_the_old_files(tmp_path: Path) -> None:
    (tmp_path / "a.png").write_bytes(b"old")
    (tmp_path / "b.png").mkdir()
    with pytest.raises(ExportError, match=r"b\.png is a folder"):
        write_files({"a.png": b"new", "b.png": b"new"}, tmp_path)
    assert (tmp_path / "a.png").read_bytes() == b"old"


def test_a_failed_write_leaves_the_old_files_and_no_others(tmp_path: Path) -> None:
    (tmp_path / "a.png").write_bytes(b"old")
    (tmp_path / "blocked").write_bytes(b"a file where a folder is wanted")
    with pytest.raises(ExportError):
        write_files({"a.png": b"new", "blocked/b.png": b"new"}, tmp_path)
    assert (tmp_path / "a.png").read_bytes() == b"old"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.png", "blocked"]


def test_every_writer_is_in_the_registry() -> None:
    """A writer that nobody can ask for is a format lost in a merge."""
    folder = Path(writing.__file__).parent
    written = {
        node.name
        for path in folder.glob("*.py")
        for node in ast.parse(path.read_text(encoding="utf-8")).body
        if isinstance(node, ast.FunctionDef) and node.name.startswith("write_") and node.name != "write_files"
    }
    assert written == {exporter.write.__name__ for exporter in EXPORTERS.values()}
