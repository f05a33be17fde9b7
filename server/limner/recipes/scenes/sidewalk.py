"""The layout of a scene from the side: ground to walk on, gaps of water, ledges to jump to, and what stands there.

The surface of the ground lies on the corners of the tiles: column x is solid from row `surface[x]` down.
"""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from limner.atlas.geometry import Size
from limner.recipes.scenes.catalogue import catalogue
from limner.recipes.scenes.chance import noise, uniform
from limner.recipes.scenes.grids import Mask
from limner.recipes.scenes.reading import Wish

Rows = NDArray[np.int64]
STEP = 2  # tiles that a figure can climb
GAP = 3  # tiles of water that it can jump over
LEDGE_ABOVE = 3  # tiles between the ground and a ledge
WET = {"island", "islands", "coast", "lake", "river", "water"}


class Standing(NamedTuple):
    """A sprite on the ground: its middle and its foot in tiles."""

    name: str
    x: float
    y: float
    flipped: bool
    kind: str  # landmark, plant or prop


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Sidewalk:
    """Where everything is, from the side."""

    size: Size
    surface: Rows  # (w + 1,): the first solid corner of each column
    solid: Mask  # corners (h + 1, w + 1), with ledges
    water_level: int | None  # the first row of water, where there is any
    standing: tuple[Standing, ...]
    spawn: int  # the column where the player starts
    warnings: tuple[str, ...]

    @property
    def wet(self) -> Mask:
        """Columns of corners whose ground lies under water."""
        level = self.water_level
        return np.zeros(len(self.surface), np.bool_) if level is None else np.asarray(self.surface > level, np.bool_)


def walked(wish: Wish, size: Size, seed: int) -> Sidewalk:
    """The layout of a wish from the side."""
    surface = _ground(size, seed)
    level = int(np.median(surface)) + 1 if WET & set(wish.landforms) else None
    surface = surface if level is None else _with_water(surface, level, wish, seed)
    surface, landmarks, warnings = _landmarks(surface, level, wish, seed)
    surface = stepped(surface, level)
    rows = np.arange(size.height + 1)[:, None]
    solid = rows >= surface[None]
    taken = np.zeros(len(surface), np.bool_)
    for one in landmarks:
        reach = catalogue().elements[one.name].size[0] // 2 + 1
        taken[max(0, int(one.x) - reach) : int(one.x) + reach + 2] = True
    dry = surface <= (level if level is not None else size.height)
    spawn = int(np.argmax(dry & ~taken & (np.arange(len(surface)) >= 2)))
    taken[spawn : spawn + 2] = True
    solid |= _ledges(surface, dry & ~taken, size, seed)
    standing = [one._replace(y=float(surface[int(one.x)]) - 0.5) for one in landmarks]
    standing += _growing(surface, dry & ~taken, wish, seed)
    return Sidewalk(
        size=size,
        surface=surface,
        solid=np.asarray(solid, np.bool_),
        water_level=level,
        standing=tuple(standing),
        spawn=spawn,
        warnings=(*wish.warnings, *warnings),
    )


def _ground(size: Size, seed: int) -> Rows:
    """Flat stretches of 3 to 7 tiles at heights that follow soft noise."""
    columns = size.width + 1
    widths = 3 + (uniform(seed, "stretches", (columns,)) * 5).astype(int)
    stretch = np.repeat(np.arange(columns), widths)[:columns]
    high = noise(seed, "ground from the side", (2, columns), max(8.0, columns / 5))[0]
    mean = np.array([high[stretch == one].mean() for one in range(int(stretch[-1]) + 1)])[stretch]
    spread = max(1.0, size.height * 0.3)
    return np.clip(np.rint(size.height * 0.72 - (mean - 0.5) * spread), 3, size.height - 2).astype(np.int64)


def _with_water(surface: Rows, level: int, wish: Wish, seed: int) -> Rows:
    """The ground sunk where there is water: at the ends of islands and coasts, in gaps that can be jumped for rivers and lakes."""
    out = np.minimum(surface, level)
    columns = len(surface)
    deep = level + 3
    ends = max(3, columns // 8)
    if {"island", "islands"} & set(wish.landforms):
        out[:ends], out[-ends:] = deep, deep
    elif {"coast", "water"} & set(wish.landforms):
        out[-ends:] = deep
    if {"river", "lake", "islands"} & set(wish.landforms):
        for number in range(max(1, columns // 40)):
            at = int(columns * (0.3 + 0.45 * uniform(seed, f"gap {number}", (1,))[0]))
            out[at : at + GAP] = deep
    return out


def _landmarks(surface: Rows, level: int | None, wish: Wish, seed: int) -> tuple[Rows, list[Standing], list[str]]:
    """Landmarks side by side over the dry ground, which is level under each; and a sentence for those without room."""
    book = catalogue().elements
    names: list[str] = []
    for name, count in wish.landmarks:
        pieces = [piece for piece, several in book[name].pieces.items() for _ in range(min(3, several))]
        names += (pieces or [name]) * count
    names = [name for name in names if book[name].place != "water"]
    out = surface.copy()
    found: list[Standing] = []
    missing: list[str] = []
    dry = np.flatnonzero(surface <= (level if level is not None else surface.max()))
    order = np.argsort(uniform(seed, "order of landmarks", (len(names),)), kind="stable")
    for slot, name in enumerate(names[index] for index in order):
        width = book[name].size[0]
        at = 5 + round((len(dry) - 8) * (slot + 0.6) / len(names)) if len(names) else 0
        if at >= len(dry) - 2 or (found and dry[at] - found[-1].x < width + 1):
            missing.append(f"there is no room for {name}; make the scene wider")
            continue
        column = int(dry[at])
        reach = slice(max(0, column - width // 2 - 1), column + width // 2 + 2)
        flat = out[reach] <= (level if level is not None else out.max())
        out[reach] = np.where(flat, out[column], out[reach])
        found.append(Standing(name, float(column), 0.0, False, "landmark"))
    return out, found, missing


def stepped(surface: Rows, level: int | None) -> Rows:
    """The ground without steps that nobody climbs, from left to right; the banks of water stay steep."""
    out = surface.copy()
    for column in range(1, len(out)):  # a column follows from the one before
        if level is not None and max(out[column], out[column - 1]) > level:
            continue
        out[column] = np.clip(out[column], out[column - 1] - STEP, out[column - 1] + STEP)
    return out


def _ledges(surface: Rows, free: Mask, size: Size, seed: int) -> Mask:
    """Thin ledges of four corners, a jump above the ground."""
    found = np.zeros((size.height + 1, len(surface)), np.bool_)
    for number in range(len(surface) // 14):
        column = int(uniform(seed, f"ledge {number}", (1,))[0] * (len(surface) - 8)) + 3
        reach = slice(column, column + 4)
        row = int(surface[reach].min()) - LEDGE_ABOVE
        if free[reach].all() and row > 2 and not found[:, column - 1 : column + 5].any():
            found[row, reach] = True
    return found


def _growing(surface: Rows, free: Mask, wish: Wish, seed: int) -> list[Standing]:
    """Trees in groups and small things between them, in front of nothing."""
    columns = len(surface)
    chance = uniform(seed, "growing", (columns, 4))
    woods = noise(seed, "woods from the side", (2, columns), 9.0)[0]
    none = wish.woods is None and bool({"forest", "pinewood", "jungle", "deadwood"} & wish.without)
    level = 2.0 if none else 0.42 if wish.woods else 0.6
    asked = [name for name, _ in wish.props]
    ground = catalogue().grounds[wish.ground]
    small = asked + [name for name in ground.scatter if name not in asked and name not in wish.without]
    found = []
    for column in range(1, columns - 1):
        flat = surface[column - 1] == surface[column] == surface[column + 1]
        if not (free[column] and flat):
            continue
        x, y, flipped = column + 0.4 * (chance[column, 0] - 0.5), float(surface[column]) - 0.5, chance[column, 1] < 0.5
        if woods[column] > level and chance[column, 2] < 0.62:
            found.append(Standing(f"tree/{int(chance[column, 3] < 0.35)}", x, y, bool(flipped), "plant"))
        elif small and chance[column, 2] > 0.84:
            found.append(Standing(small[int(chance[column, 3] * len(small))], x, y, bool(flipped), "prop"))
    return found
