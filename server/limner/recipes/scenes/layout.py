"""The layout of a top-down scene: land, landmarks, roads, woods, props, all by seed. Pure numpy; nothing is drawn here.

Terrain lies on the corners of the tiles, (h + 1, w + 1), so that every layout has its Wang tile; things stand on cells, (h, w).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from limner.atlas.geometry import Size
from limner.recipes.scenes.catalogue import catalogue
from limner.recipes.scenes.chance import noise
from limner.recipes.scenes.grids import Mask, cells_of, grown, largest, touched
from limner.recipes.scenes.land import Land, beach, formed
from limner.recipes.scenes.landmarks import Site, Spot, placed
from limner.recipes.scenes.paths import Cell, network
from limner.recipes.scenes.planting import Planted, Plants, planted, woods_of
from limner.recipes.scenes.reading import Wish

TOP, RIGHT, BOTTOM, LEFT = 1, 2, 4, 8  # sides that a road crosses, as in `edge_tiles`
BRIDGE_COST, DRIFT = 9.0, 1.2  # of a cell of river; how far a road strays
SIDES = {(-1, 0): (TOP, BOTTOM), (0, 1): (RIGHT, LEFT), (1, 0): (BOTTOM, TOP), (0, -1): (LEFT, RIGHT)}


class Exit(NamedTuple):
    """Where a road leaves the map."""

    side: str
    cell: Cell


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Layout:
    """Where everything is. Equal wishes, sizes and seeds give equal layouts."""

    size: Size
    land: Mask  # corners
    cover: Mask  # corners of the land that are no beach
    floor: Mask  # corners of the cover that lie under trees
    roads: NDArray[np.uint8]  # cells: the sides that a road crosses, 0 where there is none
    bridges: Mask  # cells of roads over water
    woods: Mask  # cells
    spots: tuple[Spot, ...]
    plants: tuple[Planted, ...]
    spawn: Cell
    exits: tuple[Exit, ...]
    warnings: tuple[str, ...]

    @property
    def dry(self) -> Mask:
        """Cells that are land all over."""
        return cells_of(self.land)

    @property
    def blocked(self) -> Mask:
        """Cells that something stands on."""
        found = np.zeros(self.dry.shape, np.bool_)
        for spot in self.spots:
            found[spot.row : spot.row + spot.height, spot.column : spot.column + spot.width] = True
        for plant in self.plants:
            if plant.blocks:
                found[plant.cell] = True
        return found

    @property
    def walkable(self) -> Mask:
        """Cells that people walk on."""
        return (self.dry | self.bridges) & ~self.blocked


def laid_out(wish: Wish, size: Size, seed: int) -> Layout:
    """The layout of a wish."""
    form = formed(_landforms(wish), size, seed)
    sand = beach(form, seed, 2)
    dry = cells_of(form.land)
    river = touched(~form.land) & ~grown(touched(form.sea))
    ground = largest(dry | river) & dry
    site = Site(ground, dry, form.land, _cells(form), seed)
    spots, warnings = placed(wish, site)
    exits = () if form.sea.any() else _exits(site, spots)
    spawn = _spawn(site, spots, sand, exits)
    roads, bridges = _roads(site, spots, spawn, exits, river)
    cover = form.land & ~sand
    kept = grown(_reserved(spots, dry.shape), 1) | grown(roads > 0) | grown(_at(spawn, dry.shape), 2)
    woods = woods_of(wish, cells_of(cover) & ground, kept, seed)
    floor = _floor(woods, cover)
    plants, missing = planted(
        wish, Plants(cells_of(cover) & ground, dry & ground, woods, roads > 0, _reserved(spots, dry.shape), spawn, seed)
    )
    return Layout(
        size=size,
        land=form.land,
        cover=cover,
        floor=floor,
        roads=roads,
        bridges=bridges,
        woods=woods,
        spots=tuple(spots),
        plants=tuple(plants),
        spawn=spawn,
        exits=exits,
        warnings=(*wish.warnings, *warnings, *missing),
    )


def _landforms(wish: Wish) -> tuple[str, ...]:
    """The landforms of a wish; what needs water and has none gets a coast."""
    forms = tuple(form for form in wish.landforms if form not in ("water", "plain"))
    elements: Mapping[str, object] = dict(wish.landmarks)
    wet = "water" in wish.landforms or any(catalogue().elements[name].place != "land" for name in elements)
    if not forms and wet:
        return ("coast",)
    return forms


def _cells(form: Land) -> NDArray[np.float64]:
    """The height of each cell."""
    height = form.height
    return (height[:-1, :-1] + height[1:, :-1] + height[:-1, 1:] + height[1:, 1:]) / 4


def _at(cell: Cell, shape: tuple[int, ...]) -> Mask:
    found = np.zeros(shape, np.bool_)
    found[cell] = True
    return found


def _reserved(spots: list[Spot], shape: tuple[int, ...]) -> Mask:
    """Cells under the pictures of landmarks, and before their doors."""
    found = np.zeros(shape, np.bool_)
    for spot in spots:
        top, left, bottom, right = spot.covers
        found[max(0, top) : bottom + 1, max(0, left) : right] = True
    return found


def _exits(site: Site, spots: list[Spot]) -> tuple[Exit, ...]:
    """Two opposite sides of a map without a sea, where its road comes and goes; one side where there is nothing to go to."""
    rows, columns = site.ground.shape
    lines = (
        [("west", [(row, 0) for row in range(rows)]), ("east", [(row, columns - 1) for row in range(rows)])]
        if columns >= rows
        else [("north", [(0, c) for c in range(columns)]), ("south", [(rows - 1, c) for c in range(columns)])]
    )
    taken = _reserved(spots, site.ground.shape)
    found = []
    for side, line in lines:
        free = [cell for cell in line if site.ground[cell] and not taken[cell]]
        if free:
            found.append(Exit(side, free[int(len(free) * (0.3 + 0.4 * site.chance(f"exit {side}")))]))
    return tuple(found)


def _spawn(site: Site, spots: list[Spot], sand: Mask, exits: tuple[Exit, ...]) -> Cell:
    """Where the player starts: at an exit, or on the beach away from the landmarks."""
    if exits:
        row, column = exits[0].cell
        for step in (2, 1, 0):
            inside = (
                min(row, site.ground.shape[0] - 1 - step),
                min(max(column, step), site.ground.shape[1] - 1 - step),
            )
            if site.ground[inside] and not _reserved(spots, site.ground.shape)[inside]:
                return inside
    free = site.ground & ~grown(_reserved(spots, site.ground.shape))
    free = free if free.any() else site.ground & ~_reserved(spots, site.ground.shape)
    if not free.any():
        return 0, 0
    score = touched(sand) * 0.5 + noise(site.seed, "spawn", site.ground.shape, 6.0)
    rows, columns = np.indices(free.shape)
    apart = [np.hypot(rows - spot.row, columns - spot.column) for spot in spots]
    if apart:
        score = score + np.minimum(np.min(apart, axis=0), 24) / 24
    best = int(np.where(free, score, -np.inf).argmax())
    return best // free.shape[1], best % free.shape[1]


def _roads(
    site: Site, spots: list[Spot], spawn: Cell, exits: tuple[Exit, ...], river: Mask
) -> tuple[NDArray[np.uint8], Mask]:
    """The sides that roads cross in each cell, and the cells where they are bridges."""
    shape = site.ground.shape
    stands = np.zeros(shape, np.bool_)
    for spot in spots:
        stands[spot.row : spot.row + spot.height, spot.column : spot.column + spot.width] = True
    cost = 1 + DRIFT * noise(site.seed, "road", shape, 5.0) + 2.0 * grown(touched(~site.land)) + 3.0 * grown(stands)
    cost[_reserved(spots, shape)] += 4.0
    cost[[0, -1]] += 3.0
    cost[:, [0, -1]] += 3.0
    cost[river] = BRIDGE_COST
    cost[~(site.dry | river) | stands] = np.inf
    ends = [*(one.cell for one in exits), spawn, *(spot.door for spot in spots if spot.joined)]
    ways = network(cost, [cell for cell in dict.fromkeys(ends) if cost[cell] < np.inf])
    crossed = np.zeros(shape, np.uint8)
    for way in ways:
        for here, there in pairwise(way):
            out, into = SIDES[there[0] - here[0], there[1] - here[1]]
            crossed[here] |= out
            crossed[there] |= into
    for side, cell in exits:
        crossed[cell] |= {"west": LEFT, "east": RIGHT, "north": TOP, "south": BOTTOM}[side]
    for spot in spots:
        if spot.joined and crossed[spot.door]:
            crossed[spot.door] |= TOP  # up to the doorstep
    return crossed, (crossed > 0) & ~site.dry


def _floor(woods: Mask, cover: Mask) -> Mask:
    """Corners in the middle of woods."""
    padded = np.pad(woods, 1, mode="edge")
    inner: Mask = padded[:-1, :-1] & padded[1:, :-1] & padded[:-1, 1:] & padded[1:, 1:]
    return inner & cover


def reach(layout: Layout) -> Mask:
    """Cells that can be walked to from the spawn point."""
    walkable = layout.walkable
    found = _at(layout.spawn, walkable.shape)
    count = 0
    while (now := int(found.sum())) != count:
        count = now
        found = grown(found, corners=False) & walkable
    return found
