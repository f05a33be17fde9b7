"""Where landmarks stand: each at the best place that is left, by what it wants."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from limner.recipes.scenes.catalogue import Element, catalogue
from limner.recipes.scenes.chance import noise, uniform
from limner.recipes.scenes.grids import Mask, distance, touched
from limner.recipes.scenes.paths import Cell
from limner.recipes.scenes.reading import Wish

Floats = NDArray[np.float64]
ROWED = ("tombstone",)  # stand in rows


class Spot(NamedTuple):
    """A landmark that stands: the cells it blocks from (row, column), and what it belongs to."""

    name: str  # the element
    row: int
    column: int
    width: int
    height: int
    sprite: tuple[int, int]  # width and height of its picture, in tiles
    group: str  # the element that the prompt named: itself, or the cluster
    joined: bool  # a road leads to it

    @property
    def door(self) -> Cell:
        """The cell before it."""
        return self.row + self.height, self.column + self.width // 2

    @property
    def covers(self) -> tuple[int, int, int, int]:
        """Top, left, bottom and right of its picture, in cells."""
        left = self.column + (self.width - self.sprite[0]) // 2
        bottom = self.row + self.height
        return bottom - self.sprite[1], left, bottom, left + self.sprite[0]


class Site(NamedTuple):
    """The ground to build on, in cells."""

    ground: Mask  # land that hangs together
    dry: Mask
    land: Mask  # corners
    height: Floats
    seed: int

    def chance(self, name: str) -> float:
        return float(uniform(self.seed, name, (1,))[0])


def placed(wish: Wish, site: Site) -> tuple[list[Spot], list[str]]:
    """The landmarks of a wish, the largest first, and a sentence for each that found no room."""
    spots: list[Spot] = []
    missing: list[str] = []
    taken = np.zeros(site.ground.shape, np.bool_)
    for name, count in wish.landmarks:
        element = catalogue().elements[name]
        for number in range(count):
            found = _cluster(element, number, site, taken, spots) if element.pieces else None
            if not element.pieces:
                spot = _best(element, f"{name} {number}", site, taken, spots, name)
                found = [spot] if spot else None
                if spot:
                    _take(taken, spot)
            if not found:
                missing.append(f"there is no room for {name} {number + 1} of {count}; make the scene larger")
                break
            spots += found
    return spots, missing


def _cluster(element: Element, number: int, site: Site, taken: Mask, spots: list[Spot]) -> list[Spot]:
    """The pieces of a village and the like, close around a middle."""
    rows, columns = site.ground.shape
    middle = Element(
        id=element.id, group="landmark", words=(), size=(3, 3), blocks=(min(7, columns // 3), min(5, rows // 3))
    )
    heart = _best(middle, f"{element.id} {number}", site, taken, spots, element.id)
    if heart is None:
        return []
    centre = (heart.row + heart.height // 2, heart.column + heart.width // 2)
    found: list[Spot] = []
    for name, count in sorted(element.pieces.items(), key=lambda item: item[1]):
        piece = catalogue().elements[name]
        for each in range(count):
            spot = _best(piece, f"{element.id} {number} {name} {each}", site, taken, spots + found, element.id, centre)
            if spot is not None:
                _take(taken, spot)
                found.append(spot if name not in ROWED or each == 0 else spot._replace(joined=False))
    return found


def _take(taken: Mask, spot: Spot) -> None:
    """What stands keeps its picture free, and a cell around it."""
    top, left, bottom, right = spot.covers
    taken[max(0, top) : bottom + 1, max(0, left - 1) : right + 1] = True


def _best(
    element: Element, name: str, site: Site, taken: Mask, spots: list[Spot], group: str, centre: Cell | None = None
) -> Spot | None:
    """The best free place, first with room around it, then without."""
    width, height = element.blocks
    free = _water(site) if element.place == "water" else site.ground
    score = _score(element, name, site, spots, centre)
    for margin in (1, 0):
        fits = _fits(free & ~taken, width, height, margin, doorstep=element.place != "water")
        if element.id in ROWED and centre is not None:
            rows, columns = np.indices(fits.shape)
            fits &= ((rows - centre[0]) % 2 == 0) & ((columns - centre[1]) % 2 == 0)
        if fits.any():
            row, column = divmod(int(np.where(fits, score, -np.inf).argmax()), fits.shape[1])
            joined = element.place != "water"
            return Spot(element.id, row, column, width, height, element.size, group, joined)
    return None


def _fits(free: Mask, width: int, height: int, margin: int, doorstep: bool) -> Mask:
    """Where a block fits with its upper left cell: all of it free, so many cells around it, and the row below it for its door."""
    rows, columns = free.shape
    total = np.pad(np.cumsum(np.cumsum(free, axis=0), axis=1), ((1, 0), (1, 0)))
    fits = np.zeros(free.shape, np.bool_)
    down, right = height + 2 * margin + (doorstep and not margin), width + 2 * margin
    if down > rows or right > columns:
        return fits
    count = total[down:, right:] - total[:-down, right:] - total[down:, :-right] + total[:-down, :-right]
    fits[margin : margin + count.shape[0], margin : margin + count.shape[1]] = count == down * right
    return fits


def _water(site: Site) -> Mask:
    """Cells of open water, not far out."""
    wet = ~touched(site.land)
    near = distance(touched(site.land), 12)
    return wet & (near >= 2) & (near <= 9)


def _score(element: Element, name: str, site: Site, spots: list[Spot], centre: Cell | None) -> Floats:
    """How good each cell is for an element."""
    shape = site.ground.shape
    rows, columns = np.indices(shape)
    score: Floats = 0.5 * noise(site.seed, f"site {name}", shape, 5.0)
    if centre is not None:
        return np.asarray(score - 0.35 * np.hypot(rows - centre[0], (columns - centre[1]) * 0.8))
    if element.place == "coast":
        return np.asarray(score - 0.25 * distance(touched(~site.land), 16))
    if element.place == "water":
        return score
    middle = np.hypot((rows / shape[0] - 0.5) * 2, (columns / shape[1] - 0.5) * 2)
    score = score + 0.5 * site.height - 0.35 * middle
    for spot in spots:
        score = score + 0.04 * np.minimum(np.hypot(rows - spot.row, columns - spot.column), 12)
    return score
