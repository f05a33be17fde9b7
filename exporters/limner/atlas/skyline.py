"""Place rectangles on one page: best fit over a skyline.

The skyline is the upper edge of what is placed (y grows away from the first row). Again and again the lowest gap of it takes, of all
rectangles that are left, the one that suits it best, so a choice is made among everything and not in a fixed order (Burke, Kendall and
Whitwell 2004; the scores of a match in width and in height follow Leung and Zhang 2011). Beside that a poor width has its price: what is
left of a gap counts as lost as far as no width in stock fills it.
"""

from bisect import bisect_right
from collections.abc import Container, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from limner.atlas.geometry import Size

FAR = 1 << 40  # higher than any page
GONE = -(1 << 40)  # the height of a width that is out of stock
RECOUNT = 16  # placements after which the widths in stock are looked at again


class Taste(NamedTuple):
    """What makes a rectangle suit a gap: a point for each pixel of its height, and more for matches, in shares of the mean side."""

    width: int  # points for each pixel of its width
    exact: float  # it fills the gap's width
    level: float  # it ends level with a wall of the gap
    waste: int  # points lost for each pixel of width that nothing in stock can fill
    lying: bool = False  # rectangles that may be turned all lie on their long side

    def scaled(self, mean: float) -> "Taste":
        return self._replace(exact=round(self.exact * mean), level=round(self.level * mean))


BOTH_WAYS = Taste(width=1, exact=2, level=1, waste=2)
LYING = Taste(width=0, exact=1, level=0.5, waste=5, lying=True)
TALL_FIRST = Taste(width=0, exact=1, level=0.5, waste=1)


class Place(NamedTuple):
    """Where a rectangle lies; `turned` has its sides swapped."""

    x: int
    y: int
    turned: bool


def place(
    sizes: Sequence[Size], width: int, height: int, *, rotate: bool, taste: Taste, fixed: Container[int] = ()
) -> list[Place | None]:
    """A place for each rectangle on a page of `width` × `height`; None where no room was found for it.

    With `rotate` all may be turned but those whose numbers are in `fixed`.
    """
    places: list[Place | None] = [None] * len(sizes)
    ways = [_ways(size, width, rotate and number not in fixed, taste.lying) for number, size in enumerate(sizes)]
    stock, skyline = Stock(ways, width, taste.scaled(float(np.mean(sizes)))), Skyline(width)
    while stock.left:
        gap = skyline.lowest()
        if gap.y >= height:
            break
        choice = stock.choose(gap, height - gap.y)
        if choice is None:
            if skyline.fill(gap):
                continue
            break
        number, size = choice
        places[number] = Place(skyline.put(gap, size), gap.y, size != sizes[number])
    return places


class Gap(NamedTuple):
    """The lowest stretch of a skyline; the walls are how far its neighbours stand above it."""

    number: int  # of the stretch, from the left
    x: int
    y: int
    width: int
    left: int
    right: int


class Stock:
    """The rectangles that are not placed yet, by width; one that may be turned stands under both of its sides."""

    def __init__(self, ways: Sequence[Sequence[Size]], width: int, taste: Taste) -> None:
        stacks: dict[int, list[tuple[int, int]]] = {}
        for number, some in enumerate(ways):
            for across, along in some:
                stacks.setdefault(across, []).append((along, number))
        for stack in stacks.values():
            stack.sort()
        self._stacks = stacks
        self._turning = any(len(some) > 1 for some in ways)
        self._placed = bytearray(len(ways))
        self._taste = taste
        self._tops = np.full(max(stacks, default=0) + 1, GONE)  # by width: the tallest that is left
        for across, stack in stacks.items():
            self._tops[across] = stack[-1][0]
        self._across = np.arange(len(self._tops)) * taste.width
        self._worth = np.zeros(width + 1, np.int64)
        self.left = len(ways)
        self._recount()

    def choose(self, gap: Gap, room: int) -> tuple[int, Size] | None:
        """Take the rectangle that suits the gap best out of stock: its number, and its size as it lies. None: nothing fits."""
        count = min(gap.width, self._widest) + 1
        tops = self._tops[:count] if room >= self._tallest else self._within(count, room)
        score = self._worth[gap.width - count + 1 : gap.width + 1][::-1] + self._across[:count]
        score += tops
        for wall in {gap.left, gap.right}:
            if wall <= self._tallest:
                score[tops == wall] += int(self._taste.level)
        across = int(score.argmax())
        along = int(tops[across])
        return None if along < 0 else (self._take(across, along), Size(across, along))

    def _take(self, across: int, along: int) -> int:
        """The number of a rectangle of this width and height; it is out of stock now."""
        stack = self._stacks[across]
        number = stack.pop(bisect_right(stack, (along, FAR)) - 1)[1]
        self._placed[number] = 1
        self.left -= 1
        self._settle(across)
        if self._turning and along in self._stacks:
            self._settle(along)
        if self.left % RECOUNT == 0:
            self._recount()
        return number

    def _settle(self, across: int) -> None:
        """Drop what was placed the other way round, as far as it shows."""
        stack = self._stacks[across]
        while stack and self._placed[stack[-1][1]]:
            stack.pop()
        self._tops[across] = stack[-1][0] if stack else GONE

    def _within(self, count: int, room: int) -> NDArray[np.int64]:
        """The tallest of each width that is no taller than `room`."""
        tops = self._tops[:count].copy()
        for across in np.flatnonzero(tops > room).tolist():
            stack = self._stacks[across]
            at = bisect_right(stack, (room, FAR)) - 1
            while at >= 0 and self._placed[stack[at][1]]:
                del stack[at]
                at -= 1
            tops[across] = stack[at][0] if at >= 0 else GONE
        return tops

    def _recount(self) -> None:
        """What each width that is left of a gap is worth: nothing if it can be filled, less the less of it can be."""
        live = np.flatnonzero(self._tops > 0)
        self._widest = int(live[-1]) if live.size else 0
        self._tallest = int(self._tops.max())
        rest = np.arange(self._widest + 1)
        filled = np.concatenate([[0], live])[live.searchsorted(rest, "right")]
        self._worth[: len(rest)] = (filled - rest) * self._taste.waste
        self._worth[len(rest) :] = 0
        self._worth[0] = int(self._taste.exact)


def _ways(size: Size, width: int, rotate: bool, lying: bool) -> list[Size]:
    """The ways in which a rectangle may lie on a page of this width."""
    turned = Size(size.height, size.width)
    if not rotate or size.width == size.height:
        return [size] if size.width <= width else []
    fitting = [way for way in (size, turned) if way.width <= width]
    return [max(fitting)] if lying and fitting else fitting


class Skyline:
    """Stretches from left to right, each with its own height; neighbours of one height are one stretch."""

    def __init__(self, width: int) -> None:
        self._xs, self._ys, self._widths = [0], [0], [width]

    def lowest(self) -> Gap:
        y = min(self._ys)
        index = self._ys.index(y)
        left = self._ys[index - 1] - y if index else FAR
        right = self._ys[index + 1] - y if index + 1 < len(self._ys) else FAR
        return Gap(index, self._xs[index], y, self._widths[index], left, right)

    def fill(self, gap: Gap) -> bool:
        """Give the gap up: raise it to its lower neighbour. False where there is none."""
        if len(self._ys) == 1:
            return False
        self._ys[gap.number] += min(gap.left, gap.right)
        self._join(gap.number)
        return True

    def put(self, gap: Gap, size: Size) -> int:
        """Put a rectangle into the gap, beside the wall that is nearer to its own height; returns its x."""
        index, top = gap.number, gap.y + size.height
        if size.width == gap.width:
            self._ys[index] = top
            self._join(index)
            return gap.x
        at_left = abs(gap.left - size.height) <= abs(gap.right - size.height)
        x = gap.x if at_left else gap.x + gap.width - size.width
        self._widths[index] -= size.width
        if at_left:
            self._xs[index] += size.width
        else:
            index += 1
        self._xs.insert(index, x)
        self._ys.insert(index, top)
        self._widths.insert(index, size.width)
        self._join(index)
        return x

    def _join(self, index: int) -> None:
        """Make one stretch of this one and the neighbours that are as high."""
        for left in (index, index - 1):
            if left >= 0 and left + 1 < len(self._ys) and self._ys[left] == self._ys[left + 1]:
                self._widths[left] += self._widths[left + 1]
                del self._xs[left + 1], self._ys[left + 1], self._widths[left + 1]
