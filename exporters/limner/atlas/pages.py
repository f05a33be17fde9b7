"""Spread rectangles over as few and as small pages as can be found in a few tries. Rectangles in, places out: no pixels here."""

from collections.abc import Iterator, Sequence
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


def spread(sizes: Sequence[Size], rules: PageRules) -> tuple[list[Spot], list[Size]]:
    """A spot for each rectangle, and the size of each page (without its edge). Every rectangle must fit a page by itself."""
    spots: dict[int, Spot] = {}
    pages: list[Size] = []
    left = list(range(len(sizes)))
    while left:
        rest = [sizes[number] for number in left]
        places, page = _last_page(rest, rules) or _full_page(rest, rules)
        spots |= {
            number: Spot(len(pages), *spot) for number, spot in zip(left, places, strict=True) if spot is not None
        }
        pages.append(page)
        left = [number for number, spot in zip(left, places, strict=True) if spot is None]
    return [spots[number] for number in range(len(sizes))], pages


Filled = tuple[list[Place | None], Size]


def _last_page(sizes: Sequence[Size], rules: PageRules) -> Filled | None:
    """The smallest page found that takes them all."""
    area = sum(size.width * size.height for size in sizes)
    best: Filled | None = None
    best_area = 0
    for number, (limit, taste) in enumerate(_attempts(sizes, area, rules)):
        if number >= MAX_TRIES or (best is not None and number >= max(MIN_TRIES, EFFORT // len(sizes))):
            break
        places = place(sizes, limit.width, limit.height, rotate=rules.rotate, taste=taste)
        if None in places:
            continue
        page = _page_size(sizes, places, rules)
        if best is None or page.width * page.height < best_area:
            best, best_area = (places, page), page.width * page.height
        if rules.power_of_two or rules.square or area >= GOOD_FILL * (page.width + rules.gap) * (
            page.height + rules.gap
        ):
            break  # those two try from small to large
    return best


def _full_page(sizes: Sequence[Size], rules: PageRules) -> Filled:
    """A page of the longest sides, with as much on it as goes."""
    side = rules.side + rules.gap
    fillings = [place(sizes, side, side, rotate=rules.rotate, taste=taste) for taste in _tastes(sizes, rules)[:2]]
    best = max(fillings, key=lambda places: _covered(sizes, places))
    return best, _page_size(sizes, best, rules)


def _attempts(sizes: Sequence[Size], area: int, rules: PageRules) -> Iterator[tuple[Size, Taste]]:
    """Pages to try, with what to put first; none where the area alone is too much for one page."""
    longest = rules.side + rules.gap
    if area > longest * longest:
        return iter(())
    tastes = _tastes(sizes, rules)
    if rules.power_of_two:
        return product(_powers(area, rules), tastes)
    least = max(min(size) if rules.rotate else size.width for size in sizes)
    if rules.square:
        tall = max(max(size) if rules.rotate else size.height for size in sizes)
        sides = {min(longest, max(least, tall, round((area * (1 + 0.01 * step)) ** 0.5))) for step in range(40)}
        return product((Size(side, side) for side in sorted(sides | {longest})), tastes)
    widths = [min(longest, max(least, round(area**0.5 * stretch))) for stretch in STRETCH]
    return ((Size(width, longest), taste) for width, taste in product(dict.fromkeys(widths), tastes))


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


def _tastes(sizes: Sequence[Size], rules: PageRules) -> list[Taste]:
    if not rules.rotate:
        return [BOTH_WAYS, TALL_FIRST]
    sides = np.array(sizes)
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
