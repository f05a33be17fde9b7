"""Parts of a composition: drawn once, ranked, and seamless where windows meet."""

import numpy as np
from numpy.typing import NDArray

from limner.generators.imagen import joined, windows
from limner.generators.request import ImageRequest
from limner.recipes.painting import Order, Part, Parts


def picture(seed: int, height: int, width: int) -> NDArray[np.float32]:
    return np.random.default_rng(seed).normal(size=(4, height, width)).astype(np.float32)


def test_windows_are_the_squares_of_a_picture_in_reading_order() -> None:
    x = picture(1, 64, 96)
    cut = windows(x, 32)
    assert cut.shape == (6, 4, 32, 32)
    np.testing.assert_array_equal(cut[4], x[:, 32:, 32:64])
    np.testing.assert_array_equal(joined(cut, 2), x)


def test_the_oldest_parts_are_forgotten_first() -> None:
    parts = Parts(most=2)
    orders = [Order(request=ImageRequest(prompt=word)) for word in "abc"]
    for order in orders:
        parts.put("digest", order, Part(np.zeros((1, 1, 4), np.uint8), 0.0))
        parts.get("digest", orders[0])
    assert [parts.get("digest", order) is not None for order in orders] == [True, False, True]
    assert parts.get("other", orders[0]) is None
