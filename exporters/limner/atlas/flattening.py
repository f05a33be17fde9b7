"""A scene as one picture: what the player sees with the camera at the origin. The reference for every scene format.

Layers lie over each other from back to front in 8 bits with premultiplied alpha, rounded after each, as Qt's raster
engine does (`BYTE_MUL` in `qdrawhelper_p.h`): Tiled's own renderer gives the same bytes where pixels are opaque or clear,
and differs by 2 of 255 at most where they are soft.
"""

from collections.abc import Iterator
from math import floor

import numpy as np
from numpy.typing import NDArray

from limner.atlas.geometry import Box, Point, Size
from limner.atlas.scenes import Layer, PictureLayer, Prop, PropLayer, Scene, TileLayer
from limner.atlas.sprites import Pixels, Sprite
from limner.atlas.tilesets import Tileset

BAND = 64  # rows that are blended at a time, so that the numbers between fit the processor's cache


def flattened(scene: Scene) -> Pixels:
    """The whole scene (height, width, 4), straight alpha; clear where there is neither a layer nor a background."""
    width, height = pixel_size(scene)
    canvas = np.zeros((height, width, 4), np.uint8)
    if scene.background is not None:
        canvas[:] = (*scene.background, 255)
    for layer in scene.layers:
        draw(canvas, scene, layer)
    return _straight(canvas)


def layer_pixels(scene: Scene, layer: Layer) -> Pixels:
    """One layer alone, (height, width, 4) of the whole scene, straight alpha, without its opacity."""
    width, height = pixel_size(scene)
    canvas = np.zeros((height, width, 4), np.uint8)
    for pixels, x, y in _pieces(scene, layer, Size(width, height)):
        _lay(canvas, pixels, x, y, 1.0)
    return _straight(canvas)


def draw(canvas: Pixels, scene: Scene, layer: Layer) -> None:
    """Lay a layer over the canvas (height, width, 4), which has premultiplied alpha."""
    opacity = getattr(layer, "opacity", 1.0)
    for pixels, x, y in _pieces(scene, layer, Size(canvas.shape[1], canvas.shape[0])):
        _lay(canvas, pixels, x, y, opacity)


def pixel_size(scene: Scene) -> Size:
    return Size(scene.size.width * scene.tile_size.width, scene.size.height * scene.tile_size.height)


def pivot_of(sprite: Sprite) -> Point:
    """The pivot somebody chose, or the middle of the lower edge."""
    return sprite.pivot or Point(sprite.size.width / 2, sprite.size.height)


def placed(prop: Prop, sprite: Sprite) -> Box:
    """The whole pixels of the scene that the prop's picture covers; halves go right and down."""
    width, height = sprite.size
    pivot = pivot_of(sprite)
    across = width - pivot.x if prop.flipped else pivot.x
    return Box(whole(prop.foot.x - across), whole(prop.foot.y - pivot.y), width, height)


def in_order(layer: PropLayer) -> list[Prop]:
    """The props from back to front: by their feet, and as given where those are level."""
    return sorted(layer.props, key=lambda prop: prop.foot.y)


def whole(side: float) -> int:
    """The nearest whole pixel; a half goes up, wherever it lies."""
    return floor(side + 0.5)


def _pieces(scene: Scene, layer: Layer, size: Size) -> Iterator[tuple[Pixels, int, int]]:
    """The pictures of a layer from back to front, each with its place."""
    if isinstance(layer, TileLayer):
        tileset = next(one for one in scene.tilesets if one.name == layer.tileset)
        yield _tiled(layer, tileset), 0, 0
    elif isinstance(layer, PictureLayer):
        yield _repeated(layer, size)
    elif isinstance(layer, PropLayer):
        sprites = {sprite.name: sprite for sprite in scene.sprites}
        for prop in in_order(layer):
            sprite = sprites[prop.sprite]
            box = placed(prop, sprite)
            yield sprite.pixels[:, ::-1] if prop.flipped else sprite.pixels, box.x, box.y


def _tiled(layer: TileLayer, tileset: Tileset) -> Pixels:
    """The tiles of a layer at their places; EMPTY (−1) takes the clear tile at the end."""
    width, height = tileset.tile_size
    clear = np.zeros((height, width, 4), np.uint8)
    pixels: Pixels = np.stack([*tileset.tiles, clear])[layer.tiles]  # rows, columns, height, width, 4
    rows, columns = layer.tiles.shape
    return pixels.swapaxes(1, 2).reshape(rows * height, columns * width, 4)


def _repeated(layer: PictureLayer, size: Size) -> tuple[Pixels, int, int]:
    """The picture and its place; where it repeats, the part of the endless picture that fills the scene."""
    x, y = whole(layer.offset.x), whole(layer.offset.y)
    pixels = layer.pixels
    if layer.repeat_x:
        pixels, x = pixels[:, (np.arange(size.width) - x) % pixels.shape[1]], 0
    if layer.repeat_y:
        pixels, y = pixels[(np.arange(size.height) - y) % pixels.shape[0]], 0
    return pixels, x, y


def _lay(canvas: Pixels, pixels: Pixels, x: int, y: int, opacity: float) -> None:
    """Source over destination, in place; what lies outside the canvas is cut off."""
    height, width = canvas.shape[:2]
    top, left = max(0, -y), max(0, -x)
    bottom, right = min(pixels.shape[0], height - y), min(pixels.shape[1], width - x)
    if top >= bottom or left >= right:
        return
    below = canvas[y + top : y + bottom, x + left : x + right]
    source = pixels[top:bottom, left:right]
    for row in range(0, len(source), BAND):
        _blend(below[row : row + BAND], source[row : row + BAND], opacity)


def _blend(below: Pixels, pixels: Pixels, opacity: float) -> None:
    """Source over destination for pictures of one size, in place."""
    alpha = pixels[..., 3:]
    if (
        opacity == 1 and ((alpha == 0) | (alpha == 255)).all()
    ):  # pixel art: each pixel hides what is below, or is not there
        np.copyto(below, pixels, where=alpha == 255)
        return
    source = _premultiplied(pixels)
    if opacity < 1:
        source = _scaled(source, np.uint8((round(opacity * 256) * 255) >> 8))  # how Qt rounds an opacity
    below[:] = source + _scaled(below, 255 - source[..., 3:])


def _premultiplied(pixels: Pixels) -> Pixels:
    """Straight alpha to premultiplied."""
    alpha = pixels[..., 3:]
    return np.concatenate([_scaled(pixels[..., :3], alpha), alpha], axis=2)


def _straight(canvas: Pixels) -> Pixels:
    """Premultiplied alpha to straight, in place; clear pixels become 0."""
    for row in range(0, len(canvas), BAND):
        band = canvas[row : row + BAND]
        alpha = band[..., 3:].astype(np.uint32)
        if (alpha % 255).any():
            colours = (band[..., :3] * np.uint32(255) + alpha // 2) // np.maximum(alpha, 1)
            band[..., :3] = np.minimum(colours, 255)
    return canvas


def _scaled(values: NDArray[np.uint8], by: NDArray[np.uint8] | np.uint8) -> NDArray[np.uint8]:
    """`values` × `by` / 255, rounded, in integers."""
    product = values * np.asarray(by, np.uint16)  # with its upper half and 128 no more than 65,406
    return ((product + (product >> 8) + 128) >> 8).astype(np.uint8)
