"""Samplers against a world with a closed-form answer."""

import numpy as np
import pytest

from limner.generators.gaussian import GaussianDenoiser
from limner.generators.guidance import classifier_free, dynamic_threshold
from limner.generators.noise import noise
from limner.generators.samplers import SAMPLERS, Array, run
from limner.generators.schedules import SCHEDULES, karras_sigmas

WORLD = GaussianDenoiser(std=0.5)
START = np.full((4, 8, 8), 10.0, np.float32)


def no_noise(step: int) -> Array:
    return np.zeros_like(START)


def error_after(sampler: str, steps: int) -> float:
    """Relative error at the end of the trajectory."""
    sigmas = [float(sigma) for sigma in karras_sigmas(steps, 0.002, 10.0)]
    end = run(SAMPLERS[sampler](START, sigmas, no_noise), WORLD)
    exact = WORLD.exact(START, 10.0, 0.0)
    return float(np.abs(end - exact).max() / exact.max())


@pytest.mark.parametrize(("sampler", "order"), [("euler", 2.0), ("heun", 4.0), ("dpmpp-2m", 4.0)])
def test_twice_the_steps_cut_the_error_by_the_order_of_the_sampler(sampler: str, order: float) -> None:
    assert error_after(sampler, 40) / error_after(sampler, 80) == pytest.approx(order, rel=0.3)


def test_heun_follows_the_exact_path_of_a_gaussian_world() -> None:
    assert error_after("heun", 40) < 0.005


def test_euler_ancestral_ends_with_the_spread_of_the_world() -> None:
    shape = (4, 64, 64)
    sigmas = [float(sigma) for sigma in karras_sigmas(800, 0.002, 10.0)]
    start = noise(3, 0, "start", 0, shape) * np.float32(np.hypot(10.0, WORLD.std))
    walk = SAMPLERS["euler-ancestral"](start, sigmas, lambda step: noise(3, 0, "ancestral", step, shape))
    assert run(walk, WORLD).std() == pytest.approx(WORLD.std, rel=0.02)


@pytest.mark.parametrize("name", SCHEDULES)
def test_a_schedule_falls_from_sigma_max_to_sigma_min_and_then_zero(name: str) -> None:
    sigmas = SCHEDULES[name](7, 0.02, 30.0)
    assert len(sigmas) == 8
    np.testing.assert_allclose([sigmas[0], sigmas[-2], sigmas[-1]], [30.0, 0.02, 0.0])
    assert (np.diff(sigmas) < 0).all()


def test_guidance_of_one_is_the_answer_with_the_prompt() -> None:
    cond, uncond = np.full(3, 2.0, np.float32), np.full(3, 1.0, np.float32)
    np.testing.assert_array_equal(classifier_free(cond, uncond, 1.0), cond)
    np.testing.assert_array_equal(classifier_free(cond, uncond, 3.0), np.full(3, 4.0, np.float32))


def test_dynamic_threshold_leaves_a_picture_in_range_alone_and_scales_one_that_is_not() -> None:
    inside = np.linspace(-1, 1, 11, dtype=np.float32)
    np.testing.assert_array_equal(dynamic_threshold(inside, 0.995), inside)
    np.testing.assert_array_equal(dynamic_threshold(inside * 4, 1.0), np.clip(inside * 4, -1, 1))
    np.testing.assert_allclose(dynamic_threshold(np.array([-4.0, 2.0, 4.0], np.float32), 0.5), [-1.0, 0.5, 1.0])


def test_noise_is_fixed_by_seed_item_stage_and_step() -> None:
    one = noise(7, 0, "start", 0, (2, 3))
    assert one.dtype == np.float32
    np.testing.assert_allclose(one[0], noise(7, 0, "start", 0, (2, 3))[0])
    for other in (
        noise(8, 0, "start", 0, (2, 3)),
        noise(7, 1, "start", 0, (2, 3)),
        noise(7, 0, "ancestral", 0, (2, 3)),
    ):
        assert not np.array_equal(one, other)
