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
    Raises ExportError for a path that leaves the folder or differs from another by case alone.
    """
    targets = {folder / _checked(path): content for path, content in files.items()}
    if len({str(target).lower() for target in targets}) < len(targets):
        raise ExportError("two files differ by case alone; some disks cannot hold both, rename one")
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
    except OSError as error:
        raise ExportError(
            f"{folder}: cannot be written ({error.strerror}); free some space or choose another folder"
        ) from error
    finally:
        for temporary, _ in staged:
            temporary.unlink(missing_ok=True)
    return list(targets)


def _checked(path: str) -> PurePosixPath:
    pure = PurePosixPath(path)
    if pure.is_absolute() or ".." in pure.parts or not pure.parts or "\\" in path or "\0" in path or ":" in path:
        raise ExportError(f"path {path!r} leaves the folder; use plain relative names")
    return pure
