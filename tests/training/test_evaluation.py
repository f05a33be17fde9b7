"""The figures of the evaluation, on sets whose answers are known."""

import numpy as np
import pytest
from numpy.typing import NDArray

from limner.training import evaluation


def unit(rows: NDArray[np.float64]) -> evaluation.Array:
    turned: evaluation.Array = (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)
    return turned


def test_two_halves_of_one_set_are_nearer_than_two_sets() -> None:
    rng = np.random.default_rng(0)
    one, other = unit(rng.normal(size=(200, 8))), unit(rng.normal(size=(200, 8)))
    far = unit(rng.normal(size=(200, 8)) + 3)
    near, noise = evaluation.kid(one, other)
    distant, _ = evaluation.kid(one, far)
    assert abs(near) < 3 * noise
    assert distant > 20 * noise


def test_kid_of_a_point_to_the_point_opposite_is_the_kernels_difference() -> None:
    here = np.tile(np.array([[1.0, 0.0]], np.float32), (10, 1))
    mean, noise = evaluation.kid(here, -here)
    assert (mean, noise) == pytest.approx((8 + 8 - 2 * 0, 0))


def test_pictures_that_are_their_sentences_are_all_found_and_turned_ones_never() -> None:
    sentences = unit(np.eye(6))
    words = [f"sentence {number}" for number in range(6)]
    assert evaluation.retrieved(sentences, sentences, words, among=3) == 1.0
    turned = np.concatenate([np.roll(sentences[:3], 1, axis=0), np.roll(sentences[3:], 1, axis=0)])
    assert evaluation.retrieved(turned, sentences, words, among=3) == 0.0
    assert evaluation.retrieved(turned, sentences, ["the same words"] * 6, among=3) == 1.0


def test_the_nearest_distance_of_a_copy_is_nothing() -> None:
    rows = unit(np.random.default_rng(1).normal(size=(5, 4)))
    np.testing.assert_allclose(evaluation.nearest(rows, rows), 0, atol=1e-6)
    np.testing.assert_allclose(evaluation.nearest(unit(np.eye(2)), unit(np.array([[-1.0, 0.0]]))), [2, 1], atol=1e-6)
