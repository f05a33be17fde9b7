"""The news of files that `limner watch` and `limner build` wrote, followed on a thread: each once, none missing, through lost connections.

Blocks nobody: the program's own thread polls. The add-on for Blender and the plugin for Unreal hold the same copy of this file.
"""

from __future__ import annotations

import os
import queue
import threading
from pathlib import Path
from typing import NamedTuple

from .door import Door, DoorError, Message, Pauses, StoppedError

PUBLISHED, RESET = "KIND_PUBLISHED", "KIND_RESET"


class Changed(NamedTuple):
    """A file on this machine that was written or removed."""

    path: Path


class Reset(NamedTuple):
    """What was changed can no longer be told: look at every file anew."""


class Connected(NamedTuple):
    """The server tells of changes from now on."""


class Lost(NamedTuple):
    """Nobody tells of changes; the message says why, and what to do. `final`: it is not tried again."""

    message: str
    final: bool


News = Changed | Reset | Connected | Lost


class Following:
    """The changes of a project, or of all."""

    def __init__(self, door: Door, project: str = "") -> None:
        self.news: queue.SimpleQueue[News] = queue.SimpleQueue()
        self._door, self._project = door, project
        self._after = ""  # as the wire says 64 bits
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="limner-following", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """Tell no more; never blocks."""
        self._stopping.set()

    def poll(self) -> list[News]:
        """What has happened since the last call."""
        found = []
        while True:
            try:
                found.append(self.news.get_nowait())
            except queue.Empty:
                return found

    def _run(self) -> None:
        pauses = Pauses()
        try:
            while True:
                try:
                    self._listen(pauses)
                except DoorError as error:
                    final = not error.passing
                    self.news.put(Lost(str(error), final))
                    if final:
                        return
                pauses.wait(self._stopping)
        except StoppedError:
            return
        except Exception as error:  # the program's user must hear of it, whatever it is
            self.news.put(Lost(f"{type(error).__name__}: {error}", True))

    def _listen(self, pauses: Pauses) -> None:
        """Until the connection ends. Raises DoorError, StoppedError."""
        request: Message = {"kinds": [PUBLISHED], "project": self._project}
        if self._after:
            request["afterSequence"] = self._after
        connected = False
        for reply in self._door.stream("AssetService/WatchAssets", request):
            if self._stopping.is_set():
                raise StoppedError
            pauses.renew()
            if not connected:
                self.news.put(Connected())
                connected = True
            self._tell(reply.get("change", {}))
            self._after = str(reply.get("sequence", self._after or "0"))

    def _tell(self, change: Message) -> None:
        if change.get("kind") == RESET:
            self.news.put(Reset())
        publication: Message = change.get("publication", {})
        folder = publication.get("folder", "")
        for file in publication.get("files", []) if folder else []:
            path = Path(folder, file["path"])
            if path.parent.is_dir():  # else the project is on another machine
                self.news.put(Changed(Path(os.path.realpath(path))))
