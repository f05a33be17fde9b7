"""How somebody wants pictures cut into frames. Light: whoever reads it needs no pictures yet."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from limner.atlas.geometry import Size
    from limner.atlas.sprites import Direction


@dataclass(frozen=True, slots=True, kw_only=True)
class FrameChoices:
    """How pictures become frames."""

    tags: bool = False  # names such as walk-01 make the tag walk
    frames: int | None = None  # how many a strip holds
    frame_size: Size | None = None  # of the cells of a sheet
    duration_ms: int | None = None  # of every frame; None: what the file says, else 100
    pivot: str | None = None  # a word of frame_art.PIVOTS, or X,Y in pixels
    direction: Direction | None = None  # of every tag; where there is none, of one that holds all frames
