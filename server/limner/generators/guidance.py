"""Guidance: how the answers with and without the prompt become one."""

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float32]


def classifier_free(cond: Array, uncond: Array, guidance_scale: float) -> Array:
    """uncond + s (cond − uncond), s = w + 1 (Ho & Salimans 2022, equation 6)."""
    return uncond + np.float32(guidance_scale) * (cond - uncond)


def dynamic_threshold(x0: Array, share: float) -> Array:
    """x0 held to [−1, 1] by its own spread (Saharia et al. 2022, §2.3).

    s is the `share` quantile of |x0|, at least 1; x0 is clipped to [−s, s] and divided by s. A share of 1 only clips.
    """
    if share >= 1:
        return np.clip(x0, -1, 1)
    s = np.float32(max(1.0, float(np.quantile(np.abs(x0), share))))
    return np.clip(x0, -s, s) / s
