"""Writing what an exporter made: whole files or none."""

import os
import tempfile
from collections.abc import Mapping
from pathlib import Path, PurePosixPath

Files = dict[str, bytes]


class ExportError(ValueError):
    """Files that cannot be written; the message says why and what to do."""


def write_files(files: Mapping[str, bytes], folder: Path) -> list[Path]:
    """Write every file below `folder`, each by a temporary file and a rename; returns the paths.

    All are on disk under temporary names before the first takes its place, so a full disk leaves the old files as they were.
    Raises ExportError for a path that leaves the folder, that is a folder, or that differs from another by case alone.
    """
    targets = _targets(files, folder)
    staged: list[tuple[Path, Path]] = []
    try:
        for target, content in targets.items():
            target.parent.mkdir(parents=True, exist_ok=True)
            handle, name = tempfile.mkstemp(dir=target.parent, prefix=".limner-")
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
    return list(targets)


def _targets(files: Mapping[str, bytes], folder: Path) -> dict[Path, bytes]:
    """The contents by where they go, once no two can be in each other's way."""
    paths = [_checked(path) for path in files]
    names = {str(path).lower() for path in paths}
    if len(names) < len(paths):
        raise ExportError("two files are the same or differ by case alone; some disks cannot hold both, rename one")
    if taken := names & {str(parent).lower() for path in paths for parent in path.parents}:
        raise ExportError(f"{min(taken)!r} is a file and a folder; rename one")
    targets = {folder / path: content for path, content in zip(paths, files.values(), strict=True)}
    for target in targets:
        if target.is_dir():
            raise ExportError(f"{target} is a folder; remove it or choose another name")
    return targets


def _sync(folder: Path) -> None:
    """Make the renames in `folder` last through a power cut; only POSIX lets a folder be opened for that."""
    if os.name != "posix":
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _checked(path: str) -> PurePosixPath:
    pure = PurePosixPath(path)
    if pure.is_absolute() or ".." in pure.parts or not pure.parts or "\\" in path or "\0" in path or ":" in path:
        raise ExportError(f"path {path!r} leaves the folder; use plain relative names")
    return pure
