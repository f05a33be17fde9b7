"""Rare things that people ask for get their share of training."""

import numpy as np
import pytest

from limner.training import concepts
from limner.training.concepts import balanced, named

CAPTIONS = [["a wizard"]] * 900 + [["a castle", "城堡"]] * 90 + [["something else"]] * 10


def test_a_rare_concept_is_raised_to_its_share_and_the_others_keep_their_proportions(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(concepts, "SHARE", 0.18)
    monkeypatch.setattr(concepts, "PICTURE", 1.0)
    weights = balanced(np.ones(1000), CAPTIONS)
    assert weights.sum() == pytest.approx(1)
    assert weights[900:990].sum() == pytest.approx(0.18 / 1.09)  # of all that is drawn after the raise
    assert weights[0] == pytest.approx(weights[-1])


def test_a_single_picture_is_not_raised_beyond_its_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(concepts, "SHARE", 0.5)
    monkeypatch.setattr(concepts, "PICTURE", 0.002)
    weights = balanced(np.ones(1000), CAPTIONS)
    assert weights[900] / weights[0] == pytest.approx(2)


def test_words_are_found_whole_and_in_the_plural() -> None:
    words = concepts.concepts()
    assert named(["two dragons, side view"], words) == {words["dragon"]}
    assert named(["a carpet"], words) == set()
    assert words["castle"] == words["fortress"]
