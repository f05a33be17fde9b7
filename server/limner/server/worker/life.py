"""One life of a network's process: started, asked, and ended when it is over or takes too long."""

import json
import os
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from numpy.typing import NDArray

from limner.generators.sessions import MAX_BYTES
from limner.server.worker.channel import Block, ChannelError, Message, receive, send

GREETING_S = 60.0  # until it has imported the runtime
LOADING_S = 120.0  # until it has opened a file
LEAVING_S = 2.0  # until it ends when asked
LOOKS = 4  # at the clock, within a limit
LOOK_S = 1.0  # between two of them at most
KEPT = ("CUDA_VISIBLE_DEVICES", "LANG", "LD_LIBRARY_PATH", "LD_PRELOAD", "PYTHONHOME")  # of the environment
SELF = (sys.executable, "-P", "-m", "limner.server.worker.child")


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """How a network's process lives."""

    sandbox: bool = True
    memory_bytes: int = 4 * 2**30
    max_model_bytes: int = MAX_BYTES  # of one file
    stall_s: float = 30.0  # without an answer it is ended
    program: tuple[str, ...] = SELF


class LostError(Exception):
    """The process is over, or was ended because it gave no answer; the message says which."""


class Life:
    """A process, and the memory shared with it."""

    def __init__(self, terms: Terms, readable: Sequence[Path]) -> None:
        """Starts it and does not wait. Raises LostError when the system starts none."""
        self._terms = terms
        self._block = Block.made()
        self._log = tempfile.TemporaryFile()  # noqa: SIM115  # closed in `end`
        task = {
            "block": self._block.file,
            "size": self._block.size,
            "sandbox": terms.sandbox,
            "readable": [str(path) for path in (*readable, *_linked(readable))],
            "memory_bytes": terms.memory_bytes,
            "max_model_bytes": terms.max_model_bytes,
        }
        try:
            self._process = subprocess.Popen(
                [*terms.program, json.dumps(task)],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=self._log,
                pass_fds=[self._block.file],
                env=_environment(),
                process_group=0,
            )
        except OSError as error:
            self._block.close()
            self._log.close()
            raise LostError(f"the system starts none ({error})") from error
        self._watch = _Watch(self._process, terms.stall_s)
        self.walls: Message | None = None  # once it has said so
        self.opened = 0  # sessions

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def over(self) -> bool:
        return self._process.poll() is not None

    def greet(self) -> None:
        """Wait until it is ready. Raises LostError with what it wrote when it never is."""
        if self.walls is None:
            try:
                self.walls = self._answer(GREETING_S)["walls"]
            except (LostError, KeyError) as error:
                raise LostError(f"{error}; it wrote: {self._written()}") from error

    def open(self, path: Path, sha256: str, threads: int, device: str, beside: dict[str, str]) -> str | None:
        """Open a file there as the next session. What it is refused for, or None. Raises LostError."""
        message = {"do": "open", "path": str(path), "sha256": sha256, "threads": threads, "device": device}
        refused = self._ask({**message, "beside": beside}, LOADING_S).get("refused")
        self.opened += refused is None
        return None if refused is None else str(refused)

    def run(self, session: int, outputs: Sequence[str], feeds: dict[str, NDArray[Any]]) -> list[NDArray[Any]]:
        """The outputs of a session. Raises LostError, and RuntimeError with what the runtime said of a call that it refused."""
        self._block.grow(2 * sum(feed.nbytes + 64 for feed in feeds.values()))
        places, free = self._block.put(feeds.values())
        message = {"do": "run", "session": session, "outputs": list(outputs), "size": self._block.size, "free": free}
        answer = self._ask({**message, "feeds": dict(zip(feeds, places, strict=True))}, self._terms.stall_s)
        if "room" in answer:
            answer = self._fetched(answer["room"])
        if "fault" in answer:
            raise RuntimeError(str(answer["fault"]))
        try:
            found = [self._block.seen(place).copy() for place in answer["places"]]
        except (ChannelError, KeyError, TypeError) as error:
            raise LostError(f"it answers nonsense ({error})") from error
        if len(found) != len(outputs):
            raise LostError(f"it answers {len(found)} arrays to {len(outputs)}")
        return found

    def _fetched(self, room: object) -> Message:
        if not isinstance(room, int) or not 0 < room <= self._terms.memory_bytes:
            raise LostError(f"it wants {room!r:.40} bytes for its answer")
        self._block.grow(room)
        return self._ask({"do": "fetch", "size": self._block.size}, self._terms.stall_s)

    def _ask(self, message: Message, limit_s: float) -> Message:
        assert self._process.stdin is not None
        try:
            send(self._process.stdin, message)
        except ChannelError as error:
            raise self._lost(error) from error
        return self._answer(limit_s)

    def _answer(self, limit_s: float) -> Message:
        assert self._process.stdout is not None
        try:
            with self._watch.within(limit_s):
                return receive(self._process.stdout)
        except ChannelError as error:
            raise self._lost(error) from error

    def _lost(self, error: ChannelError) -> LostError:
        if self._watch.ended_s is not None:
            return LostError(f"it gave no answer within {self._watch.ended_s:g} s and was ended")
        try:
            code = self._process.wait(LEAVING_S)
        except subprocess.TimeoutExpired:
            return LostError(f"it answers nonsense ({error})")
        return LostError(f"it ended by {signal.Signals(-code).name}" if code < 0 else f"it ended with status {code}")

    def _written(self) -> str:
        """The end of what it wrote to its log."""
        self._log.seek(0, os.SEEK_END)
        self._log.seek(max(0, self._log.tell() - 2000))
        return self._log.read().decode("utf-8", "replace").strip() or "nothing"

    def kill(self) -> None:
        """End it at once; whoever waits for an answer hears of it. From any thread."""
        self._process.kill()

    def end(self) -> None:
        """End it, wait for that, and free what was shared."""
        for pipe in (self._process.stdin, self._process.stdout):
            assert pipe is not None
            try:
                pipe.close()
            except OSError:  # what was still to be said
                continue
        try:
            self._process.wait(LEAVING_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._watch.stop()
        self._block.close()
        self._log.close()


class _Watch:
    """Ends a process that takes too long. One thread for its life: a call only writes down when it must be over."""

    def __init__(self, process: "subprocess.Popen[bytes]", stall_s: float) -> None:
        self._process = process
        self._look_s = min(LOOK_S, stall_s / LOOKS)
        self._limit: tuple[float, float] | None = None  # when, and after how long
        self._stopped = threading.Event()
        self.ended_s: float | None = None  # it was ended after so long
        self._thread = threading.Thread(target=self._watch, name="network-watchdog", daemon=True)
        self._thread.start()

    @contextmanager
    def within(self, limit_s: float) -> Iterator[None]:
        self._limit = (time.monotonic() + limit_s, limit_s)
        try:
            yield
        finally:
            self._limit = None

    def _watch(self) -> None:
        while not self._stopped.wait(self._look_s):
            limit = self._limit
            if limit is not None and time.monotonic() > limit[0]:
                self.ended_s = limit[1]
                self._process.kill()
                return

    def stop(self) -> None:
        self._stopped.set()
        self._thread.join()


def _linked(folders: Sequence[Path]) -> list[Path]:
    """What the links in the folders lead to: weights may lie in a store of their own."""
    return [path.resolve() for folder in folders for path in folder.glob("*") if path.is_symlink()]


def _environment() -> dict[str, str]:
    """No secrets of the server: where Python's modules lie, and what the system's loader needs."""
    kept = {name: os.environ[name] for name in KEPT if name in os.environ}
    modules = os.pathsep.join(path for path in sys.path if path)
    return {**kept, "PYTHONPATH": modules, "OPENBLAS_NUM_THREADS": "1"}  # one thread when the walls go up
