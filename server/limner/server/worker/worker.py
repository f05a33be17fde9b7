"""A network's process as the server sees it: sessions that outlive it.

When the process is over, another one is started, opens the same files, and the call that was interrupted is made once more: the
networks are deterministic, so nobody can tell from the answer. A call that ends it again is an error for those who made it.
"""

import logging
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from numpy.typing import NDArray

from limner.generators.cards import ModelError
from limner.generators.sessions import Opener, Session
from limner.server.errors import FailedPreconditionError, NetworkLostError, UnavailableError
from limner.server.worker.life import Life, LostError, Terms

log = logging.getLogger("limner.server")
TRIES = 2


@dataclass(frozen=True, slots=True)
class _File:
    """A model file, and how it is opened."""

    path: Path
    sha256: str
    threads: int
    device: str
    beside: dict[str, str]

    def open_in(self, life: Life) -> str | None:
        return life.open(self.path, self.sha256, self.threads, self.device, self.beside)


@dataclass(frozen=True, slots=True)
class _RemoteSession:
    """A session in the worker's process, whichever that is at the time."""

    worker: "Worker"
    number: int
    tries: int

    def run(self, outputs: Sequence[str], feeds: dict[str, NDArray[Any]], /) -> list[NDArray[Any]]:
        return self.worker.run(self.number, outputs, feeds, self.tries)


class Worker:
    """Sessions in a process of their own, one call at a time."""

    def __init__(self, title: str, readable: Sequence[Path], terms: Terms) -> None:
        """`title` is for the log; the process can open `readable` and no other file."""
        self._title, self._readable, self._terms = title, readable, terms
        self._lock = threading.RLock()  # over the next two
        self._life: Life | None = None
        self._files: list[_File] = []
        self._closed = False
        self.restarts = 0

    @property
    def pid(self) -> int | None:
        """Of the process of the moment."""
        life = self._life
        return None if life is None else life.pid

    def start(self) -> None:
        """Start the process and do not wait for it; the first call does. Raises UnavailableError when the system starts none."""
        with self._lock:
            self._begun()

    def opened(self, tries: int = TRIES) -> Opener:
        """What opens files in the process. A call of such a session is tried so often before it raises NetworkLostError."""

        def open_session(
            path: Path, sha256: str, threads: int, device: str = "cpu", *, beside: Mapping[str, str] | None = None
        ) -> Session:
            return self._open(_File(path, sha256, threads, device, dict(beside or {})), tries)

        return open_session

    def _open(self, file: _File, tries: int) -> Session:
        """Raises ModelError for a file that is refused or ends the process each time, and UnavailableError."""
        with self._lock:
            for left in reversed(range(TRIES)):
                try:
                    refused = file.open_in(self._ready())
                    break
                except LostError as lost:
                    self._bury(lost)
                    if not left:
                        raise ModelError(
                            f"{file.path}: loading it ended its process ({lost}); restore the model folder"
                        ) from lost
            if refused is not None:
                raise ModelError(refused)
            self._files.append(file)
            return _RemoteSession(self, len(self._files) - 1, tries)

    def run(
        self, session: int, outputs: Sequence[str], feeds: dict[str, NDArray[Any]], tries: int
    ) -> list[NDArray[Any]]:
        """Raises NetworkLostError after so many tries, UnavailableError, and RuntimeError for a call that the runtime refused."""
        with self._lock:
            for left in reversed(range(tries)):
                try:
                    return self._ready().run(session, outputs, feeds)
                except LostError as lost:
                    self._bury(lost)
                    if not left:
                        raise NetworkLostError(
                            f"the process of {self._title} was lost while it drew this ({lost})"
                        ) from lost
        raise AssertionError("no try")

    def _begun(self) -> Life:
        """The process, begun at least."""
        if self._closed:
            raise UnavailableError("the server is ending")
        if self._life is not None and self._life.over:
            self._bury(LostError("it ended while nobody asked"))
        if self._life is None:
            try:
                self._life = Life(self._terms, self._readable)
            except LostError as lost:
                raise self._unstarted(lost) from lost
        return self._life

    def _ready(self) -> Life:
        """A process that has opened all files. Raises LostError when it is lost over them, and what `_begun` raises."""
        life = self._begun()
        if life.walls is None:
            try:
                life.greet()
            except LostError as lost:
                self._bury(lost)
                raise self._unstarted(lost) from lost
            self._tell(life)
        for file in self._files[life.opened :]:
            if (refused := file.open_in(life)) is not None:
                raise FailedPreconditionError(refused)
        return life

    def _unstarted(self, lost: LostError) -> UnavailableError:
        log.error("the process of %s cannot start: %s", self._title, lost)
        return UnavailableError(f'the process of {self._title} cannot start; see the log, or set worker = "inside"')

    def _tell(self, life: Life) -> None:
        walls = life.walls or {}
        missing = [name for name in ("limits", "landlock", "seccomp") if not walls.get(name)]
        level = logging.WARNING if missing and self._terms.sandbox else logging.INFO
        told = f"without {', '.join(missing)}" if missing else f"limits, Landlock {walls['landlock']}, seccomp"
        log.log(level, "%s runs in process %s: %s", self._title, life.pid, told)

    def _bury(self, lost: LostError) -> None:
        """Put away a process that is over, or that cannot be relied on any more."""
        life, self._life = self._life, None
        if life is None:
            return
        life.kill()
        life.end()
        if not self._closed:
            self.restarts += 1
            log.warning("the process of %s is started again: %s", self._title, lost)

    def close(self) -> None:
        """End the process at once. A call in it raises; there will be no other. From any thread."""
        self._closed = True
        if (life := self._life) is not None:
            life.kill()
        with self._lock:
            if self._life is not None:
                self._life.end()
                self._life = None
