"""Which assets are stale, and why."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from limner.client.errors import LimnerError
from limner.client.project.contents import Contents
from limner.client.project.drawn_art import Asked
from limner.client.project.lock_file import Entry, LockFile
from limner.client.project.manifest import Drawing, Manifest, Wanted
from limner.client.project.requests import picture_request, whole_request
from limner.exporters.files import file_name


@dataclass(frozen=True, slots=True, kw_only=True)
class Planned:
    """One asset, looked at. `reason` says why it is stale, None that it is current."""

    asked: Asked
    request: str
    reason: str | None = None

    @property
    def wanted(self) -> Wanted:
        return self.asked.wanted

    @property
    def repainted(self) -> Path | None:
        return self.asked.repainted.get(self.wanted.name)


@dataclass(frozen=True, slots=True)
class Unplanned:
    """One asset that cannot be built as it stands."""

    wanted: Wanted
    error: LimnerError


def planned(
    root: Path, manifest: Manifest, lock: LockFile, contents: Contents, models: Mapping[str, str] | None = None
) -> Iterator[Planned | Unplanned]:
    """Every asset of a manifest. With `models`, digests by name, a drawing by another digest is stale too."""
    repainted = dict(repaintings(root, manifest.assets, lock, contents))
    requests: dict[str, str] = {}
    for wanted in manifest.assets:
        try:
            requests[wanted.name] = picture_request(wanted, requests, repainted, contents)
        except LimnerError as error:
            yield Unplanned(wanted, error)
            continue
        asked = Asked(wanted, manifest.by_name, requests, repainted)
        request = whole_request(wanted, root, asked.request)
        entry = lock.entries.get(wanted.key)
        own = repainted.get(wanted.name)
        reason = stale(root, entry, request, contents, own) or outdated(entry, own, models or {})
        yield Planned(asked=asked, request=request, reason=reason)


def stale(root: Path, entry: Entry | None, request: str, contents: Contents, repainted: Path | None) -> str | None:
    """Why an asset has to be built; None where what is there is what it asks for."""
    if entry is None:
        return "is new"
    for path, digest in entry.outputs.items():
        now = contents.digest(root / path)
        if now is None:
            return f"{path} is missing"
        if now != digest:
            return f"{path} was repainted" if root / path == repainted else f"{path} was changed by hand"
    return "is asked for in another way" if entry.request != request else None


def outdated(entry: Entry | None, repainted: Path | None, models: Mapping[str, str]) -> str | None:
    """Why a drawing is to be drawn anew; only a server's present models tell."""
    if entry is None or entry.drawn is None or repainted is not None:
        return None
    now = models.get(entry.drawn.model, entry.drawn.model_digest)
    return None if now == entry.drawn.model_digest else f"{entry.drawn.model} is another one now"


def repaintings(root: Path, assets: Iterable[Wanted], lock: LockFile, contents: Contents) -> Iterator[tuple[str, Path]]:
    """The drawings that somebody painted over, by the names of the assets."""
    for wanted in assets:
        entry, path = lock.entries.get(wanted.key), painted_path(wanted)
        if entry is None or path is None:
            continue
        relative = path.relative_to(root).as_posix()
        now = contents.digest(path)
        if (
            now is not None
            and relative in entry.outputs
            and (entry.repainted == relative or entry.outputs[relative] != now)
        ):
            yield wanted.name, path


def painted_path(wanted: Wanted) -> Path | None:
    """The PNG of a drawing that a person would paint over; None for an enlarged one, and for art that is not drawn."""
    if not isinstance(wanted.art, Drawing):
        return None
    plain = (
        out
        for out in wanted.outputs
        if out.file_format == "png" and not any(c.startswith("scale=") for c in out.choices)
    )
    output = next(plain, None)
    return None if output is None else output.folder / f"{file_name(wanted.name)}.png"


def gone(lock: LockFile, manifests: Iterable[Manifest], broken: Iterable[str], part: str) -> list[str]:
    """The keys of entries below `part` (a manifest or a folder, relative; empty for all) that no manifest asks for any more.

    What a broken manifest asked for is not gone.
    """
    living = {wanted.key for manifest in manifests for wanted in manifest.assets}
    unknown = tuple(f"{path}#" for path in broken)
    return [key for key in lock.entries if key not in living and within(key, part) and not key.startswith(unknown)]


def within(key: str, part: str) -> bool:
    """The asset belongs to a manifest, or to one in a folder."""
    return not part or key.startswith((f"{part}#", f"{part}/"))
