"""What a game holds: pictures by name, changed on its own thread, once a frame."""

from __future__ import annotations

import logging
import threading
import weakref
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Self

from limner.client.live.folder import Folder
from limner.client.live.pictures import Picture
from limner.client.live.sources import Arrived, Source

log = logging.getLogger("limner.live")
Apply = Callable[[Picture], None]


class Live:
    """Pictures that change while the game runs; a context manager.

    A thread looks for changes and decodes them. Nothing reaches the engine before the game's own thread calls `poll`,
    once a frame: it never waits, and uploads at most `most` pictures a frame. `source` is a folder, or anything with
    the methods of `Source`. What goes wrong is told through `tell`, by default the log `limner.live`; the last good picture
    stays.
    """

    def __init__(
        self, source: Source | Path | str, *, most: int = 8, tell: Callable[[str], None] | None = None
    ) -> None:
        self.source = Folder(source) if isinstance(source, Path | str) else source
        self.most = most
        self._tell = tell or log.warning
        self._lock = threading.Lock()
        self._waiting: dict[str, Picture] = {}  # the newest of each name, in the order of arrival
        self._said: list[str] = []
        self._followers: dict[str, list[weakref.WeakMethod[Apply]]] = {}
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="limner-live", daemon=True)
        self._thread.start()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Look no more; the textures keep what they have."""
        self._stopping.set()
        self._thread.join()

    def follow(self, name: str, apply: Apply) -> Picture:
        """The picture as it is now; each later one goes to `apply`, a bound method, for as long as its object lives.

        Raises PictureError or OSError where there is none yet.
        """
        picture = self.source.load(name)
        self._followers.setdefault(name, []).append(weakref.WeakMethod(apply))
        return picture

    def poll(self) -> list[str]:
        """Apply what has arrived, on the calling thread; the names of what changed."""
        with self._lock:
            names = list(self._waiting)[: self.most]
            arrived = [(name, self._waiting.pop(name)) for name in names]
            said, self._said = self._said, []
        for message in said:
            self._tell(message)
        return [name for name, picture in arrived if self._apply(name, picture)]

    def put(self, arrived: Arrived) -> None:
        """Keep a picture for the next `poll`; an older one of the same name is dropped."""
        with self._lock:
            self._waiting[arrived.name] = arrived.picture

    def say(self, message: str) -> None:
        """Keep a message for the next `poll`."""
        with self._lock:
            self._said.append(message)

    def _apply(self, name: str, picture: Picture) -> bool:
        living = [(method, apply) for method in self._followers.get(name, ()) if (apply := method())]
        self._followers[name] = [method for method, _ in living]
        for _, apply in living:
            apply(picture)
        return bool(living)

    def _run(self) -> None:
        self.source.run(self, self._stopping)
