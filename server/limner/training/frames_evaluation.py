"""How well figures move and turn, in numbers: on figures that training never saw, beside a puppet and beside standing still.

`error`: mean absolute difference of premultiplied colour over the pixels that either picture shows, in [0, 1]. `flicker`: share of the pixels
that do not change in the true animation, but do in this one. `closure`: the step over the end of a loop against its other steps.
"""

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from limner.atlas.loops import loop_closure
from limner.atlas.motions import ACTIONS as MOTIONS
from limner.atlas.motions import phases
from limner.atlas.puppets import posed_within
from limner.generators.frames import ACTIONS, CANVAS, DIRECTIONS, ENTRIES, LOOPS, FrameModel
from limner.training.frame_batches import FrameBatches, nearest_present

Picture = NDArray[np.uint8]
Mover = Callable[[Picture, str, int, str], list[Picture]]  # reference, action, frames, direction
Embed = Callable[[Picture], NDArray[np.float32]]  # 32 × 32 → a vector of unit length
Figures = dict[str, float]
SMALLER = 26  # the second of the sizes of rendered figures


@dataclass(frozen=True, slots=True)
class Clip:
    """A true animation of a held-out figure, in the colours of its reference."""

    reference: Picture
    action: str
    direction: str
    frames: list[Picture]


def evaluate(model: FrameModel, data: Path) -> dict[str, dict[str, dict[str, Figures]]]:
    """`seen from there`: the reference looks as the frames do; `turned`: it looks south, and the frames do not. By action and method."""
    clips = FrameBatches(data, seed=0)
    methods: Mapping[str, Mover] = {"network": model, "puppet": _puppet, "copy": _copy}
    table = {}
    for name, turned in (("seen from there", False), ("turned", True)):
        rows: dict[str, dict[str, list[Figures]]] = defaultdict(lambda: defaultdict(list))
        for clip in held_out(clips, turned):
            for method, mover in methods.items():
                drawn = mover(clip.reference, clip.action, len(clip.frames), clip.direction)
                rows[clip.action][method].append(figures(drawn, clip))
        table[name] = {
            action: {method: mean(rows[action][method]) for method in methods} for action in ACTIONS if action in rows
        }
    return table


def held_out(rows: FrameBatches, turned: bool) -> Iterator[Clip]:
    """Every clip of the figures that are held out, with the reference that looks there, or that looks south."""
    for figure in np.flatnonzero(rows.held_out):
        palette = np.concatenate([rows.palettes[figure]] * 2)
        own = np.flatnonzero(rows.figure == figure)
        for action, direction in sorted({(int(rows.action[at]), int(rows.direction[at])) for at in own}):
            start = int(rows.rests[figure, 0 if turned else direction])
            if start < 0 or (turned and direction == 0):
                continue
            first = rows.frames[start]
            goals = own[(rows.action[own] == action) & (rows.direction[own] == direction)]
            frames = [_painted(nearest_present(first, rows.frames[goal], palette), palette) for goal in goals]
            places = np.where(first > 0, first.astype(np.int64) - 1, ENTRIES)
            yield Clip(_painted(places, palette), ACTIONS[action], DIRECTIONS[direction], frames)


def figures(drawn: list[Picture], clip: Clip) -> Figures:
    """What is measured of one animation."""
    true, made = (np.stack([_premultiplied(frame) for frame in frames]) for frames in (clip.frames, drawn))
    shown = (true[..., 3] > 0) | (made[..., 3] > 0)
    found = {"error": float(np.abs(true - made).mean(axis=-1)[shown].mean())}
    still = (true == true[:1]).all(axis=(0, 3)) & (true[0, ..., 3] > 0)
    if still.any():
        found["flicker"] = float((made != made[:1]).any(axis=(0, 3))[still].mean())
    if clip.action in LOOPS and len(drawn) > 1:
        found["closure"] = loop_closure(drawn)
    return found


def identity(model: FrameModel, embed: Embed, data: Path) -> Figures:
    """Whether a figure that is turned stays itself: walking east, north and west, drawn from its southern side.

    `same` and `others`: mean cosine of the joint embeddings of frames of one figure, and of different figures; `separation`: how often the
    first is the greater (the area under the ROC curve). `palette_same` and `palette_others`: mean distance, in [0, 1], from a colour of
    one frame to the nearest of the other. A figure in another size counts as the same and is left out.
    """
    rows = FrameBatches(data, seed=0)
    chosen = [at for at in np.flatnonzero(rows.held_out) if rows.rests[at, 0] >= 0 and rows.height[at] != SMALLER]
    references = [_painted_rest(rows, int(at)) for at in chosen]
    frames = [[model(each, "walk", 4, side)[1] for side in ("east", "north", "west")] for each in references]
    vectors = np.array([[embed(_square(frame)) for frame in own] for own in frames])
    cosines = np.einsum("iad,jbd->ijab", vectors, vectors)
    distances = np.array([[[[_palette_distance(a, b) for b in two] for a in one] for two in frames] for one in frames])
    own = np.eye(len(frames), dtype=bool)
    apart = ~np.eye(3, dtype=bool)
    same, others = cosines[own][:, apart].ravel(), cosines[~own].ravel()
    return {
        "figures": len(frames),
        "same": round(float(same.mean()), 4),
        "others": round(float(others.mean()), 4),
        "separation": round(float((same[:, None] > others[None]).mean()), 4),
        "palette_same": round(float(distances[own][:, apart].mean()), 4),
        "palette_others": round(float(distances[~own].mean()), 4),
    }


def _painted_rest(rows: FrameBatches, figure: int) -> Picture:
    first = rows.frames[rows.rests[figure, 0]]
    places = np.where(first > 0, first.astype(np.int64) - 1, ENTRIES)
    return _painted(places, np.concatenate([rows.palettes[figure]] * 2))


def _square(frame: Picture) -> Picture:
    """The middle of the ground, as large as the joint embedding takes it."""
    margin = (CANVAS - 32) // 2
    return frame[CANVAS - 32 :, margin:-margin]


def _palette_distance(one: Picture, other: Picture) -> float:
    first, second = (np.unique(each[each[..., 3] > 0], axis=0)[:, :3].astype(np.float64) / 255 for each in (one, other))
    apart = np.linalg.norm(first[:, None] - second[None], axis=2) / np.sqrt(3)
    return float(apart.min(axis=1).mean() + apart.min(axis=0).mean()) / 2


def mean(rows: list[Figures]) -> Figures:
    """The mean of each figure over the animations that have it, and how many animations there were."""
    names = {name for row in rows for name in row}
    means = {name: round(float(np.mean([row[name] for row in rows if name in row])), 4) for name in sorted(names)}
    return means | {"clips": len(rows)}


def _puppet(picture: Picture, action: str, count: int, direction: str) -> list[Picture]:
    if action not in MOTIONS:
        return _copy(picture, action, count, direction)
    motion = MOTIONS[action]
    return posed_within(picture, [replace(motion.motion(phase), flash=0.0) for phase in phases(motion, count)])


def _copy(picture: Picture, action: str, count: int, direction: str) -> list[Picture]:
    return [picture] * count


def _painted(places: NDArray[np.int64], palette: NDArray[np.uint8]) -> Picture:
    colours = np.zeros((ENTRIES + 1, 4), np.uint8)
    colours[:ENTRIES, :3], colours[:ENTRIES, 3] = palette, 255
    out: Picture = colours[places]
    return out


def _premultiplied(pixels: Picture) -> NDArray[np.float32]:
    alpha = pixels[..., 3:].astype(np.float32) / 255
    return np.concatenate([pixels[..., :3] / np.float32(255) * alpha, alpha], axis=-1)
