"""Networks in a process of their own: it may crash, hang, lie or be killed, and nobody else notices."""

import errno
import hashlib
import logging
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
from numpy.typing import NDArray
from onnx import helper

from limner.generators.cards import ModelError
from limner.generators.imagen import Drawing
from limner.generators.request import ImageRequest
from limner.generators.sessions import Session
from limner.server.catalogue import WEIGHTS, Catalogue
from limner.server.errors import NetworkLostError, UnavailableError
from limner.server.worker.life import Terms
from limner.server.worker.worker import Worker
from tests.server.conftest import WORLD, Opened, world, write_world
from tests.server.worker import odd_network as odd

PROGRAM = (sys.executable, "-P", str(Path(odd.__file__)))
linux = pytest.mark.skipif(sys.platform != "linux", reason="walls of Linux")


@pytest.fixture
def worker() -> Iterator[Worker]:
    made = Worker("odd", [], Terms(program=PROGRAM, memory_bytes=2**30))
    yield made
    made.close()


def opened(worker: Worker) -> Session:
    return worker.opened()(Path("odd.onnx"), "", 1)


def asked(session: Session, what: int, x: NDArray[Any] | None = None) -> NDArray[Any]:
    values = np.arange(6, dtype=np.float32).reshape(2, 3) if x is None else x
    return session.run(["y"], {"what": np.array([what]), "x": values})[0]


def test_arrays_go_there_and_come_back(worker: Worker) -> None:
    session = opened(worker)
    for values in (np.arange(6, dtype=np.float32).reshape(2, 3), np.zeros((0, 4), np.int64), np.arange(3e6)):
        answer = asked(session, odd.DOUBLE, values)
        assert answer.dtype == values.dtype
        np.testing.assert_array_equal(answer, values * 2)


def test_an_answer_that_has_no_room_gets_it(worker: Worker) -> None:
    np.testing.assert_array_equal(asked(opened(worker), odd.GROW), np.repeat(np.arange(6, dtype=np.float32), 2**18))


@linux
def test_a_network_reaches_nothing_of_the_system(worker: Worker) -> None:
    found = asked(opened(worker), odd.TRY)
    refused = dict(zip(odd.ATTEMPTS, (errno.errorcode.get(number, number) for number in found.tolist()), strict=True))
    assert set(refused.values()) <= {"EPERM", "EACCES"}, refused
    assert worker.restarts == 0


def test_a_network_sees_no_secrets_of_the_server(monkeypatch: pytest.MonkeyPatch, worker: Worker) -> None:
    monkeypatch.setenv("SECRET", "x")
    assert asked(opened(worker), odd.SECRETS).tolist() == [0]


@linux
def test_a_network_that_takes_too_much_memory_is_refused_it(worker: Worker) -> None:
    session = opened(worker)
    with pytest.raises(RuntimeError, match="allocate"):
        asked(session, odd.EAT)
    assert asked(session, odd.DOUBLE).sum() == 30


def test_what_the_runtime_refuses_is_no_reason_to_start_again(worker: Worker) -> None:
    session = opened(worker)
    with pytest.raises(RuntimeError, match="no such input"):
        asked(session, odd.FAULT)
    assert worker.restarts == 0


@pytest.mark.parametrize(
    ("what", "stall_s", "how"),
    [(odd.EXIT, 30, "ended with status 3"), (odd.CRASH, 30, "SIGSEGV"), (odd.HANG, 1, "no answer within 1 s")],
    ids=["ends", "crashes", "hangs"],
)
def test_a_call_that_loses_the_process_twice_is_an_error_and_the_next_one_is_answered(
    what: int, stall_s: float, how: str
) -> None:
    worker = Worker("odd", [], Terms(program=PROGRAM, stall_s=stall_s))
    session = opened(worker)
    with pytest.raises(NetworkLostError, match=f"the process of odd was lost while it drew this .*{how}"):
        asked(session, what)
    assert worker.restarts == 2
    assert asked(session, odd.DOUBLE).sum() == 30
    worker.close()


def test_a_process_that_is_killed_while_idle_is_replaced(worker: Worker) -> None:
    session = opened(worker)
    before = asked(session, odd.DOUBLE)
    kill(worker)
    np.testing.assert_array_equal(asked(session, odd.DOUBLE), before)
    assert worker.restarts == 1


def kill(worker: Worker) -> None:
    assert worker.pid is not None
    os.kill(worker.pid, signal.SIGKILL)


@pytest.mark.parametrize(
    ("program", "told"),
    [
        (("/nonexistent/python",), "the system starts none"),
        ((sys.executable, "-c", "raise SystemExit('the runtime is broken')"), "the runtime is broken"),
        ((sys.executable, "-c", "print('hello ' * 1000)"), "ended with status 0"),
    ],
    ids=["no program", "broken", "says nonsense"],
)
def test_a_process_that_cannot_start_is_an_error_with_the_fix(
    program: tuple[str, ...], told: str, caplog: pytest.LogCaptureFixture
) -> None:
    worker = Worker("odd", [], Terms(program=program))
    with caplog.at_level(logging.ERROR), pytest.raises(UnavailableError, match=r'cannot start; .* worker = "inside"'):
        opened(worker)
    assert told in caplog.text
    worker.close()


def test_a_file_is_refused_there_with_the_same_words_as_here(tmp_path: Path) -> None:
    model = world(8)
    model.graph.node.append(helper.make_node("RandomNormal", [], ["z"], name="dice", shape=[1]))
    path = tmp_path / "unet.onnx"
    path.write_bytes(model.SerializeToString())
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    worker = Worker("world", [tmp_path], Terms())
    with pytest.raises(ModelError, match=r"unet\.onnx: the operator 'RandomNormal' \(node 'dice'\) is not allowed"):
        worker.opened()(path, digest, 1)
    with pytest.raises(ModelError, match=r"unet\.onnx: not the file that the card describes"):
        worker.opened()(path, "0" * 64, 1)
    worker.close()


@linux
def test_a_file_outside_the_folders_cannot_be_opened_and_a_link_to_it_can(tmp_path: Path) -> None:
    for name in ("models", "elsewhere"):
        (tmp_path / name).mkdir()
    path = tmp_path / "elsewhere" / "unet.onnx"
    onnx.save(world(8), str(path))
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    (tmp_path / "models" / "linked.onnx").symlink_to(path)
    worker = Worker("world", [tmp_path / "models"], Terms())
    worker.opened()(tmp_path / "models" / "linked.onnx", digest, 1)
    worker.close()
    worker = Worker("world", [tmp_path / "models"], Terms())
    (tmp_path / "models" / "linked.onnx").unlink()
    with pytest.raises(ModelError, match=r"unet\.onnx: cannot be read .*Permission denied"):
        worker.opened()(path, digest, 1)
    worker.close()


def disturbed(drawing: Drawing, worker: Worker, at: int) -> Drawing:
    """The trajectory, its network's process killed before question `at` is answered."""
    step = next(drawing)
    while True:
        if step.number == at:
            kill(worker)
        answer = yield step
        try:
            step = drawing.send(answer)
        except StopIteration as end:
            return end.value  # type: ignore[no-any-return]


async def test_a_process_killed_in_the_middle_of_a_drawing_leaves_no_trace_in_the_bytes(tmp_path: Path) -> None:
    write_world(tmp_path / WORLD)
    models = Catalogue([tmp_path], WEIGHTS, threads=1, max_batch=8, worker=Terms())
    model = await models.loaded(WORLD)
    request = ImageRequest(prompt="a red dragon", steps=6, seed=5)
    condition = model.imagen.conditions([request])[0]
    undisturbed = await model.batcher(model.imagen.draw(request, condition), lambda step: None)
    worker = models.workers[0]
    for at in (1, 4):
        drawing = disturbed(model.imagen.draw(request, condition), worker, at)
        np.testing.assert_array_equal(await model.batcher(drawing, lambda step: None), undisturbed)
    assert [each.restarts for each in models.workers] == [2, 0]
    await models.close()


async def test_a_server_draws_the_same_bytes_with_and_without_processes(opened: Opened, tmp_path: Path) -> None:
    async with opened() as client:
        inside = await client.ended((await client.create()).name)
        expected = await client.read(inside.assets[0].name)
    async with opened(worker="process", data_dir=str(tmp_path / "second")) as client:
        made = await client.ended((await client.create()).name)
        assert await client.read(made.assets[0].name) == expected


def test_the_server_itself_imports_no_runtime(tmp_path: Path) -> None:
    write_world(tmp_path / WORLD)
    program = (
        "import asyncio, sys; from pathlib import Path; from limner.server.worker.life import Terms\n"
        "from limner.server.catalogue import WEIGHTS, Catalogue\n"
        "async def main():\n"
        f" models = Catalogue([Path({str(tmp_path)!r})], WEIGHTS, 1, 8, worker=Terms())\n"
        f" await models.loaded({WORLD!r}); await models.close()\n"
        "asyncio.run(main()); print('onnxruntime' in sys.modules)"
    )
    ran = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert ran.stdout == "False\n"
