"""How near a picture is to the nearest of many known ones: the training art, or what outputs must stay away from.

Candidates come from two searches over all known pictures, by the joint embedding (what it is of) and by a hash of the look;
those are then compared cell by cell, in both orientations and a pixel off each way.
"""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple, Self

import numpy as np
from numpy.typing import NDArray

from limner.generators.cards import ModelError
from limner.generators.imagen import premultiplied
from limner.generators.scoring import JointEmbedding
from limner.generators.sessions import read_verified
from limner.generators.signatures import (
    BYTES,
    SIDE,
    STEPS,
    Pictures,
    Planes,
    compared,
    hashed,
    packed,
    plain,
    planes,
    unpacked,
)

Array = NDArray[np.float32]
FILE, CARD = "originality.npz", "originality.json"
BY_MEANING, BY_LOOK = 48, 96  # candidates of each search and orientation
WAYS = (2 * STEPS + 1) ** 2  # how often a query is moved
SAMPLED = 16  # one row in so many


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What counts as the same picture: a look within `same`, or one within `alike` that also means the same within `meaning`."""

    same: float
    alike: float
    meaning: float

    def crossed(self, near: "Nearness") -> bool:
        """Never by a plain picture: one colour inside a simple outline is near everything."""
        if near.plain:
            return False
        return near.look < self.same or (near.look < self.alike and near.meaning < self.meaning)


class Nearness(NamedTuple):
    """The nearest known picture."""

    look: float  # 0 the same, 1 nothing in common, up to 2
    meaning: float  # 1 − cosine in the joint embedding
    row: int  # its number; −1 where nothing is known
    plain: bool  # the picture itself is of one colour

    @classmethod
    def none(cls) -> Self:
        return cls(1.0, 1.0, -1, False)


class Known:
    """Known pictures as an index in memory: about 180 bytes each."""

    def __init__(self, meanings: NDArray[np.int8], scale: Array, basis: Array, looks: NDArray[np.uint8]) -> None:
        """meanings (n, k) times scale (k,) are embeddings on the k rows of basis (k, d); looks (n, 48) as `packed` gives."""
        self._basis = basis
        self._meanings = _unit(meanings.astype(np.float32) * scale)
        self._looks = looks
        self._hashes = np.ascontiguousarray(hashed(unpacked(looks)).T)

    def __len__(self) -> int:
        return len(self._looks)

    def nearest(self, rgba: NDArray[np.uint8], joint: JointEmbedding) -> Nearness:
        """Of one picture, (S, S, 4) straight alpha; larger ones are averaged down."""
        both = orientations(reduced(rgba))
        return self.nearest_of(both, joint.pair(*premultiplied(both)))

    def nearest_of(self, both: Pictures, embeddings: Array) -> Nearness:
        """Of a picture and its mirror image (2, 32, 32, 4), with their embeddings (2, d)."""
        moved = planes(both, STEPS)
        still = Planes(*(each[WAYS // 2 :: WAYS] for each in moved))
        faint = bool(plain(still)[0])
        if not len(self):
            return Nearness.none()._replace(plain=faint)
        meanings = self._agreement(embeddings)
        candidates = self._candidates(meanings, hashed(still))
        looks = 1 - (compared(moved) @ compared(unpacked(self._looks[candidates])).T).max(axis=0)
        best = int(looks.argmin())
        row = int(candidates[best])
        return Nearness(max(0.0, float(looks[best])), float(1 - meanings[:, row].max()), row, faint)

    def by_meaning(self, embedding: Array) -> NDArray[np.int64]:
        """The rows of the candidates by meaning, best first."""
        return _most(self._agreement(embedding[None])[0], BY_MEANING)

    def _agreement(self, embeddings: Array) -> Array:
        """Cosines (m, n) of embeddings (m, d) with what is known."""
        found: Array = _unit(embeddings @ self._basis.T) @ self._meanings.T
        return found

    def _candidates(self, meanings: Array, hashes: NDArray[np.uint64]) -> NDArray[np.int64]:
        """Row numbers, some of them twice: those with the nearest meaning and those with the nearest hash."""
        found = []
        for side in range(2):
            first, second = (
                np.bitwise_count(words ^ word) for words, word in zip(self._hashes, hashes[side], strict=True)
            )
            found += [_most(meanings[side], BY_MEANING), _least(first + second, BY_LOOK)]
        return np.concatenate(found)


def known_of(pictures: Pictures, embeddings: Array) -> Known:
    """A small index of pictures (n, 32, 32, 4) with their embeddings (n, d), at full precision of the meanings' 8 bits."""
    basis = np.eye(embeddings.shape[1], dtype=np.float32)
    meanings, scale = quantised(embeddings)
    return Known(meanings, scale, basis, packed(planes(pictures)))


def quantised(rows: Array) -> tuple[NDArray[np.int8], Array]:
    """Rows in 8 bits and the scale of each column."""
    scale = np.maximum(np.abs(rows).max(axis=0, initial=0), 1e-6).astype(np.float32) / np.float32(127)
    return np.round(rows / scale).astype(np.int8), scale


class Origins(NamedTuple):
    """The training art, and what counts as too near to it."""

    known: Known
    limits: Limits


def load_training(folder: Path) -> Origins:
    """The index of the training art and its limits, from the folder of the joint embedding. Raises ModelError."""
    try:
        card = json.loads((folder / CARD).read_text(encoding="utf-8"))
        limits = Limits(**card["limits"])
        read_verified(folder / FILE, card["sha256"])
        with np.load(folder / FILE, allow_pickle=False) as arrays:
            known = Known(arrays["meanings"], arrays["scale"], arrays["basis"], arrays["looks"].reshape(-1, BYTES))
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ModelError(f"{folder / CARD}: no index of the training art ({error}); restore the folder") from error
    return Origins(known, limits)


def reduced(rgba: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """(S, S, 4) → (32, 32, 4): squares averaged, colours by their alpha. S is a whole multiple of 32."""
    factor = rgba.shape[0] // SIDE
    if rgba.shape != (factor * SIDE, factor * SIDE, 4) or not factor:
        raise ValueError(f"picture of shape {rgba.shape}; it takes (n, n, 4), n a multiple of {SIDE}")
    if factor == 1:
        return rgba
    cut = rgba.reshape(SIDE, factor, SIDE, factor, 4).astype(np.float32)
    alpha = cut[..., 3:].mean(axis=(1, 3))
    colour = (cut[..., :3] * cut[..., 3:]).mean(axis=(1, 3)) / np.maximum(alpha, 1e-6)
    small: NDArray[np.uint8] = np.round(np.concatenate([colour, alpha], axis=2)).astype(np.uint8)
    return small


def orientations(rgba: NDArray[np.uint8]) -> Pictures:
    """The picture and its mirror image."""
    return np.stack([rgba, rgba[:, ::-1]])


def _unit(rows: Array) -> Array:
    found: Array = rows / np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-6)
    return found


def _most(values: Array, count: int) -> NDArray[np.int64]:
    """The rows of the largest values. A sample says first what is out of the question: sorting all would take longer."""
    if len(values) <= SAMPLED * count:
        return np.argsort(-values, kind="stable")[:count]
    sample = values[::SAMPLED]
    rank = max(2, 2 * count // SAMPLED)
    rows = np.flatnonzero(values >= np.partition(sample, -rank)[-rank])
    if len(rows) < count:  # a sample without luck
        rows = np.arange(len(values))
    return rows[np.argsort(-values[rows], kind="stable")[:count]]


def _least(values: NDArray[np.uint8], count: int) -> NDArray[np.int64]:
    """The rows of the smallest values, in their order where equal."""
    enough = np.bincount(values, minlength=2).cumsum() >= min(count, len(values))
    rows = np.flatnonzero(values <= enough.argmax())
    return rows[np.argsort(values[rows], kind="stable")[:count]]
