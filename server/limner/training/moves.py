"""Animated figures, packed for the frame network: every frame on one canvas, as places in its figure's own palette.

`build` writes `moves.npz`: `frames` (F, 48, 48) uint8, 0 where it is clear and else a place in the figure's palette plus one;
`palettes` (R, 16, 3) uint8; for each frame its `figure`, `action`, `direction` and `angle` (of the phase, in radians); for each figure
`held_out` and `rig` (figures of one rig move alike, so that their parts fit one another), and `rests`, the frame in which it rests in each
direction, −1 where there is none.
"""

import hashlib
import math
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
from numpy.typing import NDArray
from PIL import Image

from limner.generators.frames import ACTIONS, CANVAS, DIRECTIONS, angle_of
from limner.training.pictures import Picture, frames

COLOURS = 16  # of a figure
HELD_OUT = 9  # one figure in so many is kept for judging
TALL = {"pixel": 32, "render": 30}  # what a figure is made as high as, at most
SMALL = 20  # pixel art of up to this height is drawn twice as large
SOURCES = ("puny-world", "cc0-3d", "superpowers", "antumdeluge-icons", "0x72-dungeon", "luizmelo", "makecode-arcade", "papyszoo/pixelfrog-kings-and-pigs", "papyszoo/pixelfrog-pirate-bomb", "papyszoo/pixelfrog-pixel-adventure-1", "papyszoo/pixelfrog-pixel-adventure-2")  # fmt: skip
NAMES = {"sword attack": "attack", "slash": "attack", "staff attack": "cast", "bow attack": "shoot", "death": "die", "flying": "idle"}  # fmt: skip
PREFERRED = ("sword attack", "slash", "staff attack", "bow attack")  # over a second movement of the same name
LOOKS = {"down": 0, "down-right": 1, "right": 2, "side": 2, "up-right": 3, "up": 4, "up-left": 5, "left": 6, "down-left": 7}  # fmt: skip
RIGGED = ("puny-world", "cc0-3d")

Clip = Mapping[str, object]


@dataclass(slots=True, eq=False)
class Figure:
    """One figure, and its clips by action and direction."""

    source: str
    subject: str
    category: str
    height: int  # that it is brought to
    clips: dict[tuple[int, int], list[Picture]]


def held_out(subject: str) -> bool:
    """Fixed by the words of the subject, so that no later run trains on what an earlier one was judged by."""
    return int(hashlib.sha256(f"motion {subject.lower()}".encode()).hexdigest(), 16) % HELD_OUT == 0


def build(clips: Path, folder: Path) -> dict[str, int]:
    """Pack the animated art; returns how many figures and frames there are."""
    columns = ["id", "source", "category", "subject", "action", "direction", "frames", "width", "height", "png"]
    rows = pq.read_table(clips, columns=columns, filters=[("source", "in", SOURCES)]).to_pylist()
    figures = list(collect(rows))
    packed = [pack(figure) for figure in figures]
    counts = np.array([len(each.frames) for each in packed])
    first = np.concatenate([[0], np.cumsum(counts)[:-1]])
    rests = np.stack([np.where(each.rests < 0, -1, each.rests + at) for each, at in zip(packed, first, strict=True)])
    folder.mkdir(parents=True, exist_ok=True)
    np.savez(
        folder / "moves.npz",
        frames=np.concatenate([each.frames for each in packed]),
        palettes=np.stack([each.palette for each in packed]),
        figure=np.repeat(np.arange(len(packed)), counts),
        action=np.concatenate([each.action for each in packed]),
        direction=np.concatenate([each.direction for each in packed]),
        angle=np.concatenate([each.angle for each in packed]),
        rests=rests,
        held_out=np.array([held_out(figure.subject) for figure in figures]),
        rig=np.array([RIGGED.index(f.source) + 1 if _rigged(f) else 0 for f in figures]),
        subject=np.array([figure.subject for figure in figures]),
        height=np.array([figure.height for figure in figures]),
    )
    return {"figures": len(figures), "held out": sum(held_out(f.subject) for f in figures), "frames": int(counts.sum())}


def _rigged(figure: Figure) -> bool:
    return figure.source in RIGGED and figure.category == "character"


def collect(rows: Sequence[Clip]) -> Iterator[Figure]:
    """Figures that stand or walk in a known direction. A rendered one comes in two sizes."""
    found: dict[tuple[object, ...], list[Clip]] = defaultdict(list)
    for row in rows:
        if row["direction"] in LOOKS and row["category"] in ("character", "monster", "animal"):
            found[row["source"], row["subject"], row["width"], row["height"]].append(row)
    for (source, subject, *_), clips in found.items():
        named: dict[tuple[int, int], list[Picture]] = {}
        for row in sorted(clips, key=lambda row: (row["action"] not in PREFERRED, str(row["id"]))):
            action = NAMES.get(str(row["action"]), str(row["action"]))
            if action in ACTIONS:
                named.setdefault((ACTIONS.index(action), LOOKS[str(row["direction"])]), frames(row))
        heights = (31, 26) if source == "cc0-3d" else (32,)
        if any(_rest(named, direction) is not None for direction in range(len(DIRECTIONS))):
            yield from (
                Figure(str(source), str(subject), str(clips[0]["category"]), height, named) for height in heights
            )


def _rest(clips: Mapping[tuple[int, int], list[Picture]], direction: int) -> Picture | None:
    """The figure as it stands, seen from one side: the first frame of idling, else of walking."""
    for action in ("idle", "walk", "run"):
        if clip := clips.get((ACTIONS.index(action), direction)):
            return clip[0]
    return None


@dataclass(slots=True, eq=False)
class Packed:
    frames: NDArray[np.uint8]
    palette: NDArray[np.uint8]
    action: NDArray[np.int64]
    direction: NDArray[np.int64]
    angle: NDArray[np.float32]
    rests: NDArray[np.int64]  # (8,)


def pack(figure: Figure) -> Packed:
    """The frames of a figure on the canvas: its feet at the bottom in the middle, all moved and scaled alike."""
    standing = next(rest for rest in (_rest(figure.clips, d) for d in range(8)) if rest is not None)
    box = Image.fromarray(standing).getchannel("A").point(lambda a: 255 * (a > 127)).getbbox() or (
        0,
        0,
        *standing.shape[:2],
    )
    left, top, right, ground = box
    scale = _scale(figure, ground - top, right - left)
    flat, keys = [], []
    for (action, direction), clip in figure.clips.items():
        for number, frame in enumerate(clip):
            flat.append(_placed(frame, scale, (left + right) / 2, ground))
            keys.append((action, direction, angle_of(ACTIONS[action], number, len(clip))))
    indices, palette = _indexed(flat)
    if scale == 2:
        indices = np.stack([scale2x(each) for each in indices])
    indices = np.stack([_centred(each) for each in indices])
    actions, directions = (np.array([key[i] for key in keys], np.int64) for i in (0, 1))
    rests = np.full(len(DIRECTIONS), -1, np.int64)
    for d in range(len(DIRECTIONS)):
        for name in ("run", "walk", "idle"):
            at = np.flatnonzero((actions == ACTIONS.index(name)) & (directions == d))
            rests[d] = at[0] if len(at) else rests[d]
    return Packed(indices, palette, actions, directions, np.array([key[2] for key in keys], np.float32), rests)


def _scale(figure: Figure, height: int, width: int) -> float:
    """Whole pixels stay whole, where they can."""
    if figure.source == "cc0-3d":
        return min(figure.height / height, (CANVAS - 8) / width)
    if height <= SMALL:
        return 2
    return 1 if height <= figure.height + 2 else figure.height / height


def _placed(frame: Picture, scale: float, middle: float, ground: int) -> Picture:
    """On a canvas with room around, the feet at the bottom in the middle; drawn smaller where `scale` is below 1."""
    side = math.ceil(CANVAS / min(scale, 1)) * 2
    canvas = np.zeros((side, side, 4), np.uint8)
    x, y = side // 2 - round(middle), side - side // 4 - ground
    top, left = max(0, -y), max(0, -x)
    part = frame[top : top + side - max(0, y), left : left + side - max(0, x)]
    canvas[max(0, y) : max(0, y) + part.shape[0], max(0, x) : max(0, x) + part.shape[1]] = part
    if scale < 1:
        small = round(side * scale / 4) * 4
        image = Image.fromarray(canvas).convert("RGBa").resize((small, small), Image.Resampling.BOX)
        canvas = np.asarray(image.convert("RGBA"))
    return canvas


def _indexed(pictures: Sequence[Picture]) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    """On one palette: (F, h, w) with 0 where it is clear, and the palette (16, 3)."""
    stack = np.stack(pictures)
    shows = stack[..., 3] > 127
    strip = Image.fromarray(np.ascontiguousarray(stack[shows][:, :3])[None])
    quantised = strip.quantize(COLOURS, method=Image.Quantize.MEDIANCUT, kmeans=2, dither=Image.Dither.NONE)
    palette = np.zeros((COLOURS, 3), np.uint8)
    colours = np.array(quantised.getpalette(), np.uint8).reshape(-1, 3)[:COLOURS]
    palette[: len(colours)] = colours
    out = np.zeros(stack.shape[:3], np.uint8)
    out[shows] = np.asarray(quantised).ravel() + 1
    return out, palette


def scale2x(picture: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Twice as large with slanted edges kept slanted (Mazzoleni 2001, Scale2x): (h, w) → (2 h, 2 w)."""
    framed = np.pad(picture, 1, mode="edge")
    above, below, left, right = framed[:-2, 1:-1], framed[2:, 1:-1], framed[1:-1, :-2], framed[1:-1, 2:]
    corners = (above != below) & (left != right)
    out = picture.repeat(2, 0).repeat(2, 1)
    out[::2, ::2] = np.where(corners & (left == above), left, picture)
    out[::2, 1::2] = np.where(corners & (above == right), right, picture)
    out[1::2, ::2] = np.where(corners & (left == below), left, picture)
    out[1::2, 1::2] = np.where(corners & (below == right), right, picture)
    return out


def _centred(index: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """The 48 × 48 whose bottom row is the ground."""
    side = len(index)
    ground, left = side - side // 4, side // 2 - CANVAS // 2
    return index[ground - CANVAS : ground, left : left + CANVAS]
