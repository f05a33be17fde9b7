"""A linear judge of whether a figure is called female or male, fitted to captions of the training art.

The joint embedding cannot tell (at chance: its sentences for both are nearly one point), so the judge sees the pixels. Its
balanced accuracy is measured on blocks of rows that it was not fitted to; blocks share layers of paper dolls, so it flatters.
"""

import json
import re
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from limner.generators.imagen import premultiplied
from limner.generators.scoring import JointEmbedding
from limner.generators.text_encoder import TextEncoder

Floats = NDArray[np.float64]
FEMALE, MALE = re.compile(r"\b(female|woman|girl)\b"), re.compile(r"\b(male|man|boy)\b")
MOST, BLOCK, RIDGE, SPREAD = 6000, 200, 3000.0, 0.05  # pictures; rows that stay together; shrinkage; least deviation
TRIED = 600  # pictures that the joint embedding is tried on
SENTENCES = ("warrior", "adventurer", "hero")


def write(data: Path, weights: Path, out: Path) -> dict[str, float]:
    """Fit the judge into `out` and measure it, and the joint embedding beside it, into the JSON beside it."""
    rows, female = labelled(data)
    x = _features(data, rows)
    blocks = rows // BLOCK % 2
    halves = [_balanced(fit(x[blocks == half], female[blocks == half]), x, female, blocks != half) for half in (0, 1)]
    weight, bias = fit(x, female)
    np.savez_compressed(out, weight=weight.astype(np.float32), bias=np.float32(bias))
    figures = {
        "pictures": float(len(rows)),
        "balanced_accuracy_other_blocks": round(float(np.mean(halves)), 3),
        "balanced_accuracy_joint_embedding": round(_joint(data, weights, rows, female), 3),
    }
    out.with_suffix(".json").write_text(json.dumps(figures, indent=1) + "\n", encoding="utf-8")
    return figures


def labelled(data: Path) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    """Rows whose captions name exactly one sex, at most `MOST`, in order; and whether it is female."""
    captions = json.loads((data / "captions.json").read_text(encoding="utf-8"))
    table = np.load(data / "rows.npz")
    ids, firsts, counts = table["caption_ids"], table["first"], table["count"]
    said = [
        " ".join(captions[at] for at in ids[first : first + count]) for first, count in zip(firsts, counts, strict=True)
    ]
    female = np.array([bool(FEMALE.search(text)) for text in said])
    male = np.array([bool(MALE.search(text)) for text in said])
    rows = np.flatnonzero((female != male) & ~table["held_out"])
    if len(rows) > MOST:
        rows = np.sort(np.random.default_rng(0).choice(rows, MOST, replace=False))
    return rows, female[rows]


def fit(x: Floats, female: NDArray[np.bool_]) -> tuple[Floats, float]:
    """Ridge regression of ±1 on (n, d): weights (d,) and bias; above 0 is female."""
    mean, scale = x.mean(axis=0), x.std(axis=0) + SPREAD
    normal = np.concatenate([(x - mean) / scale, np.ones((len(x), 1))], axis=1)
    found = np.linalg.solve(normal.T @ normal + RIDGE * np.eye(normal.shape[1]), normal.T @ (2.0 * female - 1))
    weight: Floats = found[:-1] / scale
    return weight, float(found[-1] - mean @ weight)


def _features(data: Path, rows: NDArray[np.int64]) -> Floats:
    pictures = np.load(data / "pictures.npy", mmap_mode="r")
    return premultiplied(np.ascontiguousarray(pictures[rows])).reshape(len(rows), -1).astype(np.float64)


def _balanced(judge: tuple[Floats, float], x: Floats, female: NDArray[np.bool_], tested: NDArray[np.bool_]) -> float:
    """Mean of both hit rates on the rows that are `tested`."""
    said, truth = x[tested] @ judge[0] + judge[1] > 0, female[tested]
    return float((said[truth].mean() + (~said[~truth]).mean()) / 2)


def _joint(data: Path, weights: Path, rows: NDArray[np.int64], female: NDArray[np.bool_]) -> float:
    """The same figure for the joint embedding: is a picture nearer to the female sentences or to the male ones?"""
    joint, encoder = JointEmbedding(weights / "joint"), TextEncoder(weights / "text")
    words = [f"a {sex} {person}" for sex in ("female", "male") for person in SENTENCES]
    meanings = joint.sentences(encoder(words)).astype(np.float64)
    axis = meanings[: len(SENTENCES)].mean(axis=0) - meanings[len(SENTENCES) :].mean(axis=0)
    some = np.random.default_rng(1).choice(len(rows), min(TRIED, len(rows)), replace=False)
    pictures = np.load(data / "pictures.npy", mmap_mode="r")[rows[some]]
    embeddings = joint.embeddings(premultiplied(np.ascontiguousarray(pictures))).astype(np.float64)
    return _balanced((axis, 0.0), embeddings, female[some], np.ones(len(some), np.bool_))
