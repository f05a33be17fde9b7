"""Files of assets on the disk: written whole, never over what a person changed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from limner.client.errors import LimnerError
from limner.client.folders import write_into
from limner.client.project.contents import Contents, digest_of


class ChangedByHandError(LimnerError):
    """A file that would be written holds what somebody else made."""

    @classmethod
    def of(cls, path: Path) -> ChangedByHandError:
        return cls(f"{path}: was changed by hand and stays as it is; delete it to have it written again")


@dataclass(frozen=True, slots=True)
class Change:
    """One file that was written, or removed: then `digest` is empty. The path is relative to the project."""

    path: str
    digest: str
    size_bytes: int = 0


def write_outputs(
    root: Path, files: Mapping[str, bytes], before: Mapping[str, str], contents: Contents
) -> list[Change]:
    """Bring the disk to hold `files` where it held `before` (digests); what changed. What of `before` nobody changed goes.

    Nothing is written where one of the files is neither as it was nor as it would be written. Raises ChangedByHandError,
    WriteError.
    """
    fresh = {path: content for path, content in files.items() if contents.digest(root / path) != digest_of(content)}
    for path in fresh:
        if contents.digest(root / path) not in (None, before.get(path)):
            raise ChangedByHandError.of(root / path)
    written = write_into(root, fresh) if fresh else []
    left = [path for path in before if path not in files and before[path] == contents.digest(root / path)]
    for path in left:
        (root / path).unlink(missing_ok=True)
    contents.forget([*written, *(root / path for path in left)])
    changes = [Change(path, digest_of(content), len(content)) for path, content in fresh.items()]
    return [*changes, *(Change(path, "") for path in left)]
