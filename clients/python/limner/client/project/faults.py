"""What is wrong in a manifest, where, and how it is put right."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from limner.client.errors import LimnerError


class Place(NamedTuple):
    """A place in a text; both from 1."""

    line: int
    column: int


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that is wrong. `fix` says what to write instead."""

    path: Path  # as people find it from where they are
    place: Place
    message: str
    fix: str

    def __str__(self) -> str:
        return f"{shown(self.path)}:{self.place.line}:{self.place.column}: {self.message}; {self.fix}"


def shown(path: Path) -> str:
    """A path as short as it can be from here."""
    here = Path.cwd()
    return str(path.relative_to(here) if path.is_relative_to(here) else path)


class ManifestError(LimnerError):
    """A manifest is broken. `faults` has at least one entry; the message lists all of them, a line each."""

    def __init__(self, faults: Sequence[Fault]) -> None:
        super().__init__("\n".join(map(str, faults)))
        self.faults = tuple(faults)


KEY = r"""(?:[A-Za-z0-9_-]+|"(?:\\.|[^"\\\n])*"|'[^'\n]*')"""
DOTTED = re.compile(rf"{KEY}(?:[ \t]*\.[ \t]*{KEY})*")
BLANK = re.compile(r"(?:[ \t\r\n]+|#[^\n]*)*")
HEADER = re.compile(rf"(\[\[?)[ \t]*({DOTTED.pattern})[ \t]*\]\]?")
TOKEN = re.compile(
    r'"""(?:\\.|[^\\])*?"""|\'\'\'.*?\'\'\'|"(?:\\.|[^"\\\n])*"|\'[^\'\n]*\'|#[^\n]*|[\[\]{}]|\n|[^"\'#\[\]{}\n]+',
    re.DOTALL,
)
KeyPath = tuple[str | int, ...]


def places(text: str) -> dict[KeyPath, Place]:
    """Where each table and key of a valid TOML text stands: `("asset", 1, "prompt")` is a key of the second `[[asset]]`.

    What is written inside a value (an inline table, an array) has the place of its key.
    """
    found: dict[KeyPath, Place] = {(): Place(1, 1)}
    counts: dict[KeyPath, int] = {}
    prefix: KeyPath = ()
    at = BLANK.match(text).end()  # type: ignore[union-attr]  # it matches nothing too
    while at < len(text):
        if header := HEADER.match(text, at):
            prefix = _table(header, counts)
            found.setdefault(prefix, place_at(text, at))
            at = header.end()
        elif key := DOTTED.match(text, at):
            path = prefix
            for part in _parts(key[0]):
                path = (*path, part)
                found.setdefault(path, place_at(text, at))
            at = _after_value(text, key.end())
        else:
            at += 1
        at = BLANK.match(text, at).end()  # type: ignore[union-attr]
    return found


def nearest(found: dict[KeyPath, Place], path: KeyPath) -> Place:
    """Where a key stands, or the innermost table around it that is written."""
    while path not in found:
        path = path[:-1]
    return found[path]


def place_at(text: str, index: int) -> Place:
    """The place of a character."""
    return Place(text.count("\n", 0, index) + 1, index - text.rfind("\n", 0, index))


def _table(header: re.Match[str], counts: dict[KeyPath, int]) -> KeyPath:
    """The path of a header; inside an array of tables, of its newest table."""
    path: KeyPath = ()
    parts = _parts(header[2])
    for number, part in enumerate(parts):
        path = (*path, part)
        if header[1] == "[[" and number == len(parts) - 1:
            counts[path] = counts.get(path, -1) + 1
        if path in counts:
            path = (*path, counts[path])
    return path


def _parts(dotted: str) -> list[str]:
    return [part.strip("\"'") for part in re.findall(KEY, dotted)]


def _after_value(text: str, at: int) -> int:
    """The end of the value whose `=` follows."""
    depth = 0
    while at < len(text) and (token := TOKEN.match(text, at)):
        if token[0] in ("[", "{"):
            depth += 1
        elif token[0] in ("]", "}"):
            depth -= 1
        elif token[0] == "\n" and depth == 0:
            return at
        at = token.end()
    return len(text)
