"""Paths that a manifest names: relative to the manifest, and never out of the project."""

from __future__ import annotations

import os
import re
from functools import lru_cache
from pathlib import Path


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
    if re.search(r"[\\\x00-\x1f\x7f]", text) or not text.strip():
        raise OutsideError("is no path", "write folders with / between them")
    if text.startswith(("/", "~")) or re.match(r"[A-Za-z]:", text):
        raise OutsideError("is absolute", "write it from the manifest's own folder")
    path = Path(os.path.normpath(folder / text))
    if not path.is_relative_to(root):
        raise OutsideError("leaves the project", "only what lies in it may be read and written")
    real = path.resolve() if path.is_symlink() else real_folder(path.parent)
    if not real.is_relative_to(root):
        raise OutsideError("is a link that leaves the project", "replace the link")
    return path


@lru_cache(maxsize=4096)
def real_folder(folder: Path) -> Path:
    """Where a folder really lies. Remembered: whoever reads manifests anew calls `real_folder.cache_clear`.

    Links that appear meanwhile are found when files are written.
    """
    return folder.resolve()
