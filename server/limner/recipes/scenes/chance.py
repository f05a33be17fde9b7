"""Numbers that look random and follow from a seed and a name alone: the same on every machine and in every year."""

import hashlib

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


def uniform(seed: int, name: str, shape: tuple[int, ...]) -> Floats:
    """Numbers in [0, 1) from a Philox stream keyed by both; NumPy promises its raw numbers for ever."""
    digest = hashlib.sha256(f"{seed}:{name}".encode()).digest()
    raw = np.random.Philox(key=int.from_bytes(digest[:16], "little")).random_raw(int(np.prod(shape)) or 1)
    return ((raw >> np.uint64(11)).astype(np.float64) * 2.0**-53)[: int(np.prod(shape))].reshape(shape)


def noise(seed: int, name: str, shape: tuple[int, int], scale: float) -> Floats:
    """Smooth noise (h, w) in [0, 1] with hills about `scale` wide, and half as much of it at half and a quarter of that."""
    total, weight = np.zeros(shape), 0.0
    for octave, share in enumerate((1.0, 0.5, 0.25)):
        wide = scale / 2**octave
        if wide < 1.5:
            break
        total += share * _waves(seed, f"{name}/{octave}", shape, wide)
        weight += share
    return total / max(weight, 1e-9)


def _waves(seed: int, name: str, shape: tuple[int, int], scale: float) -> Floats:
    """Value noise: random numbers on a lattice, blended by smoothstep, (h, w)."""
    places = [np.arange(side) / scale for side in shape]
    lattice = uniform(seed, name, (int(places[0][-1]) + 2, int(places[1][-1]) + 2))
    (row, y), (column, x) = ((place.astype(int), _smooth(place % 1)) for place in places)
    top = lattice[row][:, column] * (1 - x) + lattice[row][:, column + 1] * x
    below = lattice[row + 1][:, column] * (1 - x) + lattice[row + 1][:, column + 1] * x
    return np.asarray(top * (1 - y[:, None]) + below * y[:, None], np.float64)


def _smooth(t: Floats) -> Floats:
    return t * t * (3 - 2 * t)
