"""Schedules: the noise levels of a trajectory, falling; the last is 0."""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

Schedule = Callable[[int, float, float], NDArray[np.float64]]


def karras_sigmas(steps: int, sigma_min: float, sigma_max: float, rho: float = 7.0) -> NDArray[np.float64]:
    """`steps` levels and a 0 (Karras et al. 2022, equation 5)."""
    ramp = np.linspace(0, 1, steps)
    low, high = sigma_min ** (1 / rho), sigma_max ** (1 / rho)
    return np.append((high + ramp * (low - high)) ** rho, 0.0)


def exponential_sigmas(steps: int, sigma_min: float, sigma_max: float) -> NDArray[np.float64]:
    """`steps` levels evenly spaced in ln sigma, and a 0."""
    return np.append(np.exp(np.linspace(np.log(sigma_max), np.log(sigma_min), steps)), 0.0)


SCHEDULES: dict[str, Schedule] = {"karras": karras_sigmas, "exponential": exponential_sigmas}
