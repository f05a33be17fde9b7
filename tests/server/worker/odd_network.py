"""The process of a network that does what its input says, behind the real walls: tests start it in place of the real one."""

import ctypes
import errno
import mmap
import os
import resource
import socket
import threading
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from limner.server.worker.child import serve

DOUBLE, EXIT, CRASH, HANG, TRY, GROW, FAULT, EAT, SECRETS = range(9)
ATTEMPTS: dict[str, Callable[[], object]] = {
    "connect somewhere": lambda: socket.socket(socket.AF_INET, socket.SOCK_STREAM),
    "talk to a local service": lambda: socket.socket(socket.AF_UNIX, socket.SOCK_STREAM),
    "write a file": lambda: Path("written-by-a-network").write_text("x", encoding="ascii"),
    "read another file": lambda: Path("/etc/passwd").read_bytes(),
    "list a folder": lambda: list(Path("/").iterdir()),
    "run a program": lambda: os.execv("/bin/true", ["true"]),
    "make a process": os.fork,
    "end the server": lambda: os.kill(os.getppid(), 0),
    "raise a limit": lambda: resource.setrlimit(resource.RLIMIT_CORE, (0, 0)),
    "make code": lambda: mmap.mmap(-1, 4096, prot=mmap.PROT_READ | mmap.PROT_WRITE | mmap.PROT_EXEC),
    "change a file's rights": lambda: Path(__file__).chmod(0o644),
    "delete a file": lambda: Path(__file__).unlink(),
}


class OddSession:
    def run(self, outputs: Sequence[str], feeds: dict[str, NDArray[Any]], /) -> list[NDArray[Any]]:
        what, x = int(feeds["what"][0]), feeds["x"]
        if what == EXIT:
            os._exit(3)
        if what == CRASH:
            ctypes.string_at(0)
        if what == HANG:
            threading.Event().wait()
        if what == TRY:
            return [np.array([_refusal(attempt) for attempt in ATTEMPTS.values()])]
        if what == GROW:
            return [np.repeat(x, 2**18)]
        if what == FAULT:
            raise ValueError("no such input")
        if what == EAT:
            return [np.ones(2**28)]
        if what == SECRETS:
            return [np.array([int("SECRET" in os.environ)])]
        return [x * 2]


def _refusal(attempt: Callable[[], object]) -> int:
    """The number of the error that the system answers, 0 where it let it happen."""
    try:
        attempt()
    except OSError as error:
        return error.errno or -1
    except ValueError:  # how `resource` tells EPERM
        return errno.EPERM
    return 0


def opener(
    path: Path, sha256: str, threads: int, device: str = "cpu", *, beside: Mapping[str, str] | None = None
) -> OddSession:
    return OddSession()


if __name__ == "__main__":
    serve(opener)
