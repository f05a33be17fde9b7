"""Where the manifests of a project lie."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from limner.client.access import UsageError
from limner.client.project.lock_file import NAME
from limner.client.project.manifest import SUFFIX

LEFT_OUT = {"node_modules", "__pycache__", "venv"}


class Scope(NamedTuple):
    """A project's folder, and what of it is meant: the folder itself, one in it, or one manifest. Both are absolute."""

    root: Path
    part: Path


def scope_of(path: Path) -> Scope:
    """The project around a path: the nearest folder upwards that has a lock, else the folder itself.

    Raises UsageError where nothing is.
    """
    part = path.resolve()
    if not part.exists():
        raise UsageError(f"{path}: is not there; name the folder of a project, or a manifest")
    folder = part if part.is_dir() else part.parent
    root = next((above for above in (folder, *folder.parents) if (above / NAME).is_file()), folder)
    return Scope(root, part)


def manifests_in(scope: Scope) -> list[Path]:
    """The manifests that are meant, sorted. A manifest that is named itself may have any name."""
    if not scope.part.is_dir():
        return [scope.part]
    return list(map(Path, sorted(_below(scope.part, scope.root))))


def is_left_out(name: str) -> bool:
    """A folder that is no game's art: hidden, or full of other people's files."""
    return name.startswith(".") or name in LEFT_OUT


def _below(folder: Path, root: Path) -> Iterator[str]:
    """Links to folders are not followed: what they lead to is found where it is, and a circle ends."""
    todo = [str(folder)]
    while todo:
        here = todo.pop()
        try:
            entries = list(os.scandir(here))
        except OSError:  # gone meanwhile, or not ours to read
            continue
        if here != str(root) and any(entry.name == NAME for entry in entries):
            continue  # a project of its own
        for entry in entries:
            if entry.is_dir(follow_symlinks=False):
                if not is_left_out(entry.name):
                    todo.append(entry.path)
            elif entry.name.endswith(SUFFIX) and not entry.name.startswith(".") and entry.is_file():
                yield entry.path
