"""Where land and water lie, on the corners of the tiles: noise and the shape of the landform."""

from typing import NamedTuple

import numpy as np

from limner.atlas.geometry import Size
from limner.recipes.scenes.chance import Floats, noise, uniform
from limner.recipes.scenes.grids import (
    Mask,
    components,
    distance,
    grown,
    largest,
    moved,
    sizes,
    without_saddles,
    without_small,
)
from limner.recipes.scenes.paths import cheapest

EDGE = 2  # rings of corners around an island that are water
ISLET = 24  # land of fewer corners is washed away
PUDDLE = 20  # water of fewer corners dries up
SHARE = {"island": 0.44, "islands": 0.4, "coast": 0.62, "lake": 0.86}  # of the corners that are land


class Land(NamedTuple):
    """The ground of a scene, on its corners (h + 1, w + 1)."""

    land: Mask
    sea: Mask  # water that has a beach
    height: Floats  # in [0, 1]


def formed(landforms: tuple[str, ...], size: Size, seed: int) -> Land:
    """The land of these landforms together; without any it is land everywhere."""
    shape = (size.height + 1, size.width + 1)
    height = noise(seed, "height", shape, max(6.0, min(shape) / 3))
    wet = [form for form in landforms if form in SHARE]
    land = np.ones(shape, np.bool_)
    for form in wet:
        land &= _mask(form, height, seed)
    if "island" in landforms or "islands" in landforms:
        land[:EDGE], land[-EDGE:], land[:, :EDGE], land[:, -EDGE:] = False, False, False, False
    land = _tidy(land, keep_one="island" in landforms)
    sea = ~land
    if "river" in landforms:
        land &= ~_river(land, height, seed)
    return Land(without_saddles(land), sea, height)


def _mask(form: str, height: Floats, seed: int) -> Mask:
    """The land of one form: so much of the corners as lie highest once its shape is added to the noise."""
    rows, columns = height.shape
    y, x = np.linspace(-1, 1, rows)[:, None], np.linspace(-1, 1, columns)[None]
    if form == "island":
        apart = (np.abs(x) ** 2.6 + np.abs(y) ** 2.6) ** (1 / 2.6)
        shape = -apart - 4 * np.maximum(apart - 0.72, 0)
        weight = 0.4
    elif form == "coast":
        angle = 2 * np.pi * uniform(seed, "coast", (1,))[0]
        shape = x * np.cos(angle) + y * np.sin(angle)
        weight = 0.6
    elif form == "lake":
        down, right = uniform(seed, "lake", (2,)) * 0.5 - 0.25
        shape = np.minimum(np.hypot((x - right) * 1.1, (y - down) * 1.3), 0.9)
        weight = 0.5
    else:
        shape = -(np.maximum(np.abs(x), np.abs(y)) ** 6)
        weight = 0.5
        height = noise(seed, "islands", height.shape, max(5.0, min(height.shape) / 5))
    field = height + weight * shape
    return np.asarray(field > np.quantile(field, 1 - SHARE[form]), np.bool_)


def _tidy(land: Mask, keep_one: bool) -> Mask:
    """Without specks of land, puddles, spits and inlets; with `keep_one` only the largest land is left."""
    for _ in range(3):
        neighbours = sum(
            np.pad(land, 1, mode="edge")[1 + y : 1 + y + land.shape[0], 1 + x : 1 + x + land.shape[1]].astype(int)
            for y in (-1, 0, 1)
            for x in (-1, 0, 1)
        )
        land = np.asarray((neighbours >= 5), np.bool_)
    smallest = min(ISLET, land.size // 12)
    land = ~without_small(~without_small(land, smallest), min(PUDDLE, land.size // 12))
    if not land.any():
        land[land.shape[0] // 2 - 1 : land.shape[0] // 2 + 2, land.shape[1] // 2 - 1 : land.shape[1] // 2 + 2] = True
    return largest(land) if keep_one else land


def _river(land: Mask, height: Floats, seed: int) -> Mask:
    """A river two corners wide from one side of the land to the other, or down to the sea, along the lowest way."""
    rows, columns = land.shape
    across = rows > columns if land.all() else bool(uniform(seed, "river", (1,))[0] < 0.5)
    start, end = (_end(land, seed, side, across) for side in (0, 1))
    border = np.ones(land.shape)
    border[2:-2, 2:-2] = 0
    cost = 0.15 + 3 * border + noise(seed, "meander", land.shape, 7.0) ** 2 * 4 + height
    path = cheapest(cost, start, end)
    river = np.zeros_like(land)
    if path:
        river[tuple(np.array(path).T)] = True
    return river | moved(river, 1, 0) | moved(river, 0, 1) | moved(river, 1, 1)


def _end(land: Mask, seed: int, side: int, across: bool) -> tuple[int, int]:
    """A corner in the outermost water or on the border, on one side of the map."""
    rows, columns = land.shape
    share = 0.25 + 0.5 * uniform(seed, f"river end {side}", (1,))[0]
    if across:
        return int(share * (rows - 1)), (0 if side == 0 else columns - 1)
    return (0 if side == 0 else rows - 1), int(share * (columns - 1))


def beach(form: Land, seed: int, wide: int) -> Mask:
    """Land within about `wide` corners of the sea (not of rivers): sand. The rest of the land is covered."""
    if not form.sea.any():
        return np.zeros_like(form.land)
    ragged = noise(seed, "beach", form.land.shape, 5.0) * 2 * wide
    near: Mask = form.land & (distance(form.sea, 8) <= np.maximum(1, np.round(ragged)))
    cover = without_saddles(_smoothed(form.land & ~near))
    return form.land & ~cover


def _smoothed(cover: Mask) -> Mask:
    parts = without_small(cover, min(12, cover.size // 20))
    hollow = components(~parts)
    small = (sizes(hollow) < 6)[hollow] & ~parts & ~grown(~cover & ~grown(cover))
    return np.asarray(parts | (small & cover), np.bool_)
