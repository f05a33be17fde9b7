"""`limner build`: what is stale is built, nothing else; what people made stays."""

import hashlib
import io
import os
import signal
import subprocess
import sysconfig
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from limner.client.project import building
from limner.client.project.holding import held
from limner.client.project.lock_file import LockFile
from limner.client.testing import MODEL, FlatWorld, Models, flat_color
from limner.v1 import model_pb2

from .conftest import Run

LIMNER = str(Path(sysconfig.get_path("scripts"), "limner"))
TWO = '[[asset]]\nname = "key"\nprompt = "a key"\nseed = 1\n[[asset]]\nname = "hat"\nprompt = "a hat"\nseed = 2\n'


def color(path: Path) -> tuple[int, ...]:
    """The one colour of a picture."""
    with Image.open(path) as picture:
        colors = picture.convert("RGBA").getcolors()
    assert colors is not None
    assert len(colors) == 1
    return tuple(int(channel) for channel in colors[0][1])  # type: ignore[union-attr]


def paint(path: Path, color: tuple[int, int, int, int] = (9, 8, 7, 255), size: int = 32) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.new("RGBA", (size, size), color).save(path)


def files(folder: Path) -> dict[str, bytes]:
    """Everything that is not hidden."""
    found = (path for path in folder.rglob("*") if path.is_file() and ".limner" not in path.parts)
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in found}


def test_everything_is_drawn_once_and_then_nothing_is_stale(world: FlatWorld, tmp_path: Path, build: Run) -> None:
    (tmp_path / "x.asset.toml").write_text(TWO)
    assert build(check=True)[:2] == (
        1,
        [{"asset": f"x.asset.toml#{name}", "state": "stale", "reason": "is new"} for name in ("key", "hat")],
    )
    code, said, _ = build()
    assert (code, sorted(each["written"][0] for each in said)) == (0, ["hat.png", "key.png"])
    assert color(tmp_path / "key.png") == flat_color("a key", 1)
    before = files(tmp_path)
    assert build() == (0, [], "")
    assert build(check=True) == (0, [], "")
    assert (files(tmp_path), len(world.created)) == (before, 2)


def test_the_lock_pins_requests_outputs_and_the_model(tmp_path: Path, build: Run) -> None:
    (tmp_path / "x.asset.toml").write_text(TWO)
    build()
    entry = LockFile.read(tmp_path).entries["x.asset.toml#key"]
    assert entry.outputs == {"key.png": hashlib.sha256((tmp_path / "key.png").read_bytes()).hexdigest()}
    assert entry.drawn is not None
    assert (entry.drawn.model, entry.drawn.seed) == ("models/flat-world", 1)


def test_another_clone_gives_the_same_bytes(tmp_path: Path, build: Run) -> None:
    contents = []
    for clone in ("one", "two"):
        (tmp_path / clone).mkdir()
        (tmp_path / clone / "x.asset.toml").write_text(TWO)
        assert build(tmp_path / clone)[0] == 0
        contents.append(files(tmp_path / clone))
    assert contents[0] == contents[1]


@pytest.mark.parametrize(
    ("change", "names"),
    [
        (("a key", "a rusty key"), ["key"]),
        (("seed = 2", "seed = 3"), ["hat"]),
        (('prompt = "a hat"', 'prompt = "a hat"  # wide'), []),
        (('[[asset]]\nname = "key"', '[defaults]\nstyle = "flat"\n[[asset]]\nname = "key"'), ["key", "hat"]),
    ],
    ids=["prompt", "seed", "comment", "defaults"],
)
def test_only_what_is_asked_for_in_another_way_is_built(
    tmp_path: Path, build: Run, change: tuple[str, str], names: list[str]
) -> None:
    (tmp_path / "x.asset.toml").write_text(TWO)
    build()
    (tmp_path / "x.asset.toml").write_text(TWO.replace(*change))
    assert sorted(each["asset"] for each in build()[1]) == sorted(f"x.asset.toml#{name}" for name in names)


def test_files_that_decide_a_picture_make_it_stale(tmp_path: Path, build: Run) -> None:
    paint(tmp_path / "dusk.png")
    (tmp_path / "style.toml").write_text('[defaults]\npalette = "dusk.png"')
    (tmp_path / "a.asset.toml").write_text('include = ["style.toml"]\n[[asset]]\nprompt = "a"')
    (tmp_path / "b.asset.toml").write_text('[[asset]]\nprompt = "b"\nreference = "art/sketch.png"')
    (tmp_path / "c.asset.toml").write_text('[[asset]]\nprompt = "c"')
    paint(tmp_path / "art/sketch.png")
    assert len(build()[1]) == 3
    for path, names in (("dusk.png", ["a"]), ("art/sketch.png", ["b"])):
        paint(tmp_path / path, (1, 2, 3, 255))
        assert [each["asset"] for each in build()[1]] == [f"{name}.asset.toml#{name}" for name in names]
    (tmp_path / "style.toml").write_text("[defaults]\nsteps = 3")
    assert [each["asset"] for each in build()[1]] == ["a.asset.toml#a"]


def test_edits_and_variations_start_from_the_other_picture(world: FlatWorld, tmp_path: Path, build: Run) -> None:
    edits = '[[asset]]\nname = "red"\nedit = "key"\nprompt = "a red key"\n[[asset]]\nname = "like"\nvary = "key"\n'
    (tmp_path / "x.asset.toml").write_text(TWO + edits)
    assert build()[0] == 0
    briefs = {
        asked.generation.image.prompt + str(bool(asked.generation.image.reference_png)): asked.generation.image
        for asked in world.created
    }
    for name, strength in (("a red keyTrue", 0.8), ("a keyTrue", 0.5)):
        with Image.open(io.BytesIO(briefs[name].reference_png)) as reference:
            assert reference.getpixel((0, 0)) == flat_color("a key", 1)
        assert (round(briefs[name].strength, 3), briefs[name].width) == (strength, 32)
    assert len(world.created) == 4
    (tmp_path / "x.asset.toml").write_text((TWO + edits).replace("seed = 1", "seed = 5"))
    assert sorted(each["asset"].split("#")[1] for each in build()[1]) == ["key", "like", "red"]


def test_a_missing_or_deleted_output_comes_back(tmp_path: Path, build: Run) -> None:
    (tmp_path / "x.asset.toml").write_text(TWO)
    build()
    (tmp_path / "key.png").unlink()
    assert build(check=True)[1] == [{"asset": "x.asset.toml#key", "state": "stale", "reason": "key.png is missing"}]
    assert [each["written"] for each in build()[1]] == [["key.png"]]


def test_a_painted_over_picture_becomes_the_source_and_is_never_overwritten(
    world: FlatWorld, tmp_path: Path, build: Run
) -> None:
    text = '[[asset]]\nname = "hero"\nprompt = "a hero"\nformats = ["png", "godot-spriteframes"]\nout = "{format}"\n[[asset]]\nname = "gold"\nedit = "hero"\nprompt = "gold"'
    (tmp_path / "x.asset.toml").write_text(text)
    build()
    paint(tmp_path / "png/hero.png", (10, 20, 30, 255))
    mine = (tmp_path / "png/hero.png").read_bytes()
    code, said, _ = build()
    assert (code, {each["asset"][13:]: each["repainted"] for each in said}) == (0, {"hero": "hero.png", "gold": None})
    assert color(tmp_path / "godot-spriteframes/hero.png") == (10, 20, 30, 255)
    assert (tmp_path / "png/hero.png").read_bytes() == mine
    with Image.open(io.BytesIO(world.created[-1].generation.image.reference_png)) as reference:
        assert reference.getpixel((0, 0)) == (10, 20, 30, 255)
    (tmp_path / "x.asset.toml").write_text(text.replace("a hero", "another hero"))
    build()
    assert (tmp_path / "png/hero.png").read_bytes() == mine
    assert build() == (0, [], "")
    (tmp_path / "png/hero.png").unlink()
    assert build()[0] == 0
    assert color(tmp_path / "png/hero.png") != (10, 20, 30, 255)


def test_other_files_changed_by_hand_stay_and_are_told(world: FlatWorld, tmp_path: Path, build: Run) -> None:
    (tmp_path / "x.asset.toml").write_text(
        '[[asset]]\nname = "hero"\nprompt = "a hero"\nformats = ["godot-spriteframes"]'
    )
    build()
    (tmp_path / "hero.tres").write_text("mine")
    code, said, err = build()
    assert (code, said[0]["state"], len(world.created)) == (1, "failed", 1)
    assert "hero.tres: was changed by hand and stays as it is; delete it to have it written again" in err
    (tmp_path / "x.asset.toml").write_text(
        '[[asset]]\nname = "hero"\nprompt = "other"\nformats = ["godot-spriteframes"]'
    )
    before = files(tmp_path)
    assert build()[0] == 1
    assert files(tmp_path) == before
    (tmp_path / "hero.tres").unlink()
    assert build()[0] == 0


def test_a_file_that_was_there_before_is_not_overwritten(tmp_path: Path, build: Run) -> None:
    (tmp_path / "x.asset.toml").write_text(TWO)
    paint(tmp_path / "key.png")
    code, said, _ = build()
    assert (code, [(each["asset"], each["state"]) for each in said]) == (
        1,
        [("x.asset.toml#hat", "built"), ("x.asset.toml#key", "failed")],
    )
    assert color(tmp_path / "key.png") == (9, 8, 7, 255)


def test_own_art_is_exported_without_a_server(tmp_path: Path, build: Run) -> None:
    paint(tmp_path / "raw/strip.png", (1, 2, 3, 255), 32)
    text = '[[asset]]\nname = "walk"\nsource = "raw/strip.png"\nframes = 4\nformats = ["gif", "png"]\nout = "{format}"'
    (tmp_path / "x.asset.toml").write_text(text)
    assert build(server="127.0.0.1:1")[0] == 0
    with Image.open(tmp_path / "gif/walk.gif") as walk:
        assert walk.size == (8, 32)
    assert len(list((tmp_path / "png").iterdir())) == 4
    paint(tmp_path / "raw/strip.png", (4, 5, 6, 255), 32)
    assert [each["asset"] for each in build(server="127.0.0.1:1")[1]] == ["x.asset.toml#walk"]


def test_an_asset_may_start_from_files_that_others_write(tmp_path: Path, build: Run) -> None:
    (tmp_path / "a.asset.toml").write_text('[[asset]]\nname = "a"\nsource = "b.png"\nout = "a"')
    (tmp_path / "b.asset.toml").write_text('[[asset]]\nname = "b"\nprompt = "b"\nseed = 4')
    assert build()[0] == 0
    assert color(tmp_path / "a/a.png") == flat_color("b", 4)
    (tmp_path / "b.asset.toml").write_text('[[asset]]\nname = "b"\nprompt = "b"\nseed = 5')
    assert build()[0] == 0
    assert color(tmp_path / "a/a.png") == flat_color("b", 5)


def test_what_is_no_longer_written_goes_unless_somebody_changed_it(tmp_path: Path, build: Run) -> None:
    text = '[[asset]]\nname = "key"\nprompt = "a key"\nformats = ["godot-spriteframes"]'
    (tmp_path / "x.asset.toml").write_text(text)
    build()
    (tmp_path / "key.tres").write_text("mine")
    (tmp_path / "x.asset.toml").write_text(text.replace("godot-spriteframes", "gif"))
    code, said, _ = build()
    assert (code, said[0]["written"], said[0]["removed"]) == (0, ["key.gif"], ["key.png"])
    assert sorted(path.name for path in tmp_path.glob("key.*")) == ["key.gif", "key.tres"]


def test_a_broken_manifest_is_told_with_its_place_and_the_others_are_built(tmp_path: Path, build: Run) -> None:
    (tmp_path / "x.asset.toml").write_text(TWO)
    build()
    (tmp_path / "x.asset.toml").write_text(TWO.replace("seed = 2", "sead = 2"))
    (tmp_path / "y.asset.toml").write_text('[[asset]]\nprompt = "a boot"')
    code, said, err = build()
    assert code == 1
    assert f"{tmp_path}/x.asset.toml:8:1: unknown key 'sead'; known here: name, " in err
    assert {(each.get("asset", each.get("line")), each["state"]) for each in said} == {
        (8, "broken"),
        ("y.asset.toml#y", "built"),
    }
    assert color(tmp_path / "hat.png") == flat_color("a hat", 2)
    assert "x.asset.toml#hat" in LockFile.read(tmp_path).entries


def test_what_is_in_no_manifest_any_more_is_forgotten_and_its_files_stay(tmp_path: Path, build: Run) -> None:
    (tmp_path / "x.asset.toml").write_text(TWO)
    build()
    (tmp_path / "x.asset.toml").write_text(TWO[: TWO.index("[[asset]]", 1)])
    assert build(check=True)[1] == [
        {"asset": "x.asset.toml#hat", "state": "stale", "reason": "is in no manifest any more"}
    ]
    assert build()[0] == 0
    assert (list(LockFile.read(tmp_path).entries), (tmp_path / "hat.png").exists()) == (["x.asset.toml#key"], True)


def test_a_failed_asset_does_not_stop_the_others(tmp_path: Path, build: Run) -> None:
    (tmp_path / "x.asset.toml").write_text(TWO.replace("a hat", "fail"))
    code, said, err = build()
    assert (code, [(each["asset"][13:], each["state"]) for each in said]) == (1, [("key", "built"), ("hat", "failed")])
    assert "x.asset.toml#hat: generations/" in err
    assert "the paint is dry" in err


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('[[asset]]\nprompt = "p"\npalette = "no.png"', "3:1: palette is not there: "),
        ('[[asset]]\nprompt = "p"\nformats = ["tiled-tmx"]', "3:1: tiled-tmx takes no single picture; use one of apng, "),
        ('[[asset]]\nprompt = "p"\nformats = ["png", "godot-spriteframes"]\nset = { scale = 2, pack.padding = 3 }\n[[asset]]\nname="x"', "nothing says"),
        ('[[asset]]\nname = "s"\nsource = "s.png"', "1:1: s.png would be written over its own source; set another out"),
        ('[[asset]]\nprompt = "p"\nsource = "s.txt"', "3:1: "),
    ],
)  # fmt: skip
def test_what_does_not_fit_is_told_with_its_place(tmp_path: Path, build: Run, text: str, said: str) -> None:
    paint(tmp_path / "s.png")
    (tmp_path / "s.txt").write_text("no picture")
    (tmp_path / "x.asset.toml").write_text(text)
    code, _, err = build()
    assert (code, said in err) == (1, True), err


def test_another_model_draws_nothing_new_until_it_is_asked_to(
    tmp_path: Path, build: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "x.asset.toml").write_text(TWO)
    build()
    monkeypatch.setattr("limner.client.testing.flat_color", lambda *facts: (1, 1, 1, 255))
    monkeypatch.setattr(Models, "card", model_pb2.Model(name=MODEL, digest="new"))
    assert build() == (0, [], "")
    (tmp_path / "key.png").unlink()
    code, _, err = build()
    assert (code, "limner.lock pins models/flat-world" in err, (tmp_path / "key.png").exists()) == (1, True, False)
    assert build(update=True)[0] == 0
    assert color(tmp_path / "key.png") == (1, 1, 1, 255)


def test_a_stopped_build_goes_on_where_it_was(world: FlatWorld, tmp_path: Path, build: Run) -> None:
    (tmp_path / "x.asset.toml").write_text(TWO.replace("a hat", "wait"))
    command = [LIMNER, "build", str(tmp_path), "--server", world.address]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as running:
        assert running.stdout is not None
        assert running.stdout.readline() == "key.png  written\n"
        assert world.watched.wait(30)
        running.send_signal(signal.SIGINT)
        _, said = running.communicate(timeout=30)
    assert (running.returncode, said) == (130, "limner: cancelled\n")
    assert list(LockFile.read(tmp_path).entries) == ["x.asset.toml#key"]
    (tmp_path / "x.asset.toml").write_text(TWO)
    assert [each["asset"] for each in build()[1]] == ["x.asset.toml#hat"]


def test_a_kill_between_the_files_and_the_lock_is_no_change_by_hand(tmp_path: Path, build: Run) -> None:
    (tmp_path / "x.asset.toml").write_text(TWO)
    build()
    lock = (tmp_path / "limner.lock").read_bytes()
    (tmp_path / "x.asset.toml").write_text(TWO.replace("seed = 1", "seed = 9"))
    build()
    (tmp_path / "limner.lock").write_bytes(lock)
    (tmp_path / "hat.png").unlink()
    assert build()[0] == 0
    assert color(tmp_path / "key.png") == flat_color("a key", 9)
    assert build(check=True)[0] == 0


def test_two_at_once_are_kept_apart(tmp_path: Path, build: Run) -> None:
    (tmp_path / "x.asset.toml").write_text(TWO)
    with held(tmp_path, "limner watch"):
        code, _, err = build()
    assert (code, f"limner watch (process {os.getpid()}) works here already; end it first" in err) == (1, True)
    assert build()[0] == 0


def test_a_lock_with_a_merge_conflict_is_told_with_its_line(tmp_path: Path, build: Run) -> None:
    (tmp_path / "x.asset.toml").write_text(TWO)
    (tmp_path / "limner.lock").write_text('{\n<<<<<<< ours\n "version": 1\n}')
    assert "limner.lock:2:1: " in build()[2]


def test_a_part_is_built_within_its_project_and_other_projects_are_left_alone(tmp_path: Path, build: Run) -> None:
    for folder in ("a", "b", "other", ".hidden", "node_modules"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "x.asset.toml").write_text('[[asset]]\nprompt = "p"')
    (tmp_path / "a/loop").symlink_to(tmp_path)
    (tmp_path / "other/limner.lock").write_text('{"version": 1, "assets": {}}')
    assert sorted(each["asset"] for each in build()[1]) == ["a/x.asset.toml#x", "b/x.asset.toml#x"]
    (tmp_path / "a/x.png").unlink()
    (tmp_path / "b/x.png").unlink()
    assert [each["asset"] for each in build(tmp_path / "b")[1]] == ["b/x.asset.toml#x"]
    assert [each["asset"] for each in build(tmp_path / "a/x.asset.toml")[1]] == ["a/x.asset.toml#x"]
    assert len(LockFile.read(tmp_path).entries) == 2


def test_two_assets_that_write_one_file_are_told(tmp_path: Path, build: Run) -> None:
    (tmp_path / "x.asset.toml").write_text('[[asset]]\nname = "key"\nprompt = "a"')
    (tmp_path / "y.asset.toml").write_text('[[asset]]\nname = "key"\nprompt = "b"')
    code, said, err = build()
    assert (code, sorted(each["state"] for each in said)) == (1, ["built", "failed"])
    (first,) = (each["asset"] for each in said if each["state"] == "built")
    assert f"key.png: {first} writes it already; choose another name or out" in err


def test_the_command_exits_as_the_others_do(tmp_path: Path) -> None:
    (tmp_path / "x.asset.toml").write_text(TWO)
    codes = {}
    for arguments in (["--server", "127.0.0.1:1"], ["--server", "nowhere"], ["--check"]):
        command = [LIMNER, "build", str(tmp_path), "--quiet", *arguments]
        codes[" ".join(arguments)] = subprocess.run(command, capture_output=True, check=False).returncode
    codes["missing"] = subprocess.run(
        [LIMNER, "build", str(tmp_path / "no")], capture_output=True, check=False
    ).returncode
    assert codes == {"--server 127.0.0.1:1": 3, "--server nowhere": 2, "--check": 1, "missing": 2}


def test_files_of_circles_end(tmp_path: Path, build: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(building, "PASSES", 3)
    paint(tmp_path / "b/a.png", (1, 2, 3, 255))
    (tmp_path / "x.asset.toml").write_text(
        '[[asset]]\nname = "a"\nsource = "b/a.png"\nout = "a"\nset = { scale = 2 }\n'
    )
    (tmp_path / "y.asset.toml").write_text('[[asset]]\nname = "a"\nsource = "a/a.png"\nout = "b"')
    assert build()[0] == 1


def test_pixels_survive_the_way_through_the_exporters(tmp_path: Path, build: Run) -> None:
    pixels = np.random.default_rng(3).integers(0, 256, (8, 8, 4), np.uint8)
    pixels[..., 3] = 255
    (tmp_path / "raw").mkdir()
    Image.fromarray(pixels).save(tmp_path / "raw/noise.png")
    (tmp_path / "x.asset.toml").write_text('[[asset]]\nname = "noise"\nsource = "raw/noise.png"\nset = { scale = 2 }')
    assert build()[0] == 0
    with Image.open(tmp_path / "noise.png") as found:
        np.testing.assert_array_equal(np.asarray(found), pixels.repeat(2, 0).repeat(2, 1))
