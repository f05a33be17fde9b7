"""A project as it lies on the disk: its manifests, read, and what its lock says."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from limner.client.folders import write_into
from limner.client.project import lock_file
from limner.client.project.contents import Contents, digest_of
from limner.client.project.faults import ManifestError
from limner.client.project.inside import real_folder
from limner.client.project.lock_file import LockFile
from limner.client.project.manifest import Manifest
from limner.client.project.planning import Planned, Unplanned, gone, planned
from limner.client.project.reading import read_manifest
from limner.client.project.scanning import Scope, manifests_in


class Project:
    """What is asked for and what is there. `broken` holds the manifests that cannot be read, with their faults."""

    def __init__(self, scope: Scope) -> None:
        """Read everything. Raises LockError."""
        self.scope = scope
        self.contents = Contents()
        self.lock = LockFile.read(scope.root)
        self.saved: str | None = None  # digest of the lock as it was written last
        self.manifests: dict[Path, Manifest] = {}
        self.broken: dict[Path, ManifestError] = {}
        self.read(manifests_in(scope))

    @property
    def part(self) -> str:
        """The part of the project that is meant, relative; empty for all of it."""
        part = self.scope.part.relative_to(self.scope.root).as_posix()
        return "" if part == "." else part

    def read(self, paths: Iterable[Path]) -> None:
        """Read manifests anew; those that are gone are dropped. A broken one keeps what it said before."""
        real_folder.cache_clear()
        for path in paths:
            self.broken.pop(path, None)
            if not path.is_file():
                self.manifests.pop(path, None)
                continue
            try:
                self.manifests[path] = read_manifest(self.scope.root, path)
            except ManifestError as error:
                self.broken[path] = error

    def plan(
        self, manifests: Iterable[Manifest] | None = None, models: dict[str, str] | None = None
    ) -> list[Planned | Unplanned]:
        """Every asset of some manifests, or of all, with why it is stale. Broken manifests have no part in it."""
        wanted = self.manifests.values() if manifests is None else manifests
        whole = [manifest for manifest in wanted if manifest.path not in self.broken]
        return [each for one in whole for each in planned(self.scope.root, one, self.lock, self.contents, models)]

    def asks_for(self, key: str) -> bool:
        """A manifest asks for the asset, or asked when it could be read."""
        path, _, name = key.rpartition("#")
        manifest = self.manifests.get(self.scope.root / path)
        return manifest is not None and name in manifest.by_name

    def gone(self) -> list[str]:
        """The keys of what was built and is asked for no more."""
        broken = [path.relative_to(self.scope.root).as_posix() for path in self.broken]
        return gone(self.lock, self.manifests.values(), broken, self.part)

    def save(self) -> None:
        """Write the lock where it says something new. Raises WriteError."""
        path, content = self.scope.root / lock_file.NAME, LockFile(dict(self.lock.entries)).content()
        now, self.saved = self.contents.digest(path), digest_of(content)
        if now == self.saved or (now is None and not self.lock.entries):
            return
        write_into(self.scope.root, {lock_file.NAME: content})
        self.contents.forget([path])

    def reload_lock(self) -> None:
        """Use the lock as it lies on the disk. Raises LockError."""
        self.lock.entries = LockFile.read(self.scope.root).entries
