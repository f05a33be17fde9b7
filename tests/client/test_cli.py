"""The `limner` command as people and scripts run it: a process of its own, judged by what it leaves and returns."""

import json
import os
import signal
import socket
import subprocess
import sys
import sysconfig
from pathlib import Path

import pytest

from limner.client.testing import MODEL, FlatWorld, flat_picture

LIMNER = str(Path(sysconfig.get_path("scripts"), "limner"))
SURFACE = {
    "init": [],
    "build": ["--check", "--update"],
    "watch": ["--poll", "--project"],
    "serve": ["--config", "--listen", "--web"],
    "demo": ["--out"],
    "image": ["--out", "--model", "--size", "--seed", "--candidates", "--steps", "--style", "--json"],
    "vary": ["--out", "--count", "--strength", "--seed"],
    "edit": ["--out", "--mask", "--strength", "--candidates", "--seed"],
    "batch": ["--out"],
    "inspect": ["--authority"],
    "reproduce": ["--out", "--prompt"],
    "texture": ["--out", "--size", "--variants", "--maps", "--tile", "--format", "--seed"],
    "scene": ["--out", "--format", "--tiles", "--view", "--seed", "--layout-seed", "--like", "--region"],
    "character": ["--candidates", "--directions", "--animations", "--out", "--format", "--seed"],
    "animation": ["--action", "--out", "--reference", "--frames", "--format", "--seed"],
    "export": ["--format", "--out"],
    "jobs list": [],
    "jobs show": [],
    "jobs cancel": [],
    "jobs watch": [],
    "models list": [],
    "models show": [],
    "report fairness": ["--out", "--person", "--seeds", "--steps"],
}


def limner(*arguments: object, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run the command to its end."""
    return subprocess.run(
        [LIMNER, *map(str, arguments)],
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=60,
        check=False,
        env={**os.environ, "COLUMNS": "200", **environment},
    )


@pytest.mark.parametrize("command", SURFACE, ids=str)
def test_every_command_takes_its_options_and_the_common_ones_and_shows_an_example(command: str) -> None:
    shown = limner(*command.split(), "--help").stdout
    wanted = [*SURFACE[command], "--server", "--key-file", "--json", "--quiet", "Example: limner"]
    assert [option for option in wanted if option not in shown] == []


def test_help_imports_neither_grpc_nor_onnxruntime_nor_numpy() -> None:
    code = (
        "import sys; from limner.client.cli import app\n"
        "try: app(['--help'])\n"
        "except SystemExit: pass\n"
        "print(sorted({'grpc', 'onnxruntime', 'numpy', 'PIL', 'google.protobuf'} & set(sys.modules)))"
    )
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert ran.stdout.splitlines()[-1] == "[]"


def test_a_picture_is_written_and_told(world: FlatWorld, tmp_path: Path) -> None:
    out = tmp_path / "dragon.png"
    ran = limner("image", "红龙", "--out", out, "--seed", 5, "--size", 64, "--json", "--server", world.address)
    assert (ran.returncode, ran.stderr) == (0, "")
    assert out.read_bytes() == flat_picture("红龙", 5, 64)
    facts = json.loads(ran.stdout)
    assert {key: facts[key] for key in ("path", "seed", "width", "rank", "model")} == {
        "path": str(out),
        "seed": 5,
        "width": 64,
        "rank": 1,
        "model": MODEL,
    }


def test_candidates_are_numbered_best_first(world: FlatWorld, tmp_path: Path) -> None:
    ran = limner(
        "image", "a key", "--out", tmp_path / "key.png", "--seed", 1, "--candidates", 3, "--quiet",
        LIMNER_SERVER=world.address,
    )  # fmt: skip
    assert (ran.returncode, ran.stdout, ran.stderr) == (0, "", "")
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == {
        f"key-{n + 1}.png": flat_picture("a key", 1, 32, n) for n in range(3)
    }


def test_every_option_reaches_the_brief(world: FlatWorld, tmp_path: Path) -> None:
    limner(
        "image", "a ghost", "--out", tmp_path / "x.png", "--model", "tiny", "--steps", 9, "--style", "pixel",
        "--kind", "monster", "--negative", "sheets", "--guidance", 2.5, "--server", world.address,
    )  # fmt: skip
    brief = world.created[0].generation.image
    assert (brief.model, brief.style, brief.kind, brief.negative_prompt) == (
        "models/tiny",
        "pixel",
        "monster",
        "sheets",
    )
    assert (brief.sampling.steps, brief.sampling.guidance_scale) == (9, 2.5)


def test_a_failed_generation_exits_with_1(world: FlatWorld, tmp_path: Path) -> None:
    ran = limner("image", "fail", "--out", tmp_path / "x.png", "--server", world.address)
    assert (ran.returncode, list(tmp_path.iterdir())) == (1, [])
    assert ran.stderr == "limner: generations/1 failed (INTERNAL): the paint is dry\n"


@pytest.mark.parametrize(
    "arguments",
    [
        ["image"],
        ["paint", "a dragon"],
        ["image", "a key", "--out", "x.png", "--size", "big"],
        ["image", "a key", "--out", "x.png", "--candidates", "0"],
        ["image", "a key", "--out", "x.png", "--seed", "99999999999999999999"],
        ["models", "list", "--server", "nowhere"],
        ["models", "list", "--server", "127.0.0.1:99999"],
    ],
    ids=lambda arguments: " ".join(arguments),
)
def test_a_wrong_command_line_exits_with_2(arguments: list[str]) -> None:
    assert limner(*arguments).returncode == 2


def test_a_field_that_the_server_refuses_exits_with_2_and_its_name(world: FlatWorld, tmp_path: Path) -> None:
    ran = limner("image", "", "--out", tmp_path / "x.png", "--server", world.address)
    assert (ran.returncode, list(tmp_path.iterdir())) == (2, [])
    assert ran.stderr == "limner: generation.image.prompt: is empty; write what to draw\n"


def test_nobody_at_the_named_address_exits_with_3() -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))  # bound but not listening: nobody else takes it
        address = f"127.0.0.1:{closed.getsockname()[1]}"
        ran = limner("models", "list", "--server", address)
    assert (ran.returncode, ran.stderr) == (
        3,
        f"limner: nothing answers at {address}; start a server with `limner serve`\n",
    )


def test_ctrl_c_cancels_the_generation_and_exits_with_130(world: FlatWorld, tmp_path: Path) -> None:
    command = [LIMNER, "image", "wait", "--out", str(tmp_path / "x.png"), "--server", world.address]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as drawing:
        with_watcher = world.watched.wait(30)
        drawing.send_signal(signal.SIGINT)
        _, said = drawing.communicate(timeout=30)
    assert with_watcher
    assert (drawing.returncode, said) == (130, "limner: cancelled\n")
    assert limner("jobs", "show", "1", "--json", "--server", world.address).stdout.count("STATE_CANCELLED") == 1


def test_jobs_are_listed_shown_watched_and_cancelled(world: FlatWorld, tmp_path: Path) -> None:
    server = ("--json", "--server", world.address)
    limner("image", "a hat", "--out", tmp_path / "x.png", *server)
    limner("image", "fail", "--out", tmp_path / "x.png", *server)
    listed = [json.loads(line)["name"] for line in limner("jobs", "list", *server).stdout.splitlines()]
    assert listed == ["generations/2", "generations/1"]
    assert json.loads(limner("jobs", "show", "1", *server).stdout)["image"]["prompt"] == "a hat"
    watched = limner("jobs", "watch", "generations/1", "--after", 1, *server)
    assert [json.loads(line)["sequence"] for line in watched.stdout.splitlines()] == ["2", "3"]
    assert limner("jobs", "watch", "2", *server).returncode == 1
    cancelled = json.loads(limner("jobs", "cancel", "1", *server).stdout)
    assert cancelled == {"name": "generations/1", "state": "succeeded"}


def test_models_are_listed_and_shown(world: FlatWorld) -> None:
    server = ("--server", world.address)
    assert MODEL in limner("models", "list", *server).stdout
    assert json.loads(limner("models", "show", "flat-world", "--json", *server).stdout)["name"] == MODEL
    assert limner("models", "show", "x", *server).returncode == 1


def test_the_key_comes_from_a_file_and_no_option_takes_a_secret(world: FlatWorld, tmp_path: Path) -> None:
    (tmp_path / "key").write_text("open-sesame")
    limner("models", "list", "--key-file", tmp_path / "key", "--server", world.address)
    limner("image", "a key", "--out", tmp_path / "x.png", "--key-file", tmp_path / "key",
           "--server", world.address)  # fmt: skip
    assert world.metadata["authorization"] == "Bearer open-sesame"
    shown = "".join(limner(*command.split(), "--help").stdout for command in SURFACE)
    assert [word for word in ("--key ", "--token", "--password", "--secret") if word in shown] == []
