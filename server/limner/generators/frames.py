"""The frame network: a figure seen once → the same figure in a movement, seen from any of eight sides.

It says, for every pixel of a frame, which colour of the figure's own palette lies there, or none: so frames hold no colour that the
picture has not, and the figure stays the same. (Outputs that point into the input are those of pointer networks, Vinyals et al. 2015.)
"""

import json
import math
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from limner.generators.sessions import Opener, open_session

Picture = NDArray[np.uint8]  # (height, width, 4), straight alpha
CANVAS = 48  # side of a frame
ENTRIES = 32  # colours of a figure, at most
PALETTE = 8  # colours that a figure is best brought to before it is turned
# How much a colour's share of the figure inside its outline says of its share of a frame. It costs held-out figures 3 % of error, and keeps figures of
# many scattered colours, as the generator draws them, in their commonest ones.
COMMON = 0.5
ROWS = 16  # frames of one call
DIRECTIONS = ("south", "south-east", "east", "north-east", "north", "north-west", "west", "south-west")
ACTIONS = ("idle", "walk", "run", "jump", "attack", "cast", "shoot", "hurt", "die")
LOOPS = ("idle", "walk", "run")


def angle_of(action: str, number: int, count: int) -> float:
    """The phase of a frame in radians: around the cycle where the action loops, else half of it from the first frame to the last."""
    if action in LOOPS:
        return math.tau * number / count
    return math.pi * number / max(1, count - 1)


class FrameModel:
    """The network of a model folder."""

    def __init__(self, folder: Path, threads: int = 2, opened: Opener = open_session) -> None:
        """Raises ModelError for a folder that is not whole."""
        self.card = json.loads((folder / "card.json").read_text(encoding="utf-8"))
        self._session = opened(folder / "frames.onnx", self.card["files"]["frames.onnx"], threads)

    def __call__(self, picture: Picture, action: str, count: int, direction: str) -> list[Picture]:
        """`count` frames of `action` seen from `direction`, each 48 × 48 with the ground at the bottom, as `placed` puts the picture.

        Every colour is one of the picture's. Raises ValueError for a picture that `placed` refuses, and one of more than 32 colours.
        """
        index, palette = _indexed(placed(picture))
        reference, members = as_input(index, palette), as_members(index)
        angles = np.array([angle_of(action, number, count) for number in range(count)], np.float32)
        found = [
            self._entries(reference, members, action, angles[at : at + ROWS], direction) for at in range(0, count, ROWS)
        ]
        colours = np.concatenate([_opaque(palette), np.zeros((1, 4), np.uint8)])
        return list(colours[np.concatenate(found)])

    def _entries(
        self,
        reference: NDArray[np.float32],
        members: NDArray[np.float32],
        action: str,
        angles: NDArray[np.float32],
        direction: str,
    ) -> NDArray[np.int64]:
        """The place in the palette of each pixel (n, 48, 48); ENTRIES where it is clear."""
        n = len(angles)
        inputs = {
            "reference": np.broadcast_to(reference, (n, *reference.shape)),
            "members": np.broadcast_to(members, (n, *members.shape)),
            "action": np.full(n, ACTIONS.index(action), np.int64),
            "angle": angles,
            "direction": np.full(n, DIRECTIONS.index(direction), np.int64),
        }
        (scores,) = self._session.run(["scores"], {name: np.ascontiguousarray(each) for name, each in inputs.items()})
        scores[:, :ENTRIES] += COMMON * _commonness(members)[:, None, None]
        return entries_of(scores)


def entries_of(scores: NDArray[np.float32]) -> NDArray[np.int64]:
    """The likeliest picture of scores (n, ENTRIES + 1, h, w): (n, h, w), ENTRIES where it is clear.

    The likeliest entry of each pixel alone would lose what is thin and moves: where it is, is uncertain, so that clear wins everywhere.
    Instead as many pixels show as are expected to, the likeliest first.
    """
    n, _, height, width = scores.shape
    top = scores.max(axis=1, keepdims=True)
    likely = np.exp(scores - top)
    shown = 1 - (likely[:, ENTRIES] / likely.sum(axis=1)).reshape(n, -1)  # (n, h * w)
    order = np.argsort(-shown, axis=1, kind="stable")
    place = np.argsort(order, axis=1, kind="stable")
    shows = (place < np.round(shown.sum(axis=1))[:, None]).reshape(n, height, width)
    out: NDArray[np.int64] = np.where(shows, scores[:, :ENTRIES].argmax(axis=1), ENTRIES)
    return out


def placed(picture: Picture) -> Picture:
    """The figure on a frame's canvas: in the middle, its lowest pixel at the bottom.

    Raises ValueError for a picture of nothing, and for a figure that is larger than a frame.
    """
    top, ground, left, right = bounds(picture)
    height, width = ground - top, right - left
    if max(height, width) > CANVAS:
        raise ValueError(f"the figure is {width} × {height} pixels; a frame holds {CANVAS} × {CANVAS}")
    canvas = np.zeros((CANVAS, CANVAS, 4), np.uint8)
    x = (CANVAS - width) // 2
    canvas[CANVAS - height :, x : x + width] = picture[top:ground, left:right]
    return canvas


def bounds(picture: Picture) -> tuple[int, int, int, int]:
    """Top, bottom, left and right of what shows, bottom and right just outside. Raises ValueError where nothing does."""
    shows = picture[..., 3] > 127
    rows, columns = np.flatnonzero(shows.any(axis=1)), np.flatnonzero(shows.any(axis=0))
    if len(rows) == 0:
        raise ValueError("the picture is clear; choose one with a figure in it")
    return int(rows[0]), int(rows[-1]) + 1, int(columns[0]), int(columns[-1]) + 1


def as_input(index: NDArray[np.uint8], palette: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Places in a palette (k, 3), from 1, 0 where it is clear → (4, 48, 48) in [−1, 1], premultiplied."""
    shows = (index > 0).astype(np.float32)[..., None]
    rgb = np.concatenate([np.zeros((1, 3), np.float32), palette.astype(np.float32) / 255])[index] * shows
    return (np.concatenate([rgb, shows], axis=-1).transpose(2, 0, 1) * 2 - 1).astype(np.float32)


def as_members(index: NDArray[np.uint8]) -> NDArray[np.float32]:
    """(ENTRIES, 48, 48): 1 where a pixel has the entry."""
    eye = np.eye(ENTRIES + 1, dtype=np.float32)[:, 1:]  # row 0, clear, is no entry
    return np.ascontiguousarray(eye[index].transpose(2, 0, 1))


def _indexed(picture: Picture) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    """Places from 1 in a palette (k, 3), 0 where it is clear. Raises ValueError for more than ENTRIES colours."""
    shows = picture[..., 3] > 127
    palette, places = np.unique(picture[shows][:, :3], axis=0, return_inverse=True)
    if len(palette) > ENTRIES:
        raise ValueError(f"the figure has {len(palette)} colours; use at most {ENTRIES}")
    index = np.zeros(picture.shape[:2], np.uint8)
    index[shows] = places.ravel() + 1
    return index, palette


def _commonness(members: NDArray[np.float32]) -> NDArray[np.float32]:
    """The logarithm of each entry's share of the figure (ENTRIES,), 0 where all share alike; outlines do not count."""
    figure = np.pad(members.any(axis=0), 1)
    inside = figure[1:-1, 1:-1] & figure[:-2, 1:-1] & figure[2:, 1:-1] & figure[1:-1, :-2] & figure[1:-1, 2:]
    count = (members * inside).sum(axis=(1, 2))
    there = members.any(axis=(1, 2))
    share = np.maximum(count, 1) / max(count.sum(), 1) * there.sum()
    out: NDArray[np.float32] = np.where(there, np.log(share), 0).astype(np.float32)
    return out


def _opaque(palette: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """The palette (k, 3) as ENTRIES colours with alpha; those beyond it are never chosen."""
    out = np.zeros((ENTRIES, 4), np.uint8)
    out[: len(palette), :3], out[: len(palette), 3] = palette, 255
    return out
