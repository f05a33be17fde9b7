"""`limner demo` and `limner export`: what lies in the folder afterwards."""

import io
import json
import subprocess
import sysconfig
from pathlib import Path

import pytest
from PIL import Image
from rich.console import Console

from limner.client.demo import SIZE, WISHES
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
    assert f"Look at {tmp_path / 'out/sheet.png'}" in ran.stdout


def test_the_sheet_has_a_cell_for_every_picture() -> None:
    red = flat_picture("red", 1, 32)
    with Image.open(io.BytesIO(contact_sheet([("red", red)] * 5, columns=4))) as sheet:
        assert sheet.size == (16 + 4 * 208, 16 + 2 * 230)
        assert sheet.getpixel((20, 20)) == flat_color("red", 1)[:3]


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
