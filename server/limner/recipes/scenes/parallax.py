"""Pictures behind and before a scene from the side: sky, far, mid and near, each a ring that goes on at its other side."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from limner.atlas.sprites import Pixels, Sprite
from limner.recipes.scenes.art import Art, tinted
from limner.recipes.scenes.chance import uniform
from limner.recipes.scenes.topdown import LIGHT

Colour = tuple[int, int, int]
WIDTHS = {"sky": 1024, "far": 768, "mid": 640, "near": 896}  # pixels, at tiles of 32
HAZE = {"far": 0.55, "mid": 0.28}  # how much of the sky lies over a picture
DARK = 0.55  # of the near one, which stands in the shade


class Strip(NamedTuple):
    """A picture that repeats sideways; its top lies `top` pixels below that of the scene."""

    pixels: Pixels
    top: int


def strips(art: Art, sky: Colour, time: str, height: int, tile: int, seed: int) -> dict[str, Strip]:
    """The four strips of a scene so many pixels high."""
    horizon = _lit(tuple(min(255, side + 60) for side in sky), time)
    above = _lit(sky, time)
    width = {name: side * tile // 32 for name, side in WIDTHS.items()}
    trees = [sprite for name, sprite in art.sprites.items() if name.startswith("tree/")]
    bushes = [art.sprites[name] for name in ("bush", "reeds", "cactus", "rock") if name in art.sprites] or trees
    return {
        "sky": _sky(above, horizon, art.sprites.get("cloud"), width["sky"], height, seed),
        "far": _range(art.textures["far"], horizon, "far", width["far"], height, (0.3, 0.22), seed, ()),
        "mid": _range(art.textures["cover"], horizon, "mid", width["mid"], height, (0.5, 0.1), seed, trees),
        "near": _near(bushes, width["near"], height, seed),
    }


def _lit(colour: Sequence[int], time: str) -> Colour:
    """A colour of the sky in the light of the hour."""
    light, share = LIGHT.get(time, ((0, 0, 0), 0.0))
    red, green, blue = (round(a + (b - a) * min(0.8, share * 1.4)) for a, b in zip(colour, light, strict=True))
    return red, green, blue


def _sky(above: Colour, horizon: Colour, cloud: Sprite | None, width: int, height: int, seed: int) -> Strip:
    """From the zenith to the horizon in bands, with clouds."""
    bands = 24
    share = np.floor(np.linspace(0, 1, height) * bands) / bands
    column = np.array(above) + (np.array(horizon) - np.array(above)) * share[:, None]
    pixels = np.full((height, width, 4), 255, np.uint8)
    pixels[..., :3] = np.rint(column).astype(np.uint8)[:, None]
    if cloud is not None:
        for number in range(5):
            right, down, flip = uniform(seed, f"cloud {number}", (3,))
            shown = cloud.pixels[:, ::-1] if flip < 0.5 else cloud.pixels
            _laid(pixels, tinted(shown, horizon, 0.35), int(right * width), int(height * (0.05 + 0.35 * down)))
    return Strip(pixels, 0)


def _range(
    texture: Pixels,
    haze: Colour,
    name: str,
    width: int,
    height: int,
    shape: tuple[float, float],
    seed: int,
    trees: Sequence[Sprite],
) -> Strip:
    """Hills filled with a texture behind haze: the ridge lies at about `shape[0]` of the height, and strays by `shape[1]`."""
    ridge = (height * (shape[0] + shape[1] * ridge_of(width, name, seed))).astype(np.int64)
    top = max(0, int(ridge.min()) - max((sprite.size.height for sprite in trees), default=0) - 1)
    rows = np.arange(top, height)
    inside = rows[:, None] >= ridge[None]
    size = texture.shape[0]
    filled = texture[rows[:, None] % size, np.arange(width)[None] % size].astype(np.float32)
    depth = np.clip((rows[:, None] - ridge[None]) / (height * 0.25), 0, 1)[..., None]
    slope = np.clip((np.roll(ridge, -2) - np.roll(ridge, 2)) / 12, -1, 1)[None, :, None]
    filled[..., :3] *= 1 + 0.12 * slope * (1 - depth)
    share = HAZE[name] + (0.9 - HAZE[name]) * depth * 0.6
    filled[..., :3] += (np.array(haze, np.float32) - filled[..., :3]) * share
    pixels = np.where(inside[..., None], np.clip(np.rint(filled), 0, 255), 0).astype(np.uint8)
    pixels[..., 3] = np.where(inside, 255, 0)
    chance = uniform(seed, f"{name} trees", (width // 24 if trees else 0, 3))
    for right, which, sunk in chance[np.argsort(chance[:, 2], kind="stable")]:  # the lower ones in front
        sprite = trees[int(which * len(trees))]
        middle = (int(right * width) + sprite.size.width // 2) % width
        foot = int(ridge[middle]) - top + round(4 + 14 * sunk)
        _laid(pixels, tinted(sprite.pixels, haze, HAZE[name]), int(right * width), foot - sprite.size.height)
    return Strip(pixels, top)


def ridge_of(width: int, name: str, seed: int) -> NDArray[np.float64]:
    """A line (w,) in [−1, 1] that ends where it began: waves of whole numbers of turns."""
    turns = np.arange(1, 9)
    chance = uniform(seed, f"ridge {name}", (2, len(turns)))
    angle = 2 * np.pi * (np.arange(width)[:, None] * turns / width + chance[0])
    line = (np.sin(angle) * (0.4 + chance[1]) / turns**0.9).sum(axis=1)
    return np.asarray(line / np.abs(line).max(), np.float64)


def _near(bushes: Sequence[Sprite], width: int, height: int, seed: int) -> Strip:
    """Plants in the shade, close to the viewer, along the lower edge."""
    tall = 2 * max(sprite.size.height for sprite in bushes)
    pixels = np.zeros((tall, width, 4), np.uint8)
    for number in range(width // 48):
        right, which, sunk = uniform(seed, f"near {number}", (3,))
        sprite = bushes[int(which * len(bushes))].pixels.repeat(2, axis=0).repeat(2, axis=1)
        _laid(pixels, tinted(sprite, (8, 12, 16), DARK), int(right * width), tall - len(sprite) + int(sunk * 12))
    return Strip(pixels, height - tall)


def _laid(pixels: Pixels, sprite: Pixels, left: int, top: int) -> None:
    """A sprite of binary alpha over the picture, around its sides; what lies above or below is cut off."""
    first, last = max(0, -top), min(len(sprite), len(pixels) - top)
    if first >= last:
        return
    columns = (left + np.arange(sprite.shape[1])) % pixels.shape[1]
    rows = np.arange(top + first, top + last)
    below = pixels[rows[:, None], columns[None]]
    shown = sprite[first:last]
    pixels[rows[:, None], columns[None]] = np.where(shown[..., 3:] >= 128, shown, below)
