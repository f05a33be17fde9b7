"""Paths that a manifest names: relative to the manifest, and never out of the project."""

from __future__ import annotations

import os
import re
from functools import lru_cache
from pathlib import Path

FORBIDDEN, DRIVE = re.compile(r"[\\\x00-\x1f\x7f]"), re.compile(r"[A-Za-z]:")


class OutsideError(ValueError):
    """A path leaves the project, or is none. `message` says how, `fix` what to write."""

    def __init__(self, message: str, fix: str) -> None:
        super().__init__(f"{message}; {fix}")
        self.message, self.fix = message, fix


def inside(root: Path, folder: Path, text: str) -> Path:
    """The absolute path of `text` seen from `folder`. `root` is absolute and no link, `folder` lies in it.

    Raises OutsideError for an absolute path, one that leaves `root` by `..` or by a link, and one with a backslash or a control
    character.
    """
    if FORBIDDEN.search(text) or not text.strip():
        raise OutsideError("is no path", "write folders with / between them")
    if text.startswith(("/", "~")) or DRIVE.match(text):
        raise OutsideError("is absolute", "write it from the manifest's own folder")
    path = os.path.normpath(f"{folder}{os.sep}{text}")
    if not lies_in(root, path):
        raise OutsideError("leaves the project", "only what lies in it may be read and written")
    found = Path(path)
    if found == root:
        return found
    real = os.path.realpath(path) if found.is_symlink() else real_folder(str(found.parent))
    if not lies_in(root, real):
        raise OutsideError("is a link that leaves the project", "replace the link")
    return found


def lies_in(root: Path, path: str) -> bool:
    """A path without `..` is the folder `root` or below it."""
    return f"{path}{os.sep}".startswith(f"{str(root).rstrip(os.sep)}{os.sep}")


def within(root: Path, path: Path) -> str:
    """A path that lies in `root`, seen from there, with `/`; `.` for `root` itself."""
    return str(path).removeprefix(str(root)).lstrip(os.sep).replace(os.sep, "/") or "."


@lru_cache(maxsize=4096)
def real_folder(folder: str) -> str:
    """Where a folder really lies. Remembered: whoever reads manifests anew calls `real_folder.cache_clear`.

    Links that appear meanwhile are found when files are written.
    """
    return os.path.realpath(folder)
