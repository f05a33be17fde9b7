"""Folders are the architecture; this holds the arrows between them."""

import ast
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
ROOTS = (ROOT / "server", ROOT / "exporters", ROOT / "clients" / "python", ROOT / "proto")
PARTS = sorted(
    path for root in ROOTS for path in (root / "limner").iterdir() if path.is_dir() and path.name[0] not in "_."
)
MAY_IMPORT: dict[str, set[str]] = {
    "v1": set(),
    "atlas": set(),
    "generators": set(),
    "exporters": {"atlas"},
    "recipes": {"generators", "atlas"},
    "training": {"generators", "atlas"},
    "client": {"v1", "atlas", "exporters"},
    "server": {"v1", "atlas", "generators", "recipes", "exporters"},
}
BANNED = {"utils", "helpers", "common", "misc", "manager", "handler"}


def imported(source: str) -> set[str]:
    """The parts of limner that a module's text imports."""
    names: set[str] = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.ImportFrom):
            names.add(node.module or "")
        elif isinstance(node, ast.Import):
            names.update(alias.name for alias in node.names)
    return {name.split(".")[1] for name in names if name.startswith("limner.")}


@pytest.mark.parametrize("part", PARTS, ids=lambda part: part.name)
def test_a_part_imports_only_what_its_arrows_allow(part: Path) -> None:
    seen = set().union(*(imported(path.read_text(encoding="utf-8")) for path in part.rglob("*.py")))
    assert seen <= MAY_IMPORT[part.name] | {part.name}


@pytest.mark.parametrize("part", PARTS, ids=lambda part: part.name)
def test_a_part_is_typed_and_has_no_drawer_for_odds_and_ends(part: Path) -> None:
    assert (part / "py.typed").exists()
    assert not BANNED & {path.stem for path in part.rglob("*.py")}


def test_limner_is_a_namespace_with_no_init_of_its_own() -> None:
    spec = find_spec("limner")
    assert spec is not None
    assert spec.origin is None, f"remove {spec.origin}: it hides the other import roots"


def test_the_light_client_loads_no_runtime_of_networks() -> None:
    program = "import limner.client, limner.exporters, sys; print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout.split()
    assert not {"onnxruntime", "torch", "sqlalchemy", "limner.server"} & set(loaded)
