"""Both databases for the tests: SQLite in a folder, and a Postgres of the tests' own on a free loopback port."""

import os
import pwd
import shutil
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

ADVICE = "no Postgres here; install it with: apt install postgresql"


def programs() -> Path | None:
    """The folder of Debian's newest Postgres, or where `initdb` is found."""
    versions = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: int(path.parts[-3]))
    found = str(versions[-1]) if versions else shutil.which("initdb")
    return Path(found).parent if found else None


@contextmanager
def postgres(folder: Path) -> Iterator[str]:
    """A fresh server; the URL of its database `postgres`. Skips the test where there are no programs."""
    found = programs()
    if found is None:
        pytest.skip(ADVICE)
    as_user: list[str] = []
    if os.geteuid() == 0:  # Postgres refuses to run as root
        as_user = ["runuser", "-u", "postgres", "--"]
        os.chown(folder, pwd.getpwnam("postgres").pw_uid, -1)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    files, log = folder / "pg", folder / "pg.log"
    initdb = ["initdb", "-D", files, "-U", "limner", "-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync"]
    options = f"-p {port} -c listen_addresses=127.0.0.1 -c unix_socket_directories='' -c fsync=off"

    def run(name: str, *arguments: object) -> None:
        command = [*as_user, str(found / name), *map(str, arguments)]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL, cwd=folder, timeout=60)

    run(str(initdb[0]), *initdb[1:])
    run("pg_ctl", "-D", files, "-l", log, "-w", "-o", options, "start")
    try:
        yield f"postgresql+asyncpg://limner@127.0.0.1:{port}/postgres"
    finally:
        run("pg_ctl", "-D", files, "-m", "immediate", "-w", "stop")
