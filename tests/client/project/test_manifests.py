"""Manifests: what they say, and how they say what is wrong."""

import tomllib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from limner.atlas.geometry import Size
from limner.client.frame_art import FrameChoices
from limner.client.project.faults import ManifestError, Place, places
from limner.client.project.inside import OutsideError, inside
from limner.client.project.manifest import Drawing, Output, Recipe, Source, seed_of
from limner.client.project.reading import read_manifest
from limner.client.project.recipes import KINDS
from limner.v1.briefs_pb2 import CharacterBrief, ImageBrief


def faults(root: Path, text: str, name: str = "x.asset.toml") -> list[tuple[int, int, str]]:
    """Line, column and message of everything that is wrong."""
    with pytest.raises(ManifestError) as found:
        read_manifest(root, root / name, text)
    return [(*fault.place, f"{fault.message}; {fault.fix}") for fault in found.value.faults]


def test_an_asset_is_its_own_keys_over_the_defaults(tmp_path: Path) -> None:
    text = """
    defaults = { style = "pixel", size = 32, formats = ["png", "gif"], out = "art/{format}" }
    [[asset]]
    name = "potion"
    prompt = "一瓶绿色药水"
    size = 64
    palette = "colours/dusk.png"
    set = { scale = 2, pack.padding = 1, pack.trim = false }
    """
    (asset,) = read_manifest(tmp_path, tmp_path / "game/x.asset.toml", text).assets
    palette = tmp_path / "game/colours/dusk.png"
    choices = ("scale=2", "pack.padding=1", "pack.trim=false")
    assert asset.key == "game/x.asset.toml#potion"
    assert asset.art == Drawing(prompt="一瓶绿色药水", seed=seed_of("potion"), style="pixel", size=64, palette=palette)
    assert asset.outputs == tuple(Output(name, tmp_path / "game/art" / name, choices) for name in ("png", "gif"))


def test_an_asset_alone_takes_its_name_from_the_file(tmp_path: Path) -> None:
    (asset,) = read_manifest(tmp_path, tmp_path / "hero.asset.toml", '[[asset]]\nprompt = "a hero"').assets
    assert (asset.name, asset.outputs) == ("hero", (Output("png", tmp_path),))


def test_own_art_comes_with_how_it_is_cut(tmp_path: Path) -> None:
    text = '[[asset]]\nname = "walk"\nsource = "../raw/walk.png"\nframe_size = "32x48"\nduration_ms = 80\nformats = ["gif"]'
    (asset,) = read_manifest(tmp_path, tmp_path / "art/x.asset.toml", text).assets
    choices = FrameChoices(frame_size=Size(32, 48), duration_ms=80)
    assert asset.art == Source(path=tmp_path / "raw/walk.png", choices=choices)


def test_variations_and_edits_come_after_what_they_start_from_and_keep_its_words(tmp_path: Path) -> None:
    text = """
    [[asset]]
    name = "third"
    vary = "second"
    seed = 3
    [[asset]]
    name = "second"
    vary = "first"
    [[asset]]
    name = "gold"
    edit = "first"
    prompt = "a golden knight"
    [[asset]]
    name = "first"
    prompt = "a knight"
    kind = "character"
    candidates = 4
    """
    found = {asset.name: asset.art for asset in read_manifest(tmp_path, tmp_path / "x.asset.toml", text).assets}
    assert list(found) == ["first", "second", "third", "gold"]
    words = {"prompt": "a knight", "kind": "character", "strength": 0.5}
    assert found["second"] == Drawing(base="first", seed=seed_of("second"), **words)  # type: ignore[arg-type]
    assert found["third"] == Drawing(base="second", seed=3, **words)  # type: ignore[arg-type]
    assert found["gold"] == Drawing(prompt="a golden knight", base="first", seed=seed_of("gold"), strength=0.8)


def test_textures_animations_and_scenes_are_recipes_with_formats_of_their_own(tmp_path: Path) -> None:
    text = """
    [defaults]
    size = 64
    [[asset]]
    name = "wall"
    draw = "texture"
    prompt = "stone"
    maps = ["normal", "ao"]
    [[asset]]
    name = "walk"
    draw = "animation"
    reference = "hero.png"
    action = "walk"
    frames = 4
    [[asset]]
    name = "troll"
    draw = "character"
    prompt = "a troll"
    actions = ["idle", "walk"]
    [[asset]]
    name = "island"
    draw = "scene"
    prompt = "在一个有城堡和森林的小岛上"
    seed = 7
    tiles = "16x12"
    formats = ["godot-scene"]
    """
    wall, walk, troll, island = read_manifest(tmp_path, tmp_path / "x.asset.toml", text).assets
    assert [asset.outputs[0].file_format for asset in (wall, walk, troll, island)] == [
        "maps",
        "gif",
        "gif",
        "godot-scene",
    ]
    assert isinstance(troll.art, Recipe)
    assert KINDS["character"].brief(troll.art) == CharacterBrief(
        image=ImageBrief(prompt="a troll", seed=seed_of("troll"), width=64, height=64, candidates=1),
        actions=["idle", "walk"],
    )
    assert wall.art == Recipe(
        kind="texture", prompt="stone", seed=seed_of("wall"), choices={"maps": ["normal", "ao"], "size": 64}
    )
    assert walk.art == Recipe(
        kind="animation",
        prompt="",
        seed=seed_of("walk"),
        choices={"action": "walk", "frames": 4},
        reference=tmp_path / "hero.png",
    )
    assert island.art == Recipe(kind="scene", prompt="在一个有城堡和森林的小岛上", seed=7, choices={"tiles": "16x12"})


def test_defaults_are_included_with_paths_from_where_they_are_written(tmp_path: Path) -> None:
    (tmp_path / "style").mkdir()
    (tmp_path / "style/base.toml").write_text('[defaults]\nsize = 32\npalette = "dusk.png"\nsteps = 9')
    (tmp_path / "style/pixel.toml").write_text('include = ["base.toml"]\n[defaults]\nsize = 64')
    text = 'include = ["style/pixel.toml"]\n[defaults]\nsteps = 5\n[[asset]]\nprompt = "a key"'
    manifest = read_manifest(tmp_path, tmp_path / "x.asset.toml", text)
    assert manifest.includes == (tmp_path / "style/pixel.toml", tmp_path / "style/base.toml")
    art = manifest.assets[0].art
    assert isinstance(art, Drawing)
    assert (art.size, art.steps, art.palette) == (64, 5, tmp_path / "style/dusk.png")


def test_an_include_that_comes_back_to_itself_is_told_where_it_is_written(tmp_path: Path) -> None:
    (tmp_path / "a.toml").write_text('\ninclude = ["b.toml"]')
    (tmp_path / "b.toml").write_text('include = ["a.toml"]')
    with pytest.raises(ManifestError, match=r"b\.toml:1:1: include 'a\.toml' comes back to this file; take it out"):
        read_manifest(tmp_path, tmp_path / "a.toml")


@pytest.mark.parametrize(
    ("text", "line", "column", "said"),
    [
        ('[[asset]]\nprompt = "a key', 2, 16, "no TOML: "),
        ('[[asset]]\nprompt = "a key"\n\n  promt = 1', 4, 3, "unknown key 'promt'; known here: name, prompt, draw"),
        ('size = 4\n[[asset]]\nprompt = "a"', 1, 1, "unknown key 'size'; known here: include, defaults, asset"),
        ('asset = 1', 1, 1, "asset is not tables, each under [[asset]]; write"),
        ('[defaults]\nsize = "big"', 2, 1, "size is 'big'; write a whole number"),
        ('[defaults]\nseed = 1\nsize = true', 3, 1, "size is true; write a whole number"),
        ('[defaults]\ncandidates = 17', 2, 1, "candidates is 17; write a number from 1 to 16"),
        ('[defaults]\nguidance = nan', 2, 1, "guidance is nan; write a number from 1 to 20"),
        ('[defaults]\ntile = "z"', 2, 1, "tile is 'z'; use x, y, xy"),
        ('[[asset]]\nname = "a"\nprompt = " "', 3, 1, "prompt is empty; write it, or leave the line out"),
        ('[[asset]]\nname = "a"\nseed = 1', 2, 1, "nothing says what to draw; write prompt = "),
        ('[[asset]]\nname = "a/b"\nprompt = "p"', 2, 1, "name 'a/b' cannot name a file; write 'a_b'"),
        ('[[asset]]\nprompt = "p"\n[[asset]]\nname = "b"\nprompt = "p"', 1, 1, "an asset without a name; write name"),
        ('[[asset]]\nname = "a"\nprompt = "p"\n[[asset]]\nname = "A"\nprompt = "p"', 5, 1, "name 'A' is taken by asset 1"),
        ('[[asset]]\nname = "a"\nprompt = "p"\nedit = "c"', 4, 1, "no asset 'c' in this manifest; use one of a"),
        ('[[asset]]\nname = "a"\nvary = "b"\n[[asset]]\nname = "b"\nvary = "a"', 6, 1, "'a' starts from itself"),
        ('[[asset]]\nname = "a"\nedit = "b"\n[[asset]]\nname = "b"\nprompt = "p"', 3, 1, "nothing says what it becomes"),
        ('[[asset]]\nprompt = "p"\nmask = "m.png"', 3, 1, "a mask without a picture that it belongs to; add reference or"),
        ('[[asset]]\nprompt = "p"\nformats = ["png", "psd"]', 3, 1, "format 'psd' is unknown; use one of apng, "),
        ('[[asset]]\nprompt = "p"\nformats = "png"', 3, 1, "formats is 'png'; write a list of texts"),
        ('[[asset]]\nprompt = "p"\nset = { scall = 2 }', 3, 1, "set scall=2; write KEY=VALUE with one of these keys: "),
        ('[[asset]]\nsource = "w.png"\nframe_size = "32"', 3, 1, "frame-size 32; write WIDTHxHEIGHT in pixels"),
        ('[[asset]]\nprompt = "p"\nout = "../other"', 3, 1, "out '../other' leaves the project; only what lies in it"),
        ('[[asset]]\nprompt = "p"\nout = "/etc"', 3, 1, "out '/etc' is absolute; write it from the manifest's own folder"),
        ('[[asset]]\nprompt = "p"\nreference = "C:x.png"', 3, 1, "reference 'C:x.png' is absolute"),
        ('[[asset]]\nprompt = "p"\nout = "a\\\\b"', 3, 1, "out 'a\\\\b' is no path; write folders with /"),
        ('[[asset]]\nprompt = "p"\ndraw = "scene"\nsize = 64', 4, 1, "size means nothing for scene; take it out; there are draw"),
        ('[[asset]]\nprompt = "p"\naction = "walk"', 3, 1, "action means nothing for image; take it out"),
        ('[[asset]]\nprompt = "p"\ndraw = "animation"', 3, 1, "nothing says what the figure does; write action = "),
        ('[[asset]]\nprompt = "p"\ndraw = "scene"\ntiles = "16"', 4, 1, "tiles 16; write WIDTHxHEIGHT in tiles"),
        ('[[asset]]\ndraw = "texture"\nsource = "a.png"', 3, 1, "a texture does not start from another asset; take source"),
        ('[[asset]]\nname = "a"\nprompt = "p"\ndraw = "texture"\n[[asset]]\nname = "b"\nvary = "a"', 7, 1, "'a' is no single picture"),
        ('include = ["no.toml"]', 1, 1, "include 'no.toml' is not there; correct the path or make the file"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_told_with_its_place_and_a_fix(
    tmp_path: Path, text: str, line: int, column: int, said: str
) -> None:
    ((at_line, at_column, message),) = faults(tmp_path, text)
    assert (at_line, at_column, message[: len(said)]) == (line, column, said)


def test_everything_wrong_is_told_at_once(tmp_path: Path) -> None:
    text = '[defaults]\nsize = "big"\n[[asset]]\nname = "a"\nprompt = 4\nformat = ["png"]'
    assert [(line, column) for line, column, _ in faults(tmp_path, text)] == [(2, 1), (5, 1), (6, 1)]


def test_a_manifest_that_is_no_text_is_told(tmp_path: Path) -> None:
    (tmp_path / "x.asset.toml").write_bytes(b"[[asset]]\nprompt = '\xff'")
    with pytest.raises(ManifestError, match=r"x\.asset\.toml:2:11: is not UTF-8; save it as UTF-8"):
        read_manifest(tmp_path, tmp_path / "x.asset.toml")


def test_a_link_that_leaves_the_project_is_refused(tmp_path: Path) -> None:
    project, elsewhere = tmp_path / "project", tmp_path / "elsewhere"
    project.mkdir()
    elsewhere.mkdir()
    (project / "art").symlink_to(elsewhere)
    (project / "loop").symlink_to(project)
    with pytest.raises(OutsideError, match="is a link that leaves the project"):
        inside(project, project, "art/hero")
    assert inside(project, project / "maps", "../loop/hero") == project / "loop/hero"
    assert inside(project, project, ".") == inside(project, project / "maps", "..") == project
    beside = tmp_path / "project-2"
    with pytest.raises(OutsideError, match="leaves the project"):
        inside(project, project, f"../{beside.name}/hero")


BARE = st.text("abcAZ09_-", min_size=1, max_size=4)
VALUES = st.sampled_from(
    [
        "1",
        '"a # b = c"',
        "'[[x]]'",
        '"""\n[no]\nk = 1\n"""',
        "[1,\n # ]\n 2]",
        "{ a = [1], b = '}' }",
        '"\\""',
        "'''\n''' ",
    ]
)
TABLES = st.lists(st.tuples(BARE, st.booleans(), st.dictionaries(BARE, VALUES, max_size=4)), max_size=4)


@given(TABLES)
def test_every_key_is_found_where_it_is_written(tables: list[tuple[str, bool, dict[str, str]]]) -> None:
    lines: list[str] = []
    wanted: dict[tuple[str | int, ...], Place] = {}
    kinds: dict[str, bool] = {}
    counts: dict[str, int] = {}
    for name, several, keys in tables:
        if name in kinds and not (kinds[name] and several):
            continue  # TOML has a table once
        kinds[name], counts[name] = several, counts.get(name, -1) + 1
        path: tuple[str | int, ...] = (name, counts[name]) if several else (name,)
        lines += ["# a comment = 1", f"  [[{name}]]" if several else f"  [{name}]"]
        wanted[path] = Place(len("\n".join(lines).split("\n")), 3)
        for key, value in keys.items():
            lines.append(f"\t{key} = {value}  # k = 2")
            wanted[(*path, key)] = Place(len("\n".join(lines[:-1]).split("\n")) + 1, 2)
    text = "\n".join(lines)
    tomllib.loads(text)
    assert {path: place for path, place in places(text).items() if path} == wanted
