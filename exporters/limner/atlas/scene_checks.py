"""What must hold before a scene or a tileset is written: the message names the layer or the tile, and the fix."""

from collections.abc import Iterable, Mapping
from math import isfinite

import numpy as np

from limner.atlas.geometry import Size
from limner.atlas.scenes import EMPTY, Layer, PictureLayer, PropLayer, RegionLayer, Scene, TileLayer
from limner.atlas.sprites import AtlasError, Pixels, check_sprites
from limner.atlas.tilesets import Tileset

MOST_TILES = 32767  # along a side: Godot counts cells in 16 bits with a sign


def check_scene(scene: Scene) -> None:
    """Raise AtlasError for a grid without cells, names that are taken twice or belong to nothing, sizes that disagree and tiles that are not there."""
    _check_size(f"scene {scene.name!r}", scene.size)
    _check_size(f"the tile of scene {scene.name!r}", scene.tile_size)
    _check_names("tilesets", (tileset.name for tileset in scene.tilesets))
    _check_names("layers", (layer.name for layer in scene.layers))
    if scene.sprites:
        check_sprites(scene.sprites)
    for tileset in scene.tilesets:
        check_tileset(tileset)
    if scene.background is not None and not all(0 <= side <= 255 for side in scene.background):
        raise AtlasError(f"the background of scene {scene.name!r} is {scene.background}; use three numbers in [0, 255]")
    _check_properties(f"scene {scene.name!r}", scene.properties)
    for layer in scene.layers:
        _check_properties(f"layer {layer.name!r}", layer.properties)
        _check_layer(scene, layer)


def check_tileset(tileset: Tileset) -> None:
    """Raise AtlasError for a tileset without tiles, for tiles of another size, and for numbers that no tile or terrain has."""
    name = f"tileset {tileset.name!r}"
    _check_size(f"the tile of {name}", tileset.tile_size)
    if not tileset.tiles or tileset.columns < 1:
        raise AtlasError(f"{name} has no tiles or no columns; give it at least one of each")
    for number, pixels in enumerate(tileset.tiles):
        _check_pixels(f"tile {number} of {name}", pixels)
        if pixels.shape[:2] != (tileset.tile_size.height, tileset.tile_size.width):
            raise AtlasError(
                f"tile {number} of {name} is {pixels.shape[1]} × {pixels.shape[0]}, not {_text(tileset.tile_size)}; redraw it"
            )
    _check_numbers(f"the properties of {name}", tileset.properties, len(tileset.tiles))
    for number, values in tileset.properties.items():
        _check_properties(f"tile {number} of {name}", values)
    _check_numbers(f"the solid tiles of {name}", tileset.solid, len(tileset.tiles))
    _check_names(f"Wang sets of {name}", (wang_set.name for wang_set in tileset.wang_sets))
    for wang_set in tileset.wang_sets:
        _check_numbers(f"Wang set {wang_set.name!r} of {name}", wang_set.wang_ids, len(tileset.tiles))
        known = range(len(wang_set.terrains) + 1)
        odd = [tile for tile, wang_id in wang_set.wang_ids.items() if any(side not in known for side in wang_id)]
        if odd:
            raise AtlasError(
                f"tile {odd[0]} of {name} has a terrain that Wang set {wang_set.name!r} lacks; add the terrain"
            )


def _check_layer(scene: Scene, layer: Layer) -> None:
    if not isinstance(layer, RegionLayer) and not 0 <= layer.opacity <= 1:
        raise AtlasError(f"layer {layer.name!r} has the opacity {layer.opacity}; use one in [0, 1]")
    if isinstance(layer, TileLayer):
        _check_tiles(scene, layer)
    elif isinstance(layer, PictureLayer):
        _check_pixels(f"the picture of layer {layer.name!r}", layer.pixels)
    elif isinstance(layer, PropLayer):
        for prop in layer.props:
            _check_properties(f"prop {prop.name!r} of layer {layer.name!r}", prop.properties)
        known = {sprite.name for sprite in scene.sprites}
        if odd := next((prop for prop in layer.props if prop.sprite not in known), None):
            raise AtlasError(
                f"prop {odd.name!r} of layer {layer.name!r} shows sprite {odd.sprite!r}, which the scene lacks; add it"
            )
    else:
        for region in layer.regions:
            _check_properties(f"region {region.name!r} of layer {layer.name!r}", region.properties)
            if region.box.width < 0 or region.box.height < 0 or len(region.polygon) in (1, 2):
                raise AtlasError(
                    f"region {region.name!r} of layer {layer.name!r} has no shape; give it a box, or three points or more"
                )


def _check_tiles(scene: Scene, layer: TileLayer) -> None:
    tileset = next((one for one in scene.tilesets if one.name == layer.tileset), None)
    if tileset is None:
        raise AtlasError(f"layer {layer.name!r} uses tileset {layer.tileset!r}, which the scene lacks; add it")
    if tileset.tile_size != scene.tile_size:
        raise AtlasError(
            f"layer {layer.name!r} has tiles of {_text(tileset.tile_size)} on a grid of {_text(scene.tile_size)}; use one size"
        )
    if layer.tiles.shape != (scene.size.height, scene.size.width):
        shape = " × ".join(map(str, reversed(layer.tiles.shape)))
        raise AtlasError(f"layer {layer.name!r} is {shape} tiles, the scene {_text(scene.size)}; make them equal")
    wrong = np.argwhere((layer.tiles < EMPTY) | (layer.tiles >= len(tileset.tiles)))
    if wrong.size:
        row, column = (int(side) for side in wrong[0])
        raise AtlasError(
            f"layer {layer.name!r} has tile {layer.tiles[row, column]} in column {column}, row {row}; "
            f"tileset {tileset.name!r} has 0 to {len(tileset.tiles) - 1}, and {EMPTY} is no tile"
        )


def _check_size(what: str, size: Size) -> None:
    if not (1 <= size.width <= MOST_TILES and 1 <= size.height <= MOST_TILES):
        raise AtlasError(f"{what} is {_text(size)}; use 1 to {MOST_TILES} each way")


def _check_pixels(what: str, pixels: Pixels) -> None:
    if pixels.ndim != 3 or pixels.shape[2] != 4 or pixels.dtype != np.uint8 or 0 in pixels.shape:
        raise AtlasError(f"{what} is not RGBA of 8 bits a channel with a pixel at least; convert it")


def _check_numbers(what: str, numbers: Iterable[int], count: int) -> None:
    if (odd := next((number for number in numbers if not 0 <= number < count), None)) is not None:
        raise AtlasError(f"{what} name tile {odd}; there are 0 to {count - 1}")


def _check_properties(of: str, values: Mapping[str, object]) -> None:
    for name, value in values.items():
        if type(value) not in (str, int, float, bool) or (isinstance(value, float) and not isfinite(value)):
            raise AtlasError(f"property {name!r} of {of} is {value!r}; use text, a finite number, true or false")


def _check_names(what: str, names: Iterable[str]) -> None:
    seen: set[str] = set()
    for name in names:
        if name in seen:
            raise AtlasError(f"two {what} are named {name!r}; rename one")
        seen.add(name)


def _text(size: Size) -> str:
    return f"{size.width} × {size.height}"
