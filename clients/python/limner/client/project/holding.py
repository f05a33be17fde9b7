"""One limner at a time writes into a project: a lock that ends with its process."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from limner.client.errors import LimnerError
from limner.client.folders import made

FOLDER = ".limner"  # beside limner.lock; nothing in it is worth keeping


class HeldError(LimnerError):
    """Another process works on the project."""


@contextmanager
def held(root: Path, what: str) -> Iterator[None]:
    """Keep others out of the project. `what` says what goes on here. Raises HeldError where somebody else has it."""
    folder = made(root / FOLDER)
    (folder / ".gitignore").write_text("*\n", encoding="utf-8")
    with (folder / "held").open("a+", encoding="utf-8") as file:
        if not _taken(file):
            file.seek(0)
            raise HeldError(f"{root}: {file.read().strip() or 'another limner'} works here already; end it first")
        file.truncate(0)
        file.write(f"{what} (process {os.getpid()})\n")
        file.flush()
        try:
            yield
        finally:
            file.truncate(0)


def _taken(file: IO[str]) -> bool:
    """Try to lock the file; the system unlocks it when the process ends, in whatever way."""
    try:
        if sys.platform == "win32":
            import msvcrt

            file.seek(4096)  # beyond the text, which others read
            msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
        else:
            import fcntl

            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True
