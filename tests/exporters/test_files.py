"""Files are written whole or not at all, inside the folder and nowhere else."""

import subprocess
import sys
from pathlib import Path

import pytest

from limner.exporters import ExportError, write_files
from limner.exporters.files import distinct, file_name

FULL = """
import resource, sys
from pathlib import Path
from limner.exporters import ExportError, write_files
resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))
try:
    write_files({"a.png": b"new", "new/b.png": b"x" * 5000}, Path(sys.argv[1]))
except ExportError as error:
    print(error)
"""


def test_a_link_that_leaves_the_folder_is_refused_and_named(tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "out").mkdir()
    (tmp_path / "out/walk").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(ExportError, match=r"out/walk is a link that leaves .*out"):
        write_files({"a.png": b"1", "walk/b.png": b"2"}, tmp_path / "out")
    assert list((tmp_path / "elsewhere").iterdir()) == []
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["walk"]


def test_a_link_to_nowhere_below_the_folder_is_refused(tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    (tmp_path / "out/walk").symlink_to(tmp_path / "missing")
    with pytest.raises(ExportError, match="is a link"):
        write_files({"walk/run/b.png": b"2"}, tmp_path / "out")
    assert not (tmp_path / "missing").exists()


def test_a_link_that_stays_inside_is_followed(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "walk").symlink_to(tmp_path / "real")
    write_files({"walk/b.png": b"2"}, tmp_path)
    assert (tmp_path / "real/b.png").read_bytes() == b"2"


def test_the_folder_itself_may_be_a_link(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "out").symlink_to(tmp_path / "real")
    write_files({"sub/a.png": b"1"}, tmp_path / "out")
    assert (tmp_path / "real/sub/a.png").read_bytes() == b"1"


def test_a_link_in_the_place_of_a_file_is_replaced_and_what_it_leads_to_stays(tmp_path: Path) -> None:
    (tmp_path / "precious").write_bytes(b"old")
    (tmp_path / "out").mkdir()
    (tmp_path / "out/a.png").symlink_to(tmp_path / "precious")
    write_files({"a.png": b"new"}, tmp_path / "out")
    assert (tmp_path / "precious").read_bytes() == b"old"
    assert (tmp_path / "out/a.png").read_bytes() == b"new"
    assert not (tmp_path / "out/a.png").is_symlink()


@pytest.mark.skipif(sys.platform == "win32", reason="needs a system that limits the size of files")
def test_a_full_disk_leaves_the_old_files_and_nothing_else(tmp_path: Path) -> None:
    (tmp_path / "a.png").write_bytes(b"old")
    ran = subprocess.run([sys.executable, "-c", FULL, str(tmp_path)], capture_output=True, text=True, check=True)
    assert "cannot be written (File too large); free some space" in ran.stdout
    assert (tmp_path / "a.png").read_bytes() == b"old"
    assert [path.name for path in tmp_path.iterdir()] == ["a.png"]


@pytest.mark.skipif(not Path("/proc/self").exists(), reason="needs a folder that nobody may write to: /proc")
def test_a_folder_that_nobody_may_write_to_is_named() -> None:
    with pytest.raises(ExportError, match=r"^/proc/self: cannot be written"):
        write_files({"a.png": b"1"}, Path("/proc/self"))


@pytest.mark.parametrize(
    ("one", "other"), [("hero.png", "HERO.png"), ("straße.png", "strasse.png"), ("h\u00e9ro.png", "he\u0301ro.png")]
)
def test_names_that_some_disks_take_for_one_are_refused(one: str, other: str, tmp_path: Path) -> None:
    with pytest.raises(ExportError, match="case alone"):
        write_files({one: b"1", other: b"2"}, tmp_path)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("name", "safe"),
    [
        ("walk", "walk"),
        ("走る ñ", "走る ñ"),
        ("../up", "_up"),
        ("a/b\\c:d", "a_b_c_d"),
        ('say "hi"?', "say _hi__"),
        ("NUL.txt", "_NUL.txt"),
        ("end. ", "end"),
        ("...", "_"),
        ("", "_"),
        ("tab\t\0", "tab__"),
    ],
)
def test_any_name_becomes_one_that_every_disk_holds(name: str, safe: str) -> None:
    assert file_name(name) == safe


def test_long_names_stay_apart_and_fit_a_disk() -> None:
    one, other = file_name("龙" * 500 + "a"), file_name("龙" * 500 + "b")
    assert one != other
    assert max(len(one.encode()), len(other.encode())) < 200


def test_names_that_meet_get_numbers() -> None:
    assert distinct(["a", "A", "b", "a", "a-2"]) == ["a", "A-2", "b", "a-3", "a-2-2"]
