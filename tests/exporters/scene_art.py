"""Small scenes that the tests draw for themselves."""

from dataclasses import replace

import numpy as np
from hypothesis import strategies as st

from limner.atlas.geometry import Box, Point, Size
from limner.atlas.scenes import (
    EMPTY,
    PictureLayer,
    Prop,
    PropLayer,
    Region,
    RegionLayer,
    Scene,
    TileLayer,
)
from limner.atlas.sprites import Pixels, Sprite
from limner.atlas.tilesets import Terrain, Tileset, WangId, WangSet

TILE = Size(8, 8)
ODD_NAMES = ["a b", 'it\'s "so" & <fine>', "森の木", "../up", "A:b/c\\d", "con", "é" * 150, "x" * 300, "a\nb"]


def noise(seed: int, width: int, height: int, clear: float = 0.0) -> Pixels:
    """Random opaque colours; a share of the pixels is clear."""
    draw = np.random.default_rng(seed)
    pixels = draw.integers(0, 256, (height, width, 4), dtype=np.uint8)
    pixels[..., 3] = np.where(draw.random((height, width)) < clear, 0, 255)
    pixels[pixels[..., 3] == 0] = 0
    return pixels


def terrain() -> Tileset:
    """Sixteen tiles, complete for two terrains at the corners: tile n has grass where the bits of n are set."""
    ids = {
        number: WangId(
            top_right=1 + (number & 1),
            bottom_right=1 + (number >> 1 & 1),
            bottom_left=1 + (number >> 2 & 1),
            top_left=1 + (number >> 3 & 1),
        )
        for number in range(16)
    }
    water, grass = Terrain(name="water", colour=(0, 0, 200)), Terrain(name="grass", colour=(0, 200, 0), probability=0.5)
    return Tileset(
        name="terrain",
        tile_size=TILE,
        tiles=tuple(noise(number, *TILE) for number in range(16)),
        columns=5,
        wang_sets=(WangSet(name="shore", kind="corner", terrains=(water, grass), wang_ids=ids),),
        properties={3: {"cost": 2.5, "kind": "mud", "deep": False}, 7: {"step": 4}},
        solid=frozenset({0, 7}),
    )


def island() -> Scene:
    """Every kind of layer, in a scene of 6 × 5 tiles with binary alpha."""
    trees = Tileset(name="details", tile_size=TILE, tiles=tuple(noise(40 + n, *TILE, clear=0.4) for n in range(3)))
    draw = np.random.default_rng(5)
    ground = draw.integers(0, 16, (5, 6)).astype(np.int32)
    details = draw.integers(EMPTY, 3, (5, 6)).astype(np.int32)
    props = (
        Prop(name="tree", sprite="tree", foot=Point(20, 30), footprint=Box(18, 28, 4, 3)),
        Prop(name="tree", sprite="tree", foot=Point(24.5, 22), flipped=True, properties={"age": 3, "old": True}),
        Prop(name="rock", sprite="rock", foot=Point(22, 33)),
        Prop(name="rock", sprite="rock", foot=Point(-1, 41), flipped=True),
    )
    regions = (
        Region(name="start", kind="spawn", box=Box(9, 17, 0, 0), properties={"team": "red"}),
        Region(name="shop", kind="landmark", box=Box(8, 8, 16, 12)),
        Region(name="wood", kind="biome", box=Box(4, 4, 20, 20), polygon=(Point(4, 4), Point(24, 6), Point(9, 24))),
    )
    return Scene(
        name="island",
        size=Size(6, 5),
        tile_size=TILE,
        tilesets=(terrain(), trees),
        sprites=(
            Sprite(name="tree", pixels=noise(80, 11, 17, clear=0.5), pivot=Point(4, 17)),
            Sprite(name="rock", pixels=noise(81, 6, 5, clear=0.3), collision=(Point(0, 5), Point(3, 0), Point(6, 5))),
        ),
        layers=(
            PictureLayer(
                name="sky", pixels=noise(90, 13, 7), parallax=Point(0.25, 0.5), offset=Point(3, 2), repeat_x=True
            ),
            TileLayer(name="ground", tileset="terrain", tiles=ground, properties={"depth": 1}),
            TileLayer(name="details", tileset="details", tiles=details, overhead=True),
            PropLayer(name="props", props=props, properties={"shadow": True}),
            RegionLayer(name="regions", regions=regions),
        ),
        properties={"weather": "rain", "danger": 0.5},
        provenance={"generator": "test", "seed": "7"},
    )


def only(scene: Scene, *layers: str) -> Scene:
    """The scene with these layers alone."""
    return replace(scene, layers=tuple(layer for layer in scene.layers if layer.name in layers))


@st.composite
def scenes(draw: st.DrawFn) -> Scene:
    """Small scenes of one to three tile layers, props anywhere, and a region."""
    size = Size(draw(st.integers(1, 5)), draw(st.integers(1, 5)))
    count = draw(st.integers(1, 9))
    tileset = Tileset(
        name=draw(st.sampled_from(["t", *ODD_NAMES[:4]])),
        tile_size=TILE,
        tiles=tuple(noise(number, *TILE, clear=0.2) for number in range(count)),
        columns=draw(st.integers(1, 4)),
    )
    numbers = st.lists(
        st.integers(EMPTY, count - 1), min_size=size.width * size.height, max_size=size.width * size.height
    )
    grids = draw(st.lists(numbers, min_size=1, max_size=3))
    tiles = [
        TileLayer(
            name=f"layer {n}", tileset=tileset.name, tiles=np.array(cells, np.int32).reshape(size.height, size.width)
        )
        for n, cells in enumerate(grids)
    ]
    sides = st.integers(-10, 60)
    pivot = draw(st.none() | st.builds(Point, st.integers(0, 7), st.integers(0, 9)))
    sprite = Sprite(name="bush", pixels=noise(70, 7, 9, clear=0.4), pivot=pivot)
    prop = st.builds(
        Prop,
        name=st.sampled_from(ODD_NAMES[:4]),
        sprite=st.just("bush"),
        foot=st.builds(Point, sides.map(lambda side: side / 2), sides.map(lambda side: side / 4)),
        flipped=st.booleans(),
    )
    props = PropLayer(name="props", props=tuple(draw(st.lists(prop, max_size=6))))
    return Scene(name="s", size=size, tile_size=TILE, tilesets=(tileset,), sprites=(sprite,), layers=(*tiles, props))


ISLAND_NODES = {  # what `island` becomes in Godot, by path
    "sky": "Parallax2D",
    "sky/Picture": "Sprite2D",
    "ground": "TileMapLayer",
    "details": "TileMapLayer",
    "props": "Node2D",
    "props/tree": "Sprite2D",
    "props/tree-2": "Sprite2D",
    "props/tree-2/Body": "StaticBody2D",
    "props/tree-2/Body/Shape": "CollisionShape2D",
    "props/rock": "Sprite2D",
    "props/rock-2": "Sprite2D",
    "regions": "Node2D",
    "regions/start": "Marker2D",
    "regions/shop": "Area2D",
    "regions/shop/Shape": "CollisionShape2D",
    "regions/wood": "Area2D",
    "regions/wood/Shape": "CollisionPolygon2D",
}
