"""Scenes and tilesets enlarged by whole factors: each pixel becomes a block, the grid of tiles stays."""

from dataclasses import replace

from limner.atlas.enlarging import MOST, enlarged
from limner.atlas.geometry import Box, Point, Size
from limner.atlas.scenes import Layer, PictureLayer, PropLayer, RegionLayer, Scene
from limner.atlas.sprites import AtlasError, Pixels, Sprite
from limner.atlas.tilesets import Tileset


def enlarged_scene(scene: Scene, factor: int) -> Scene:
    """The scene with tiles, pictures, sprites and places times `factor`. Raises AtlasError unless that is 1 to 16."""
    if not 1 <= factor <= MOST:
        raise AtlasError(f"scale {factor}: use a whole factor from 1 to {MOST}")
    if factor == 1:
        return scene
    return replace(
        scene,
        tile_size=_size(scene.tile_size, factor),
        tilesets=tuple(enlarged_tileset(tileset, factor) for tileset in scene.tilesets),
        sprites=tuple(enlarged(sprite, factor) for sprite in scene.sprites),
        layers=tuple(_layer(layer, factor) for layer in scene.layers),
    )


def enlarged_tileset(tileset: Tileset, factor: int) -> Tileset:
    """The tileset with tiles times `factor`. Raises AtlasError unless that is 1 to 16."""
    tiles = tuple(_pixels(pixels, factor) for pixels in tileset.tiles)
    return replace(tileset, tile_size=_size(tileset.tile_size, factor), tiles=tiles)


def _layer(layer: Layer, factor: int) -> Layer:
    if isinstance(layer, PictureLayer):
        return replace(layer, pixels=_pixels(layer.pixels, factor), offset=_point(layer.offset, factor))
    if isinstance(layer, PropLayer):
        props = (
            replace(prop, foot=_point(prop.foot, factor), footprint=prop.footprint and _box(prop.footprint, factor))
            for prop in layer.props
        )
        return replace(layer, props=tuple(props))
    if isinstance(layer, RegionLayer):
        regions = (
            replace(one, box=_box(one.box, factor), polygon=tuple(_point(point, factor) for point in one.polygon))
            for one in layer.regions
        )
        return replace(layer, regions=tuple(regions))
    return layer


def _pixels(pixels: Pixels, factor: int) -> Pixels:
    return enlarged(Sprite(name="", pixels=pixels), factor).pixels


def _size(size: Size, factor: int) -> Size:
    return Size(size.width * factor, size.height * factor)


def _point(point: Point, factor: int) -> Point:
    return Point(point.x * factor, point.y * factor)


def _box(box: Box, factor: int) -> Box:
    return Box(*(side * factor for side in box))
