"""`limner.lock`: what was asked for and what came out, so that nothing is drawn twice and the same bytes come everywhere.

JSON, an entry for each asset, sorted: two people's changes merge line by line.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from limner.client.errors import LimnerError

NAME = "limner.lock"
VERSION = 1


class LockError(LimnerError):
    """The lock file cannot be used; the message says why and what to do."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Drawn:
    """A picture that a server drew. `request` and `digest` are sha256: of what was asked, and of the bytes."""

    request: str
    digest: str
    model: str
    model_digest: str
    seed: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One asset as it was built last. Paths are relative to the project, with `/`."""

    request: str  # sha256 of everything that decides the outputs
    outputs: Mapping[str, str]  # sha256 by path
    drawn: Drawn | None = None  # None for art of somebody's own
    repainted: str | None = None  # the output that somebody painted over: it is the source since


@dataclass(slots=True)
class LockFile:
    """The entries by the assets' keys."""

    entries: dict[str, Entry] = field(default_factory=dict)

    @classmethod
    def read(cls, root: Path) -> LockFile:
        """The project's lock; an empty one where there is none. Raises LockError."""
        path = root / NAME
        try:
            values = json.loads(path.read_text(encoding="utf-8"))
            if values["version"] != VERSION:
                raise LockError(f"{path}: is of version {values['version']}; use a newer limner")
            return cls({key: _entry(value) for key, value in values["assets"].items()})
        except FileNotFoundError:
            return cls()
        except json.JSONDecodeError as error:
            where = f"{path}:{error.lineno}:{error.colno}"
            raise LockError(f"{where}: {error.msg}; settle the merge, or delete it and build again") from error
        except (OSError, UnicodeDecodeError) as error:
            raise LockError(f"{path}: cannot be read ({error})") from error
        except (KeyError, TypeError, AttributeError) as error:
            raise LockError(f"{path}: is no lock of limner's ({error!r}); delete it and build again") from error

    def content(self) -> bytes:
        """The bytes of the file; equal entries give equal bytes."""
        assets = {key: _values(self.entries[key]) for key in sorted(self.entries)}
        values = {"version": VERSION, "assets": assets}
        return (json.dumps(values, indent=1, ensure_ascii=False) + "\n").encode()


def _entry(value: dict[str, Any]) -> Entry:
    drawn = value.pop("drawn", None)
    return Entry(**value, drawn=Drawn(**drawn) if drawn else None)


def _values(entry: Entry) -> dict[str, Any]:
    values = {key: value for key, value in asdict(entry).items() if value is not None}
    return values | {"outputs": dict(sorted(entry.outputs.items()))}
