"""How this process takes memory from the system."""

import contextlib
import ctypes
import sys

ARENAS = 2
M_ARENA_MAX = -8  # of glibc's malloc.h


def few_arenas() -> bool:
    """Let all threads share a few heaps. glibc gives each its own, and what one frees no other can use.

    Only for a process that is ours alone. False where the C library has no such setting.
    """
    if sys.platform == "linux":
        with contextlib.suppress(AttributeError, OSError):
            return bool(ctypes.CDLL(None).mallopt(M_ARENA_MAX, ARENAS))
    return False


def give_back() -> bool:
    """Return to the system what was freed. False where the C library cannot."""
    if sys.platform == "linux":
        with contextlib.suppress(AttributeError, OSError):
            return bool(ctypes.CDLL(None).malloc_trim(0))
    return False
