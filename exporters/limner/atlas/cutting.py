"""The cheapest line through a field of costs."""

import numpy as np
from numpy.typing import NDArray


def cheapest_path(cost: NDArray[np.float64], closed: bool = False) -> NDArray[np.int64]:
    """For each of n steps a place in [0, m): from one step to the next it moves by at most 1, and its cost (n, m) adds up to the least.

    A closed path also moves by at most 1 from its last step to its first.
    """
    if not closed:
        return _walked(cost, cost[0])
    width = cost.shape[1]
    from_each = np.full((width, width), np.inf)  # (start, place): what the best path from each start costs
    np.fill_diagonal(from_each, cost[0])
    for row in cost[1:]:
        from_each = _steps(from_each).min(axis=0) + row
    ends = np.abs(np.arange(width)[:, None] - np.arange(width)) <= 1
    start, end = np.unravel_index(np.argmin(np.where(ends, from_each, np.inf)), from_each.shape)
    first = np.where(np.arange(width) == start, cost[0], np.inf)
    return _walked(cost, first, int(end))


def _walked(cost: NDArray[np.float64], first: NDArray[np.float64], end: int | None = None) -> NDArray[np.int64]:
    """Dynamic programming from the costs of the first step, and back."""
    total, came = first, np.zeros(cost.shape, np.int64)
    for step in range(1, len(cost)):
        ways = _steps(total)
        choice = ways.argmin(axis=0)
        came[step] = np.arange(len(total)) + choice - 1
        total = np.take_along_axis(ways, choice[None], axis=0)[0] + cost[step]
    path = np.empty(len(cost), np.int64)
    path[-1] = int(total.argmin()) if end is None else end
    for step in range(len(cost) - 1, 0, -1):
        path[step - 1] = came[step, path[step]]
    return path


def _steps(total: NDArray[np.float64]) -> NDArray[np.float64]:
    """(3, …, m): what it costs to stand at each place when one comes from before it, from it and from behind it."""
    wall = np.full((*total.shape[:-1], 1), np.inf)
    wide = np.concatenate([wall, total, wall], axis=-1)
    return np.stack([wide[..., :-2], wide[..., 1:-1], wide[..., 2:]])
