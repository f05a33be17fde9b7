"""What `limner build` and `limner watch` say: lines for people, objects for programs."""

from __future__ import annotations

from collections.abc import Iterable

import typer

from limner.client.errors import LimnerError
from limner.client.options import Settings
from limner.client.project.building import Built
from limner.client.project.faults import ManifestError
from limner.client.screen import Screen


def complain(line: str) -> None:
    """A line on stderr, as it is: editors find `file:line:column` at its start."""
    typer.echo(line, err=True)


def tell_built(screen: Screen, built: Built) -> None:
    """A line for an asset that was built."""
    painted = None if built.repainted is None else built.repainted.name
    lines = [f"{change.path}  {'written' if change.digest else 'removed'}" for change in built.changes] or [
        f"{built.key}  as it was"
    ]
    if painted:
        lines.insert(
            0, f"{painted} was painted over: it is the source of {built.key} now; delete it to have it drawn again"
        )
    facts = {
        "asset": built.key,
        "state": "built",
        "reason": built.reason,
        "written": [change.path for change in built.changes if change.digest],
        "removed": [change.path for change in built.changes if not change.digest],
        "repainted": painted,
    }
    screen.result(facts, "\n".join(lines))


def tell_failed(settings: Settings, key: str, error: LimnerError) -> None:
    """A line for an asset that was not built, on stderr; an object with --json."""
    if settings.json:
        Screen(settings, "").result({"asset": key, "state": "failed", "error": str(error)}, "")
    complain(f"{key}: {error}")


def tell_broken(settings: Settings, broken: Iterable[ManifestError]) -> None:
    """The faults of manifests that cannot be read."""
    for error in broken:
        complain(str(error))
        if settings.json:
            for fault in error.faults:
                where = {"path": str(fault.path), "line": fault.place.line, "column": fault.place.column}
                Screen(settings, "").result({**where, "state": "broken", "error": fault.message, "fix": fault.fix}, "")
