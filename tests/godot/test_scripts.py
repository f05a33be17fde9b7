"""Every script of the addon is what Godot's style guide asks for: parsed, formatted and linted by gdtoolkit."""

from pathlib import Path

import pytest
from gdtoolkit.formatter import format_code
from gdtoolkit.linter import lint_code
from gdtoolkit.parser import parser

from tests.godot.addon import ADDON

SCRIPTS = sorted(ADDON.rglob("*.gd"))
LONGEST_LINE = 100


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: path.name)
def test_a_script_is_parsed_linted_and_formatted(script: Path) -> None:
    source = script.read_text(encoding="utf-8")
    parser.parse(source, gather_metadata=True)
    assert [f"{problem.line}: {problem.description}" for problem in lint_code(source)] == []
    assert format_code(source, LONGEST_LINE) == source


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: path.name)
def test_a_script_runs_in_the_editor_and_says_what_it_is(script: Path) -> None:
    lines = script.read_text(encoding="utf-8").splitlines()
    assert lines[0] == "@tool", "without it the editor does not run the script"
    assert any(line.startswith("## ") for line in lines[:6])
