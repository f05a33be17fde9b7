"""Where one terrain lies on a tile of a Wang set: signed fields over the unit square, above 0 inside.

Along a border of the tile the field depends on that border's corners and edge alone, whatever the rest of the tile is:
that is what lets any two tiles that may lie side by side meet. x and y run from 0 to 1, both borders included; y is down.
"""

import numpy as np
from numpy.typing import NDArray

from limner.atlas.tilesets import WangId

Field = NDArray[np.float64]
ROAD = 0.25  # half the width of the band that an edge lets through
MARGIN = 0.25  # how far a blob stays from a border that it does not cross
ROUNDING = 0.25  # the radius of a blob's outer corners
CORNER_BOUND, EDGE_BOUND, BLOB_BOUND = 0.5, 0.25, 0.25  # the fields reach this far on both sides of 0


def corner_field(wang_id: WangId, x: Field, y: Field) -> Field:
    """Terrain 2 around the corners that have it, with round borders through the middles of the sides."""
    corners = (
        (wang_id.top_left, 0, 0),
        (wang_id.top_right, 1, 0),
        (wang_id.bottom_right, 1, 1),
        (wang_id.bottom_left, 0, 1),
    )
    inside = [(cx, cy) for terrain, cx, cy in corners if terrain == 2]
    outside = [(cx, cy) for terrain, cx, cy in corners if terrain != 2]
    if len(inside) == 2 and sum(cx == inside[0][0] for cx, _ in inside) == 2:  # a side
        field = 0.5 - np.abs(x - inside[0][0])
    elif len(inside) == 2 and inside[0][1] == inside[1][1]:
        field = 0.5 - np.abs(y - inside[0][1])
    elif len(inside) <= 2:
        field = _near(inside, x, y)
    else:
        field = -_near(outside, x, y)
    return _bounded(field, CORNER_BOUND)


def _near(corners: list[tuple[int, int]], x: Field, y: Field) -> Field:
    field = np.full(x.shape, -np.inf)
    for cx, cy in corners:
        field = np.maximum(field, 0.5 - np.hypot(x - cx, y - cy))
    return field


def edge_field(wang_id: WangId, x: Field, y: Field) -> Field:
    """A band of terrain 2 from the middle to each edge that has it: roads, rivers, fences."""
    field = np.full(x.shape, -np.inf)
    ends = ((wang_id.top, 0.5, 0.0), (wang_id.right, 1.0, 0.5), (wang_id.bottom, 0.5, 1.0), (wang_id.left, 0.0, 0.5))
    for terrain, ex, ey in ends:
        if terrain == 2:
            along = np.clip(
                ((x - 0.5) * (ex - 0.5) + (y - 0.5) * (ey - 0.5)) * 4, 0, 1
            )  # 0 in the middle, 1 at the edge
            field = np.maximum(field, ROAD - np.hypot(x - 0.5 - along * (ex - 0.5), y - 0.5 - along * (ey - 0.5)))
    return _bounded(field, EDGE_BOUND)


def blob_field(wang_id: WangId, x: Field, y: Field) -> Field:
    """Terrain 2 all over, but for a margin along edges without it and a round bite out of corners without it.

    A tile with no terrain 2 around it is an island.
    """
    sides = {"left": x, "right": 1 - x, "top": y, "bottom": 1 - y}
    open_sides = [name for name in sides if getattr(wang_id, name) != 2]
    field = np.full(x.shape, np.inf)
    for name in open_sides:
        field = np.minimum(field, sides[name] - MARGIN)
    for vertical, cy in (("top", 0), ("bottom", 1)):
        for horizontal, cx in (("left", 0), ("right", 1)):
            if {vertical, horizontal} <= set(open_sides):
                field = np.minimum(field, _rounded(sides[vertical] - MARGIN, sides[horizontal] - MARGIN))
            elif not {vertical, horizontal} & set(open_sides) and getattr(wang_id, f"{vertical}_{horizontal}") != 2:
                field = np.minimum(field, np.hypot(x - cx, y - cy) - MARGIN)
    return _bounded(field, BLOB_BOUND)


def _rounded(first: Field, second: Field) -> Field:
    """Inside both half planes, with a round corner."""
    return ROUNDING - np.hypot(np.maximum(ROUNDING - first, 0), np.maximum(ROUNDING - second, 0))


def _bounded(field: Field, bound: float) -> Field:
    """Cut off where only the border's own shape is left, and free of the last bits, in which equal distances differ."""
    return np.round(np.clip(field, -bound, bound), 9)


def tile_noise(x: Field, y: Field, seed: int, cells: int = 4) -> Field:
    """Smooth noise in [-1, 1] of `cells` bumps along each side, the same on opposite borders."""
    lattice = np.random.default_rng(seed).uniform(-1, 1, (cells, cells))
    column, row = np.floor(x * cells).astype(int), np.floor(y * cells).astype(int)
    u, v = _eased(x * cells - column), _eased(y * cells - row)
    left, right, top, bottom = column % cells, (column + 1) % cells, row % cells, (row + 1) % cells
    above = lattice[top, left] * (1 - u) + lattice[top, right] * u
    below = lattice[bottom, left] * (1 - u) + lattice[bottom, right] * u
    return np.round(above * (1 - v) + below * v, 9)


def _eased(share: Field) -> Field:
    return share * share * (3 - 2 * share)
