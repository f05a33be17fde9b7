"""What the manifests of a project ask for, as values."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from limner.client.frame_choices import FrameChoices
from limner.client.project.faults import Fault, KeyPath, ManifestError, Place, nearest, places

SUFFIX = ".asset.toml"


@dataclass(frozen=True, slots=True, kw_only=True)
class Drawing:
    """A picture that the server draws. None stays with the server; paths are absolute.

    `base` names another asset of the manifest, whose picture it starts from instead of `reference`.
    """

    prompt: str
    seed: int
    base: str | None = None
    negative: str | None = None
    model: str | None = None
    size: int | None = None
    candidates: int = 1
    steps: int | None = None
    guidance: float | None = None
    style: str | None = None
    kind: str | None = None
    reference: Path | None = None
    mask: Path | None = None
    strength: float | None = None
    tile: str | None = None
    palette: Path | None = None

    @property
    def files(self) -> dict[str, Path]:
        """The files that decide the picture, by their keys."""
        named = {"reference": self.reference, "mask": self.mask, "palette": self.palette}
        return {key: path for key, path in named.items() if path is not None}


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipe:
    """What the server makes of several drawings and exports itself. `choices` are the other keys, as in the manifest."""

    kind: str
    prompt: str
    seed: int
    choices: Mapping[str, Any]
    reference: Path | None = None
    palette: Path | None = None

    @property
    def files(self) -> dict[str, Path]:
        named = {"reference": self.reference, "palette": self.palette}
        return {key: path for key, path in named.items() if path is not None}


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """Art of somebody's own: a picture file, or a folder of them."""

    path: Path
    choices: FrameChoices = field(default_factory=FrameChoices)

    @property
    def files(self) -> dict[str, Path]:
        return {"source": self.path}


@dataclass(frozen=True, slots=True)
class Output:
    """One format, where its files go (absolute), and the choices for it as KEY=VALUE."""

    file_format: str
    folder: Path
    choices: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """One asset that a manifest asks for. `key` names it in the whole project: `art/hero.asset.toml#hero`."""

    key: str
    name: str
    art: Drawing | Recipe | Source
    outputs: tuple[Output, ...]
    origin: Origin


@dataclass(frozen=True, slots=True, eq=False)
class Origin:
    """The text that an asset was read from, for faults that are found later. `table` is the asset's own."""

    path: Path
    text: str
    table: KeyPath

    def error(self, key: str, message: str, fix: str) -> ManifestError:
        """The fault of one key of the asset; of the asset itself where the key is not written there."""
        return ManifestError([Fault(self.path, self.place(key), message, fix)])

    def place(self, key: str) -> Place:
        return nearest(places(self.text), (*self.table, key))


@dataclass(frozen=True, slots=True, kw_only=True)
class Manifest:
    """One manifest, read. `includes` are all files whose defaults it took."""

    path: Path
    assets: tuple[Wanted, ...]
    includes: tuple[Path, ...] = ()
    by_name: Mapping[str, Wanted] = field(default_factory=dict)


def seed_of(name: str) -> int:
    """The seed of an asset that names none: always the same, and another one for another name."""
    return int.from_bytes(hashlib.sha256(name.encode()).digest()[:4])
