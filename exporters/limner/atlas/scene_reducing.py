"""Scenes made smaller for a picture of the whole: pixels are averaged, the grid of tiles stays."""

from dataclasses import replace

import numpy as np
from PIL import Image

from limner.atlas.geometry import Point, Size
from limner.atlas.scenes import Layer, PictureLayer, PropLayer, RegionLayer, Scene
from limner.atlas.sprites import AtlasError, Pixels, Sprite


def reduced_scene(scene: Scene, factor: int) -> Scene:
    """The scene with every picture 1 / `factor` as large and feet in their places, without regions and footprints.

    Raises AtlasError for a factor that the tiles cannot be divided by.
    """
    size = scene.tile_size
    if factor < 1 or size.width % factor or size.height % factor:
        raise AtlasError(f"tiles of {size.width} × {size.height} pixels cannot be reduced by {factor}; use a divisor")
    return replace(
        scene,
        tile_size=Size(size.width // factor, size.height // factor),
        tilesets=tuple(
            replace(
                tileset,
                tile_size=Size(tileset.tile_size.width // factor, tileset.tile_size.height // factor),
                tiles=tuple(_smaller(tile, factor) for tile in tileset.tiles),
            )
            for tileset in scene.tilesets
        ),
        sprites=tuple(_sprite(sprite, factor) for sprite in scene.sprites),
        layers=tuple(_layer(layer, factor) for layer in scene.layers if not isinstance(layer, RegionLayer)),
    )


def _layer(layer: Layer, factor: int) -> Layer:
    if isinstance(layer, PropLayer):
        props = (replace(prop, foot=_point(prop.foot, factor), footprint=None) for prop in layer.props)
        return replace(layer, props=tuple(props))
    if isinstance(layer, PictureLayer):
        return replace(layer, pixels=_smaller(layer.pixels, factor), offset=_point(layer.offset, factor))
    return layer


def _sprite(sprite: Sprite, factor: int) -> Sprite:
    pivot = None if sprite.pivot is None else _point(sprite.pivot, factor)
    return replace(sprite, pixels=_smaller(sprite.pixels, factor), pivot=pivot, collision=())


def _point(point: Point, factor: int) -> Point:
    return Point(point.x / factor, point.y / factor)


def _smaller(pixels: Pixels, factor: int) -> Pixels:
    """At least a pixel each way; averaged in premultiplied colour."""
    size = (max(1, pixels.shape[1] // factor), max(1, pixels.shape[0] // factor))
    image = Image.fromarray(pixels).convert("RGBa").resize(size, Image.Resampling.BOX)
    return np.asarray(image.convert("RGBA"))
