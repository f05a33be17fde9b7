"""The shape of the border between two terrains, as fields over a tile that agree along every shared side.

A field is positive where the inner terrain is. Places are (x, y) in [0, 1] with both ends on the sides of the tile, so two
neighbours sample their shared side at the same points: there a field depends only on what the two have in common (the value of
that side and of its two corners) and on noise that repeats with the tile. So every legal pair matches exactly.
"""

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from limner.atlas.sprites import AtlasError
from limner.atlas.tilesets import WangId

Corners = Literal["rounded", "straight", "square"]
Floats = NDArray[np.float64]
INNER = 2  # the number of the inner terrain in a Wang id; the outer one is 1
QUARTERS = ("top_right", "bottom_right", "bottom_left", "top_left")
MOST_RAGGED = 0.15  # of a tile
HALF_PATH = 0.25  # half the width of a path on an edge tile, in tiles
FILLET = 0.1  # how wide the corners between two paths are filled, in tiles
MARGIN = 0.25  # how far a blob stays away from a side that it does not cross, in tiles
ROUNDING = 0.5  # radius of a blob's outer corners, in tiles


@dataclass(frozen=True, slots=True, kw_only=True)
class Border:
    """How two terrains meet."""

    corners: Corners = "rounded"
    ragged: float = 0.0  # how far the border strays, in tiles, in [0, 0.15]
    seed: int = 0  # of the straying
    outline: int = 0  # about how many pixels of the inner terrain's rim are shaded
    shade: float = 0.6  # the brightness of that rim against the terrain, in [0, 2]
    softness: float = 0.0  # over how many tiles one terrain fades into the other; 0 is a hard border


def check_border(border: Border) -> None:
    """Raise AtlasError for numbers out of their range."""
    if not 0 <= border.ragged <= MOST_RAGGED:
        raise AtlasError(f"ragged is {border.ragged}; use a number in [0, {MOST_RAGGED}]")
    if border.outline < 0 or not 0 <= border.shade <= 2:
        raise AtlasError(f"outline is {border.outline} and shade {border.shade}; use 0 or more, and a number in [0, 2]")
    if not 0 <= border.softness <= MARGIN:
        raise AtlasError(f"softness is {border.softness}; use a number in [0, {MARGIN}]")


def corner_field(wang_id: WangId, x: Floats, y: Floats, border: Border) -> Floats:
    """Quarters around the inner corners, joined to halves where neighbours are inner, in tiles: how far inside a place lies."""
    inner = {corner for corner in QUARTERS if getattr(wang_id, corner) == INNER}
    quarters = {corner: _quarter(corner, x, y, border.corners) for corner in QUARTERS}
    if len(inner) in (0, 4):
        field: Floats = np.full(np.broadcast_shapes(x.shape, y.shape), 0.5 if inner else -0.5)
    elif len(inner) == 3:
        field = -quarters[next(corner for corner in QUARTERS if corner not in inner)]
    elif shared := set.intersection(*(set(corner.split("_")) for corner in inner)) if len(inner) == 2 else set():
        field = 0.5 - _from_side(shared.pop(), x, y) + np.zeros(np.broadcast_shapes(x.shape, y.shape))
    else:
        field = np.max([quarters[corner] for corner in QUARTERS if corner in inner], axis=0)
    inside: Floats = np.clip(field, -0.5, 0.5) + strayed(x, y, border)
    return inside


def edge_field(wang_id: WangId, x: Floats, y: Floats, border: Border) -> Floats:
    """Paths from the middle to each side that has the inner terrain, in tiles: how far inside a path a place lies."""
    ends = {"top": (0, -0.5), "right": (0.5, 0), "bottom": (0, 0.5), "left": (-0.5, 0)}
    apart = np.full(np.broadcast_shapes(x.shape, y.shape), np.inf)
    for side, (end_x, end_y) in ends.items():
        if getattr(wang_id, side) == INNER:
            apart = _joined(apart, _to_segment(x - 0.5, y - 0.5, end_x, end_y, border.corners), border.corners)
    return HALF_PATH - apart + strayed(x, y, border)


def blob_field(wang_id: WangId, x: Floats, y: Floats, border: Border) -> Floats:
    """One cell of the inner terrain, in tiles: how far a place lies from the sides and corners of the outer terrain, less a margin."""
    sides = {side: _from_side(side, x, y) for side in ("left", "right", "top", "bottom")}
    far = np.full(np.broadcast_shapes(x.shape, y.shape), 1.0)
    to_x = _nearest(far, [sides[side] for side in ("left", "right") if getattr(wang_id, side) != INNER])
    to_y = _nearest(far, [sides[side] for side in ("top", "bottom") if getattr(wang_id, side) != INNER])
    apart = _inside_corner(to_x, to_y, border.corners)
    for vertical, horizontal in (("top", "left"), ("top", "right"), ("bottom", "left"), ("bottom", "right")):
        if getattr(wang_id, f"{vertical}_{horizontal}") != INNER:
            apart = np.minimum(apart, _length(sides[horizontal], sides[vertical], border.corners))
    return apart - MARGIN + strayed(x, y, border)


def strayed(x: Floats, y: Floats, border: Border) -> Floats:
    """Smooth noise in [-ragged, ragged] that repeats with the tile: waves of whole numbers of turns, directions and phases by seed."""
    total = np.zeros(np.broadcast_shapes(x.shape, y.shape))
    if not border.ragged:
        return total
    random = np.random.default_rng(border.seed)
    turns = random.permutation([(a, b) for a in range(-3, 4) for b in range(4) if 2 <= abs(a) + b <= 3])[:6]
    phases = random.uniform(0, 2 * np.pi, len(turns))
    shares = 1 / np.hypot(turns[:, 0], turns[:, 1])
    for (along_x, along_y), phase, share in zip(turns, phases, shares / shares.sum(), strict=True):
        # The turn of a whole tile is no turn: fold it away, so that both ends give the same bits.
        angle = np.round((along_x * x + along_y * y) % 1, 12) % 1
        total += share * np.sin(2 * np.pi * angle + phase)
    return border.ragged * np.clip(2 * total, -1, 1)


def _quarter(corner: str, x: Floats, y: Floats, corners: Corners) -> Floats:
    """How far inside the quarter of a tile around a corner a place lies."""
    down, across = corner.split("_")
    return 0.5 - _length(_from_side(across, x, y), _from_side(down, x, y), corners)


def _from_side(side: str, x: Floats, y: Floats) -> Floats:
    return {"left": x, "right": 1 - x, "top": y, "bottom": 1 - y}[side]


def _length(x: Floats, y: Floats, corners: Corners) -> Floats:
    """From a corner point: round, slanted or square."""
    if corners == "rounded":
        return np.hypot(x, y)
    return x + y if corners == "straight" else np.maximum(x, y)


def _to_segment(x: Floats, y: Floats, end_x: float, end_y: float, corners: Corners) -> Floats:
    """The distance of a place to the path from the middle to the end."""
    along = np.clip((x * end_x + y * end_y) / (end_x**2 + end_y**2), 0, 1)
    return _length(np.abs(x - along * end_x), np.abs(y - along * end_y), corners)


def _joined(one: Floats, other: Floats, corners: Corners) -> Floats:
    """The nearer; where both are about as near, rounded corners are filled (Quilez' polynomial smooth minimum)."""
    if corners == "square" or not np.isfinite(one).all():
        return np.minimum(one, other)
    fill = np.maximum(FILLET - np.abs(one - other), 0) / FILLET
    return np.minimum(one, other) - fill * fill * FILLET / 4


def _nearest(far: Floats, distances: list[Floats]) -> Floats:
    for distance in distances:
        far = np.minimum(far, distance)
    return far


def _inside_corner(to_x: Floats, to_y: Floats, corners: Corners) -> Floats:
    """The distance to two sides that meet; their corner is a circle's quarter, a slant, or itself."""
    nearest = np.minimum(to_x, to_y)
    if corners == "square":
        return nearest
    out_x, out_y = np.maximum(ROUNDING - to_x, 0), np.maximum(ROUNDING - to_y, 0)
    if corners == "rounded":
        return np.where((out_x > 0) & (out_y > 0), ROUNDING - np.hypot(out_x, out_y), nearest)
    return np.where((out_x > 0) & (out_y > 0), ROUNDING - (out_x + out_y), nearest)
