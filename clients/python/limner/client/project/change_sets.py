"""Changes on the disk as sets: what changed since the last one, told after a moment of quiet.

This is the only module that knows watchdog. Times are monotonic, so a clock that jumps changes nothing.
"""

from __future__ import annotations

import asyncio
import logging
import re
import sys
import threading
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from os import fsdecode, lstat, scandir
from pathlib import Path

from watchdog.events import (
    EVENT_TYPE_CLOSED,
    EVENT_TYPE_CREATED,
    EVENT_TYPE_DELETED,
    EVENT_TYPE_MODIFIED,
    EVENT_TYPE_MOVED,
    FileSystemEvent,
    FileSystemEventHandler,
)
from watchdog.observers import Observer
from watchdog.observers.api import BaseObserver
from watchdog.observers.polling import PollingObserverVFS

from limner.client.errors import LimnerError
from limner.client.project.scanning import is_left_out
from limner.exporters.files import STAGED

QUIET_S = 0.05  # without a change before a set is told
LONGEST_S = 1.0  # a set is told after this, though it never was quiet
POLL_S = 1.0  # between two looks at a network drive
TOLD = {EVENT_TYPE_CLOSED, EVENT_TYPE_MOVED, EVENT_TYPE_CREATED, EVENT_TYPE_DELETED}
TEMPORARY = re.compile(
    r"(?i).*~|#.*#|~\$.*|.*\.(tmp|temp|bak|swp|swx|part|crdownload|kate-swp)|4913|.*___jb_(tmp|old)___|.*\.sb-[0-9a-f]{8}-.*"
)
OVERFLOW = "watchdog.observers.inotify"  # it only logs that the kernel dropped events


class WatchError(LimnerError):
    """The folder cannot be watched; the message says why."""


@dataclass(frozen=True, slots=True)
class ChangeSet:
    """What changed. `folders` came, went or moved whole; with `everything`, changes were lost and all is to be looked at."""

    files: frozenset[Path]
    folders: frozenset[Path] = frozenset()
    everything: bool = False


class Gathering(FileSystemEventHandler):
    """Takes watchdog's events, on its thread, and wakes the loop for the first one of a set."""

    def __init__(
        self, root: Path, wake: threading.Event | asyncio.Event, loop: asyncio.AbstractEventLoop, polls: bool
    ) -> None:
        self._root, self._wake, self._loop = f"{root}/", wake, loop
        self._told = (
            TOLD | {EVENT_TYPE_MODIFIED} if polls or sys.platform != "linux" else TOLD
        )  # others tell no closing
        self._guard = threading.Lock()
        self._files: set[str] = set()
        self._folders: set[str] = set()
        self._everything = False
        self.last = 0.0

    def on_any_event(self, event: FileSystemEvent) -> None:
        if event.event_type not in self._told or (event.is_directory and event.event_type == EVENT_TYPE_MODIFIED):
            return
        paths = [path for path in (fsdecode(event.src_path), fsdecode(event.dest_path)) if path and self._is_ours(path)]
        if paths:
            self._add(paths, event.is_directory, _written_whole(event))

    def lost(self) -> None:
        """Events were dropped."""
        self._everything = True
        self._add([], False)

    def taken(self) -> ChangeSet:
        """What was gathered; from here on anew."""
        with self._guard:
            files, folders, everything = self._files, self._folders, self._everything
            self._files, self._folders, self._everything = set(), set(), False
        return ChangeSet(frozenset(map(Path, files)), frozenset(map(Path, folders)), everything)

    def _add(self, paths: list[str], folders: bool, whole: bool = False) -> None:
        """A file that is whole at once begins a set, and prolongs none: nobody's save waits for what limner itself writes."""
        with self._guard:
            if not (whole and (self._files or self._folders or self._everything)):
                self.last = time.monotonic()
            (self._folders if folders else self._files).update(paths)
        if not self._wake.is_set() and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._wake.set)

    def _is_ours(self, path: str) -> bool:
        """No editor's temporary file, and in no folder that is left out."""
        *folders, name = path.removeprefix(self._root).split("/")
        return not (name.startswith(".") or TEMPORARY.fullmatch(name) or any(map(is_left_out, folders)))


def _written_whole(event: FileSystemEvent) -> bool:
    """Limner put the file in its place."""
    return event.event_type == EVENT_TYPE_MOVED and Path(fsdecode(event.src_path)).name.startswith(STAGED)


@asynccontextmanager
async def watching(folder: Path, *, poll: bool = False) -> AsyncIterator[AsyncIterator[ChangeSet]]:
    """The sets of changes below a folder, from now on, for ever. `poll` looks at every file: for drives that tell nothing.

    Links to folders are not followed. Raises WatchError.
    """
    wake = asyncio.Event()
    gathering = Gathering(folder, wake, asyncio.get_running_loop(), poll)
    observer = _observer(poll)
    try:
        observer.schedule(gathering, str(folder), recursive=True)
        await asyncio.to_thread(observer.start)
    except OSError as error:
        advice = "allow more with `sysctl fs.inotify.max_user_watches=524288`, or use --poll"
        raise WatchError(f"{folder}: cannot be watched ({error}); {advice}") from error
    with overflows(gathering):
        try:
            yield _sets(gathering, wake)
        finally:
            observer.stop()
            await asyncio.to_thread(observer.join)


async def _sets(gathering: Gathering, wake: asyncio.Event) -> AsyncIterator[ChangeSet]:
    while True:
        await wake.wait()
        first = time.monotonic()
        while (left := min(gathering.last + QUIET_S, first + LONGEST_S) - time.monotonic()) > 0:  # noqa: ASYNC110  # it waits for nothing to come
            await asyncio.sleep(left)
        wake.clear()
        yield gathering.taken()


def _observer(poll: bool) -> BaseObserver:
    return PollingObserverVFS(stat=lstat, listdir=scandir, polling_interval=POLL_S) if poll else Observer()


@contextmanager
def overflows(gathering: Gathering) -> Iterator[None]:
    """Hear of dropped events as long as the context lasts."""

    class Ear(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            if "overflow" in record.msg:
                gathering.lost()

    log, ear = logging.getLogger(OVERFLOW), Ear(logging.WARNING)
    log.addHandler(ear)
    try:
        yield
    finally:
        log.removeHandler(ear)
