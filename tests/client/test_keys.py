"""`limner keys` and `limner audit` on the data folder of a server."""

import json
import stat
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from limner.client import access
from limner.client.cli import app
from limner.server import embedded


@pytest.fixture(autouse=True)
def data_dir(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    folder = tmp_path / "data"
    monkeypatch.setenv("LIMNER_DATA_DIR", str(folder))
    monkeypatch.setattr(access, "listening", lambda host, port: True)
    return folder


def limner(*arguments: object) -> Any:
    return CliRunner().invoke(app, [str(argument) for argument in arguments])


def test_a_key_is_shown_once_then_listed_used_and_revoked(tmp_path: Path, data_dir: Path) -> None:
    out = tmp_path / "ada.key"
    made = limner("keys", "create", "--owner", "ada", "--title", "build", "--expires", 30, "--out", out, "--json")
    assert made.exit_code == 0
    key = json.loads(made.stdout)
    assert {name: key[name] for name in ("owner", "title", "scopes", "state")} == {
        "owner": "ada", "title": "build", "scopes": ["generate", "read"], "state": "active"
    }  # fmt: skip
    assert key["expire_time"] - key["create_time"] == pytest.approx(30 * 86400)
    text = out.read_text().strip()
    assert text.startswith(f"limner_{key['id']}_")
    assert stat.S_IMODE(out.stat().st_mode) == 0o600
    assert text.rpartition("_")[2] not in made.stdout + made.stderr
    with embedded.start({"data_dir": data_dir}) as server:
        used = limner("jobs", "list", "--key-file", out, "--server", server.address)
        bare = limner("jobs", "list", "--server", server.address)
    assert (used.exit_code, bare.exit_code) == (0, 1)
    assert "limner keys create" in bare.stderr
    assert limner("keys", "revoke", key["id"]).exit_code == 0
    (listed,) = map(json.loads, limner("keys", "list", "--json").stdout.splitlines())
    assert (listed["id"], listed["state"]) == (key["id"], "revoked")
    assert "secret" not in str(listed)


def test_without_a_file_the_key_is_all_that_stdout_has() -> None:
    made = limner("keys", "create", "--owner", "ada", "--scopes", "read")
    assert made.stdout.startswith("limner_")
    assert len(made.stdout.splitlines()) == 1
    assert "read" in limner("keys", "list").stdout


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["create", "--owner", "a b"], "owner:"),
        (["create", "--owner", "ada", "--scopes", "fly"], "use generate, read, admin"),
        (["create", "--owner", "ada", "--expires", "-1"], "lifetime_s:"),
        (["revoke", "0" * 12], "no key 000000000000"),
    ],
    ids=str,
)
def test_a_key_that_cannot_be_exits_with_2(arguments: list[str], said: str, tmp_path: Path) -> None:
    out = ["--out", str(tmp_path / "key")] if arguments[0] == "create" else []
    ran = limner("keys", *arguments, *out)
    assert ran.exit_code == 2
    assert said in ran.stderr
    assert not (tmp_path / "key").exists()


def test_a_key_never_replaces_a_file(tmp_path: Path) -> None:
    (tmp_path / "key").write_text("mine")
    assert limner("keys", "create", "--owner", "ada", "--out", tmp_path / "key").exit_code == 2
    assert (tmp_path / "key").read_text() == "mine"
    assert limner("keys", "list", "--json").stdout == ""


def test_the_audit_log_is_verified_up_to_a_noted_head() -> None:
    limner("keys", "create", "--owner", "ada")
    first = json.loads(limner("audit", "verify", "--json").stdout)
    limner("keys", "create", "--owner", "ben")
    second = json.loads(limner("audit", "verify", "--head", first["head"], "--json").stdout)
    assert (first["records"], second["records"]) == (1, 2)
    wrong = limner("audit", "verify", "--head", "f" * 64)
    assert wrong.exit_code == 2
    assert "never had" in wrong.stderr
