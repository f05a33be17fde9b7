"""Cut transparent borders."""

import numpy as np
from numpy.typing import NDArray

from limner.atlas.geometry import Box


def trim(alpha: NDArray[np.uint8], threshold: int = 0) -> Box:
    """The smallest box that holds every pixel more opaque than `threshold`.

    An empty picture gives one pixel at the origin: engines refuse regions without area.
    """
    rows = np.flatnonzero((alpha > threshold).any(axis=1))
    columns = np.flatnonzero((alpha > threshold).any(axis=0))
    if rows.size == 0:
        return Box(0, 0, 1, 1)
    x, y = int(columns[0]), int(rows[0])
    return Box(x, y, int(columns[-1]) - x + 1, int(rows[-1]) - y + 1)
