"""`limner build`: everything that is stale, once."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from pathlib import Path

from limner.client.access import FAILED, exits, first_fault, leave
from limner.client.options import Settings
from limner.client.project.building import Builder, Built
from limner.client.project.connecting import connecting
from limner.client.project.faults import shown
from limner.client.project.holding import held
from limner.client.project.planning import Planned
from limner.client.project.project import Project
from limner.client.project.scanning import scope_of
from limner.client.project.telling import tell_broken, tell_built, tell_failed
from limner.client.screen import Screen, warn


@dataclass(slots=True)
class Tally:
    """What came of a build."""

    built: int = 0
    failed: int = 0


def build_project(settings: Settings, path: Path, *, update: bool = False) -> None:
    """Build what is stale at a path; exit code 1 where something failed."""
    tally = Tally()
    with exits():
        scope = scope_of(path)
        with held(scope.root, "limner build"):
            project = Project(scope)
            tell_broken(settings, project.broken.values())
            tally.failed += len(project.broken)
            asyncio.run(first_fault(bring_up(settings, project, update, tally)))
            for key in project.gone():
                del project.lock.entries[key]
            project.save()
    total = sum(len(manifest.assets) for manifest in project.manifests.values())
    said = f"{tally.built} built, {tally.failed} failed, of {total} assets in {len(project.manifests)} manifests"
    Screen(settings, "").say(said)
    if tally.failed:
        leave(f"{tally.failed} failed; what they were before stays", FAILED)


def check_project(settings: Settings, path: Path) -> None:
    """Say what a build would do; exit code 1 where that is anything. Needs no server and writes nothing."""
    with exits():
        project = Project(scope_of(path))
        tell_broken(settings, project.broken.values())
        found = [(shown(broken), "is broken") for broken in project.broken]
        for each in project.plan():
            if not isinstance(each, Planned):
                found.append((each.wanted.key, str(each.error)))
            elif each.reason is not None:
                found.append((each.wanted.key, each.reason))
        found += [(key, "is in no manifest any more") for key in project.gone()]
    screen = Screen(settings, "")
    for key, reason in found:
        screen.result({"asset": key, "state": "stale", "reason": reason}, f"{key}  {reason}")
    if found:
        leave(f"{len(found)} out of date; run `limner build` and commit what it writes", FAILED)


async def bring_up(settings: Settings, project: Project, update: bool, tally: Tally) -> None:
    """Build with one progress display."""
    stale = sum(1 for each in project.plan() if not isinstance(each, Planned) or each.reason is not None)
    async with connecting(settings) as connect:
        with Screen(settings, "building", total=stale) as screen:

            def tell(built: Built) -> None:
                tally.built += 1
                screen.advance()
                tell_built(screen, built)

            builder = Builder(project, connect, lambda line: warn(settings, line), project.save, update=update)
            failed = await builder.bring_up(tell)
    tally.failed += len(failed)
    for key, error in failed:
        tell_failed(settings, key, error)
