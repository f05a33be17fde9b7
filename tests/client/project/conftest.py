"""A project in a folder of its own, built by the functions below the command."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import typer

from limner.client.options import Settings
from limner.client.project import watch as watching
from limner.client.project.build import build_project, check_project
from limner.client.testing import FlatWorld

Ran = tuple[int, list[dict[str, Any]], str]
Run = Callable[..., Ran]


@pytest.fixture
def build(world: FlatWorld, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Run:
    """`limner build --json`: the exit code, the objects on stdout, stderr. `check=True` is `--check`, `update=True` `--update`."""

    def run(path: Path = tmp_path, *, check: bool = False, server: str = world.address, **options: bool) -> Ran:
        settings = Settings(server=server, json=True)
        capsys.readouterr()
        code = 0
        try:
            check_project(settings, path) if check else build_project(settings, path, **options)
        except typer.Exit as ended:
            code = ended.exit_code
        said = capsys.readouterr()
        return code, [json.loads(line) for line in said.out.splitlines()], said.err

    return run


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody waits for the lock, or for another try."""
    monkeypatch.setattr(watching, "SAVE_S", 0.0)
    monkeypatch.setattr(watching, "RETRY_S", 0.05)


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """Two drawings in one manifest."""
    from .test_build import TWO

    (tmp_path / "x.asset.toml").write_text(TWO)
    return tmp_path
