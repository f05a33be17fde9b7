"""How often a picture is drawn in training: rare things that people ask for get their share.

Sources name common things thousands of times and a castle ninety times. As MetaCLIP does for a collection of pictures (Xu et
al. 2023, §3), captions are matched against a list of concepts, and the rows of a concept below its share are drawn more often.
"""

import re
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

CONCEPTS = Path(__file__).parent / "concepts.txt"
SHARE = 0.005  # of all samples, that every concept should have
MOST = 10.0  # times as often as before
PICTURE = 1e-4  # of all samples, that no boosted picture goes beyond: fifty times in half a million


def concepts() -> Mapping[str, int]:
    """Word → number of its concept."""
    lines = [line for line in CONCEPTS.read_text(encoding="utf-8").splitlines() if not line.startswith("#")]
    return {word: number for number, line in enumerate(lines) for word in line.split()}


def named(texts: Sequence[str], words: Mapping[str, int]) -> set[int]:
    """The concepts that captions name; a plural counts."""
    found = {word for text in texts for word in re.findall(r"[a-z]+", text.lower())}
    found |= {word[:-1] for word in found if word.endswith("s")}
    return {words[word] for word in found if word in words}


def balanced(weights: NDArray[np.float64], captions: Sequence[Sequence[str]]) -> NDArray[np.float64]:
    """Weights (N,) of the pictures with `captions`, raised where a concept falls short of its share; their sum is 1."""
    words = concepts()
    share = weights / weights.sum()
    rows = [named(texts, words) for texts in captions]
    held: NDArray[np.float64] = np.zeros(max(words.values()) + 1)
    for part, numbers in zip(share, rows, strict=True):
        held[list(numbers)] += part
    lift = np.clip(SHARE / np.maximum(held, 1e-12), 1, MOST)
    raised = np.array(
        [part * max((lift[n] for n in numbers), default=1.0) for part, numbers in zip(share, rows, strict=True)]
    )
    capped = np.maximum(share, np.minimum(raised, PICTURE))
    return capped / capped.sum()
