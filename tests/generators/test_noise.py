"""Noise that never changes."""

from statistics import NormalDist

import numpy as np

from limner.generators.noise import noise, normal_quantile


def test_noise_is_the_same_today_and_in_a_year() -> None:
    numbers = noise(7, 0, "start", 0, (3,))
    np.testing.assert_array_equal(numbers, np.array([-0.20745064, -0.805082, -0.3926532], np.float32))


def test_noise_does_not_depend_on_how_much_of_it_is_drawn() -> None:
    np.testing.assert_array_equal(noise(7, 2, "ancestral", 5, (4, 8, 8))[0], noise(7, 2, "ancestral", 5, (8, 8)))


def test_neighbouring_items_share_nothing() -> None:
    one, other = (noise(7, item, "start", 0, (64, 64)) for item in (0, 1))
    assert abs(np.corrcoef(one.ravel(), other.ravel())[0, 1]) < 0.05  # three standard errors


def test_the_quantile_is_that_of_the_normal_distribution() -> None:
    p = np.array([2.0**-53, 1e-12, 1e-9, 1e-6, 0.001, 0.0749, 0.0751, 0.3, 0.5, 0.7, 0.93, 0.999999, 1 - 2.0**-53])
    exact = [NormalDist().inv_cdf(value) for value in p.tolist()]
    np.testing.assert_allclose(normal_quantile(p), exact, rtol=2e-7)
