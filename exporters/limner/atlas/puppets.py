"""One picture of a figure moved like a cut-out puppet: legs that swing from the hip, a body that leans, squashes, hops and falls.

Every pixel of a frame is a pixel of the picture: poses only say from where it comes, so colours and outlines stay exact.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from limner.atlas.sprites import AtlasError, Pixels

HIP = 0.68  # where legs begin, as a share of the figure's height from its top
LEGS = 0.26  # how far legs reach to each side of the middle, as a share of the height: what is further is a staff or a cloak
SLENDER = 1.15  # a figure that is wider than its height times this has no two legs to part
MARGIN = 4  # a frame is wider than the picture by its side over this, at each side


@dataclass(frozen=True, slots=True, kw_only=True)
class Pose:
    """Where the parts of a figure are. Lengths are shares of the figure's height; right and down are positive."""

    lift: float = 0.0  # of the whole figure, upwards
    sway: float = 0.0  # of the whole figure, to the right
    lean: float = 0.0  # of the top to the right, the feet staying
    stretch: float = 1.0  # of the height, the feet staying
    turn: float = 0.0  # degrees clockwise about the side that it falls to, on the ground
    left_foot: tuple[float, float] = (0.0, 0.0)  # to the right, and upwards
    right_foot: tuple[float, float] = (0.0, 0.0)
    flash: float = 0.0  # towards white, in [0, 1]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Figure:
    """A figure on the canvas of its frames. Rows and columns are those of the canvas."""

    pixels: Pixels
    top: int
    ground: int  # the row below its feet
    middle: float  # the column that it stands on
    left: int
    right: int  # the column right of it
    hip: int
    two_legged: bool

    @property
    def height(self) -> int:
        return self.ground - self.top


def figure(pixels: Pixels) -> Figure:
    """The figure in a picture. Raises AtlasError where there is none."""
    margin = max(pixels.shape[:2]) // MARGIN
    canvas = np.pad(pixels, ((2 * margin, 0), (margin, margin), (0, 0)))  # jumps go up; the ground stays
    rows, columns = (np.flatnonzero((canvas[..., 3] > 127).any(axis=axis)) for axis in (1, 0))
    if len(rows) == 0:
        raise AtlasError("the picture is clear; choose one with a figure in it")
    top, ground = int(rows[0]), int(rows[-1]) + 1
    left, right = int(columns[0]), int(columns[-1]) + 1
    width, height = right - left, ground - top
    hip = top + round(HIP * height)
    feet = np.flatnonzero((canvas[hip:ground, :, 3] > 127).any(axis=0))
    return Figure(
        pixels=canvas,
        top=top,
        ground=ground,
        middle=float(feet[0] + feet[-1] + 1) / 2,
        left=left,
        right=right,
        hip=hip,
        two_legged=height >= 6 and width <= height * SLENDER and len(feet) >= 4,
    )


def posed(figure: Figure, pose: Pose) -> Pixels:
    """The figure in a pose, on the same canvas."""
    stepped = _stepped(figure, pose)
    y, x = np.indices(figure.pixels.shape[:2]) + 0.5  # the middles of the pixels
    down = y - figure.ground + pose.lift * figure.height  # from the feet
    pivot = figure.middle if pose.turn == 0 else figure.right if pose.turn > 0 else figure.left
    right = x - pivot - pose.sway * figure.height
    angle = np.deg2rad(pose.turn)
    right, down = right * np.cos(angle) + down * np.sin(angle), down * np.cos(angle) - right * np.sin(angle)
    down = down / pose.stretch
    right = right + pose.lean * down  # `down` is negative above the feet
    return _flashed(_taken(stepped, down + figure.ground, right + pivot), pose.flash)


def posed_within(pixels: Pixels, poses: Sequence[Pose]) -> list[Pixels]:
    """The figure of a picture that has room around it, in each pose, on that picture's own canvas; what leaves it is cut off.

    Raises AtlasError where there is no figure.
    """
    puppet, width = figure(pixels), pixels.shape[1]
    margin = max(pixels.shape[:2]) // MARGIN
    return [posed(puppet, pose)[2 * margin :, margin : margin + width] for pose in poses]


def _stepped(figure: Figure, pose: Pose) -> Pixels:
    """The legs swung from the hip and drawn under the body."""
    if not figure.two_legged or pose.left_foot == pose.right_foot == (0.0, 0.0):
        return figure.pixels
    y, x = np.indices(figure.pixels.shape[:2]) + 0.5
    aside = x - figure.middle
    legs = (y > figure.hip) & (np.abs(aside) < LEGS * figure.height)
    share = np.clip((y - figure.hip) / max(1, figure.ground - figure.hip), 0, 1)
    out = np.zeros_like(figure.pixels)
    for part, (right, up) in ((legs & (aside < 0), pose.left_foot), (legs & (aside >= 0), pose.right_foot)):
        leg = np.where(part[..., None], figure.pixels, np.uint8(0)).astype(np.uint8)
        moved = _taken(leg, y + share * up * figure.height, x - share * right * figure.height)
        out = np.where(moved[..., 3:] > 0, moved, out).astype(np.uint8)
    body = ~legs & (figure.pixels[..., 3] > 0)
    return np.where(body[..., None], figure.pixels, out).astype(np.uint8)


def _taken(pixels: Pixels, y: NDArray[np.float64], x: NDArray[np.float64]) -> Pixels:
    """The pixel under each point; clear outside."""
    height, width = pixels.shape[:2]
    row, column = np.floor(y + 1e-6).astype(np.int64), np.floor(x + 1e-6).astype(np.int64)
    inside = (row >= 0) & (row < height) & (column >= 0) & (column < width)
    found = pixels[row.clip(0, height - 1), column.clip(0, width - 1)]
    return np.where(inside[..., None], found, np.uint8(0)).astype(np.uint8)


def _flashed(pixels: Pixels, flash: float) -> Pixels:
    if flash <= 0:
        return pixels
    out = pixels.copy()
    seen = pixels[..., 3] > 0
    out[seen, :3] = np.round(pixels[seen, :3] * (1 - flash) + 255 * flash).astype(np.uint8)
    return out
