"""The index of the training art that ships with the weights, its limits from real pictures, and how well it finds copies.

Two independent drawings are never copies, and drawings in different styles (pixel art, flat, painted, …) are independent. So
each held-out picture is compared with the training pictures of every other style: the 1st percentile of those nearest
distances is the limit under which a picture counts as alike. Copies are training pictures with small edits.
"""

import hashlib
import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from limner.generators.imagen import premultiplied
from limner.generators.originality import CARD, FILE, Known, Limits, Nearness, orientations, quantised
from limner.generators.scoring import JointEmbedding
from limner.generators.signatures import packed, planes
from limner.training.dataset import digest
from limner.training.evaluation import Array, embedded, nearest
from limner.training.pictures import hue_turned

Pictures = NDArray[np.uint8]  # (n, 32, 32, 4)
DIMENSIONS = 32  # of the embedding that are kept
SAME, MEANING = 0.015, 0.15  # looks so near are the same whatever they mean; others must mean the same too
COPIES = 300  # training pictures that are edited
AT_ONCE = 2000


class Art(NamedTuple):
    """Pictures with their embeddings and those of their mirror images."""

    pictures: Pictures
    embeddings: Array
    mirrored: Array


def write(data: Path, joint: JointEmbedding, folder: Path) -> dict[str, object]:
    """Write the index of the packed pictures in `data` and its card into `folder`; returns the card."""
    pictures = np.load(data / "pictures.npy", mmap_mode="r")
    with np.load(data / "rows.npz") as rows:
        held, styles = rows["held_out"], rows["style"]
    training = np.flatnonzero(~held)
    embeddings = np.concatenate(
        [
            embedded(joint, premultiplied(pictures[training[at : at + AT_ONCE]]))
            for at in range(0, len(training), AT_ONCE)
        ]
    )
    arrays = compressed(pictures, training, embeddings)
    np.savez_compressed(folder / FILE, **arrays)
    real = art(joint, pictures[np.flatnonzero(held)])
    apart = independent(arrays, real, styles[training], styles[held])
    solid = [each.look for each in apart if not each.plain]
    limits = Limits(same=SAME, alike=round(float(np.percentile(solid, 1)), 4), meaning=MEANING)
    known = Known(**arrays)
    card = {
        "title": "Index of the training art: how near outputs are to it",
        "sha256": hashlib.sha256((folder / FILE).read_bytes()).hexdigest(),
        "pictures": len(known),
        "data_digest": digest(data),
        "limits": {"same": limits.same, "alike": limits.alike, "meaning": limits.meaning},
        "measured": {
            "held_out": len(held[held]),
            "held_out_plain": share(apart, lambda near: near.plain),
            "false_alarms_between_styles": share(apart, limits.crossed),
            "held_out_flagged": share(judged(known, real), limits.crossed),
            "nearest_meaning_among_candidates": recall(known, real.embeddings, embeddings),
            "copies_found": copies_found(known, limits, joint, pictures[training]),
        },
    }
    (folder / CARD).write_text(json.dumps(card, indent=1) + "\n", encoding="utf-8")
    return card


def compressed(pictures: Pictures, rows: NDArray[np.int64], embeddings: Array) -> dict[str, Any]:
    """The index's arrays: embeddings on their first principal axes in 8 bits, and looks in 48 bytes."""
    _, _, axes = np.linalg.svd(embeddings, full_matrices=False)
    basis = axes[:DIMENSIONS].astype(np.float32)
    meanings, scale = quantised(embeddings @ basis.T)
    looks = [packed(planes(pictures[rows[at : at + AT_ONCE]])) for at in range(0, len(rows), AT_ONCE)]
    return {"meanings": meanings, "scale": scale, "basis": basis, "looks": np.concatenate(looks)}


def art(joint: JointEmbedding, pictures: Pictures) -> Art:
    """Pictures, embedded both ways round."""
    mirrored = np.ascontiguousarray(pictures[:, :, ::-1])
    return Art(pictures, embedded(joint, premultiplied(pictures)), embedded(joint, premultiplied(mirrored)))


def judged(known: Known, some: Art) -> list[Nearness]:
    """How near each picture is to the known ones."""
    return [
        known.nearest_of(orientations(picture), np.stack([one, other]))
        for picture, one, other in zip(*some, strict=True)
    ]


def independent(
    arrays: Mapping[str, Any], real: Art, training: NDArray[np.int64], held: NDArray[np.int64]
) -> list[Nearness]:
    """How near each held-out picture is to the training pictures of other styles."""
    found = []
    for style in np.unique(held):
        others, own = training != style, held == style
        rows = {"meanings": arrays["meanings"][others], "looks": arrays["looks"][others]}
        known = Known(**{**arrays, **rows})
        found += judged(known, Art(*(each[own] for each in real)))
    return found


def share(found: list[Nearness], true: Callable[[Nearness], bool]) -> float:
    """Of how many of them something is true."""
    return round(float(np.mean([true(near) for near in found])), 4)


def recall(known: Known, queries: Array, embeddings: Array) -> float:
    """Share of pictures whose nearest training picture, by the whole embedding, is among the candidates by the kept part."""
    hits = []
    for query in queries:
        best = float(nearest(query[None], embeddings)[0])
        rows = known.by_meaning(query)
        hits.append(float(nearest(query[None], embeddings[rows])[0]) <= best + 1e-6)
    return round(float(np.mean(hits)), 4)


def copies_found(known: Known, limits: Limits, joint: JointEmbedding, training: Pictures) -> dict[str, float]:
    """Share of edited training pictures that are found, by edit; plain ones aside."""
    chosen = np.sort(np.random.default_rng(4).choice(len(training), COPIES, replace=False))
    originals = np.asarray(training[chosen])
    rates = {}
    for name, edit in EDITS.items():
        found = judged(known, art(joint, np.stack([edit(picture) for picture in originals])))
        rates[name] = share([near for near in found if not near.plain], limits.crossed)
    return rates


def shifted(picture: Pictures, right: int, down: int) -> Pictures:
    """Moved; a full square goes around its edges, a figure leaves nothing behind."""
    moved = np.roll(picture, (down, right), axis=(0, 1))
    if (picture[..., 3] < 250).any():
        moved[:down], moved[:, :right] = 0, 0
    return moved


def noisy(picture: Pictures, spread: float = 0.05) -> Pictures:
    """With Gaussian noise of this share of the range in every colour."""
    noise = np.random.default_rng(int(picture.sum())).normal(0, spread * 255, (*picture.shape[:2], 3))
    colours = np.clip(np.round(picture[..., :3] + noise), 0, 255).astype(np.uint8)
    return np.concatenate([colours, picture[..., 3:]], axis=-1)


def darker(picture: Pictures) -> Pictures:
    return np.concatenate([(picture[..., :3] * 0.8).astype(np.uint8), picture[..., 3:]], axis=-1)


EDITS: dict[str, Callable[[Pictures], Pictures]] = {
    "none": lambda picture: picture,
    "mirrored": lambda picture: np.ascontiguousarray(picture[:, ::-1]),
    "shifted by 1 pixel": lambda picture: shifted(picture, 1, 0),
    "shifted by 2 and 1": lambda picture: shifted(picture, 2, 1),
    "hue by 30 degrees": lambda picture: hue_turned(picture, 30),
    "hue by 120 degrees": lambda picture: hue_turned(picture, 120),
    "a fifth darker": darker,
    "5 % noise": noisy,
    "mirrored, shifted, hue by 30, 5 % noise": lambda picture: noisy(hue_turned(shifted(picture[:, ::-1], 1, 1), 30)),
}
