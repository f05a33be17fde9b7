"""A world with a known solution: pictures that are Gaussian noise. Ships with the package, for tests and for trying out samplers."""

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float32]


class GaussianDenoiser:
    """The exact denoiser for pictures that are Gaussian noise of spread `std`."""

    def __init__(self, std: float) -> None:
        self.std = std

    def __call__(self, x: Array, sigma: float) -> Array:
        return x * np.float32(self.std**2 / (self.std**2 + sigma**2))

    def exact(self, start: Array, sigma_max: float, sigma: float) -> Array:
        """Where the probability flow ODE takes `start` from sigma_max to sigma."""
        return start * np.float32(np.hypot(self.std, sigma) / np.hypot(self.std, sigma_max))
