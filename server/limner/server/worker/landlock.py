"""Landlock: the kernel lets this process read some files, and nothing else of any file system.

By the system calls themselves (linux/landlock.h): PyPI's `landlock` is an alpha version that knows the first five of the kernel's versions.
"""

import ctypes
import os
import sys
from collections.abc import Iterable
from pathlib import Path

CREATE_RULESET, ADD_RULE, RESTRICT_SELF = 444, 445, 446  # the same numbers on every architecture
VERSION = 1  # flag of CREATE_RULESET: which version the kernel has
PATH_BENEATH = 1  # kind of rule
READ_FILE, READ_DIR = 1 << 2, 1 << 3
RIGHTS = {1: 13, 2: 14, 3: 15, 5: 16}  # version → how many rights over files it knows
TCP = 0b11  # bind and connect, from version 4
SCOPED = 0b11  # abstract sockets and signals to processes outside, from version 6


class _Ruleset(ctypes.Structure):
    _fields_ = (("files", ctypes.c_uint64), ("net", ctypes.c_uint64), ("scoped", ctypes.c_uint64))


class _Beneath(ctypes.Structure):
    _pack_ = 1
    _layout_ = "ms"
    _fields_ = (("allowed", ctypes.c_uint64), ("parent", ctypes.c_int32))


def restrict(readable: Iterable[Path]) -> int:
    """From now on only what is in `readable` (files, folders with all that is in them) can be opened, and only to read.

    Holds for this thread and those it will start; the process must not gain privileges any more. Returns the kernel's version,
    0 where it has none; what an older one does not know (TCP before 4, signals before 6) stays allowed.
    """
    version = _call(CREATE_RULESET, None, ctypes.c_size_t(0), VERSION) if sys.platform == "linux" else -1
    if version < 1:
        return 0
    rights = (1 << max(count for since, count in RIGHTS.items() if since <= version)) - 1
    rules = _Ruleset(rights, TCP if version >= 4 else 0, SCOPED if version >= 6 else 0)
    size = 24 if version >= 6 else 16 if version >= 4 else 8
    ruleset = _checked(_call(CREATE_RULESET, ctypes.byref(rules), ctypes.c_size_t(size), 0))
    for path in readable:
        if path.exists():
            _allow(ruleset, path)
    _checked(_call(RESTRICT_SELF, ruleset, 0))
    os.close(ruleset)
    return version


def _allow(ruleset: int, path: Path) -> None:
    parent = os.open(path, os.O_PATH | os.O_CLOEXEC)
    rule = _Beneath(READ_FILE | READ_DIR if path.is_dir() else READ_FILE, parent)
    _checked(_call(ADD_RULE, ruleset, PATH_BENEATH, ctypes.byref(rule), 0))
    os.close(parent)


def _call(number: int, *values: object) -> int:
    return int(ctypes.CDLL(None, use_errno=True).syscall(ctypes.c_long(number), *values))


def _checked(result: int) -> int:
    if result < 0:
        raise OSError(ctypes.get_errno(), "Landlock: " + os.strerror(ctypes.get_errno()))
    return result
