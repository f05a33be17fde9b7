"""Sprites and the atlas that holds them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from limner.atlas.geometry import Box, Point, Size

Pixels = NDArray[np.uint8]  # (height, width, 4), straight alpha


class AtlasError(ValueError):
    """Sprites that cannot become an atlas; the message names the sprite and the fix."""


Direction = Literal["forward", "reverse", "ping-pong"]
Turn = Literal["clockwise", "counter-clockwise"]
Provenance = Mapping[
    str, str
]  # where a picture comes from: generator, model, model_digest, seed, …; empty when nobody said


class NinePatch(NamedTuple):
    """Stretch borders in pixels of the untrimmed picture: how thick the parts are that keep their size."""

    left: int
    right: int
    top: int
    bottom: int


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Sprite:
    """One picture meant for a game; as a frame it shows for `duration_ms`."""

    name: str
    pixels: Pixels
    duration_ms: int = 100
    pivot: Point | None = None  # the point it turns about, in pixels of the untrimmed picture; None: nobody chose one
    nine_patch: NinePatch | None = None
    collision: tuple[Point, ...] = ()  # a polygon in pixels of the untrimmed picture, clockwise; empty: none

    @property
    def size(self) -> Size:
        return Size(self.pixels.shape[1], self.pixels.shape[0])


@dataclass(frozen=True, slots=True, kw_only=True)
class FrameTag:
    """A named range of frames, both ends included, counted from 0."""

    name: str
    first: int
    last: int
    direction: Direction = "forward"
    loop: bool = True


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class SpriteSet:
    """Sprites that are exported together: pictures of their own, or the frames of animations."""

    sprites: tuple[Sprite, ...]
    frame_tags: tuple[FrameTag, ...] = ()
    provenance: Provenance = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Region:
    """Where a sprite's trimmed pixels lie on a page."""

    name: str
    page: int
    box: Box  # as it lies: a rotated one has the sides of `offset` swapped
    source_size: Size  # before trimming
    offset: Box  # where the trimmed part lay in the source
    duration_ms: int
    rotated: bool = False  # turned by 90°, to the side that the atlas says
    pivot: Point | None = None  # as in Sprite: in pixels of the untrimmed picture
    nine_patch: NinePatch | None = None
    collision: tuple[Point, ...] = ()

    @property
    def trimmed(self) -> bool:
        return self.offset != Box(0, 0, *self.source_size)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Atlas:
    """Pages of pixels and the regions on them, in the order of the sprites."""

    pages: tuple[Pixels, ...]
    regions: tuple[Region, ...]
    turn: Turn = "clockwise"  # of the rotated regions


def check_sprites(sprites: Sequence[Sprite]) -> None:
    """Raise AtlasError for no sprites, for two with one name, and for one without pixels."""
    if not sprites:
        raise AtlasError("no sprites; give at least one picture")
    seen: set[str] = set()
    for sprite in sprites:
        if sprite.pixels.ndim != 3 or sprite.pixels.shape[2] != 4 or sprite.pixels.dtype != np.uint8:
            raise AtlasError(f"sprite {sprite.name!r} is not RGBA of 8 bits a channel; convert it")
        if 0 in sprite.size:
            raise AtlasError(f"sprite {sprite.name!r} is {sprite.size.width} × {sprite.size.height}; leave it out")
        if sprite.name.lower() in seen:
            raise AtlasError(f"two sprites are named {sprite.name!r}; rename one (some disks ignore case)")
        seen.add(sprite.name.lower())
