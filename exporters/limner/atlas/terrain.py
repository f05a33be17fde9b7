"""Terrain tile sets from two textures: complete Wang sets of 16 corner tiles, 16 edge tiles, or the 47 of a blob.

    grass = corner_tiles("shore", Ground("grass", grass_pixels), Ground("sand", sand_pixels), Border(ragged=0.08))

Terrain 1 is the outer one, terrain 2 the inner. The outer one may have no pixels: the tiles are then clear there and lie over
another layer. A tile's first and last rows (and columns) of the terrain mask are its sides, shared with the neighbour.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from limner.atlas.borders import INNER, Border, Floats, blob_field, check_border, corner_field, edge_field
from limner.atlas.geometry import Size
from limner.atlas.seams import premultiplied, straight
from limner.atlas.sprites import AtlasError, Pixels, Provenance
from limner.atlas.tilesets import Terrain, Tileset, WangId, WangKind, WangSet

OUTER = 1
CORNERS = ("top_right", "bottom_right", "bottom_left", "top_left")
EDGES = ("top", "right", "bottom", "left")
Field = Callable[[WangId, Floats, Floats, Border], Floats]


@dataclass(frozen=True, slots=True, eq=False)
class Ground:
    """A terrain's name and its seamless texture: as large as a tile, or a whole part of it. None: clear."""

    name: str
    pixels: Pixels | None


def corner_tiles(
    name: str, inner: Ground, outer: Ground, border: Border | None = None, provenance: Provenance | None = None
) -> Tileset:
    """16 tiles, matched by corners. Tile n has the inner terrain at the corners of its bits: 1 top right, 2 bottom right, 4 bottom left, 8 top left."""
    ids = [_from_bits(CORNERS, number, edges=0) for number in range(16)]
    return _tileset(name, "corner", ids, 4, corner_field, (inner, outer), border or Border(), provenance or {})


def edge_tiles(
    name: str, inner: Ground, outer: Ground, border: Border | None = None, provenance: Provenance | None = None
) -> Tileset:
    """16 tiles, matched by edges: roads, rivers, fences. Tile n is crossed at the sides of its bits: 1 top, 2 right, 4 bottom, 8 left."""
    ids = [_from_bits(EDGES, number, corners=0) for number in range(16)]
    return _tileset(name, "edge", ids, 4, edge_field, (inner, outer), border or Border(), provenance or {})


def blob_tiles(
    name: str, inner: Ground, outer: Ground, border: Border | None = None, provenance: Provenance | None = None
) -> Tileset:
    """47 tiles, matched by edges and corners: each a cell of the inner terrain, for every way its eight neighbours can be.

    A corner counts only where both its edges are inner. Tiles are in the order of their bits, top 1, then clockwise to top left
    128; the first is a cell alone, the last one has inner neighbours all around.
    """
    numbers = [number for number in range(256) if _is_blob(number)]
    ids = [_from_bits(WangId._fields, number) for number in numbers]
    return _tileset(name, "mixed", ids, 8, blob_field, (inner, outer), border or Border(), provenance or {})


def terrain_mask(field: Field, wang_id: WangId, size: Size, border: Border) -> NDArray[np.float64]:
    """How far inside the inner terrain each pixel lies (h, w), in tiles; positive is inside. Its outermost rows lie on the sides."""
    x = np.linspace(0, 1, size.width)[None, :] if size.width > 1 else np.array([[0.5]])
    y = np.linspace(0, 1, size.height)[:, None] if size.height > 1 else np.array([[0.5]])
    return np.round(field(wang_id, x, y, border), 9)  # one side computed from two tiles may differ in the last bit


def _is_blob(number: int) -> bool:
    """Whether every corner bit has both its edges: bit 2k + 1 lies between bits 2k and 2k + 2."""
    return all(
        not number >> corner & 1 or (number >> corner - 1 & 1 and number >> (corner + 1) % 8 & 1)
        for corner in (1, 3, 5, 7)
    )


def _from_bits(sides: Sequence[str], number: int, edges: int = OUTER, corners: int = OUTER) -> WangId:
    rest = {side: edges if side in EDGES else corners for side in WangId._fields}
    return WangId(**rest | {side: INNER if number >> bit & 1 else OUTER for bit, side in enumerate(sides)})


def _tileset(
    name: str,
    kind: WangKind,
    ids: Sequence[WangId],
    columns: int,
    field: Field,
    grounds: tuple[Ground, Ground],
    border: Border,
    provenance: Provenance,
) -> Tileset:
    check_border(border)
    inner, outer = _textures(name, *grounds)
    size = Size(inner.shape[1], inner.shape[0])
    tiles = tuple(_mixed(terrain_mask(field, wang_id, size, border), inner, outer, border) for wang_id in ids)
    terrains = tuple(Terrain(name=ground.name, colour=_colour(ground)) for ground in reversed(grounds))
    wang_set = WangSet(name=name, kind=kind, terrains=terrains, wang_ids=dict(enumerate(ids)))
    return Tileset(
        name=name, tile_size=size, tiles=tiles, columns=columns, wang_sets=(wang_set,), provenance=provenance
    )


def _mixed(inside: Floats, inner: Pixels, outer: Pixels, border: Border) -> Pixels:
    """Both textures by the mask; without softness each pixel is one of theirs, or a shaded one of the inner."""
    if border.outline:
        rim = inside <= border.outline / max(1, min(inside.shape) - 1)
        shaded = np.clip(inner[..., :3] * border.shade + 0.5, 0, 255).astype(np.uint8)
        inner = np.dstack([np.where(rim[..., None], shaded, inner[..., :3]), inner[..., 3]])
    if not border.softness:
        return np.where(inside[..., None] > 0, inner, outer).astype(np.uint8)
    share = np.clip(inside / border.softness + 0.5, 0, 1)[..., None].astype(np.float32)
    return straight(share * premultiplied(inner) + (1 - share) * premultiplied(outer))


def _textures(name: str, inner: Ground, outer: Ground) -> tuple[Pixels, Pixels]:
    """Both as large as the larger; raises AtlasError where one does not fit into the other a whole number of times."""
    if inner.pixels is None:
        raise AtlasError(f"terrain {inner.name!r} of {name!r} has no pixels; only the outer terrain may be clear")
    given = [ground.pixels for ground in (inner, outer) if ground.pixels is not None]
    for ground in (inner, outer):
        pixels = ground.pixels
        if pixels is not None and (
            pixels.ndim != 3 or pixels.shape[2] != 4 or 0 in pixels.shape or pixels.dtype != np.uint8
        ):
            raise AtlasError(
                f"the texture of terrain {ground.name!r} is not RGBA of 8 bits with a pixel at least; convert it"
            )
    height, width = (max(pixels.shape[axis] for pixels in given) for axis in (0, 1))
    for pixels in given:
        if height % pixels.shape[0] or width % pixels.shape[1]:
            sizes = " and ".join(f"{one.shape[1]} × {one.shape[0]}" for one in given)
            raise AtlasError(f"the textures of {name!r} are {sizes}; make them equal, or one a whole part of the other")
    filled = [np.tile(pixels, (height // pixels.shape[0], width // pixels.shape[1], 1)) for pixels in given]
    return filled[0], filled[1] if len(filled) == 2 else np.zeros_like(filled[0])


def _colour(ground: Ground) -> tuple[int, int, int]:
    """The mean of what shows, for an editor to paint with; grey where nothing shows."""
    if ground.pixels is None or not ground.pixels[..., 3].any():
        return (128, 128, 128)
    red, green, blue = (
        round(float(side))
        for side in np.average(
            ground.pixels[..., :3], axis=(0, 1), weights=np.repeat(ground.pixels[..., 3:], 3, axis=2)
        )
    )
    return (red, green, blue)
