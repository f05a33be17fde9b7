"""A top-down scene from its layout and its art: terrain as complete Wang sets, props with footprints, regions."""

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from limner.atlas.borders import Border
from limner.atlas.geometry import Box, Point, Size
from limner.atlas.scenes import EMPTY, PictureLayer, Prop, PropLayer, Region, RegionLayer, Scene, TileLayer
from limner.atlas.sprites import Provenance
from limner.atlas.terrain import Ground, corner_tiles, edge_tiles
from limner.atlas.tilesets import Tileset
from limner.recipes.scenes.art import Art, varied
from limner.recipes.scenes.catalogue import catalogue
from limner.recipes.scenes.chance import uniform
from limner.recipes.scenes.grids import Mask, components, sizes
from limner.recipes.scenes.layout import Layout
from limner.recipes.scenes.reading import Wish

Colour = tuple[int, int, int]
LIGHT: Mapping[str, tuple[Colour, float]] = {
    "dawn": ((255, 190, 150), 0.16),
    "dusk": ((226, 104, 60), 0.22),
    "night": ((18, 24, 74), 0.4),
    "rain": ((70, 90, 120), 0.2),
    "storm": ((40, 48, 70), 0.34),
    "snowfall": ((236, 242, 250), 0.16),
    "fog": ((220, 226, 230), 0.36),
}  # what lies over the whole scene
FULL, VARIANTS = 15, 3  # the tile of a corner set that is inner all over; how many more of it there are
BIOMES = 8  # regions of woods at most
COAST = Border(ragged=0.1, outline=1, shade=0.82)
MEADOW = Border(ragged=0.12, outline=1, shade=0.88)
WOODS = Border(ragged=0.15)
ROAD = Border(ragged=0.05, outline=1, shade=0.8)
BRIDGE = Border(corners="square", outline=1, shade=0.6)


def composed(
    name: str, wish: Wish, layout: Layout, art: Art, tile: int, provenance: Provenance, seed: int = 0
) -> Scene:
    """The whole scene; the same for the same layout, art and seed, which picks among tiles that are alike."""
    tilesets = terrains(art, wish)
    layers = [
        TileLayer(name="ground", tileset="ground", tiles=strewn(cornered(layout.land, outer=True), seed, (FULL, 0))),
        TileLayer(name="cover", tileset="cover", tiles=strewn(cornered(layout.cover), seed)),
        TileLayer(name="detail", tileset="floor", tiles=strewn(cornered(layout.floor), seed)),
        TileLayer(name="roads", tileset="road", tiles=_crossed(layout.roads, ~layout.bridges)),
        TileLayer(name="bridges", tileset="bridge", tiles=_crossed(layout.roads, layout.bridges)),
    ]
    props = PropLayer(name="props", props=(*_landmarks(layout, art, tile), *_plants(layout, art, tile)))
    used = {prop.sprite for prop in props.props}
    return Scene(
        name=name,
        size=layout.size,
        tile_size=Size(tile, tile),
        tilesets=tilesets,
        sprites=tuple(sprite for key, sprite in art.sprites.items() if key in used),
        layers=(*layers, props, *overhead(wish), RegionLayer(name="regions", regions=tuple(_regions(layout, tile)))),
        properties=_properties(wish, layout),
        provenance=provenance,
    )


def terrains(art: Art, wish: Wish) -> tuple[Tileset, ...]:
    """A complete Wang set for every border: 16 tiles each. What has no pixels outside lies over another layer."""
    book = catalogue().grounds[wish.ground]
    water = Ground(book.water, art.textures["water"])
    shore, cover = Ground(book.shore, art.textures["shore"]), Ground(book.cover, art.textures["cover"])
    clear = Ground("none", None)
    ground = with_variants(corner_tiles("ground", shore, water, COAST), (FULL, 0))
    wet = frozenset(number for number, wang_id in ground.wang_sets[0].wang_ids.items() if 1 in wang_id[1::2])
    return (
        replace(ground, solid=wet),  # all but dry land
        with_variants(corner_tiles("cover", cover, clear, MEADOW)),
        with_variants(corner_tiles("floor", Ground(book.floor, art.textures["floor"]), clear, WOODS)),
        edge_tiles("road", Ground(book.road, art.textures["road"]), clear, ROAD),
        edge_tiles("bridge", Ground("bridge", art.textures["bridge"]), clear, BRIDGE),
    )


def with_variants(tileset: Tileset, numbers: tuple[int, ...] = (FULL,)) -> Tileset:
    """A corner set with variants of some of its tiles at the end, for each of `numbers` in turn; a brush takes any of them."""
    (wang_set,) = tileset.wang_sets
    tiles, ids = list(tileset.tiles), dict(wang_set.wang_ids)
    for number in numbers:
        for variant in range(1, VARIANTS + 1):
            ids[len(tiles)] = ids[number]
            tiles.append(varied(tileset.tiles[number], variant))
    return replace(tileset, tiles=tuple(tiles), wang_sets=(replace(wang_set, wang_ids=ids),))


def strewn(tiles: NDArray[np.int32], seed: int, numbers: tuple[int, ...] = (FULL,)) -> NDArray[np.int32]:
    """The tiles of `numbers`, each exchanged for a variant here and there."""
    pick = (uniform(seed, "variants", tiles.shape) * (VARIANTS + 1)).astype(np.int32)
    out = tiles.copy()
    for at, number in enumerate(numbers):
        here = (tiles == number) & (pick > 0)
        out[here] = FULL + at * VARIANTS + pick[here]
    return out


def cornered(corners: Mask, outer: bool = False) -> NDArray[np.int32]:
    """Corners (h + 1, w + 1) → tiles (h, w) of a corner set: bits 1 top right, 2 bottom right, 4 bottom left, 8 top left.

    A cell without any is EMPTY, or the tile of the outer terrain.
    """
    bits = corners.astype(np.int32)
    tiles = bits[:-1, 1:] + 2 * bits[1:, 1:] + 4 * bits[1:, :-1] + 8 * bits[:-1, :-1]
    return tiles if outer else np.where(tiles == 0, EMPTY, tiles).astype(np.int32)


def _crossed(roads: NDArray[np.uint8], where: Mask) -> NDArray[np.int32]:
    return np.where((roads > 0) & where, roads.astype(np.int32), np.int32(EMPTY))


def _landmarks(layout: Layout, art: Art, tile: int) -> list[Prop]:
    props = []
    for spot in layout.spots:
        foot = Point((spot.column + spot.width / 2) * tile, (spot.row + spot.height) * tile - tile // 8)
        footprint = Box(spot.column * tile, spot.row * tile, spot.width * tile, spot.height * tile)
        values = {"kind": "landmark", "element": spot.name, "group": spot.group}
        props.append(Prop(name=spot.name, sprite=spot.name, foot=foot, footprint=footprint, properties=values))
    return props


def _plants(layout: Layout, art: Art, tile: int) -> list[Prop]:
    props = []
    for plant in layout.plants:
        foot = Point(round(plant.x * tile), round(plant.y * tile))
        half = tile // 4
        footprint = Box(int(foot.x) - half, int(foot.y) - half, 2 * half, half) if plant.blocks else None
        props.append(
            Prop(
                name=plant.name.partition("/")[0],
                sprite=plant.name,
                foot=foot,
                flipped=plant.flipped,
                footprint=footprint,
                properties={"kind": "plant" if plant.name.startswith("tree") else "prop"},
            )
        )
    return props


def overhead(wish: Wish) -> list[PropLayer | PictureLayer]:
    """What lies above whoever walks there: a layer for more of it, and the light of the hour and the weather."""
    layers: list[PropLayer | PictureLayer] = [PropLayer(name="overhead", props=(), properties={"overhead": True})]
    for name in (wish.weather, wish.time):
        if name in LIGHT:
            colour, opacity = LIGHT[name]
            pixels = np.full((8, 8, 4), (*colour, 255), np.uint8)
            values: dict[str, str | int | float | bool] = {"kind": "light", "overhead": True}
            layers.append(
                PictureLayer(name=name, pixels=pixels, repeat_x=True, repeat_y=True, opacity=opacity, properties=values)
            )
    return layers


def _regions(layout: Layout, tile: int) -> list[Region]:
    """The spawn point, the exits, a region for each landmark and for the largest woods."""

    def box(row: int, column: int, height: int, width: int) -> Box:
        return Box(column * tile, row * tile, width * tile, height * tile)

    row, column = layout.spawn
    regions = [Region(name="start", kind="spawn", box=Box(column * tile + tile // 2, row * tile + tile // 2, 0, 0))]
    regions += [Region(name=f"exit {one.side}", kind="exit", box=box(*one.cell, 1, 1)) for one in layout.exits]
    groups: dict[str, list[tuple[int, int, int, int]]] = {}
    for number, spot in enumerate(layout.spots):
        key = spot.group if spot.group != spot.name else f"{spot.name} {number}"
        groups.setdefault(key, []).append(spot.covers)
    for key, covers in groups.items():
        top, left = (max(0, min(cover[side] for cover in covers)) for side in (0, 1))
        bottom, right = (max(cover[side] for cover in covers) for side in (2, 3))
        name = key.rpartition(" ")[0] or key
        regions.append(Region(name=name, kind="landmark", box=box(top, left, bottom - top, right - left)))
    parts = components(layout.woods)
    counts = sizes(parts)
    for number in np.argsort(-counts, kind="stable")[:BIOMES].tolist():
        if counts[number]:
            rows, columns = np.nonzero(parts == number)
            height, width = int(np.ptp(rows)) + 1, int(np.ptp(columns)) + 1
            regions.append(
                Region(name="woods", kind="biome", box=box(int(rows.min()), int(columns.min()), height, width))
            )
    return regions


def _properties(wish: Wish, layout: Layout) -> dict[str, str | int | float | bool]:
    found: dict[str, str | int | float | bool] = {
        "ground": wish.ground,
        "landforms": ", ".join(wish.landforms) or "plain",
        "weather": wish.weather,
        "time": wish.time,
    }
    if wish.woods:
        found["woods"] = wish.woods
    if layout.warnings:
        found["warnings"] = "; ".join(layout.warnings)
    return found
