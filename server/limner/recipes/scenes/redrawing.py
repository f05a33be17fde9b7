"""An existing scene with new art: the layout stays, or only the ground and the plants of one part change.

Terrains are known by the names of our own tilesets; those of other maps are asked for by their own names, and so are sprites.
"""

import asyncio
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from limner.atlas.geometry import Box, Point
from limner.atlas.scenes import Layer, Prop, PropLayer, Scene, TileLayer
from limner.atlas.sprites import Sprite
from limner.atlas.terrain import Ground, corner_tiles, edge_tiles
from limner.atlas.tilesets import Tileset, WangSet
from limner.recipes.painting import Painter
from limner.recipes.scenes import art
from limner.recipes.scenes.art import Art, ArtPlan, Drawable, varied
from limner.recipes.scenes.catalogue import catalogue
from limner.recipes.scenes.chance import noise
from limner.recipes.scenes.reading import Wish
from limner.recipes.scenes.topdown import BRIDGE, COAST, MEADOW, ROAD, WOODS, cornered

OURS = {
    "ground": ("shore", "water"),
    "cover": ("cover", None),
    "floor": ("floor", None),
    "road": ("road", None),
    "bridge": ("bridge", None),
}  # tileset → textures of its inner and its outer terrain
RAGGED = 4.0  # corners at most by which the border of a redrawn part strays inwards
BORDERS = {"ground": COAST, "cover": MEADOW, "floor": WOODS, "road": ROAD, "bridge": BRIDGE}


@dataclass(frozen=True, slots=True, kw_only=True)
class Redrawn:
    """A scene and the parts that were drawn for it."""

    scene: Scene
    art: Art
    warnings: tuple[str, ...]


async def redrawn(scene: Scene, wish: Wish, plan: ArtPlan, painter: Painter) -> Redrawn:
    """The scene with every terrain and every sprite drawn anew; what is no complete set of two terrains stays, and a warning says so."""
    named = {part.name: part for part in art.drawables(wish)}
    kept = [tileset.name for tileset in scene.tilesets if not _two(tileset)]
    textures = {
        name: named.get(name) or Drawable(name=name, prompt=name, texture=True)
        for tileset in scene.tilesets
        if _two(tileset)
        for name in _grounds(tileset)
        if name
    }
    sprites = [_wanted(sprite, named, plan.tile) for sprite in scene.sprites]
    parts = [*textures.values(), *sprites]
    painter.expect(art.drawings(parts))
    found = await art.drawn(parts, plan, painter)

    def composed() -> Scene:
        return replace(
            scene,
            tilesets=tuple(_retiled(one, found) if _two(one) else one for one in scene.tilesets),
            sprites=tuple(_refitted(sprite, found.sprites[sprite.name]) for sprite in scene.sprites),
        )

    warnings = tuple(f"tileset {name!r} is no set of two terrains; its tiles stay as they are" for name in kept)
    return Redrawn(scene=await asyncio.to_thread(composed), art=found, warnings=(*wish.warnings, *warnings))


async def redrawn_part(scene: Scene, wish: Wish, region: Box, plan: ArtPlan, painter: Painter) -> Redrawn:
    """The scene whose ground and plants are those of the wish inside a region of tiles. The new ground is a Wang set over the old one."""
    book = catalogue().grounds[wish.ground]
    suffix = _free_suffix(scene, wish.ground)
    parts = [part for part in art.drawables(wish) if part.name == "cover" or part.name.startswith("tree/")]
    parts += [part for part in art.drawables(wish) if part.name in book.scatter]
    painter.expect(art.drawings(parts))
    found = await art.drawn(parts, plan, painter)
    clear = Ground("none", None)
    cover = corner_tiles(f"cover {suffix}", Ground(book.cover, found.textures["cover"]), clear, MEADOW)
    corners = _covered(scene, region)
    layer = TileLayer(name=f"cover {suffix}", tileset=cover.name, tiles=cornered(corners))
    fresh = {name: replace(sprite, name=f"{name} {suffix}") for name, sprite in found.sprites.items()}
    swaps = _swaps(scene, book.scatter, fresh)
    layers = [_swapped(one, region, scene, swaps) for one in _with(scene.layers, layer)]
    used = {prop.sprite for one in layers if isinstance(one, PropLayer) for prop in one.props}
    sprites = [sprite for sprite in (*scene.sprites, *fresh.values()) if sprite.name in used]
    changed = replace(scene, tilesets=(*scene.tilesets, cover), sprites=tuple(sprites), layers=tuple(layers))
    return Redrawn(scene=changed, art=found, warnings=wish.warnings)


def _two(tileset: Tileset) -> WangSet | None:
    """The first Wang set of two terrains by corners or by edges."""
    sets = (one for one in tileset.wang_sets if one.kind != "mixed" and len(one.terrains) == 2)
    return next(sets, None)


def _grounds(tileset: Tileset) -> tuple[str, str | None]:
    """The names of the inner and of the outer texture; None where it is clear."""
    if tileset.name in OURS:
        return OURS[tileset.name]
    wang_set = _two(tileset)
    assert wang_set is not None
    outer, inner = (terrain.name for terrain in wang_set.terrains)
    sheer = [number for number, wang_id in wang_set.wang_ids.items() if 2 not in wang_id]
    clear = not sheer or not tileset.tiles[sheer[0]][..., 3].any()
    return inner, None if clear else outer


def _retiled(tileset: Tileset, found: Art) -> Tileset:
    """The tileset with its terrain tiles composed from new textures; other tiles stay."""
    wang_set = _two(tileset)
    assert wang_set is not None
    inner, outer = _grounds(tileset)
    make = corner_tiles if wang_set.kind == "corner" else edge_tiles
    border = BORDERS.get(tileset.name, MEADOW)
    fresh = make(
        tileset.name,
        Ground(inner, found.textures[inner]),
        Ground(outer or "none", found.textures[outer] if outer else None),
        border,
    )
    by_sides = {
        _inner(wang_id): tile for wang_id, tile in zip(fresh.wang_sets[0].wang_ids.values(), fresh.tiles, strict=True)
    }
    tiles, alike = list(tileset.tiles), Counter[tuple[bool, ...]]()
    for number, wang_id in sorted(wang_set.wang_ids.items()):
        sides = _inner(wang_id)
        tiles[number] = varied(by_sides[sides], alike[sides] if all(sides[1::2]) or not any(sides) else 0)
        alike[sides] += 1
    return replace(tileset, tiles=tuple(tiles))


def _inner(wang_id: Sequence[int]) -> tuple[bool, ...]:
    return tuple(side == 2 for side in wang_id)


def _wanted(sprite: Sprite, named: Mapping[str, Drawable], tile: int) -> Drawable:
    """The order for a sprite: as the wish says, or by its own name; about as large as it is."""
    tiles = max(1, min(4, round(max(sprite.size) / tile)))
    known = named.get(sprite.name)
    element = catalogue().elements.get(sprite.name)
    prompt = known.prompt if known else element.art if element and element.art else sprite.name.replace("_", " ")
    return Drawable(name=sprite.name, prompt=prompt, size=(tiles, tiles), candidates=2)


def _refitted(old: Sprite, new: Sprite) -> Sprite:
    """The new picture no larger than the old one was, standing where it stood."""
    height, width = min(new.size.height, old.size.height), min(new.size.width, old.size.width)
    left = (new.size.width - width) // 2
    pixels = np.ascontiguousarray(new.pixels[new.size.height - height :, left : left + width])
    return replace(old, pixels=pixels, pivot=Point(width / 2, height), collision=())


def _free_suffix(scene: Scene, ground: str) -> str:
    """The ground's name, numbered where the scene has it already."""
    taken = {layer.name for layer in scene.layers} | {tileset.name for tileset in scene.tilesets}
    number = 1
    while f"cover {ground}{number if number > 1 else ''}" in taken:
        number += 1
    return f"{ground}{number if number > 1 else ''}"


def _covered(scene: Scene, region: Box) -> NDArray[np.bool_]:
    """Corners inside the region that lie on the scene's cover, or on anything where there is none."""
    corners = np.zeros((scene.size.height + 1, scene.size.width + 1), np.bool_)
    inner = (region.height - 1, region.width - 1)
    rows, columns = np.indices(inner)
    from_edge = np.minimum(np.minimum(rows, inner[0] - 1 - rows), np.minimum(columns, inner[1] - 1 - columns))
    ragged = noise(region.x * 1009 + region.y, "part", inner, 4.0) * min(RAGGED, min(inner) / 4)
    corners[region.y + 1 : region.bottom, region.x + 1 : region.right] = from_edge >= np.floor(ragged)
    cover = next((one for one in scene.layers if isinstance(one, TileLayer) and one.name == "cover"), None)
    if cover is None:
        return corners
    tileset = next(one for one in scene.tilesets if one.name == cover.tileset)
    wang_ids = tileset.wang_sets[0].wang_ids if tileset.wang_sets else {}
    bits = [0] * (len(tileset.tiles) + 1)  # EMPTY is the last
    for number, wang_id in wang_ids.items():
        bits[number] = sum((side == 2) << bit for bit, side in enumerate(wang_id[1::2]))
    tiles = np.array(bits)[cover.tiles]
    there = np.zeros_like(corners)
    for bit, (down, right) in enumerate(((0, 1), (1, 1), (1, 0), (0, 0))):
        there[down : down + tiles.shape[0], right : right + tiles.shape[1]] |= tiles >> bit & 1 > 0
    return corners & there


def _with(layers: Sequence[Layer], fresh: TileLayer) -> list[Layer]:
    """The layers with a new one above the ground, below roads and all that stands."""
    grounds = [
        at for at, one in enumerate(layers) if isinstance(one, TileLayer) and one.name in ("ground", "cover", "detail")
    ]
    last = (
        grounds[-1] if grounds else max((at for at, one in enumerate(layers) if isinstance(one, TileLayer)), default=-1)
    )
    earlier = [at for at, one in enumerate(layers) if isinstance(one, TileLayer) and one.name.startswith("cover ")]
    at = max([last, *earlier]) + 1
    return [*layers[:at], fresh, *layers[at:]]


def _swaps(scene: Scene, scatter: Sequence[str], fresh: Mapping[str, Sprite]) -> dict[str, str]:
    """Which sprite stands for which inside the region: trees for trees, small things for small things. Landmarks stay."""
    small = [fresh[name].name for name in scatter if name in fresh]
    trees = [sprite.name for name, sprite in fresh.items() if name.startswith("tree/")]
    found: dict[str, str] = {}
    for sprite in scene.sprites:
        element = catalogue().elements.get(sprite.name.partition(" ")[0])
        if sprite.name.startswith("tree/"):
            found[sprite.name] = trees[int(sprite.name[5:6] == "1") % len(trees)]
        elif element is not None and element.group == "prop" and small:
            found[sprite.name] = small[len(found) % len(small)]
    return found


def _swapped(layer: Layer, region: Box, scene: Scene, swaps: Mapping[str, str]) -> Layer:
    if not isinstance(layer, PropLayer):
        return layer
    width, height = scene.tile_size

    def swapped(prop: Prop) -> Prop:
        column, row = int(prop.foot.x // width), int((prop.foot.y - 1) // height)
        inside = region.x <= column < region.right and region.y <= row < region.bottom
        return replace(prop, sprite=swaps[prop.sprite]) if inside and prop.sprite in swaps else prop

    return replace(layer, props=tuple(swapped(prop) for prop in layer.props))
