"""Sprites enlarged by whole factors: each pixel becomes a block."""

from dataclasses import replace

from limner.atlas.geometry import Point
from limner.atlas.sprites import AtlasError, NinePatch, Sprite

MOST = 16


def enlarged(sprite: Sprite, factor: int) -> Sprite:
    """The sprite with sides, pivot, borders and polygon times `factor`. Raises AtlasError unless that is 1 to 16."""
    if not 1 <= factor <= MOST:
        raise AtlasError(f"scale {factor}: use a whole factor from 1 to {MOST}")
    if factor == 1:
        return sprite
    return replace(
        sprite,
        pixels=sprite.pixels.repeat(factor, axis=0).repeat(factor, axis=1),
        pivot=sprite.pivot and Point(sprite.pivot.x * factor, sprite.pivot.y * factor),
        nine_patch=sprite.nine_patch and NinePatch(*(border * factor for border in sprite.nine_patch)),
        collision=tuple(Point(point.x * factor, point.y * factor) for point in sprite.collision),
    )
