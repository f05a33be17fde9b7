"""Distances between colours are whole numbers, exact in the small floats that hold them."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from numpy.typing import NDArray

from limner.atlas.pixel_art import _distances


@given(arrays(np.uint8, st.tuples(st.integers(2, 12), st.just(3))))
def test_distances_are_those_of_whole_numbers(colours: NDArray[np.uint8]) -> None:
    difference = colours[:, None].astype(np.int64) - colours[None].astype(np.int64)
    exact = (difference**2 * [30, 59, 11]).sum(axis=-1)
    found = _distances(colours)
    apart = ~np.eye(len(colours), dtype=bool)
    assert found[apart].tolist() == exact[apart].tolist()
    assert (found.diagonal() > exact.max()).all()
