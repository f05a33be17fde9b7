"""Time in an animation: the order in which frames show, how well a loop closes, one rate for frames of uneven length."""

import math
from collections.abc import Sequence
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from limner.atlas.sprites import AtlasError, FrameTag, Pixels, Sprite

LONGEST_MS = 65_535  # what one frame may show for: APNG counts milliseconds in 16 bits


def played(tag: FrameTag) -> tuple[int, ...]:
    """The frames of one turn of `tag` in the order in which they show; ping-pong shows its two ends once."""
    there = tuple(range(tag.first, tag.last + 1))
    match tag.direction:
        case "forward":
            return there
        case "reverse":
            return there[::-1]
        case "ping-pong":
            return there + there[-2:0:-1]


def check_timing(sprites: Sequence[Sprite], tags: Sequence[FrameTag]) -> None:
    """Raise AtlasError for a duration that no format can hold, and for a tag that names frames which are not there."""
    for sprite in sprites:
        if not 1 <= sprite.duration_ms <= LONGEST_MS:
            raise AtlasError(f"sprite {sprite.name!r} shows for {sprite.duration_ms} ms; use 1 to {LONGEST_MS}")
    seen: set[str] = set()
    for tag in tags:
        if not 0 <= tag.first <= tag.last < len(sprites):
            raise AtlasError(
                f"frame tag {tag.name!r} is {tag.first} to {tag.last}; the frames are 0 to {len(sprites) - 1}"
            )
        if tag.name in seen:
            raise AtlasError(f"two frame tags are named {tag.name!r}; rename one")
        seen.add(tag.name)


def loop_closure(frames: Sequence[Pixels]) -> float:
    """How the step from the last frame to the first compares with the steps between neighbours: 1 is a closed loop.

    A step is the mean difference of premultiplied pixels. Frames of one size; fewer than two, or all alike, are closed.
    """
    if len({frame.shape for frame in frames}) > 1:
        raise AtlasError("the frames have several sizes; align them before their loop is measured")
    if len(frames) < 2:
        return 1.0
    seen = [_premultiplied(frame) for frame in (frames[0], frames[-1])]
    steps = [_step(_premultiplied(one), _premultiplied(two)) for one, two in pairwise(frames)]
    mean = sum(steps) / len(steps)
    return _step(*seen) / mean if mean else 1.0


def resampled(durations_ms: Sequence[int], step_ms: float) -> tuple[int, ...]:
    """The frame that shows at the middle of each beat of `step_ms`, from the start to the end; at least one beat."""
    ends = np.cumsum(durations_ms)
    beats = max(1, round(float(ends[-1]) / step_ms))
    middles = (np.arange(beats) + 0.5) * step_ms
    found = np.searchsorted(ends, middles, side="right").clip(max=len(durations_ms) - 1)
    return tuple(int(frame) for frame in found)


def beat_ms(durations_ms: Sequence[int]) -> int:
    """The longest beat that every duration is a whole number of."""
    return math.gcd(*durations_ms)


def _premultiplied(pixels: Pixels) -> NDArray[np.float32]:
    alpha = pixels[..., 3:].astype(np.float32) / 255
    return np.concatenate([pixels[..., :3] * alpha, pixels[..., 3:]], axis=2, dtype=np.float32)


def _step(one: NDArray[np.float32], two: NDArray[np.float32]) -> float:
    return float(np.abs(one - two).mean())
