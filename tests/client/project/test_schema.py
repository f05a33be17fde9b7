"""The schema and the check are one: what editors accept, the command accepts."""

import json
import tomllib
from pathlib import Path

import jsonschema
import pytest

from limner.client.options import Settings
from limner.client.project.faults import ManifestError
from limner.client.project.keys import DRAWING, WHOLE_ASSET
from limner.client.project.manifest import Drawing
from limner.client.project.reading import read_manifest
from limner.client.project.schema import manifest_schema
from limner.client.project.starting import schema_text, start_project

DOCS = Path(__file__).parents[3] / "docs"
RIGHT = [
    '[[asset]]\nname = "a"\nprompt = "p"\nsize = 64\nguidance = 2.5\ntile = "xy"\nset = { scale = 2 }',
    '[[asset]]\nname = "a"\nsource = "a.png"\nframes = 4\ntags = true\nformats = ["gif", "png"]',
    '[[asset]]\nname = "a"\nprompt = "p"\n[[asset]]\nname = "b"\nvary = "a"\n[[asset]]\nname = "c"\nedit = "a"\nprompt = "q"',
    "[defaults]\nsize = 32",
    "",
]
WRONG = [
    '[[asset]]\nname = "a"',
    '[[asset]]\nname = "a"\nprompt = ""',
    '[[asset]]\nname = "a"\nprompt = "p"\nsize = "64"',
    '[[asset]]\nname = "a"\nprompt = "p"\nseed = 9007199254740992',
    '[[asset]]\nname = "a"\nprompt = "p"\nsteps = 0',
    '[[asset]]\nname = "a"\nprompt = "p"\ntags = 1',
    '[[asset]]\nname = "a"\nprompt = "p"\nformats = ["psd"]',
    '[[asset]]\nname = "a"\nsource = "a.png"\nedit = "a"\nprompt = "p"',
    '[[asset]]\nname = "a"\nedit = "a"',
    '[[asset]]\nname = "a"\nprompt = "p"\ncolour = "red"',
    '[defaults]\nname = "a"',
    "[asset]\n",
    "[[assets]]\n",
]


@pytest.mark.parametrize("text", RIGHT)
def test_what_is_right_passes_both(tmp_path: Path, text: str) -> None:
    jsonschema.validate(tomllib.loads(text), manifest_schema())
    read_manifest(tmp_path, tmp_path / "x.asset.toml", text)


@pytest.mark.parametrize("text", WRONG)
def test_what_is_wrong_passes_neither(tmp_path: Path, text: str) -> None:
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(tomllib.loads(text), manifest_schema())
    with pytest.raises(ManifestError):
        read_manifest(tmp_path, tmp_path / "x.asset.toml", text)


def test_the_schema_is_one_and_explains_every_key() -> None:
    schema = manifest_schema()
    jsonschema.Draft7Validator.check_schema(schema)
    shown = schema["properties"]["asset"]["items"]["properties"]
    assert list(shown) == list(WHOLE_ASSET)
    assert [name for name, key in shown.items() if not key["description"].endswith(".")] == []


def test_every_key_of_a_drawing_has_its_field() -> None:
    assert {"prompt", "base", *DRAWING} == set(Drawing.__dataclass_fields__)


def test_the_published_schema_is_the_one_in_use() -> None:
    assert (DOCS / "asset.schema.json").read_text(encoding="utf-8") == schema_text()


def test_the_example_is_right_as_it_is_and_with_every_commented_line(tmp_path: Path) -> None:
    start_project(Settings(quiet=True), tmp_path)
    assert json.loads((tmp_path / "asset.schema.json").read_text(encoding="utf-8")) == manifest_schema()
    text = (tmp_path / "example.asset.toml").read_text(encoding="utf-8")
    assert text.startswith("#:schema ./asset.schema.json\n")
    assert [asset.name for asset in read_manifest(tmp_path, tmp_path / "example.asset.toml", text).assets] == ["potion"]
    (tmp_path / "style.asset.toml").write_text("")
    words = (
        "include",
        "palette",
        "seed",
        "formats",
        "set",
        "[[asset]]",
        "name",
        "edit",
        "prompt",
        "mask",
        "vary",
        "source",
        "frames",
    )
    lines = (
        line.removeprefix("# ") if line.removeprefix("# ").startswith(words) else line for line in text.splitlines()
    )
    whole = read_manifest(tmp_path, tmp_path / "example.asset.toml", "\n".join(lines))
    assert [asset.name for asset in whole.assets] == ["potion", "potion-red", "potion-like", "hero"]


def test_an_example_that_is_there_stays(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "example.asset.toml").write_text("mine")
    start_project(Settings(json=True), tmp_path)
    assert (tmp_path / "example.asset.toml").read_text() == "mine"
    assert [json.loads(line)["state"] for line in capsys.readouterr().out.splitlines()] == ["written", "kept"]
