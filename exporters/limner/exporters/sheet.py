"""A plain sheet: frames of one size on a grid, in reading order, and a JSON that says what lies where. Any engine can cut it.

Frames of several sizes share a canvas on which their pivots lie on one point (bottom centre where nobody chose a pivot).
"""

import math
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from limner.atlas.aligning import aligned, pivot_of
from limner.atlas.sprites import AtlasError, FrameTag, Pixels, Sprite, SpriteSet
from limner.exporters.files import Files
from limner.exporters.options import ExportOptions
from limner.exporters.pages import leaf
from limner.exporters.png import encoded
from limner.exporters.texturepacker import as_json

LONGEST_SIDE = 16_384  # of the picture: what graphics cards take


def write_sheet(art: SpriteSet, stem: str, options: ExportOptions) -> Files:
    """Raises AtlasError where the grid becomes too large for one picture."""
    sprites = [replace(sprite, pivot=pivot_of(sprite)) for sprite in art.sprites]
    frames = aligned(sprites)
    width, height = frames[0].size
    columns = min(len(frames), options.columns or _columns(len(frames), width, height))
    rows = math.ceil(len(frames) / columns)
    if max(columns * width, rows * height) > LONGEST_SIDE:
        raise AtlasError(
            f"{len(frames)} frames of {width} × {height} make a sheet of {columns * width} × {rows * height}; "
            f"{LONGEST_SIDE} is the longest side, use a packed format or export fewer at once"
        )
    meta: dict[str, object] = {"app": "limner", "version": "1.0", "image": f"{leaf(stem)}.png"}
    content = {
        "frame": {"w": width, "h": height},
        "columns": columns,
        "rows": rows,
        "frames": [_frame(sprite, frame) for sprite, frame in zip(sprites, frames, strict=True)],
        "frameTags": [_tag(tag) for tag in art.frame_tags],
        "meta": meta | ({"provenance": dict(art.provenance)} if art.provenance else {}),
    }
    picture = _grid([frame.pixels for frame in frames], columns, rows)
    return {f"{stem}.png": encoded(picture, art.provenance), f"{stem}.json": as_json(content)}


def _columns(count: int, width: int, height: int) -> int:
    """As many as make the picture about as wide as high."""
    return max(1, min(round(math.sqrt(count * height / width)), LONGEST_SIDE // width))


def _grid(frames: Sequence[Pixels], columns: int, rows: int) -> Pixels:
    height, width = frames[0].shape[:2]
    sheet = np.zeros((rows * height, columns * width, 4), np.uint8)
    for number, pixels in enumerate(frames):
        row, column = divmod(number, columns)
        sheet[row * height : (row + 1) * height, column * width : (column + 1) * width] = pixels
    return sheet


def _frame(sprite: Sprite, frame: Sprite) -> dict[str, object]:
    """`sprite` is the part of the cell that the picture itself takes; the pivot counts from the cell's corner."""
    was, pivot = pivot_of(sprite), pivot_of(frame)
    return {
        "name": sprite.name,
        "duration": sprite.duration_ms,
        "pivot": {"x": pivot.x, "y": pivot.y},
        "sprite": {
            "x": round(pivot.x - was.x),
            "y": round(pivot.y - was.y),
            "w": sprite.size.width,
            "h": sprite.size.height,
        },
    }


def _tag(tag: FrameTag) -> dict[str, object]:
    return {"name": tag.name, "from": tag.first, "to": tag.last, "direction": tag.direction, "loop": tag.loop}
