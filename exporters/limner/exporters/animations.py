"""A set of sprites as the animations that one file each can hold: aligned frames in the order in which they show."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from limner.atlas.aligning import aligned
from limner.atlas.geometry import Box, Size
from limner.atlas.loops import check_timing, played
from limner.atlas.sprites import Pixels, Sprite, SpriteSet
from limner.exporters.files import distinct, file_name


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Animation:
    """Frames of one size in playing order; a frame may show more than once.

    `name` is the path of its file without the suffix, `title` the tag as it was named.
    """

    name: str
    title: str
    frames: tuple[Sprite, ...]
    loop: bool = True

    @property
    def base(self) -> str:
        """The name without its folders."""
        return self.name.rpartition("/")[2]

    @property
    def size(self) -> Size:
        return self.frames[0].size

    @property
    def durations_ms(self) -> list[int]:
        return [frame.duration_ms for frame in self.frames]


def animations(art: SpriteSet, stem: str) -> list[Animation]:
    """One animation for each frame tag, named `<stem>-<tag>`; frames of no tag make one more, named `stem`.

    Reverse and ping-pong are unrolled. Raises AtlasError for frames that share no canvas and for tags that name no frames.
    """
    check_timing(art.sprites, art.frame_tags)
    frames = aligned(art.sprites)
    names = distinct(f"{stem}-{file_name(tag.name)}" for tag in art.frame_tags)
    found = [
        Animation(name=name, title=tag.name, frames=tuple(frames[index] for index in played(tag)), loop=tag.loop)
        for name, tag in zip(names, art.frame_tags, strict=True)
    ]
    tagged = {index for tag in art.frame_tags for index in range(tag.first, tag.last + 1)}
    if rest := tuple(frame for index, frame in enumerate(frames) if index not in tagged):
        found.insert(0, Animation(name=stem, title=stem, frames=rest))
    return found


def changed(before: Pixels | None, after: Pixels) -> Box:
    """The smallest box that holds every pixel in which two pictures of one size differ; one pixel where they are equal."""
    if before is None:
        return Box(0, 0, after.shape[1], after.shape[0])
    return bounds(words(before) != words(after))


def bounds(mask: NDArray[np.bool_]) -> Box:
    """The smallest box that holds every true place; the first pixel where there is none."""
    rows = np.flatnonzero(mask.any(axis=1))
    if rows.size == 0:
        return Box(0, 0, 1, 1)
    y, bottom = int(rows[0]), int(rows[-1]) + 1
    columns = np.flatnonzero(mask[y:bottom].any(axis=0))
    x, right = int(columns[0]), int(columns[-1]) + 1
    return Box(x, y, right - x, bottom - y)


def union(one: Box, other: Box) -> Box:
    """The smallest box that holds both."""
    x, y = min(one.x, other.x), min(one.y, other.y)
    return Box(x, y, max(one.right, other.right) - x, max(one.bottom, other.bottom) - y)


def within(pixels: NDArray[np.uint8], box: Box) -> NDArray[np.uint8]:
    """The part of a picture inside a box."""
    return pixels[box.y : box.bottom, box.x : box.right]


def words(pixels: Pixels) -> NDArray[np.uint32]:
    """(height, width): each pixel as one number, red lowest."""
    return np.ascontiguousarray(pixels).view("<u4")[..., 0]


def centiseconds(durations_ms: Sequence[int], least: int = 2) -> list[int]:
    """Durations in hundredths of a second whose sum stays true: what rounding takes from one frame, the next gets back.

    None is shorter than `least`: browsers show a GIF frame of 10 ms for 100.
    """
    found: list[int] = []
    end = shown = 0
    for duration in durations_ms:
        end += max(duration, 10 * least)
        found.append(round(end / 10) - shown)
        shown += found[-1]
    return found
