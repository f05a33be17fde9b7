"""Small pictures that show every mistake: no two corners alike, no symmetry, clear borders."""

from collections.abc import Sequence

import numpy as np

from limner.atlas.geometry import Size
from limner.atlas.packing import PackOptions
from limner.atlas.sprites import Pixels, Sprite
from limner.exporters.options import ExportOptions
from tests.consumers.phaser import Placed


def corners(width: int, height: int, seed: int = 0) -> Pixels:
    """Noise of binary alpha, opaque in its corners, which have a colour each: turned or mirrored it is another picture."""
    noise = np.random.default_rng(seed)
    pixels = noise.integers(0, 256, (height, width, 4), dtype=np.uint8)
    pixels[..., 3] = np.where(noise.random((height, width)) < 0.8, 255, 0)
    pixels[0, 0] = 255, 0, 0, 255
    pixels[0, -1] = 0, 255, 0, 255
    pixels[-1, 0] = 0, 0, 255, 255
    pixels[-1, -1] = 255, 255, 0, 255
    pixels[pixels[..., 3] == 0] = 0
    return pixels


def framed(pixels: Pixels, left: int, top: int, right: int, bottom: int) -> Pixels:
    """The picture with that much clear border on each side: something to trim."""
    return np.pad(pixels, ((top, bottom), (left, right), (0, 0)))


def flattened(sprites: Sequence[Sprite], placed: Sequence[Placed], size: Size) -> Pixels:
    """What an engine must draw: each sprite's pixels where it was placed, on a clear canvas. For binary alpha without overlap."""
    canvas = np.zeros((size.height, size.width, 4), np.uint8)
    pictures = {sprite.name: sprite.pixels for sprite in sprites}
    for frame, x, y in placed:
        picture = pictures[frame]
        spot = canvas[y : y + picture.shape[0], x : x + picture.shape[1]]
        np.copyto(spot, picture, where=picture[..., 3:] > 0)
    return canvas


def in_a_grid(sprites: Sequence[Sprite], width: int) -> tuple[list[Placed], Size]:
    """Every sprite on a place of its own, in rows of at most `width` pixels; and the canvas they need."""
    placed: list[Placed] = []
    x = y = row = 0
    for sprite in sprites:
        if x + sprite.size.width > width:
            x, y, row = 0, y + row, 0
        placed.append(Placed(sprite.name, x, y))
        x += sprite.size.width
        row = max(row, sprite.size.height)
    return placed, Size(width, y + row)


def in_a_row(sprites: Sequence[Sprite]) -> tuple[list[Placed], Size]:
    """Every sprite beside the one before; and the canvas they need."""
    return in_a_grid(sprites, sum(sprite.size.width for sprite in sprites))


ART = (
    Sprite(name="plain", pixels=corners(16, 16, 1)),
    Sprite(name="trimmed on “all” sides", pixels=framed(corners(9, 13, 2), 3, 5, 2, 7)),
    Sprite(name="wide & <low>/name.png", pixels=corners(40, 6, 3)),
    Sprite(name="高い", pixels=framed(corners(5, 44, 4), 0, 1, 0, 0)),
    Sprite(name="tall", pixels=framed(corners(7, 50, 5), 4, 0, 3, 1)),
    Sprite(name="dot", pixels=corners(1, 1, 6)),
    Sprite(name="dot again", pixels=framed(corners(1, 1, 6), 2, 2, 2, 2)),
)

APART = ExportOptions(pack=PackOptions(extrude=1, padding=2, edge_padding=3, power_of_two=True))
TIGHT = ExportOptions(pack=PackOptions(rotate=True, extrude=1, padding=2, edge_padding=3, power_of_two=True))
SMALL_PAGES = ExportOptions(pack=PackOptions(rotate=True, max_page=64))


def crowd(count: int) -> tuple[Sprite, ...]:
    """That many sprites of all sizes from 1 to 24, each with clear borders of its own."""
    draw = np.random.default_rng(count)
    sides = draw.integers(1, 25, (count, 2))
    borders = draw.integers(0, 4, (count, 4))
    return tuple(
        Sprite(name=f"one of many {number:03}", pixels=framed(corners(width, height, number), *border))
        for number, ((width, height), border) in enumerate(zip(sides.tolist(), borders.tolist(), strict=True))
    )
