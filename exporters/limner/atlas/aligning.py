"""Frames of several sizes on one canvas: their pivots lie on one point, bottom centres where nobody chose a pivot."""

import math
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from limner.atlas.geometry import Point, Size
from limner.atlas.sprites import AtlasError, Sprite

LONGEST_SIDE = 16_383  # of a canvas; the least that a format here allows (WebP)


def pivot_of(sprite: Sprite) -> Point:
    """The pivot that was chosen, or the bottom centre."""
    return sprite.pivot or Point(sprite.size.width / 2, sprite.size.height)


def aligned(sprites: Sequence[Sprite]) -> tuple[Sprite, ...]:
    """Copies of one size whose pivots lie on one point to half a pixel; sprites that are so already stay as they are.

    Nine-patch borders stay at the canvas's edges. Raises AtlasError where the canvas would be longer than LONGEST_SIDE.
    """
    pivots = [pivot_of(sprite) for sprite in sprites]
    for sprite, pivot in zip(sprites, pivots, strict=True):
        if not all(map(math.isfinite, pivot)) or max(map(abs, pivot)) > LONGEST_SIDE:
            raise AtlasError(f"sprite {sprite.name!r} turns about {tuple(pivot)}; put its pivot on or near the picture")
    if len({sprite.size for sprite in sprites}) == 1 and len(set(pivots)) == 1:
        _check(sprites[0], sprites[0].size)
        return tuple(sprites)
    left, top = max(pivot.x for pivot in pivots), max(pivot.y for pivot in pivots)
    places = [(math.floor(left - pivot.x), math.floor(top - pivot.y)) for pivot in pivots]
    canvas = Size(
        max(x + sprite.size.width for sprite, (x, _) in zip(sprites, places, strict=True)),
        max(y + sprite.size.height for sprite, (_, y) in zip(sprites, places, strict=True)),
    )
    _check(max(sprites, key=lambda sprite: max(sprite.size)), canvas)
    return tuple(_placed(sprite, canvas, x, y) for sprite, (x, y) in zip(sprites, places, strict=True))


def _check(largest: Sprite, canvas: Size) -> None:
    if max(canvas) > LONGEST_SIDE:
        raise AtlasError(
            f"the frames need a canvas of {canvas.width} × {canvas.height} (largest: {largest.name!r}); "
            f"{LONGEST_SIDE} is the longest side, bring the pivots together or the sizes down"
        )


def _placed(sprite: Sprite, canvas: Size, x: int, y: int) -> Sprite:
    pixels = np.zeros((canvas.height, canvas.width, 4), np.uint8)
    pixels[y : y + sprite.size.height, x : x + sprite.size.width] = sprite.pixels
    pivot = sprite.pivot and Point(sprite.pivot.x + x, sprite.pivot.y + y)
    collision = tuple(Point(point.x + x, point.y + y) for point in sprite.collision)
    return replace(sprite, pixels=pixels, pivot=pivot, collision=collision)
