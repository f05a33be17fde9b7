"""`limner batch`: every line once, whatever stops it."""

import json
import os
import signal
import subprocess
import sysconfig
from pathlib import Path

import pytest

from limner.client.access import UsageError
from limner.client.batch_file import append_result, parse_line, read_lines, read_results
from limner.client.testing import FlatWorld, flat_picture
from limner.v1.generation_pb2 import PRIORITY_BULK, Generation

LIMNER = str(Path(sysconfig.get_path("scripts"), "limner"))


def write_lines(path: Path, *lines: dict[str, object]) -> Path:
    path.write_text("".join(json.dumps(line) + "\n" for line in lines))
    return path


def batch(world: FlatWorld, file: Path, out: Path, *more: str) -> subprocess.CompletedProcess[str]:
    command = [LIMNER, "batch", str(file), "--out", str(out), "--server", world.address, *more]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)


def test_every_line_becomes_a_picture_and_a_result(world: FlatWorld, tmp_path: Path) -> None:
    lines: list[dict[str, object]] = [{"id": f"stone-{n}", "prompt": "石头", "seed": n, "size": 32} for n in range(40)]
    ran = batch(world, write_lines(tmp_path / "in.jsonl", *lines), tmp_path / "out")
    assert (ran.returncode, ran.stderr) == (0, "")
    results = read_results(tmp_path / "out/results.jsonl")
    assert {name: result["state"] for name, result in results.items()} == {f"stone-{n}": "succeeded" for n in range(40)}
    assert all((tmp_path / f"out/stone-{n}.png").read_bytes() == flat_picture("石头", n, 32) for n in range(40))
    assert {request.generation.priority for request in world.created} == {PRIORITY_BULK}


def test_a_second_run_draws_only_what_is_new_changed_failed_or_gone(world: FlatWorld, tmp_path: Path) -> None:
    first: list[dict[str, object]] = [{"id": name, "prompt": name, "seed": 1} for name in ("same", "changed", "gone")]
    broken: dict[str, object] = {"id": "broken", "prompt": "fail", "seed": 1}
    out = tmp_path / "out"
    assert batch(world, write_lines(tmp_path / "in.jsonl", *first, broken), out).returncode == 1
    (out / "gone.png").unlink()
    world.created.clear()
    world.generations.clear()
    first[1]["seed"] = 2
    second = write_lines(tmp_path / "in.jsonl", *first, broken, {"id": "new", "prompt": "new", "seed": 1})
    assert batch(world, second, out).returncode == 1
    drawn = sorted(request.generation.image.prompt for request in world.created)
    assert drawn == ["changed", "fail", "gone", "new"]


def test_a_stop_cancels_what_runs_and_the_next_run_finishes(world: FlatWorld, tmp_path: Path) -> None:
    lines: list[dict[str, object]] = [
        {"id": "done", "prompt": "done", "seed": 1},
        {"id": "late", "prompt": "wait", "seed": 1},
    ]
    file, out = write_lines(tmp_path / "in.jsonl", *lines), tmp_path / "out"
    command = [LIMNER, "batch", str(file), "--out", str(out), "--json", "--server", world.address]
    with subprocess.Popen(command, stdout=subprocess.PIPE, env={**os.environ}) as running:
        assert running.stdout is not None
        assert json.loads(running.stdout.readline())["id"] == "done"
        assert world.watched.wait(30)
        running.send_signal(signal.SIGINT)
        assert running.wait(30) == 130
    waiting = [g for g in world.generations.values() if g.image.prompt == "wait"]
    assert [g.state for g in waiting] == [Generation.STATE_CANCELLED]
    write_lines(file, lines[0], {"id": "late", "prompt": "late", "seed": 1})
    again = batch(world, file, out)
    assert (again.returncode, again.stdout) == (
        0,
        f"1 drawn, 1 skipped, 0 failed: {out / 'results.jsonl'}\n",
    )


def test_a_result_that_a_stop_has_cut_is_not_believed_and_harms_no_other(tmp_path: Path) -> None:
    results = tmp_path / "results.jsonl"
    results.write_text('{"id": "a", "state": "succeeded"}\n{"id": "b", "sta')
    append_result(results, {"id": "c", "state": "succeeded"})
    assert sorted(read_results(results)) == ["a", "c"]


@pytest.mark.parametrize(
    "name",
    ["../up", "a/b", "a\\b", ".hidden", "", "a b", "nul", "COM1.x", "dot.", "x" * 101, "a\n", "é"],
)
def test_an_id_that_cannot_safely_name_a_file_is_refused(name: str) -> None:
    with pytest.raises(UsageError, match="cannot name a file"):
        parse_line(json.dumps({"id": name, "prompt": "a key"}), "in.jsonl:1", 1)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("a key", "not JSON"),
        ("[]", "write an object"),
        ('{"prompt": "a key", "sise": 32}', r"unknown \['sise'\]"),
        ('{"prompt": 3}', "prompt must be str"),
        ('{"prompt": "a", "seed": true}', "seed must be int"),
        ('{"id": "x"}', "prompt is missing"),
        ('{"prompt": "a", "seed": 99999999999999999999}', "in.jsonl:1"),
    ],
)
def test_a_wrong_line_is_told_by_its_number(content: str, said: str) -> None:
    with pytest.raises(UsageError, match=f"in.jsonl:1: .*{said}|{said}: "):
        parse_line(content, "in.jsonl:1", 1)


def test_two_ids_that_are_one_file_on_some_systems_are_refused(tmp_path: Path) -> None:
    file = write_lines(tmp_path / "in.jsonl", {"id": "Key", "prompt": "a"}, {"id": "key", "prompt": "b"})
    with pytest.raises(UsageError, match=r"in.jsonl:2: id 'key' is also on line 1"):
        read_lines(file)


def test_a_wrong_line_draws_nothing_and_exits_with_2(world: FlatWorld, tmp_path: Path) -> None:
    file = write_lines(tmp_path / "in.jsonl", {"prompt": "a key"}, {"id": "../../x", "prompt": "a key"})
    assert batch(world, file, tmp_path / "out").returncode == 2
    assert world.created == []
