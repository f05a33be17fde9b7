"""The catalogue of what scenes are made of, with the meanings of its words.

The words lie in `catalogue.toml`, their meanings (by the frozen text encoder) beside it. `python -m limner.recipes.scenes.catalogue`
writes the meanings anew.
"""

import hashlib
import io
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

Group = Literal["landform", "ground", "woods", "landmark", "prop", "weather", "time"]
Place = Literal["land", "coast", "water"]
HERE = files("limner.recipes.scenes")
MEANINGS = "meanings.npz"


@dataclass(frozen=True, slots=True, kw_only=True)
class Element:
    """One thing that a prompt can name."""

    id: str
    group: Group
    words: tuple[str, ...]
    art: str = ""  # what the network is asked for; empty where nothing of its own is drawn
    size: tuple[int, int] = (1, 1)  # of the sprite, in tiles
    blocks: tuple[int, int] = (1, 1)  # of the ground that nobody walks on, in tiles
    place: Place = "land"
    flat: bool = False  # people walk over it
    needs: tuple[str, ...] = ()  # elements that cannot be missing where this one is
    pieces: Mapping[str, int] = field(default_factory=dict)  # a cluster of other elements


@dataclass(frozen=True, slots=True, kw_only=True)
class Ground:
    """How a kind of ground is drawn."""

    water: str
    cover: str
    shore: str
    floor: str  # under the trees
    road: str
    sky: tuple[int, int, int]
    trees: tuple[str, ...]
    scatter: tuple[str, ...]  # ids of props


@dataclass(frozen=True, slots=True, kw_only=True)
class Catalogue:
    """Everything in the file."""

    elements: Mapping[str, Element]
    grounds: Mapping[str, Ground]
    woods: Mapping[str, tuple[str, ...]]  # trees, where they are not the ground's
    counts: Mapping[str, int]
    measures: tuple[str, ...]  # Chinese words between a number and what is counted
    none: tuple[str, ...]
    alternatives: tuple[str, ...]  # words that carry a "no" on to the next thing
    empty: frozenset[str]  # words that mean nothing by themselves

    @property
    def words(self) -> list[str]:
        """Every word of every element, in the order of the file."""
        return [word for element in self.elements.values() for word in element.words]


@cache
def catalogue() -> Catalogue:
    """The catalogue of the package."""
    table: dict[str, Any] = tomllib.loads((HERE / "catalogue.toml").read_text(encoding="utf-8"))
    elements = [Element(**{key: _frozen(value) for key, value in entry.items()}) for entry in table["element"]]
    return Catalogue(
        elements={element.id: element for element in elements},
        grounds={
            name: Ground(**{key: _frozen(value) for key, value in entry.items()})
            for name, entry in table["ground"].items()
        },
        woods={name: tuple(entry["trees"]) for name, entry in table["woods"].items()},
        counts=table["counts"],
        measures=tuple(table["words"]["measures"]),
        none=tuple(table["words"]["none"]),
        alternatives=tuple(table["words"]["or"]),
        empty=frozenset(table["words"]["empty"]),
    )


@cache
def digest() -> str:
    """sha256 of the file, in hex: other words or other art make other scenes."""
    return hashlib.sha256((HERE / "catalogue.toml").read_bytes()).hexdigest()


@cache
def meanings() -> NDArray[np.float32]:
    """The meanings of `Catalogue.words`, (n, 512), length 1. Raises ValueError where the file is not of these words."""
    with np.load(io.BytesIO((HERE / MEANINGS).read_bytes()), allow_pickle=False) as archive:
        if list(archive["words"]) != catalogue().words:
            raise ValueError(f"{MEANINGS} is of other words; run python -m limner.recipes.scenes.catalogue")
        return np.asarray(archive["meanings"], np.float32)


def _frozen(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value


def main() -> None:
    """Write the meanings beside the words."""
    from pathlib import Path

    from limner.generators.text_encoder import TextEncoder

    encoder = TextEncoder(Path(str(files("limner.generators"))) / "weights" / "text")
    words = catalogue().words
    pooled = np.concatenate([encoder(words[at : at + 32]).pooled for at in range(0, len(words), 32)])
    np.savez_compressed(str(HERE / MEANINGS), words=np.array(words), meanings=pooled.astype(np.float16))


if __name__ == "__main__":
    main()
