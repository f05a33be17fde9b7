"""What a program did to its files, as `disk.c` recorded it, and what is left of that when the power goes.

The disk modelled here is as bad as POSIX allows: bytes are kept from the last sync of their file on, names from the last sync
of their folder; of what came later, nothing is left, or any part in any order.
"""

import os
import random
import shutil
import struct
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import IntEnum
from pathlib import Path

import pytest

HEAD = struct.Struct("<IIIIQQ")
SOURCE = Path(__file__).with_name("disk.c")


class Op(IntEnum):
    MADE, WROTE, CUT, SYNCED, RENAMED, LINKED, UNLINKED, FOLDER, MARK = range(1, 10)


@dataclass(frozen=True, slots=True)
class Record:
    """One thing that was done. `inode` is the file's, `at` an offset or a size."""

    op: Op
    first: str
    second: str
    inode: int
    at: int
    content: bytes


def built(folder: Path) -> Path:
    """The shim, compiled; skips where there is no compiler."""
    compiler = shutil.which("gcc")
    if compiler is None:
        pytest.skip("no C compiler here; install it with: apt install gcc libc6-dev")
    shim = folder / "disk.so"
    subprocess.run([compiler, "-shared", "-fPIC", "-O1", "-o", shim, SOURCE, "-ldl", "-lpthread"], check=True)
    return shim


def environment(shim: Path, root: Path, log: Path, full: Path | None = None) -> dict[str, str]:
    """The variables that put the shim before a program."""
    told = {"LD_PRELOAD": str(shim), "SHIM_ROOT": str(root), "SHIM_LOG": str(log)}
    return told if full is None else {**told, "SHIM_FULL": str(full)}


def mark(log: Path, words: str) -> None:
    """Note in the record that something was acknowledged."""
    content = words.encode()
    opened = os.open(log, os.O_WRONLY | os.O_APPEND)
    try:
        os.write(opened, HEAD.pack(Op.MARK, len(content), 0, 0, 0, 0) + content)
    finally:
        os.close(opened)


def records(log: Path) -> Iterator[Record]:
    content, at = log.read_bytes(), 0
    while at < len(content):
        op, first, second, size, inode, place = HEAD.unpack_from(content, at)
        at += HEAD.size
        names = content[at : at + first].decode(), content[at + first : at + first + second].decode()
        at += first + second
        yield Record(Op(op), *names, inode, place, content[at : at + size])
        at += size


@dataclass(slots=True)
class File:
    """The bytes that are safe, and what was done to them since: a write, or a cut (None) to a size."""

    safe: bytearray = field(default_factory=bytearray)
    later: list[tuple[int, bytes | None]] = field(default_factory=list)


Names = dict[str, int | None]  # by path in a folder: the file's inode, or None for a folder


class Machine:
    """A machine that has done some records."""

    def __init__(self) -> None:
        self._files: dict[int, File] = {}
        self._safe: Names = {}
        self._later: dict[str, list[tuple[str, int | None, bool]]] = {}  # by folder: path, inode, there or gone
        self._now: Names = {}

    def do(self, record: Record) -> None:
        match record.op:
            case Op.MADE:
                self._files[record.inode] = File()
                self._name(record.first, record.inode)
            case Op.WROTE if record.inode in self._files:
                self._files[record.inode].later.append((record.at, record.content))
            case Op.CUT if record.inode in self._files:
                self._files[record.inode].later.append((record.at, None))
            case Op.SYNCED if record.first:
                for path, inode, there in self._later.pop(record.first.rstrip("/"), ()):
                    _changed(self._safe, path, inode, there)
            case Op.SYNCED if record.inode in self._files:
                file = self._files[record.inode]
                _done(file.safe, file.later)
                file.later.clear()
            case Op.RENAMED | Op.LINKED:
                inode = self._now.get(record.first, record.inode)
                self._name(record.second, inode)
                if record.op is Op.RENAMED:
                    self._name(record.first, inode, there=False)
            case Op.UNLINKED:
                self._name(record.first, None, there=False)
            case Op.FOLDER:
                self._name(record.first, None)

    def _name(self, path: str, inode: int | None, there: bool = True) -> None:
        _changed(self._now, path, inode, there)
        self._later.setdefault(path.rpartition("/")[0], []).append((path, inode, there))

    def lose_power(self, root: Path, into: Path, chance: random.Random | None = None) -> None:
        """Write what is left into another folder: nothing that was not synced, or what `chance` leaves of it."""
        names = dict(self._safe)
        for changes in self._later.values() if chance else ():
            for path, inode, there in changes[: chance.randint(0, len(changes))] if chance else ():
                _changed(names, path, inode, there)
        into.mkdir()
        for path, inode in sorted(names.items(), key=lambda item: item[0].count("/")):
            place = into / Path(path).relative_to(root)
            if not place.parent.is_dir():
                continue  # its folder is lost
            if inode is None:
                place.mkdir(exist_ok=True)
            elif inode in self._files:
                place.write_bytes(self._left(self._files[inode], chance))

    @staticmethod
    def _left(file: File, chance: random.Random | None) -> bytes:
        content = bytearray(file.safe)
        if chance is not None:
            _done(content, [each for each in file.later if chance.random() < 0.5])
        return bytes(content)


def _changed(names: Names, path: str, inode: int | None, there: bool) -> None:
    if there:
        names[path] = inode
    else:
        names.pop(path, None)


def _done(content: bytearray, changes: list[tuple[int, bytes | None]]) -> None:
    for at, written in changes:
        if len(content) < at:
            content.extend(bytes(at - len(content)))
        if written is None:
            del content[at:]
        else:
            content[at : at + len(written)] = written
