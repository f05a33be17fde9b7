"""sha256 of files, each read once until somebody says that it changed."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable
from pathlib import Path

SMALL = 1 << 20  # bytes of a file that is read whole


class Contents:
    """Digests of files and folders, remembered, for several threads. Whoever learns of a change calls `forget`."""

    def __init__(self) -> None:
        self._known: dict[Path, str | None] = {}
        self._forgotten = 0  # times that something was: what was read across one is not kept

    def digest(self, path: Path) -> str | None:
        """Of a file's bytes, or of the names and bytes of all files in a folder; None where nothing is."""
        try:
            return self._known[path]
        except KeyError:
            pass
        forgotten, digest = self._forgotten, _digest(path)
        if forgotten == self._forgotten:
            self._known[path] = digest
        return digest

    def forget(self, paths: Iterable[Path]) -> None:
        """These may have changed, and so the folders around them."""
        self._forgotten += 1
        for path in paths:
            for known in (path, *path.parents):
                self._known.pop(known, None)

    def clear(self) -> None:
        """Anything may have changed."""
        self._forgotten += 1
        self._known.clear()


def digest_of(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def _digest(path: Path) -> str | None:
    try:
        with path.open("rb", buffering=0) as file:
            if os.fstat(file.fileno()).st_size <= SMALL:
                return digest_of(file.readall())
            return hashlib.file_digest(file, "sha256").hexdigest()
    except IsADirectoryError:
        return _folder_digest(path)
    except OSError:
        return None


def _folder_digest(folder: Path) -> str:
    whole = hashlib.sha256()
    for path in sorted(path for path in folder.rglob("*") if not path.name.startswith(".")):
        if path.is_file():
            whole.update(f"{path.relative_to(folder).as_posix()}\0{_digest(path)}\n".encode())
    return whole.hexdigest()
