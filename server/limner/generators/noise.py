"""Noise that depends on the item alone: the same bits on every machine and in every year, whatever the batch.

NumPy promises the raw stream of Philox for ever, but not how its generators turn it into normal numbers; so that half is here.
"""

from typing import Literal

import numpy as np
from numpy.typing import NDArray

Stage = Literal["start", "ancestral", "shift"]
STAGES: dict[Stage, int] = {"start": 0, "ancestral": 1, "shift": 2}

# Wichura 1988, algorithm AS 241 (PPND7): numerators and denominators, constant term first.
CENTRE = (3.3871327179, 50.434271938, 159.29113202, 59.109374720), (1.0, 17.895169469, 78.757757664, 67.187563600)
MIDDLE = (1.4234372777, 2.7568153900, 1.3067284816, 0.17023821103), (1.0, 0.73700164250, 0.12021132975)
TAIL = (6.6579051150, 3.0812263860, 0.42868294337, 0.017337203997), (1.0, 0.24197894225, 0.012258202635)


def noise(seed: int, item: int, stage: Stage, step: int, shape: tuple[int, ...]) -> NDArray[np.float32]:
    """Standard normal float32 of `shape`, from a Philox stream (Salmon et al. 2011) keyed by (seed, item, stage, step)."""
    key = np.random.SeedSequence(entropy=seed, spawn_key=(item, STAGES[stage], step))
    raw = np.random.Philox(key).random_raw(int(np.prod(shape)))
    uniform = ((raw >> np.uint64(12)).astype(np.float64) + 0.5) * 2.0**-52  # inside (0, 1), never at an end
    return normal_quantile(uniform).reshape(shape).astype(np.float32)


def normal_quantile(p: NDArray[np.float64]) -> NDArray[np.float64]:
    """x with Phi(x) = p for p inside (0, 1), to 1 part in 10^7 (Wichura 1988, AS 241).

    Worked in float64, so that the last bits of a platform's logarithm vanish when the answer becomes float32.
    """
    q = p - 0.5
    r = 0.180625 - q * q
    r_tail = np.sqrt(-np.log(np.minimum(p, 1 - p)))
    middle = _ratio(MIDDLE, r_tail - 1.6)
    tail = _ratio(TAIL, r_tail - 5)
    outside = np.copysign(np.where(r_tail <= 5, middle, tail), q)
    return np.where(np.abs(q) <= 0.425, q * _ratio(CENTRE, r), outside)


def _ratio(terms: tuple[tuple[float, ...], tuple[float, ...]], r: NDArray[np.float64]) -> NDArray[np.float64]:
    above, below = terms
    return np.polyval(above[::-1], r) / np.polyval(below[::-1], r)
