"""Complete terrain tile sets from two textures: 16 tiles by corners, 16 by edges, the 47-tile blob.

Tiles that may lie side by side meet pixel for pixel: the last column of one and the first of the next have the same terrain
in every row. Borders are hard, as pixel art wants them, and may be irregular, by a seed, and shaded.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import product

import numpy as np
from numpy.typing import NDArray

from limner.atlas import terrain_shapes as shapes
from limner.atlas.geometry import Size
from limner.atlas.sprites import AtlasError, Pixels, Provenance
from limner.atlas.tilesets import Terrain, Tileset, WangId, WangKind, WangSet

Mask = NDArray[np.bool_]
BASE, UPPER = 1, 2  # the two terrains of a Wang id


@dataclass(frozen=True, slots=True, kw_only=True)
class TransitionOptions:
    """What the border between the terrains looks like."""

    irregularity: float = (
        0.5  # how far it strays from its smooth line, in [0, 1]; 0 is smooth, 1 as far as tiles still meet
    )
    bumps: int = 4  # bumps along a side, at least 1
    seed: int = 0
    shade: float = 0.0  # how much darker the upper terrain is along its border, in [0, 1]; 0 is no outline
    solid: bool = False  # nothing walks on the upper terrain: tiles that are mostly upper are solid


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class TerrainTexture:
    """A picture of the size of a tile that tiles, and the terrain it shows."""

    name: str
    pixels: Pixels
    colour: tuple[int, int, int] | None = None  # how an editor paints it; None takes the picture's mean

    @property
    def terrain(self) -> Terrain:
        mean = np.rint(self.pixels[..., :3].mean(axis=(0, 1))).astype(int)
        return Terrain(name=self.name, colour=self.colour or (int(mean[0]), int(mean[1]), int(mean[2])))


@dataclass(frozen=True, slots=True)
class _Kind:
    wang: WangKind
    shape: Callable[[WangId, shapes.Field, shapes.Field], shapes.Field]
    bound: float  # of the shape's field: noise below it moves the border and makes no specks
    ids: Callable[[], Iterator[WangId]]
    columns: int
    extra: tuple[WangId, ...] = field(default=())  # tiles outside the Wang set


def corner_ids() -> Iterator[WangId]:
    """16: every choice for the four corners; tile n has the upper terrain where n has a bit: 1 top right, 2 bottom right, 4 bottom left, 8 top left."""
    for number in range(16):
        corners = [UPPER if number >> bit & 1 else BASE for bit in range(4)]
        yield WangId(0, corners[0], 0, corners[1], 0, corners[2], 0, corners[3])


def edge_ids() -> Iterator[WangId]:
    """16: every choice for the four edges; the bits of n are 1 top, 2 right, 4 bottom, 8 left."""
    for number in range(16):
        edges = [UPPER if number >> bit & 1 else BASE for bit in range(4)]
        yield WangId(edges[0], 0, edges[1], 0, edges[2], 0, edges[3], 0)


def blob_ids() -> Iterator[WangId]:
    """47: every choice for edges and corners where a corner has the upper terrain only between two edges that have it."""
    for bits in product((BASE, UPPER), repeat=8):
        found = WangId(*reversed(bits))  # counts up with the top as the lowest bit
        around = [*found, found.top]
        if all(around[place] == BASE or around[place - 1] == around[place + 1] == UPPER for place in (1, 3, 5, 7)):
            yield found


NOTHING_AROUND = WangId(*[BASE] * 8)
KINDS = {
    "corner": _Kind("corner", shapes.corner_field, shapes.CORNER_BOUND, corner_ids, 4),
    "edge": _Kind("edge", shapes.edge_field, shapes.EDGE_BOUND, edge_ids, 4),
    "blob": _Kind("mixed", shapes.blob_field, shapes.BLOB_BOUND, blob_ids, 8, (NOTHING_AROUND,)),
}


def terrain_tileset(
    kind: str,
    base: TerrainTexture,
    upper: TerrainTexture,
    options: TransitionOptions | None = None,
    provenance: Provenance | None = None,
) -> Tileset:
    """A complete set of kind `corner`, `edge` or `blob`, in which `upper` lies on `base`.

    The blob set has 47 tiles by Wang id, the first of them `base` alone, and a 48th outside the set: the island, upper terrain with
    nothing of it around, for games that count neighbours instead of borders; its property `island` is true.
    Raises AtlasError for an unknown kind, for textures of different sizes and for ones below 4 pixels.
    """
    if kind not in KINDS:
        raise AtlasError(f"terrain set {kind!r} is unknown; use {', '.join(KINDS)}")
    chosen, size = options or TransitionOptions(), _checked(base, upper)
    shape, ids = KINDS[kind], list(KINDS[kind].ids())
    masks = [terrain_mask(kind, wang_id, size, chosen) for wang_id in ids] + [
        _mask(shape, wang_id, size, chosen) for wang_id in shape.extra
    ]
    island = {len(ids) + number: {"island": True} for number in range(len(shape.extra))}
    return Tileset(
        name=f"{base.name}-{upper.name}-{kind}",
        tile_size=size,
        tiles=tuple(_painted(mask, base.pixels, upper.pixels, chosen.shade) for mask in masks),
        columns=shape.columns,
        wang_sets=(
            WangSet(
                name=f"{base.name} and {upper.name}",
                kind=shape.wang,
                terrains=(base.terrain, upper.terrain),
                wang_ids=dict(enumerate(ids)),
            ),
        ),
        properties=island,
        solid=frozenset(n for n, mask in enumerate(masks) if mask.mean() > 0.5) if chosen.solid else frozenset(),
        provenance=provenance or {},
    )


def terrain_mask(kind: str, wang_id: WangId, size: Size, options: TransitionOptions) -> Mask:
    """Where the upper terrain lies, (h, w)."""
    if UPPER not in wang_id:
        return np.zeros((size.height, size.width), bool)
    return _mask(KINDS[kind], wang_id, size, options)


def _mask(shape: _Kind, wang_id: WangId, size: Size, options: TransitionOptions) -> Mask:
    x, y = np.meshgrid(np.linspace(0, 1, size.width), np.linspace(0, 1, size.height))
    stray = min(1.0, max(0.0, options.irregularity)) * 0.8 * shape.bound
    noise = shapes.tile_noise(x, y, options.seed, options.bumps)
    return np.asarray(shape.shape(wang_id, x, y) + stray * noise > 0)


def _painted(mask: Mask, base: Pixels, upper: Pixels, shade: float) -> Pixels:
    tile = np.where(mask[..., None], upper, base)
    if shade:
        rim = mask & ~_shrunk(mask)
        tile[rim, :3] = np.rint(tile[rim, :3] * (1 - shade)).astype(np.uint8)
    return tile


def _shrunk(mask: Mask) -> Mask:
    """Without the pixels that touch the other terrain. Beyond the border it goes on as it is: there the next tile has the same pixels."""
    wide = np.pad(mask, 1, mode="edge")
    return wide[:-2, 1:-1] & wide[2:, 1:-1] & wide[1:-1, :-2] & wide[1:-1, 2:] & mask


def _checked(base: TerrainTexture, upper: TerrainTexture) -> Size:
    for texture in (base, upper):
        pixels = texture.pixels
        if pixels.ndim != 3 or pixels.shape[2] != 4 or pixels.dtype != np.uint8:
            raise AtlasError(f"terrain {texture.name!r} is not RGBA of 8 bits a channel; convert it")
    height, width = base.pixels.shape[:2]
    if upper.pixels.shape != base.pixels.shape:
        raise AtlasError(
            f"terrain {base.name!r} is {width} × {height}, {upper.name!r} is {upper.pixels.shape[1]} × {upper.pixels.shape[0]}; "
            "scale both to the size of a tile"
        )
    if min(width, height) < 4:
        raise AtlasError(f"terrain {base.name!r} is {width} × {height}; a tile needs at least 4 × 4 pixels")
    return Size(width, height)
