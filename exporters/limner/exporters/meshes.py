"""What carries a material where a format wants a shape: a plane or a ball, in metres, y up, with the picture's top left at (0, 0)."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]
RINGS, SEGMENTS = 24, 48  # of the ball


class Mesh(NamedTuple):
    """Vertices (n, 3), normals (n, 3), tangents (n, 4) whose last is the bitangent's sign, places in the picture (n, 2), triangles (m, 3)."""

    positions: Floats
    normals: Floats
    tangents: Floats
    places: Floats
    triangles: NDArray[np.uint16]


def plane() -> Mesh:
    """A square of 1 m that stands upright and looks along +z, as a picture on a wall does."""
    places = np.array([(0, 0), (0, 1), (1, 1), (1, 0)], np.float32)
    positions = np.column_stack([places[:, 0] - 0.5, 0.5 - places[:, 1], np.zeros(4)]).astype(np.float32)
    normals = np.tile(np.array([0, 0, 1], np.float32), (4, 1))
    tangents = np.tile(np.array([1, 0, 0, 1], np.float32), (4, 1))
    return Mesh(positions, normals, tangents, places, np.array([(0, 1, 2), (0, 2, 3)], np.uint16))


def sphere() -> Mesh:
    """A ball 1 m wide; the picture goes around it twice, from pole to pole once."""
    rows, columns = np.mgrid[0 : RINGS + 1, 0 : SEGMENTS + 1]
    down, around = (rows / RINGS * np.pi).ravel(), (columns / SEGMENTS * 2 * np.pi).ravel()
    normals = np.column_stack([np.sin(down) * np.sin(around), np.cos(down), np.sin(down) * np.cos(around)])
    tangents = np.column_stack([np.cos(around), np.zeros_like(around), -np.sin(around), np.ones_like(around)])
    places = np.column_stack([around / np.pi, down / np.pi])
    first = (np.arange(RINGS)[:, None] * (SEGMENTS + 1) + np.arange(SEGMENTS)).ravel()
    below = first + SEGMENTS + 1
    triangles = np.concatenate(
        [
            np.column_stack([first, below, below + 1])[:-SEGMENTS],
            np.column_stack([first, below + 1, first + 1])[SEGMENTS:],
        ]
    )  # at the poles one of the two would have no area
    normals32, tangents32, places32 = (part.astype(np.float32) for part in (normals, tangents, places))
    return Mesh((normals32 * 0.5).astype(np.float32), normals32, tangents32, places32, triangles.astype(np.uint16))
