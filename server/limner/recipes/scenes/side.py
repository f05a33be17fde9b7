"""A scene from the side: pictures that move at their own pace behind it, ground as Wang sets, what stands on it, regions."""

import numpy as np

from limner.atlas.geometry import Box, Point, Size
from limner.atlas.scenes import EMPTY, Layer, PictureLayer, Prop, PropLayer, Region, RegionLayer, Scene, TileLayer
from limner.atlas.sprites import Provenance
from limner.atlas.terrain import Ground, corner_tiles
from limner.atlas.tilesets import Tileset
from limner.recipes.scenes.art import Art
from limner.recipes.scenes.catalogue import catalogue
from limner.recipes.scenes.parallax import strips
from limner.recipes.scenes.reading import Wish
from limner.recipes.scenes.sidewalk import Sidewalk
from limner.recipes.scenes.topdown import COAST, MEADOW, cornered, overhead, strewn, with_variants

PACE = {"sky": 0.05, "far": 0.25, "mid": 0.5, "near": 1.25}  # of what the camera moves


def composed(name: str, wish: Wish, walk: Sidewalk, art: Art, tile: int, seed: int, provenance: Provenance) -> Scene:
    """The whole scene; the same for the same layout and art."""
    behind = strips(art, catalogue().grounds[wish.ground].sky, wish.time, walk.size.height * tile, tile, seed)
    pictures = {
        key: PictureLayer(
            name=key, pixels=strip.pixels, offset=Point(0, strip.top), parallax=Point(PACE[key], 1), repeat_x=True
        )
        for key, strip in behind.items()
    }
    props = PropLayer(name="props", props=tuple(_props(walk, art, tile)))
    used = {prop.sprite for prop in props.props}
    water: list[Layer] = [] if walk.water_level is None else [_water(walk)]
    return Scene(
        name=name,
        size=walk.size,
        tile_size=Size(tile, tile),
        tilesets=_tilesets(art, wish),
        sprites=tuple(sprite for key, sprite in art.sprites.items() if key in used),
        layers=(
            *(pictures[key] for key in ("sky", "far", "mid")),
            *water,
            TileLayer(name="ground", tileset="ground", tiles=strewn(cornered(walk.solid), seed)),
            TileLayer(name="detail", tileset="cover", tiles=cornered(_turf(walk))),
            props,
            pictures["near"],
            *overhead(wish),
            RegionLayer(name="regions", regions=tuple(_regions(walk, tile))),
        ),
        view="side",
        background=catalogue().grounds[wish.ground].sky,
        properties={"ground": wish.ground, "weather": wish.weather, "time": wish.time},
        provenance=provenance,
    )


def _tilesets(art: Art, wish: Wish) -> tuple[Tileset, ...]:
    """Soil and turf as complete Wang sets over what lies behind; water is one tile."""
    book = catalogue().grounds[wish.ground]
    clear = Ground("none", None)
    soil = with_variants(corner_tiles("ground", Ground(book.floor, art.textures["floor"]), clear, COAST))
    water = art.textures["water"]
    size = Size(water.shape[1], water.shape[0])
    return (
        Tileset(
            name="ground",
            tile_size=size,
            tiles=soil.tiles,
            columns=soil.columns,
            wang_sets=soil.wang_sets,
            solid=frozenset(range(1, len(soil.tiles))),
        ),
        corner_tiles("cover", Ground(book.cover, art.textures["cover"]), clear, MEADOW),
        Tileset(name="water", tile_size=size, tiles=(water,), columns=1, properties={0: {"kind": "water"}}),
    )


def _turf(walk: Sidewalk) -> np.ndarray:
    """Corners at the surface of everything solid that is not under water."""
    above = np.pad(walk.solid, ((1, 0), (0, 0)))[:-1]
    turf = walk.solid & ~above
    if walk.water_level is not None:
        turf &= np.arange(len(turf))[:, None] <= walk.water_level
    return turf


def _water(walk: Sidewalk) -> TileLayer:
    """Water from its level down, wherever a column of cells has ground under it."""
    tiles = np.full((walk.size.height, walk.size.width), EMPTY, np.int32)
    wet = walk.wet[:-1] | walk.wet[1:]
    tiles[walk.water_level :, wet] = 0
    return TileLayer(name="water", tileset="water", tiles=tiles, opacity=0.85, properties={"kind": "water"})


def _props(walk: Sidewalk, art: Art, tile: int) -> list[Prop]:
    """Sprites on the surface; nothing of them is in the way."""
    return [
        Prop(
            name=one.name.partition("/")[0],
            sprite=one.name,
            foot=Point(round(one.x * tile), round(one.y * tile) + tile // 8),
            flipped=one.flipped,
            properties={"kind": one.kind},
        )
        for one in walk.standing
        if one.name in art.sprites
    ]


def _regions(walk: Sidewalk, tile: int) -> list[Region]:
    """Start, exit and landmarks."""
    height = walk.size.height

    def surface(column: int) -> int:
        return int(walk.surface[column] * tile - tile // 2)

    found = [Region(name="start", kind="spawn", box=Box(walk.spawn * tile, surface(walk.spawn), 0, 0))]
    last = int(np.flatnonzero(~walk.wet)[-1])
    found.append(Region(name="exit", kind="exit", box=Box(max(0, last - 1) * tile, 0, tile, height * tile)))
    for one in walk.standing:
        if one.kind == "landmark":
            wide, high = catalogue().elements[one.name].size
            left, foot = round((one.x - wide / 2) * tile), surface(int(one.x))
            box = Box(left, foot - high * tile, wide * tile, high * tile)
            found.append(Region(name=one.name, kind="landmark", box=box))
    return found
