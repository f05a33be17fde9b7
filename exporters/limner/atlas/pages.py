"""Spread rectangles over as few and as small pages as can be found in a few tries. Rectangles in, places out: no pixels here."""

from collections.abc import Container, Iterator, Sequence
from itertools import product
from typing import NamedTuple

import numpy as np

from limner.atlas.geometry import Size
from limner.atlas.skyline import BOTH_WAYS, LYING, TALL_FIRST, Place, Taste, place

GOOD_FILL = 0.975  # no further tries from here on
SLENDER = 4.0  # sides in this proportion at the median: mostly thin strips
EFFORT = 4000  # rectangles placed in all tries together, about
MIN_TRIES, MAX_TRIES = 4, 48
STRETCH = (1.0, 1.01, 0.99, 1.02, 0.98, 1.04, 0.96, 1.07, 0.93, 1.1, 0.9, 1.15, 0.85, 1.25, 0.8, 1.4)


class PageRules(NamedTuple):
    """What a page may be: `side` is the longest side there is room for; `gap` more is free beyond it (the last padding needs none)."""

    side: int
    rotate: bool = False
    power_of_two: bool = False
    square: bool = False
    edge: int = 0  # what is added all around afterwards; sides are powers of two with it
    gap: int = 0


class Spot(NamedTuple):
    """The page of a rectangle, and where it lies there."""

    page: int
    x: int
    y: int
    turned: bool


def spread(sizes: Sequence[Size], rules: PageRules, fixed: Container[int] = ()) -> tuple[list[Spot], list[Size]]:
    """A spot for each rectangle, and the size of each page (without its edge). Every rectangle must fit a page by itself.

    Those whose numbers are in `fixed` are never turned.
    """
    spots: dict[int, Spot] = {}
    pages: list[Size] = []
    left = list(range(len(sizes)))
    while left:
        rest = Rest(
            [sizes[number] for number in left], {at for at, number in enumerate(left) if number in fixed}, rules
        )
        places, page = _last_page(rest) or _full_page(rest)
        spots |= {
            number: Spot(len(pages), *spot) for number, spot in zip(left, places, strict=True) if spot is not None
        }
        pages.append(page)
        left = [number for number, spot in zip(left, places, strict=True) if spot is None]
    return [spots[number] for number in range(len(sizes))], pages


class Rest(NamedTuple):
    """What still wants a page."""

    sizes: Sequence[Size]
    fixed: Container[int]
    rules: PageRules

    def sides(self, number: int) -> Size:
        """A rectangle as narrow as it may lie."""
        turns = self.rules.rotate and number not in self.fixed
        return Size(*sorted(self.sizes[number])) if turns else self.sizes[number]

    def placed(self, limit: Size, taste: Taste) -> list[Place | None]:
        return place(self.sizes, *limit, rotate=self.rules.rotate, taste=taste, fixed=self.fixed)


Filled = tuple[list[Place | None], Size]


def _last_page(rest: Rest) -> Filled | None:
    """The smallest page found that takes them all."""
    sizes, rules = rest.sizes, rest.rules
    area = sum(size.width * size.height for size in sizes)
    tries = max(MIN_TRIES, EFFORT // len(sizes))
    best: Filled | None = None
    for number, (limit, taste) in enumerate(_attempts(rest, area)):
        if number >= MAX_TRIES or (best is not None and number >= tries):
            break
        places = rest.placed(limit, taste)
        if None in places:
            continue
        page = _page_size(sizes, places, rules)
        if best is None or page.width * page.height < best[1].width * best[1].height:
            best = places, page
        used = (page.width + rules.gap) * (page.height + rules.gap)
        if rules.power_of_two or rules.square or area >= GOOD_FILL * used:
            break  # those two try from small to large
    return best


def _full_page(rest: Rest) -> Filled:
    """A page of the longest sides, with as much on it as goes."""
    side = rest.rules.side + rest.rules.gap
    fillings = [rest.placed(Size(side, side), taste) for taste in _tastes(rest)[:2]]
    best = max(fillings, key=lambda places: _covered(rest.sizes, places))
    return best, _page_size(rest.sizes, best, rest.rules)


def _attempts(rest: Rest, area: int) -> Iterator[tuple[Size, Taste]]:
    """Pages to try, with what to put first; none where the area alone is too much for one page."""
    rules = rest.rules
    longest = rules.side + rules.gap
    if area > longest * longest:
        return iter(())
    if rules.power_of_two:
        return product(_powers(area, rules), _tastes(rest))
    least = max(rest.sides(number)[0] for number in range(len(rest.sizes)))
    if rules.square:
        least = max(least, *(rest.sides(number)[1] for number in range(len(rest.sizes))))
        sides = {min(longest, max(least, round((area * (1 + 0.01 * step)) ** 0.5))) for step in range(40)}
        return product((Size(side, side) for side in sorted(sides | {longest})), _tastes(rest))
    widths = dict.fromkeys(min(longest, max(least, round(area**0.5 * stretch))) for stretch in STRETCH)
    return product((Size(width, longest) for width in widths if width * longest >= area), _tastes(rest))


def _powers(area: int, rules: PageRules) -> list[Size]:
    """Room on the pages whose sides are powers of two, from the smallest page on; of equal ones the squarest first."""
    sides = [1 << bits for bits in range((rules.side + 2 * rules.edge).bit_length())]
    pairs = [
        Size(width, height)
        for width, height in product(sides, sides)
        if min(width, height) > 2 * rules.edge
        and (width == height or not rules.square)
        and (width - 2 * rules.edge + rules.gap) * (height - 2 * rules.edge + rules.gap) >= area
    ]
    pairs.sort(key=lambda pair: (pair.width * pair.height, abs(pair.width - pair.height), pair.height))
    added = rules.gap - 2 * rules.edge
    return [Size(pair.width + added, pair.height + added) for pair in pairs]


def _tastes(rest: Rest) -> list[Taste]:
    if not rest.rules.rotate:
        return [BOTH_WAYS, TALL_FIRST]
    sides = np.array(rest.sizes)
    slender = float(np.median(sides.max(axis=1) / sides.min(axis=1))) >= SLENDER
    return [LYING, TALL_FIRST, BOTH_WAYS] if slender else [BOTH_WAYS, TALL_FIRST, LYING]


def _covered(sizes: Sequence[Size], places: Sequence[Place | None]) -> int:
    return sum(size.width * size.height for size, spot in zip(sizes, places, strict=True) if spot is not None)


def _page_size(sizes: Sequence[Size], places: Sequence[Place | None], rules: PageRules) -> Size:
    """The page that holds what was placed, by its rules."""
    ends = [
        (spot.x + (size.height if spot.turned else size.width), spot.y + (size.width if spot.turned else size.height))
        for size, spot in zip(sizes, places, strict=True)
        if spot is not None
    ]
    width, height = (max(end[axis] for end in ends) - rules.gap for axis in (0, 1))
    if rules.power_of_two:
        width, height = (_power(side + 2 * rules.edge) - 2 * rules.edge for side in (width, height))
    if rules.square:
        width = height = max(width, height)
    return Size(width, height)


def _power(side: int) -> int:
    """The smallest power of two that is not below `side`."""
    return 1 << (side - 1).bit_length()
