"""Pack sprites onto pages: trim them, share equal ones, find places, paint."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, fields

import numpy as np

from limner.atlas.bleeding import bled
from limner.atlas.geometry import Box, Size
from limner.atlas.nine_patches import check_nine_patch
from limner.atlas.pages import PageRules, Spot, spread
from limner.atlas.sprites import Atlas, AtlasError, Pixels, Region, Sprite, Turn, check_sprites
from limner.atlas.trimming import trim

LARGEST_PAGE = 16384  # what graphics cards take


@dataclass(frozen=True, slots=True, kw_only=True)
class PackOptions:
    """How sprites are packed. Lengths are pixels."""

    trim: bool = True  # cut transparent borders
    alpha_threshold: int = 0  # pixels must be more opaque than this to count as a sprite's; in [0, 254]
    alias: bool = True  # equal pictures share one region
    rotate: bool = False  # turn regions by 90° where that saves room; only for formats that keep it
    padding: int = 1  # empty pixels between regions
    edge_padding: int = 0  # empty pixels at the border of a page
    extrude: int = 0  # how often a region's edge pixels are repeated outward, against seams
    bleed: int = 0  # how far visible colours run into transparent pixels, whose alpha stays 0
    power_of_two: bool = False  # sides of pages are powers of two
    square: bool = False  # pages are as wide as high
    max_page: int = 2048  # the longest side of a page, in [1, 16384]

    def __post_init__(self) -> None:
        """Raises AtlasError for a value out of its range."""
        highest = {"alpha_threshold": 254, "max_page": LARGEST_PAGE}
        for field in fields(self):
            value, low = getattr(self, field.name), 1 if field.name == "max_page" else 0
            if field.type is bool and not isinstance(value, bool):
                raise AtlasError(f"{field.name} is {value!r}; use true or false")
            if field.type is int and (isinstance(value, bool) or not isinstance(value, int)):
                raise AtlasError(f"{field.name} is {value!r}; use a whole number")
            if field.type is int and not low <= value <= highest.get(field.name, 1024):
                raise AtlasError(f"{field.name} is {value}; use {low} to {highest.get(field.name, 1024)}")
        if self.max_side < 1:
            raise AtlasError(f"max_page {self.max_page} has no room beside edge_padding {self.edge_padding}; raise it")

    @property
    def max_side(self) -> int:
        """The longest side of what lies on a page, its extruded edges included."""
        side = 1 << (self.max_page.bit_length() - 1) if self.power_of_two else self.max_page
        return side - 2 * self.edge_padding


def pack(sprites: Sequence[Sprite], options: PackOptions | None = None, turn: Turn = "clockwise") -> Atlas:
    """Trim, find a place for each picture, paint the pages. Equal pictures share one place; `turn` is how rotated ones lie.

    A nine-patch is neither trimmed nor rotated: its borders count from the sides. Raises AtlasError for sprites that cannot be
    packed.
    """
    options = options or PackOptions()
    check_sprites(sprites)
    for sprite in sprites:
        check_nine_patch(sprite)
    offsets = [_offset(sprite, options) for sprite in sprites]
    cut = [sprite.pixels[box.y : box.bottom, box.x : box.right] for sprite, box in zip(sprites, offsets, strict=True)]
    shared = _shared(sprites, cut) if options.alias else list(range(len(cut)))
    unique = sorted(set(shared))
    fixed = frozenset(place for place, number in enumerate(unique) if sprites[number].nine_patch is not None)
    spots, pages = spread([_cell(offsets[number], options) for number in unique], _rules(options), fixed)
    boxes = {
        number: (spot.page, _box(spot, offsets[number], options)) for number, spot in zip(unique, spots, strict=True)
    }
    turned = {number: spot.turned for number, spot in zip(unique, spots, strict=True)}
    regions = tuple(
        _region(sprite, offset, *boxes[number], rotated=turned[number])
        for sprite, offset, number in zip(sprites, offsets, shared, strict=True)
    )
    painted = _painted(pages, [(regions[number], cut[number]) for number in unique], options, turn)
    return Atlas(pages=painted, regions=regions, turn=turn)


def unpacked(atlas: Atlas, region: Region) -> Pixels:
    """The untrimmed picture of a region, as it lies on its page."""
    box = region.box
    pixels = atlas.pages[region.page][box.y : box.bottom, box.x : box.right]
    whole = np.zeros((region.source_size.height, region.source_size.width, 4), np.uint8)
    at = region.offset
    upright = np.rot90(pixels, 1 if atlas.turn == "clockwise" else -1) if region.rotated else pixels
    whole[at.y : at.bottom, at.x : at.right] = upright
    return whole


def _offset(sprite: Sprite, options: PackOptions) -> Box:
    """The part of a sprite that is packed. Raises AtlasError where it is too large for a page."""
    whole = not options.trim or sprite.nine_patch is not None
    box = Box(0, 0, *sprite.size) if whole else trim(sprite.pixels[..., 3], options.alpha_threshold)
    side = options.max_side - 2 * options.extrude
    if max(box.width, box.height) > side:
        raise AtlasError(
            f"sprite {sprite.name!r} is {box.width} × {box.height}; a page of {options.max_page} holds {side} × {side}, "
            "raise max_page or make it smaller"
        )
    return box


def _shared(sprites: Sequence[Sprite], cut: Sequence[Pixels]) -> list[int]:
    """For each picture, the number of the first that equals it. Transparent pixels are equal whatever their colour."""
    first: dict[tuple[bool, tuple[int, ...], bytes], int] = {}
    shared = []
    for number, (sprite, pixels) in enumerate(zip(sprites, cut, strict=True)):
        seen = np.where(pixels[..., 3:] > 0, pixels, np.uint8(0))
        key = (sprite.nine_patch is None, pixels.shape, hashlib.sha256(seen.tobytes()).digest())
        shared.append(first.setdefault(key, number))
    return shared


def _cell(offset: Box, options: PackOptions) -> Size:
    """The room that a region takes, with what is repeated around it and the padding to the next."""
    more = 2 * options.extrude + options.padding
    return Size(offset.width + more, offset.height + more)


def _rules(options: PackOptions) -> PageRules:
    return PageRules(
        side=options.max_side,
        rotate=options.rotate,
        power_of_two=options.power_of_two,
        square=options.square,
        edge=options.edge_padding,
        gap=options.padding,
    )


def _box(spot: Spot, offset: Box, options: PackOptions) -> Box:
    shift = options.edge_padding + options.extrude
    width, height = (offset.height, offset.width) if spot.turned else (offset.width, offset.height)
    return Box(spot.x + shift, spot.y + shift, width, height)


def _region(sprite: Sprite, offset: Box, page: int, box: Box, *, rotated: bool) -> Region:
    return Region(
        name=sprite.name,
        page=page,
        box=box,
        source_size=sprite.size,
        offset=offset,
        duration_ms=sprite.duration_ms,
        rotated=rotated,
        pivot=sprite.pivot,
        nine_patch=sprite.nine_patch,
        collision=sprite.collision,
    )


def _painted(
    sizes: Sequence[Size], content: Sequence[tuple[Region, Pixels]], options: PackOptions, turn: Turn
) -> tuple[Pixels, ...]:
    """The pages with their regions on them."""
    edge, extrude = 2 * options.edge_padding, options.extrude
    pages = [np.zeros((size.height + edge, size.width + edge, 4), np.uint8) for size in sizes]
    for region, pixels in content:
        lying = np.rot90(pixels, -1 if turn == "clockwise" else 1) if region.rotated else pixels
        if extrude:
            lying = np.pad(lying, ((extrude, extrude), (extrude, extrude), (0, 0)), mode="edge")
        x, y = region.box.x - extrude, region.box.y - extrude
        pages[region.page][y : y + lying.shape[0], x : x + lying.shape[1]] = lying
    return tuple(bled(page, options.bleed) for page in pages) if options.bleed else tuple(pages)
