"""What grows and lies about: woods, trees on them, small things in clusters."""

from typing import NamedTuple

import numpy as np

from limner.recipes.scenes.catalogue import catalogue
from limner.recipes.scenes.chance import noise, uniform
from limner.recipes.scenes.grids import Mask, grown, shrunk, without_small
from limner.recipes.scenes.paths import Cell
from limner.recipes.scenes.reading import Wish

COPSE, WOODS = 0.07, 0.36  # share of the cover that trees stand on: where nobody said so, and where somebody did
SMALLEST_WOODS = 14  # cells
SPACING = 1.5  # tiles between trees in a row
MISSING = 0.1  # of the trees of a wood
SCATTERED = 0.028  # small things for each cell of cover
ASKED = 0.012  # of each that the prompt names without a number


class Planted(NamedTuple):
    """A tree or a small thing; its foot in tiles from the upper left corner of the map."""

    name: str  # `tree/0`, `tree/1`, or the id of a prop
    x: float
    y: float
    flipped: bool
    blocks: bool

    @property
    def cell(self) -> Cell:
        """The cell that its foot stands on."""
        return int(np.ceil(self.y)) - 1, int(self.x)


class Plants(NamedTuple):
    """Where something may grow, in cells."""

    cover: Mask
    dry: Mask
    woods: Mask
    roads: Mask
    reserved: Mask
    spawn: Cell
    seed: int


def woods_of(wish: Wish, cover: Mask, kept: Mask, seed: int) -> Mask:
    """Cells of woods: so much of the cover, in large pieces, away from what is kept free."""
    if wish.woods is None and {"forest", "pinewood", "jungle", "deadwood"} & wish.without:
        return np.zeros_like(cover)
    free = cover & ~kept
    share = COPSE if wish.woods is None else WOODS if wish.landmarks else WOODS + 0.2
    field = noise(seed, "woods", cover.shape, max(6.0, min(cover.shape) / 3.2))
    if not free.any():
        return free
    level = np.quantile(field[free], max(0.0, 1 - share * max(1, cover.sum()) / max(1, free.sum())))
    woods = free & (field > level)
    opened = without_small(grown(shrunk(woods)) & free, SMALLEST_WOODS)
    return opened if opened.any() else woods


def planted(wish: Wish, plants: Plants) -> tuple[list[Planted], list[str]]:
    """Trees and small things, and a sentence for each of a number that found no room."""
    found = _trees(wish, plants)
    taken = plants.roads | plants.reserved | _cells(found, plants.cover.shape)
    taken |= grown(_at(plants.spawn, taken.shape))
    missing: list[str] = []
    ground = catalogue().grounds[wish.ground]
    cells = int(plants.cover.sum())
    asked = dict(wish.props)
    orders = [(name, count, count is not None) for name, count in asked.items()]
    rest = [name for name in ground.scatter if name not in asked and name not in wish.without]
    orders += [(name, round(cells * SCATTERED / max(1, len(rest))), False) for name in rest]
    for name, count, exact in orders:
        wanted = max(3, round(cells * ASKED)) if count is None else count
        lying = _scattered(name, wanted, plants, taken)
        if exact and len(lying) < wanted:
            missing.append(f"there is room for {len(lying)} of {wanted} {name} only; make the scene larger")
        found += lying
        taken |= _cells(lying, taken.shape)
    return found, missing


def _trees(wish: Wish, plants: Plants) -> list[Planted]:
    """Trees in staggered rows that nobody sees for rows: each strays, some are missing."""
    rows, columns = plants.woods.shape
    count = int(columns / SPACING) + 2
    chance = uniform(plants.seed, "trees", (rows, count, 5))
    at = np.arange(count)[None] * SPACING + (np.arange(rows)[:, None] % 2) * SPACING / 2
    x = at + 0.5 + (chance[..., 0] - 0.5) * 0.7
    y = np.arange(rows)[:, None] + 0.72 + chance[..., 1] * 0.26
    kind = noise(plants.seed, "kinds of tree", plants.woods.shape, 7.0)
    found = []
    for row, nth in np.argwhere((chance[..., 2] >= MISSING) & (x < columns - 0.1) & (x > 0.1)).tolist():
        cell = row, int(x[row, nth])
        if plants.woods[cell]:
            second = kind[cell] + 0.3 * (chance[row, nth, 3] - 0.5) > 0.62
            found.append(
                Planted(
                    f"tree/{int(second)}", float(x[row, nth]), float(y[row, nth]), bool(chance[row, nth, 4] < 0.5), True
                )
            )
    return found


def _scattered(name: str, count: int, plants: Plants, taken: Mask) -> list[Planted]:
    """So many of one kind at different cells, close to others of their kind."""
    element = catalogue().elements[name]
    shape = plants.cover.shape
    free = (plants.cover if plants.cover.any() else plants.dry) & ~taken
    chance = uniform(plants.seed, f"scatter {name}", (*shape, 4))
    score = noise(plants.seed, f"clusters {name}", shape, 7.0) + 0.45 * chance[..., 0]
    order = np.argsort(np.where(free, -score, np.inf), axis=None, kind="stable")[: min(count, int(free.sum()))]
    found = []
    for row, column in zip(*np.unravel_index(order, shape), strict=True):
        x = float(column + 0.35 + 0.3 * chance[row, column, 1])
        y = float(row + 0.7 + 0.25 * chance[row, column, 2])
        found.append(Planted(name, x, y, bool(chance[row, column, 3] < 0.5), not element.flat))
    return found


def _cells(plants: list[Planted], shape: tuple[int, ...]) -> Mask:
    found = np.zeros(shape, np.bool_)
    for plant in plants:
        found[plant.cell] = True
    return found


def _at(cell: Cell, shape: tuple[int, ...]) -> Mask:
    found = np.zeros(shape, np.bool_)
    found[cell] = True
    return found
