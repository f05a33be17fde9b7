"""Samplers: loops that walk the noise levels.

A sampler is a generator that asks for denoised pictures: it yields (x, sigma), is sent the denoised x, and returns the last x. So the
same maths runs in a plain loop (`run`) and, one question at a time, beside other requests in the server's batches.
"""

from collections.abc import Callable, Generator, Sequence
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float32]
Trajectory = Generator[tuple[Array, float], Array, Array]
StepNoise = Callable[[int], Array]  # step → standard normal noise of the shape of x
Sampler = Callable[[Array, Sequence[float], StepNoise], Trajectory]


def run(trajectory: Trajectory, denoise: Callable[[Array, float], Array]) -> Array:
    """Walk a trajectory to its end with a denoiser at hand."""
    question = next(trajectory)
    while True:
        try:
            question = trajectory.send(denoise(*question))
        except StopIteration as end:
            last: Array = end.value
            return last


def euler(x: Array, sigmas: Sequence[float], step_noise: StepNoise) -> Trajectory:
    """Euler's method on the probability flow ODE (Karras et al. 2022, equation 1)."""
    for sigma, sigma_next in pairwise(sigmas):
        denoised = yield x, sigma
        d = (x - denoised) / np.float32(sigma)  # dx/dsigma
        x = denoised if sigma_next == 0 else x + np.float32(sigma_next - sigma) * d
    return x


def heun(x: Array, sigmas: Sequence[float], step_noise: StepNoise) -> Trajectory:
    """Heun's method, second order (Karras et al. 2022, algorithm 1)."""
    for sigma, sigma_next in pairwise(sigmas):
        denoised = yield x, sigma
        d = (x - denoised) / np.float32(sigma)  # where we are
        if sigma_next == 0:
            return denoised  # d has no value at zero noise
        x_next = x + np.float32(sigma_next - sigma) * d
        d_next = (x_next - (yield x_next, sigma_next)) / np.float32(sigma_next)  # where we land
        mean: Array = ((d + d_next) / np.float32(2)).astype(np.float32)
        x = x + np.float32(sigma_next - sigma) * mean
    return x


def dpmpp_2m(x: Array, sigmas: Sequence[float], step_noise: StepNoise) -> Trajectory:
    """DPM-Solver++(2M), second order at one call a step (Lu et al. 2022, algorithm 2); lambda = -ln sigma."""
    before, h_before = None, 0.0
    for sigma, sigma_next in pairwise(sigmas):
        denoised = yield x, sigma
        if sigma_next == 0:
            return denoised
        h = float(np.log(sigma / sigma_next))
        direction = denoised if before is None else denoised + (denoised - before) * np.float32(h / (2 * h_before))
        x = np.float32(sigma_next / sigma) * x - np.float32(np.expm1(-h)) * direction
        before, h_before = denoised, h
    return x


def euler_ancestral(x: Array, sigmas: Sequence[float], step_noise: StepNoise) -> Trajectory:
    """Euler steps to a lower level, then fresh noise up to the next (Song et al. 2021, DDIM with eta = 1)."""
    for step, (sigma, sigma_next) in enumerate(pairwise(sigmas)):
        denoised = yield x, sigma
        if sigma_next == 0:
            return denoised
        sigma_up = float(np.sqrt(sigma_next**2 * (sigma**2 - sigma_next**2) / sigma**2))
        sigma_down = float(np.sqrt(sigma_next**2 - sigma_up**2))
        d = (x - denoised) / np.float32(sigma)
        x = x + np.float32(sigma_down - sigma) * d + np.float32(sigma_up) * step_noise(step)
    return x


SAMPLERS: dict[str, Sampler] = {"dpmpp-2m": dpmpp_2m, "euler": euler, "euler-ancestral": euler_ancestral, "heun": heun}
