"""Walls around the process of a network, put up from inside before it reads the first byte of a model file."""

import contextlib
import ctypes
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import TypedDict

from limner.server.worker import landlock, seccomp

PR_SET_NO_NEW_PRIVS = 38
FILES = 64  # that may be open at once
PROCESSORS = (Path("/proc/cpuinfo"), Path("/sys/devices/system/cpu"))  # what the runtime asks about the machine
OOM_FIRST = "500"  # where memory runs out, the kernel ends this process before the server


class Walls(TypedDict):
    """Which walls stand."""

    limits: bool  # memory, files, no core dumps
    landlock: int  # the kernel's version; 0: every file of the user can be read
    seccomp: bool  # false: every system call of the user can be made


NONE = Walls(limits=False, landlock=0, seccomp=False)


def enter(readable: Iterable[Path], memory_bytes: int) -> Walls:
    """Give up for good what a network does not need; says what could be given up on this system.

    What stays: reading `readable`, so much memory, threads, time, and what is open already. There is one thread when it is called.
    """
    limits = _limited(memory_bytes)
    if sys.platform != "linux":
        return Walls(limits=limits, landlock=0, seccomp=False)
    with contextlib.suppress(OSError):
        Path("/proc/self/oom_score_adj").write_text(OOM_FIRST, encoding="ascii")
    if ctypes.CDLL(None, use_errno=True).prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0:
        return Walls(limits=limits, landlock=0, seccomp=False)
    version = landlock.restrict([*readable, *PROCESSORS])
    return Walls(limits=limits, landlock=version, seccomp=seccomp.restrict())


def _limited(memory_bytes: int) -> bool:
    """Lower the process's limits; False on Windows, which has none of this kind."""
    try:
        import resource
    except ImportError:
        return False
    lowered = {"RLIMIT_CORE": 0, "RLIMIT_NOFILE": FILES, "RLIMIT_DATA": memory_bytes}
    for name, wanted in lowered.items():
        kind = getattr(resource, name)
        _, most = resource.getrlimit(kind)
        limit = wanted if most == resource.RLIM_INFINITY else min(wanted, most)
        resource.setrlimit(kind, (limit, limit))
    return True
