"""How commands find a server: the installed server half, embedded or serving, with no one to help."""

import json
import subprocess
import sysconfig
from importlib.metadata import EntryPoint, EntryPoints
from pathlib import Path

import pytest
from typer.testing import CliRunner

from limner.client import access
from limner.client.cli import app
from limner.server import embedded

LIMNER = str(Path(sysconfig.get_path("scripts"), "limner"))


@pytest.fixture
def alone(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A machine where no server listens, and a data folder of our own."""
    monkeypatch.setattr(access, "listening", lambda host, port: False)
    monkeypatch.delenv("LIMNER_SERVER", raising=False)
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))


@pytest.mark.usefixtures("alone")
def test_with_no_server_a_command_starts_one_inside_itself(tmp_path: Path) -> None:
    ran = CliRunner().invoke(app, ["jobs", "list", "--json"])
    assert (ran.exit_code, ran.stdout) == (0, "")
    assert (tmp_path / "limner/limner.db").is_file()


@pytest.mark.usefixtures("alone")
def test_a_second_command_beside_the_first_uses_its_server(tmp_path: Path) -> None:
    with embedded.start({"data_dir": tmp_path / "limner"}):
        ran = CliRunner().invoke(app, ["jobs", "list", "--json"])
    assert (ran.exit_code, ran.stderr) == (0, "")


@pytest.mark.usefixtures("alone")
def test_a_server_half_that_lacks_a_package_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    broken = EntryPoints([EntryPoint("embedded", "not_installed_here:start", "limner.server")])
    monkeypatch.setattr(access, "entry_points", lambda **wanted: broken.select(**wanted))
    ran = CliRunner().invoke(app, ["image", "a key", "--out", "key.png"])
    assert (ran.exit_code, ran.stderr) == (
        1,
        'limner: the server is not installed here; install it with: pip install "limner[server]" '
        "(no module not_installed_here)\n",
    )


def test_a_wrong_configuration_exits_with_2_and_the_known_keys(tmp_path: Path) -> None:
    (tmp_path / "limner.toml").write_text('listne = "127.0.0.1:0"\n')
    ran = subprocess.run(
        [LIMNER, "serve", "--config", str(tmp_path / "limner.toml")],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert ran.returncode == 2
    assert "unknown listne" in ran.stderr
    assert "Traceback" not in ran.stderr


@pytest.mark.usefixtures("alone")
def test_models_of_an_embedded_server_are_listed_as_json() -> None:
    ran = CliRunner().invoke(app, ["models", "list", "--json"])
    assert ran.exit_code == 0
    assert all(json.loads(line)["name"].startswith("models/") for line in ran.stdout.splitlines())
