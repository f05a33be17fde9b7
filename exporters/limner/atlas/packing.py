"""Pack sprites onto pages: MaxRects, best short side first (Jylänki 2010)."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from limner.atlas.geometry import Box, Size
from limner.atlas.sprites import Atlas, AtlasError, Region, Sprite, check_sprites
from limner.atlas.trimming import trim


@dataclass(frozen=True, slots=True, kw_only=True)
class PackOptions:
    """How sprites are packed."""

    padding: int = 1  # empty pixels between regions
    max_page: int = 2048  # the longest side of a page


def pack(sprites: Sequence[Sprite], options: PackOptions | None = None) -> Atlas:
    """Trim, find a place for each picture, paint the pages. Equal pictures share one place.

    Raises AtlasError for sprites that cannot be packed.
    """
    check_sprites(sprites)
    padding, max_page = (options or PackOptions()).padding, (options or PackOptions()).max_page
    offsets = [trim(sprite.pixels[..., 3]) for sprite in sprites]
    cut = [sprite.pixels[box.y : box.bottom, box.x : box.right] for sprite, box in zip(sprites, offsets, strict=True)]
    for sprite, box in zip(sprites, offsets, strict=True):
        if max(box.width, box.height) > max_page:
            raise AtlasError(
                f"sprite {sprite.name!r} is {box.width} × {box.height}; a page holds {max_page} × {max_page}"
            )
    keys = [(pixels.shape, pixels.tobytes()) for pixels in cut]
    first = {key: index for index, key in reversed(list(enumerate(keys)))}
    unique = sorted(first.values(), key=lambda index: (-max(offsets[index][2:]), -min(offsets[index][2:]), index))
    places = _placed({index: Size(*offsets[index][2:]) for index in unique}, padding, max_page)
    regions = tuple(
        Region(
            name=sprite.name,
            page=places[first[key]][0],
            box=places[first[key]][1],
            source_size=sprite.size,
            offset=offset,
            duration_ms=sprite.duration_ms,
        )
        for sprite, offset, key in zip(sprites, offsets, keys, strict=True)
    )
    pages = [
        np.zeros((*_extent(regions, page), 4), np.uint8) for page in range(1 + max(region.page for region in regions))
    ]
    for region, pixels in zip(regions, cut, strict=True):
        pages[region.page][region.box.y : region.box.bottom, region.box.x : region.box.right] = pixels
    return Atlas(pages=tuple(pages), regions=regions)


def _extent(regions: Sequence[Region], page: int) -> tuple[int, int]:
    """Height and width that the regions of a page need."""
    boxes = [region.box for region in regions if region.page == page]
    return max(box.bottom for box in boxes), max(box.right for box in boxes)


def _placed(sizes: dict[int, Size], padding: int, max_page: int) -> dict[int, tuple[int, Box]]:
    """Page and box of each picture: the smallest square page that takes what is left, or a full one and then the next."""
    places: dict[int, tuple[int, Box]] = {}
    left, page = dict(sizes), 0
    while left:
        area = sum((size.width + padding) * (size.height + padding) for size in left.values())
        side = min(max_page, max(int(area**0.5), *(max(size) for size in left.values())))
        boxes = _page(left, padding, side)
        while len(boxes) < len(left) and side < max_page:
            side = min(max_page, side + max(4, side // 16))
            boxes = _page(left, padding, side)
        places |= {index: (page, box) for index, box in boxes.items()}
        left = {index: size for index, size in left.items() if index not in boxes}
        page += 1
    return places


def _page(sizes: dict[int, Size], padding: int, side: int) -> dict[int, Box]:
    """Boxes on one page for as many pictures as fit, the largest first."""
    free = [Box(0, 0, side + padding, side + padding)]
    boxes: dict[int, Box] = {}
    for index, size in sizes.items():
        width, height = size.width + padding, size.height + padding
        fitting = [space for space in free if space.width >= width and space.height >= height]
        if not fitting:
            continue
        best = min(fitting, key=lambda space: (min(space.width - width, space.height - height), space.y, space.x))
        taken = Box(best.x, best.y, width, height)
        boxes[index] = Box(best.x, best.y, *size)
        free = _without(free, taken)
    return boxes


def _without(free: list[Box], taken: Box) -> list[Box]:
    """The largest free rectangles that are left beside `taken`. Those it does not touch hold nothing new."""
    kept = [space for space in free if not space.meets(taken)]
    pieces: list[Box] = []
    for space in free:
        if space.meets(taken):
            pieces += [
                Box(space.x, space.y, taken.x - space.x, space.height),
                Box(taken.right, space.y, space.right - taken.right, space.height),
                Box(space.x, space.y, space.width, taken.y - space.y),
                Box(space.x, taken.bottom, space.width, space.bottom - taken.bottom),
            ]
    fresh = list(dict.fromkeys(piece for piece in pieces if piece.width > 0 and piece.height > 0))
    every = [*kept, *fresh]
    return kept + [one for one in fresh if not any(other is not one and other.holds(one) for other in every)]
