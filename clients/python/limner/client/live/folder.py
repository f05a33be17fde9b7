"""Pictures in a folder, such as the one that `limner watch` writes into."""

from __future__ import annotations

import threading
from pathlib import Path, PurePosixPath

from limner.client.live.pictures import Picture, PictureError, decoded
from limner.client.live.sources import Arrived, Sink

Stamp = tuple[int, int, int]  # mtime_ns, size, inode


class Folder:
    """The pictures below a folder by relative path, looked at every `every_s` seconds.

    Asking the file system works everywhere, on network drives too, and sees atomic renames as well as files written in
    place. A file that cannot be read yet keeps its last picture.
    """

    def __init__(self, folder: Path | str, *, every_s: float = 0.05) -> None:
        self.folder = Path(folder)
        self.every_s = every_s
        self._lock = threading.Lock()
        self._files: dict[str, _File] = {}

    def load(self, name: str) -> Picture:
        """The picture as it is now; from then on its file is watched. Raises PictureError or OSError."""
        file = _File(self._path(name))
        picture = file.first()
        with self._lock:
            self._files[name] = file
        return picture

    def follows(self, name: str) -> bool:
        """The game has loaded the picture."""
        with self._lock:
            return name in self._files

    def run(self, sink: Sink, stopping: threading.Event) -> None:
        """Look until `stopping` is set."""
        while not stopping.wait(self.every_s):
            self.look(sink)

    def look(self, sink: Sink) -> None:
        """Hand what changed since the last look to `sink`."""
        with self._lock:
            files = list(self._files.items())
        for name, file in files:
            try:
                picture = file.changed()
            except FileNotFoundError:
                sink.say(f"{file.path} is gone; the game keeps its last picture")
            except (PictureError, OSError) as error:
                sink.say(f"{file.path} cannot be read ({error}); the game keeps its last picture")
            else:
                if picture:
                    sink.put(Arrived(name, picture))

    def _path(self, name: str) -> Path:
        relative = PurePosixPath(name)
        if relative.is_absolute() or ".." in relative.parts:
            raise PictureError(f"{name!r} leads out of {self.folder}; name a file below it")
        return self.folder / relative


class _File:
    """One file: its last content, and the stamp that it had then."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._stamp: Stamp | None = None
        self._content = b""
        self._settled = False

    def first(self) -> Picture:
        self._stamp = stamp(self.path)
        self._content = self.path.read_bytes()
        return decoded(self._content)

    def changed(self) -> Picture | None:
        """The picture when it differs from the last one, None when not. Each fault is raised once.

        Clocks of file systems tick every few milliseconds, so two saves in one tick look alike: after a change the
        content is read once more at the next look.
        """
        try:
            now = stamp(self.path)
        except OSError:
            known, self._stamp = self._stamp, None
            if known is None:
                return None
            raise
        if now == self._stamp and self._settled:
            return None
        self._settled = now == self._stamp
        self._stamp = now
        content = self.path.read_bytes()
        if content == self._content:
            return None
        self._content = content
        return decoded(content)


def stamp(path: Path) -> Stamp:
    """What tells one state of a file from the next without reading it."""
    found = path.stat()
    return found.st_mtime_ns, found.st_size, found.st_ino
