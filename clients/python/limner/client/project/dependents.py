"""Which manifests have to do with a file."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from pathlib import Path


class Dependents:
    """The manifests that a file, or a folder around it, matters to: as an include, as a part of a picture, as an output."""

    def __init__(self) -> None:
        self._of: defaultdict[Path, set[Path]] = defaultdict(set)
        self._paths: dict[Path, set[Path]] = {}

    def set(self, manifest: Path, paths: Iterable[Path]) -> None:
        """Everything that matters to a manifest from now on; itself too."""
        fresh, old = {manifest, *paths}, self._paths.pop(manifest, set())
        for path in old - fresh:
            self._of[path].discard(manifest)
            if not self._of[path]:
                del self._of[path]
        for path in fresh - old:
            self._of[path].add(manifest)
        self._paths[manifest] = fresh

    def of(self, path: Path) -> Iterator[Path]:
        """The manifests that a change of `path` matters to."""
        for known in (path, *path.parents):
            if known in self._of:
                yield from self._of[known]

    def below(self, folder: Path) -> Iterator[Path]:
        """The manifests that something in a folder, or the folder itself, matters to."""
        yield from self.of(folder)
        for path, manifests in self._of.items():
            if path.is_relative_to(folder):
                yield from manifests
