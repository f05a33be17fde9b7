"""What is installed with Limner may be: every package that the wheel asks for has a permissive licence, or is listed with a reason."""

import re
import tomllib
from importlib.metadata import PackageNotFoundError, metadata, requires
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
PERMISSIVE = re.compile(
    r"apache|mit\b|mit-|bsd|isc|psf|python software|mpl|mozilla|hpnd|unlicense|zlib|0bsd|cc0|public domain",
    re.IGNORECASE,
)
COPYLEFT = re.compile(r"\b(a?gpl|gnu (affero )?general)", re.IGNORECASE)
NAME = re.compile(r"^[A-Za-z0-9._-]+")
TRAINING = ("train",)  # PyTorch and what it pulls in are no part of what serves
LISTED = {"limner"}


def asked_for() -> set[str]:
    """The names that the project's own lists and those of their packages ask for."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    lines = [*project["dependencies"]]
    for extra, more in project["optional-dependencies"].items():
        if extra not in TRAINING:
            lines += more
    found: set[str] = set()
    while lines:
        line = lines.pop()
        if "extra ==" in line.replace("'", '"') or (match := NAME.match(line)) is None:
            continue
        name = match[0].lower().replace("_", "-")
        if name in found | LISTED:
            continue
        try:
            lines += requires(name) or []
        except PackageNotFoundError:
            continue  # of another extra or platform
        found.add(name)
    return found


def licence(name: str) -> str:
    known: Any = metadata(name)
    words = [known.get("License-Expression") or "", (known.get("License") or "")[:200]]
    return " ".join(
        [*words, *(each for each in known.get_all("Classifier") or () if each.startswith("License"))]
    ).strip()


def test_every_package_that_serves_has_a_permissive_licence() -> None:
    found = {name: licence(name) for name in asked_for()}
    assert len(found) > 20
    assert {
        name: words for name, words in found.items() if not PERMISSIVE.search(words) or COPYLEFT.search(words)
    } == {}


def test_every_pin_is_exact() -> None:
    lines = [line.split("#")[0].strip() for line in (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines()]
    assert [line for line in lines if line and not re.fullmatch(r"[A-Za-z0-9._-]+==[^=;, ]+( ?;.*)?", line)] == []
