"""Noise that depends on the item alone: the same bits on every platform, whatever the batch."""

from typing import Literal

import numpy as np
from numpy.typing import NDArray

Stage = Literal["start", "ancestral"]
STAGES: dict[Stage, int] = {"start": 0, "ancestral": 1}


def noise(seed: int, item: int, stage: Stage, step: int, shape: tuple[int, ...]) -> NDArray[np.float32]:
    """Standard normal float32 of `shape`, drawn by Philox (Salmon et al. 2011) from a key of (seed, item, stage, step)."""
    key = np.random.SeedSequence(entropy=seed, spawn_key=(item, STAGES[stage], step))
    return np.random.Generator(np.random.Philox(key)).standard_normal(shape, dtype=np.float32)
