"""Writing what an exporter made: whole files or none, and never outside the folder."""

import hashlib
import os
import re
import tempfile
import unicodedata
from collections.abc import Iterable, Mapping
from pathlib import Path, PurePosixPath

Files = dict[str, bytes]
STAGED = ".limner-"  # begins the names of files that are about to take their place
LONGEST_NAME = 100  # characters of a file's name before its suffix
RESERVED = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)(\..*)?", re.IGNORECASE)  # Windows keeps these names to itself


class ExportError(ValueError):
    """Files that cannot be written; the message says why and what to do."""


def file_name(name: str) -> str:
    """The name as one that every disk holds: no folders, no control characters, none of the characters Windows refuses.

    Letters of every script stay. A name cut short ends in digits of its hash, so that two long names stay two.
    """
    plain = re.sub(r'[\x00-\x1f\x7f<>:"/\\|?*]', "_", unicodedata.normalize("NFC", name)).strip(" .") or "_"
    if RESERVED.fullmatch(plain):
        plain = f"_{plain}"
    if len(plain) <= LONGEST_NAME and len(plain.encode()) <= 2 * LONGEST_NAME:
        return plain
    digits = hashlib.sha256(name.encode()).hexdigest()[:8]
    return plain.encode()[:LONGEST_NAME].decode(errors="ignore").strip(" .") + f"-{digits}"


def distinct(names: Iterable[str]) -> list[str]:
    """The names, with `-2`, `-3` … after those that a disk that ignores case takes for an earlier one."""
    taken: set[str] = set()
    found: list[str] = []
    for name in names:
        number, free = 1, name
        while _folded(free) in taken:
            number += 1
            free = f"{name}-{number}"
        taken.add(_folded(free))
        found.append(free)
    return found


def write_files(files: Mapping[str, bytes], folder: Path) -> list[Path]:
    """Write every file below `folder`, each by a temporary file and a rename; returns the paths.

    All are on disk under temporary names before the first takes its place, so a full disk leaves the old files as they were.
    Raises ExportError for a path that leaves the folder (by `..`, or by a link inside it), that is a folder, or that differs
    from another by case alone.
    """
    targets = _targets(files, folder)
    staged: list[tuple[Path, Path]] = []
    made: list[Path] = []
    try:
        for target, content in targets.items():
            made += _made(target.parent, folder)
            handle, name = tempfile.mkstemp(dir=target.parent, prefix=STAGED)
            staged.append((Path(name), target))
            with os.fdopen(handle, "wb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
        for temporary, target in staged:
            temporary.chmod(0o644)
            temporary.replace(target)
        for parent in {target.parent for target in targets}:
            _sync(parent)
    except OSError as error:
        raise ExportError(
            f"{folder}: cannot be written ({error.strerror}); free some space or choose another folder"
        ) from error
    finally:
        for temporary, _ in staged:
            temporary.unlink(missing_ok=True)
        for new in reversed(made):
            _remove_if_empty(new)
    return list(targets)


def _targets(files: Mapping[str, bytes], folder: Path) -> dict[Path, bytes]:
    """The contents by where they go, once no two can be in each other's way."""
    paths = [_checked(path) for path in files]
    names = {_folded(str(path)) for path in paths}
    if len(names) < len(paths):
        raise ExportError("two files are the same or differ by case alone; some disks cannot hold both, rename one")
    if taken := names & {_folded(str(parent)) for path in paths for parent in path.parents}:
        raise ExportError(f"{min(taken)!r} is a file and a folder; rename one")
    targets = {folder / path: content for path, content in zip(paths, files.values(), strict=True)}
    for target in targets:
        if target.is_dir():
            raise ExportError(f"{target} is a folder; remove it or choose another name")
        _check_inside(target.parent, folder)
    return targets


def _check_inside(parent: Path, folder: Path) -> None:
    """Raise ExportError where links lead from `folder` to a parent outside it."""
    if not parent.resolve().is_relative_to(folder.resolve()):
        raise ExportError(f"{parent} is a link that leaves {folder}; remove it or choose another folder")


def _made(parent: Path, folder: Path) -> list[Path]:
    """Make the folder `parent` with those above it; the new ones, outermost first."""
    missing = [path for path in (*reversed(parent.parents), parent) if not path.exists()]
    parent.mkdir(parents=True, exist_ok=True)
    _check_inside(parent, folder)
    return missing


def _remove_if_empty(folder: Path) -> None:
    """Remove a folder that was made for files which then could not be written."""
    if folder.is_dir() and not any(folder.iterdir()):
        folder.rmdir()


def _sync(folder: Path) -> None:
    """Make the renames in `folder` last through a power cut; only POSIX lets a folder be opened for that."""
    if os.name != "posix":
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _folded(name: str) -> str:
    """What a disk that ignores case and ways of writing accents takes the name for."""
    return unicodedata.normalize("NFC", name).casefold()


def _checked(path: str) -> PurePosixPath:
    pure = PurePosixPath(path)
    if pure.is_absolute() or ".." in pure.parts or not pure.parts or "\\" in path or "\0" in path or ":" in path:
        raise ExportError(f"path {path!r} leaves the folder; use plain relative names")
    return pure
