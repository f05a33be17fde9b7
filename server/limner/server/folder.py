"""Who has a data folder: a lock that ends with its process, and beside it the address where that process answers."""

import contextlib
import fcntl
import time
from collections.abc import Iterator
from pathlib import Path

from limner.server.database import sync_folder
from limner.server.errors import FolderInUseError

ATTEMPTS, PAUSE_S = 5, 0.01  # somebody may be trying the lock at the same moment
ANY_HOST = {"0.0.0.0": "127.0.0.1", "[::]": "[::1]"}  # where a server listens, and where a client finds it


@contextlib.contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Keep a second server out of the folder: two would draw everything twice. Raises FolderInUseError."""
    if not folder.exists():
        folder.mkdir(parents=True, exist_ok=True)
        sync_folder(folder.resolve().parent)
    with (folder / "lock").open("w") as file:
        for attempt in range(1, ATTEMPTS + 1):
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError as error:
                if attempt == ATTEMPTS:
                    raise FolderInUseError(
                        f"data_dir: another server uses {folder}; stop it or choose another folder"
                    ) from error
                time.sleep(PAUSE_S)
        (folder / "address").unlink(missing_ok=True)  # a killed server's
        try:
            yield
        finally:
            (folder / "address").unlink(missing_ok=True)


def free(folder: Path) -> bool:
    """No server has the folder at this moment."""
    with (folder / "lock").open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True


def publish(folder: Path, address: str) -> None:
    """Tell other commands of this machine where the server of a locked folder answers."""
    host, _, port = address.rpartition(":")
    fresh = folder / "address.new"
    fresh.write_text(f"{ANY_HOST.get(host, host)}:{port}\n", encoding="utf-8")
    fresh.replace(folder / "address")


def published(folder: Path) -> str | None:
    """Where the folder's server answers; None while it starts, and where there is none."""
    try:
        return (folder / "address").read_text(encoding="utf-8").strip() or None
    except FileNotFoundError:
        return None
