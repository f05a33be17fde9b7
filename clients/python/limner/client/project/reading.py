"""From the text of a manifest to its values. Everything that is wrong is told at once, each with its place."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from limner.client.project.checks import problem
from limner.client.project.faults import Fault, KeyPath, ManifestError, Place, nearest, place_at, places
from limner.client.project.inside import OutsideError, inside
from limner.client.project.keys import DEFAULTS, INCLUDE, WHOLE_ASSET, Key
from limner.client.project.manifest import Manifest, Wanted
from limner.client.project.wanting import wanted_assets

TABLES = {"include": "a list of manifests", "defaults": "a table", "asset": "tables, each under [[asset]]"}
TOML_PLACE = re.compile(r" \(at (?:line (\d+), column (\d+)|end of document)\)$")
MOST_BYTES = 4 * 1024 * 1024


@dataclass(slots=True)
class Sheet:
    """One manifest's text while it is read; collects what is wrong."""

    root: Path
    path: Path
    text: str
    values: dict[str, Any] = field(default_factory=dict)
    faults: list[Fault] = field(default_factory=list)
    _places: dict[KeyPath, Place] = field(default_factory=dict)

    def fault(self, at: KeyPath, message: str, fix: str) -> None:
        if not self._places:
            self._places = places(self.text)
        self.faults.append(Fault(self.path, nearest(self._places, at), message, fix))


def read_manifest(root: Path, path: Path, text: str | None = None) -> Manifest:
    """The manifest at an absolute path in the project `root`; `text` is what it holds where that is known.

    Raises ManifestError for a file that cannot be read, that is no TOML, or that says what it may not.
    """
    sheet = opened(root, path, text)
    includes: dict[Path, None] = {}
    defaults = dict(taken_in(sheet, (path,), includes))
    assets: tuple[Wanted, ...] = ()
    tables = list(asset_tables(sheet, defaults))
    if not sheet.faults:
        assets = wanted_assets(sheet, tables)
    if sheet.faults:
        raise ManifestError(sheet.faults)
    by_name = {asset.name: asset for asset in assets}
    return Manifest(path=path, assets=assets, includes=tuple(includes), by_name=by_name)


def opened(root: Path, path: Path, text: str | None = None) -> Sheet:
    """A manifest's tables, each of the right kind. Raises ManifestError."""
    if text is None:
        text = text_of(path)
    sheet = Sheet(root, path, text)
    try:
        sheet.values = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ManifestError([toml_fault(path, text, str(error))]) from error
    for name, value in sheet.values.items():
        if name not in TABLES:
            sheet.fault(
                (name,), f"unknown key {name!r}", f"known here: {', '.join(TABLES)}; an asset's keys go below [[asset]]"
            )
        elif not isinstance(value, {"defaults": dict}.get(name, list)):
            sheet.fault((name,), f"{name} is not {TABLES[name]}", 'write include = ["…"], [defaults], [[asset]]')
    if sheet.faults:
        raise ManifestError(sheet.faults)
    return sheet


def text_of(path: Path) -> str:
    """What a manifest holds. Raises ManifestError."""
    try:
        content = path.read_bytes()
    except OSError as error:
        raise ManifestError([Fault(path, Place(1, 1), f"cannot be read ({error.strerror})", "give it back")]) from error
    if len(content) > MOST_BYTES:
        raise ManifestError(
            [Fault(path, Place(1, 1), f"has {len(content)} bytes", f"split it; {MOST_BYTES} is the most")]
        )
    try:
        return content.decode("utf-8-sig").replace("\r\n", "\n")
    except UnicodeDecodeError as error:
        before = content[: error.start].decode("utf-8", errors="replace")
        fault = Fault(path, place_at(before, len(before)), "is not UTF-8", "save it as UTF-8")
        raise ManifestError([fault]) from error


def toml_fault(path: Path, text: str, said: str) -> Fault:
    """The parser's words, with the place taken out of them."""
    match = TOML_PLACE.search(said)
    place = Place(int(match[1]), int(match[2])) if match and match[1] else place_at(text, len(text))
    return Fault(
        path, place, f"no TOML: {said[: match.start()] if match else said}", "correct it, as on https://toml.io"
    )


def taken_in(sheet: Sheet, chain: tuple[Path, ...], includes: dict[Path, None]) -> Iterator[tuple[str, Any]]:
    """The defaults of the included manifests, then the sheet's own; paths in them are absolute."""
    listed = sheet.values.get("include", [])
    if said := problem(INCLUDE, listed):
        sheet.fault(("include",), f"include {said[0]}", said[1])
        listed = []
    for text in listed:
        try:
            path = inside(sheet.root, sheet.path.parent, text)
        except OutsideError as error:
            sheet.fault(("include",), f"include {text!r} {error.message}", error.fix)
            continue
        if path in chain:
            sheet.fault(("include",), f"include {text!r} comes back to this file", "take it out of one of them")
            continue
        includes[path] = None
        if not path.is_file():
            sheet.fault(("include",), f"include {text!r} is not there", "correct the path or make the file")
            continue
        other = opened(sheet.root, path)
        yield from taken_in(other, (*chain, path), includes)
        if other.faults:
            raise ManifestError(other.faults)
    yield from checked(sheet, ("defaults",), sheet.values.get("defaults", {}), DEFAULTS)


def asset_tables(sheet: Sheet, defaults: Mapping[str, Any]) -> Iterator[tuple[int, dict[str, Any]]]:
    """Each asset's number and its own keys over the defaults."""
    for number, table in enumerate(sheet.values.get("asset", [])):
        if not isinstance(table, dict):
            sheet.fault(("asset",), "an asset is no table", "write [[asset]] above its keys")
            continue
        yield number, {**defaults, **dict(checked(sheet, ("asset", number), table, WHOLE_ASSET))}


def checked(sheet: Sheet, at: KeyPath, table: Mapping[str, Any], known: Mapping[str, Key]) -> Iterator[tuple[str, Any]]:
    """The keys of a table that are right; paths become absolute. What is wrong becomes a fault."""
    for name, value in table.items():
        key = known.get(name)
        if key is None:
            sheet.fault((*at, name), f"unknown key {name!r}", f"known here: {', '.join(known)}")
        elif said := problem(key, value):
            sheet.fault((*at, name), f"{name} {said[0]}", said[1])
        elif key.kind != "path":
            yield name, value
        else:
            try:
                yield name, inside(sheet.root, sheet.path.parent, value)
            except OutsideError as error:
                sheet.fault((*at, name), f"{name} {value!r} {error.message}", error.fix)
