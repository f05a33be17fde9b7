"""`limner demo` and `limner export`: what lies in the folder afterwards."""

import io
import json
import subprocess
import sysconfig
from pathlib import Path

import pytest
from fontTools.fontBuilder import FontBuilder
from fontTools.pens.ttGlyphPen import TTGlyphPen
from PIL import Image
from rich.console import Console

from limner.client import fonts
from limner.client.demo import CANDIDATES, SIZE, WISHES
from limner.client.halfblocks import half_blocks
from limner.client.sheet import contact_sheet, fitted
from limner.client.testing import FlatWorld, flat_color, flat_picture

LIMNER = str(Path(sysconfig.get_path("scripts"), "limner"))


def limner(*arguments: object) -> subprocess.CompletedProcess[str]:
    return subprocess.run([LIMNER, *map(str, arguments)], capture_output=True, text=True, timeout=60, check=False)


def test_half_of_the_demo_is_asked_for_in_chinese_and_every_kind_is_there() -> None:
    assert len(WISHES) >= 12
    assert sum(not wish.prompt.isascii() for wish in WISHES) * 2 == len(WISHES)
    assert {wish.kind for wish in WISHES} >= {"character", "monster", "item", "tile"}
    assert len({wish.name for wish in WISHES}) == len(WISHES)
    assert all(wish.gloss.isascii() and wish.gloss for wish in WISHES)


def test_the_demo_leaves_pictures_a_sheet_an_atlas_and_a_gif(world: FlatWorld, tmp_path: Path) -> None:
    ran = limner("demo", "--out", tmp_path / "out", "--server", world.address)
    assert (ran.returncode, ran.stderr) == (0, "")
    for wish in WISHES:
        picture = (tmp_path / f"out/{wish.name}.png").read_bytes()
        assert picture == flat_picture(wish.prompt, wish.seed, SIZE)
    assert {path.name for path in (tmp_path / "out").iterdir()} == {
        *(f"{wish.name}.png" for wish in WISHES),
        *("sheet.png", "sheet.md", "export"),
    }
    assert {path.name for path in (tmp_path / "out/export").iterdir()} == {"demo.png", "demo.json", "demo.gif"}
    atlas = json.loads((tmp_path / "out/export/demo.json").read_text(encoding="utf-8"))
    assert sorted(atlas["frames"]) == sorted(wish.name for wish in WISHES)
    assert [f"{wish.name}.png" in ran.stdout for wish in WISHES] == [True] * len(WISHES)
    assert f"best of {CANDIDATES} candidates" in (tmp_path / "out/sheet.md").read_text(encoding="utf-8")
    assert f"Look at {tmp_path / 'out/sheet.png'}" in ran.stdout


def test_the_sheet_has_a_cell_for_every_picture() -> None:
    red = flat_picture("red", 1, 32)
    with Image.open(io.BytesIO(contact_sheet([("red", red)] * 5, columns=4))) as sheet:
        assert sheet.size == (16 + 4 * 208, 16 + 2 * 230)
        assert sheet.getpixel((20, 20)) == flat_color("red", 1)[:3]


def test_without_a_font_for_its_letters_a_caption_is_said_in_english(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(fonts, "folders", lambda: iter([tmp_path]))
    red = flat_picture("red", 1, 32)
    assert contact_sheet([("红龙", red)], ["a red dragon"]) == contact_sheet([("a red dragon", red)])


def test_a_font_is_chosen_by_its_letters_and_not_by_its_name(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(fonts, "folders", lambda: iter([tmp_path]))
    write_font(tmp_path / "NotoSansCJK.ttf", "ab")
    (tmp_path / "Hei.ttf").write_bytes(b"no font")
    write_font(tmp_path / "deep" / "Plain.ttf", "红龙")
    found = fonts.font_for("红 龙", 14)
    assert found is not None
    assert str(found.path) == str(tmp_path / "deep/Plain.ttf")
    assert fonts.font_for("绿", 14) is None
    red = flat_picture("red", 1, 32)
    assert contact_sheet([("红龙", red)], ["x"]) not in (contact_sheet([("x", red)]), contact_sheet([("", red)]))


def write_font(path: Path, letters: str) -> None:
    """A font with those letters, each a full square, and an empty one for all others."""
    path.parent.mkdir(exist_ok=True)
    names = [".notdef", *(f"letter{number}" for number in range(len(letters)))]
    pen, nothing = TTGlyphPen(None), TTGlyphPen(None).glyph()
    pen.moveTo((0, 0))
    for corner in ((0, 700), (700, 700), (700, 0)):
        pen.lineTo(corner)
    pen.closePath()
    square = pen.glyph()
    builder = FontBuilder(1000)
    builder.setupGlyphOrder(names)
    builder.setupCharacterMap({ord(letter): name for letter, name in zip(letters, names[1:], strict=True)})
    builder.setupGlyf({name: nothing if name == ".notdef" else square for name in names})
    builder.setupHorizontalMetrics(dict.fromkeys(names, (800, 0)))
    builder.setupHorizontalHeader(ascent=800, descent=-200)
    builder.setupNameTable({"familyName": path.stem, "styleName": "Regular"})
    builder.setupOS2()
    builder.setupPost()
    builder.save(path)


def test_small_pictures_grow_by_whole_factors_on_the_sheet() -> None:
    assert [fitted(flat_picture("x", 1, side)).size for side in (32, 50, 192, 400)] == [
        (192, 192),
        (150, 150),
        (192, 192),
        (192, 192),
    ]


def test_a_folder_of_pictures_becomes_an_atlas(tmp_path: Path) -> None:
    (tmp_path / "items").mkdir()
    for name in ("key", "hat"):
        (tmp_path / f"items/{name}.png").write_bytes(flat_picture(name, 1, 8))
    ran = limner("export", tmp_path / "items", "--format", "texturepacker-json", "--out", tmp_path / "game", "--json")
    paths = [json.loads(line)["path"] for line in ran.stdout.splitlines()]
    assert sorted(paths) == [str(tmp_path / "game/items.json"), str(tmp_path / "game/items.png")]
    assert sorted(json.loads((tmp_path / "game/items.json").read_text())["frames"]) == ["hat", "key"]


@pytest.mark.parametrize("file_format", ["tga", "../png", ""])
def test_an_unknown_format_exits_with_2_and_the_known_ones(tmp_path: Path, file_format: str) -> None:
    (tmp_path / "key.png").write_bytes(flat_picture("key", 1, 8))
    ran = limner("export", tmp_path / "key.png", "--format", file_format, "--out", tmp_path / "game")
    assert (ran.returncode, "texturepacker-json" in ran.stderr) == (2, True)


def test_what_is_no_picture_exits_with_2_and_its_path(tmp_path: Path) -> None:
    (tmp_path / "key.png").write_bytes(flat_picture("key", 1, 8)[:40])
    ran = limner("export", tmp_path / "key.png", "--format", "png", "--out", tmp_path / "game")
    assert (ran.returncode, str(tmp_path / "key.png") in ran.stderr) == (2, True)
    assert limner("export", tmp_path / "none", "--format", "png", "--out", tmp_path).returncode == 2


def test_a_folder_that_cannot_be_made_exits_with_2(tmp_path: Path, world: FlatWorld) -> None:
    (tmp_path / "file").write_text("")
    ran = limner("demo", "--out", tmp_path / "file/out", "--server", world.address)
    assert ran.returncode == 2


def test_half_blocks_show_two_pixels_in_one_character() -> None:
    picture = Image.new("RGBA", (2, 2), (0, 0, 0, 0))
    picture.putpixel((0, 0), (255, 0, 0, 255))
    picture.putpixel((0, 1), (0, 255, 0, 255))
    picture.putpixel((1, 1), (0, 0, 255, 255))
    png = io.BytesIO()
    picture.save(png, "PNG")
    console = Console(color_system="truecolor", force_terminal=True)
    with console.capture() as shown:
        console.print(half_blocks(png.getvalue()), end="")
    assert shown.get() == "\x1b[38;2;255;0;0;48;2;0;255;0m▀\x1b[0m\x1b[38;2;0;0;255m▄\x1b[0m\n"
