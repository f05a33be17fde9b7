"""A collision polygon from alpha: the outline of the largest part, with as few corners as a tolerance allows."""

import numpy as np
from numpy.typing import NDArray

from limner.atlas.geometry import Point

Side = tuple[int, int, int, int]  # where it begins, and the step to where it ends
Corners = NDArray[np.float64]  # (count, 2): x and y of a closed line, clockwise on the screen (y grows downward)
FINEST = 0.25  # a tolerance below this keeps the outline as it is


def collision_polygon(
    alpha: NDArray[np.uint8], threshold: int = 127, tolerance: float = 1.0, *, convex: bool = False
) -> tuple[Point, ...]:
    """A polygon around the pixels more opaque than `threshold`, in pixels of the picture, clockwise; empty where there are none.

    Every corner of the true outline lies within `tolerance` pixels of it, and no two of its sides cross. Holes are filled; of
    several parts the largest counts (parts that touch at a corner only are several). `convex` gives the hull of all parts.
    """
    solid = alpha > threshold
    if not solid.any():
        return ()
    loops = outlines(solid)
    outline = _hull(np.concatenate(loops)) if convex else max(loops, key=_area)
    step = tolerance
    while step >= FINEST:
        found = simplified(outline, step)
        if _area(found) > 0 and not _crosses(found):
            return _points(found)
        step /= 2
    return _points(outline)


def outlines(solid: NDArray[np.bool_]) -> list[Corners]:
    """The corners of every closed border of the mask; those of parts run clockwise, those of holes the other way."""
    left = _sides(solid)
    found = []
    while left:
        found.append(_corners(_walk(left, next(iter(left)))))
    return found


def simplified(corners: Corners, tolerance: float) -> Corners:
    """Douglas and Peucker's: fewer corners, none of those left out farther than `tolerance` from the line that replaces them."""
    if len(corners) < 4:
        return corners
    far = int(np.square(corners - corners[0]).sum(axis=1).argmax())
    closed = np.concatenate([corners, corners[:1]])
    kept, stack = {0, far}, [(0, far), (far, len(corners))]
    while stack:
        first, last = stack.pop()
        if last - first < 2:
            continue
        distance = _distance(closed[first + 1 : last], closed[first], closed[last])
        worst = int(distance.argmax())
        if distance[worst] > tolerance:
            middle = first + 1 + worst
            kept.add(middle)
            stack += [(first, middle), (middle, last)]
    return corners[sorted(kept)]


def _sides(solid: NDArray[np.bool_]) -> dict[Side, None]:
    """The sides of pixels between solid and not, solid on the right hand, in a stated order."""
    wide = np.pad(solid, 1)
    found: dict[Side, None] = {}
    for (down, across), start, step in (
        ((0, 1), (0, 0), (1, 0)),  # nothing above: left to right
        ((2, 1), (1, 1), (-1, 0)),  # nothing below: right to left
        ((1, 0), (0, 1), (0, -1)),  # nothing to the left: upward
        ((1, 2), (1, 0), (0, 1)),  # nothing to the right: downward
    ):
        neighbour = wide[down : down + solid.shape[0], across : across + solid.shape[1]]
        ys, xs = (axis.tolist() for axis in np.nonzero(solid & ~neighbour))
        found |= {(x + start[0], y + start[1], *step): None for x, y in zip(xs, ys, strict=True)}
    return found


def _walk(left: dict[Side, None], first: Side) -> list[tuple[int, int]]:
    """One closed line, its sides taken out of `left`. Where two parts touch at a corner it turns right and stays with its part."""
    line, side = [], first
    while True:
        del left[side]
        x, y, across, down = side
        line.append((x, y))
        ways = [(x + across, y + down, *way) for way in ((-down, across), (across, down), (down, -across))]
        side = next(way for way in ways if way == first or way in left)
        if side == first:
            return line


def _corners(line: list[tuple[int, int]]) -> Corners:
    """The line without the points on its straight runs."""
    points = np.array(line, np.float64)
    before, behind = points - np.roll(points, 1, axis=0), np.roll(points, -1, axis=0) - points
    found: Corners = points[(before != behind).any(axis=1)]
    return found


def _area(corners: Corners) -> float:
    """Positive for clockwise on the screen."""
    x, y = corners.T
    return float((x * np.roll(y, -1) - np.roll(x, -1) * y).sum()) / 2


def _distance(points: Corners, start: NDArray[np.float64], end: NDArray[np.float64]) -> NDArray[np.float64]:
    """Of each point from the line between two points, its ends included."""
    along = end - start
    length = float(along @ along)
    share = np.clip((points - start) @ along / length, 0, 1) if length else np.zeros(len(points))
    found: NDArray[np.float64] = np.linalg.norm(points - (start + share[:, None] * along), axis=1)
    return found


def _hull(points: Corners) -> Corners:
    """The convex hull, clockwise on the screen (Andrew's monotone chain)."""
    ordered = np.unique(points, axis=0).tolist()

    def half(chain: list[list[float]]) -> list[list[float]]:
        found: list[list[float]] = []
        for x, y in chain:
            while len(found) > 1 and _turn(found[-2], found[-1], [x, y]) <= 0:
                found.pop()
            found.append([x, y])
        return found[:-1]

    return np.array(half(ordered) + half(ordered[::-1]))


def _turn(a: list[float], b: list[float], c: list[float]) -> float:
    return (b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0])


def _crosses(corners: Corners) -> bool:
    """Whether two sides that are no neighbours share a point."""
    starts, ends = corners, np.roll(corners, -1, axis=0)
    count = len(corners)

    def sides(points: Corners) -> NDArray[np.float64]:
        """(side, point): on which hand of each side each point lies."""
        along, to = ends - starts, points[None] - starts[:, None]
        found: NDArray[np.float64] = np.sign(along[:, None, 0] * to[..., 1] - along[:, None, 1] * to[..., 0])
        return found

    apart = sides(starts) * sides(ends) <= 0
    meets = apart & apart.T
    near = np.abs(np.arange(count)[:, None] - np.arange(count)) % (count - 1) <= 1
    overlap = (np.minimum(starts, ends)[:, None] <= np.maximum(starts, ends)[None]).all(axis=2)
    return bool((meets & overlap & overlap.T & ~near).any())


def _points(corners: Corners) -> tuple[Point, ...]:
    return tuple(Point(float(x), float(y)) for x, y in corners)
