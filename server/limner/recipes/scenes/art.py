"""The drawn parts of a scene: which are asked for, and how they become textures and sprites of one look.

The parts follow from the wish alone, never from the layout: a scene with another layout seed needs no drawing.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from limner.atlas.geometry import Point
from limner.atlas.pixel_art import clean_pixel_art
from limner.atlas.sprites import Pixels, Sprite
from limner.atlas.trimming import trim
from limner.generators.request import ImageRequest
from limner.recipes.painting import Order, Painter, Part
from limner.recipes.references import shrunk
from limner.recipes.scenes.catalogue import catalogue
from limner.recipes.scenes.chance import uniform
from limner.recipes.scenes.grids import components, sizes
from limner.recipes.scenes.reading import Wish

NATIVE = 32  # the side of a tile for which textures are drawn
STEPS = 10  # at most: a scene is many drawings
TEXTURE_GUIDANCE, SPRITE_GUIDANCE = 3.0, 4.0
GROWN = 0.4  # how far an enlarged sprite is drawn again
CALM = 26.0  # of 255: how far a ground's colours may lie from their mean, so that what stands on it is seen
SEEN = 48.0  # how far the mean colour of a road lies from that of the ground at least
TURNS = ((2, 2), (1, 3), (2, 1))  # of variants, in quarters of a tile down and right
SCRAP = 0.15  # of a sprite's largest piece: smaller ones are dropped
GROUND_COLOURS, SPRITE_COLOURS = 12, 24
TREE = (2, 2)  # tiles
BRIDGE, FAR, CLOUD = "wooden planks", "grey mountain rock", "white cloud"


@dataclass(frozen=True, slots=True, kw_only=True)
class ArtPlan:
    """How parts are drawn."""

    style: str = "pixel"
    seed: int = 0
    steps: int = STEPS
    sampler: str = "dpmpp-2m"
    schedule: str = "karras"
    tile: int = NATIVE  # the side of a tile in pixels: 16, 32 or 64


@dataclass(frozen=True, slots=True, kw_only=True)
class Drawable:
    """A part by its name in the scene."""

    name: str
    prompt: str
    size: tuple[int, int] = (1, 1)  # in tiles
    texture: bool = False
    candidates: int = 1


def drawables(wish: Wish, top_down: bool = True) -> list[Drawable]:
    """Every part of a wish, textures first."""
    book = catalogue()
    ground = book.grounds[wish.ground]
    trees = book.woods.get(wish.woods or "", ground.trees)
    textures = {"water": ground.water, "cover": ground.cover, "floor": ground.floor}
    textures |= {"shore": ground.shore, "road": ground.road, "bridge": BRIDGE} if top_down else {"far": FAR}
    found = [
        Drawable(name=name, prompt=prompt, texture=True, candidates=1 + (name in ("water", "cover")))
        for name, prompt in textures.items()
    ]
    found += [
        Drawable(name=f"tree/{number}", prompt=tree, size=TREE, candidates=2) for number, tree in enumerate(trees)
    ]
    found += [] if top_down else [Drawable(name="cloud", prompt=CLOUD, size=TREE, candidates=2)]
    wanted = [name for name, _ in wish.landmarks]
    for name in dict.fromkeys([*wanted, *(piece for one in wanted for piece in book.elements[one].pieces)]):
        element = book.elements[name]
        if element.art:
            found.append(Drawable(name=name, prompt=element.art, size=element.size, candidates=2))
    props = [*(name for name, _ in wish.props), *(name for name in ground.scatter if name not in wish.without)]
    found += [Drawable(name=name, prompt=book.elements[name].art, candidates=2) for name in dict.fromkeys(props)]
    return found


def drawings(parts: list[Drawable]) -> int:
    return sum(part.candidates + (max(part.size) > 1) for part in parts)


def network_calls(parts: list[Drawable], plan: ArtPlan) -> int:
    """Calls of the network when the parts are drawn alone, in rows of eight."""
    rows = sum(part.candidates * plan.steps * 2 for part in parts)
    rows += sum(max(part.size) ** 2 * round(plan.steps * GROWN) for part in parts if max(part.size) > 1)
    return -(-rows // 8)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Art:
    """What a scene is composed from."""

    textures: Mapping[str, Pixels]  # by name, one tile large, opaque
    sprites: Mapping[str, Sprite]


async def drawn(parts: list[Drawable], plan: ArtPlan, painter: Painter) -> Art:
    """All parts, drawn side by side, each at the size of its tiles."""
    found = dict(
        zip((part.name for part in parts), await painter.best([_order(part, plan) for part in parts]), strict=True)
    )
    large = [part for part in parts if not part.texture and _windows(part, plan) > 1]
    grown = await painter.best([_growth(part, plan, found[part.name]) for part in large])
    found |= dict(zip((part.name for part in large), grown, strict=True))
    return Art(
        textures=apart({part.name: texture(found[part.name].pixels, plan.tile) for part in parts if part.texture}),
        sprites={part.name: sprite(part, found[part.name].pixels, plan) for part in parts if not part.texture},
    )


def _order(part: Drawable, plan: ArtPlan) -> Order:
    request = ImageRequest(
        prompt=part.prompt,
        kind="texture" if part.texture else "object",
        style=plan.style,
        steps=plan.steps,
        guidance_scale=TEXTURE_GUIDANCE if part.texture else SPRITE_GUIDANCE,
        sampler=plan.sampler,
        schedule=plan.schedule,
        seed=plan.seed,
        tile_x=part.texture,
        tile_y=part.texture,
        opaque=part.texture,
    )
    return Order(request=request, candidates=part.candidates)


def _windows(part: Drawable, plan: ArtPlan) -> int:
    """How many of the network's pictures wide a sprite is drawn: pixels are as large as those of the ground."""
    return max(1, max(part.size) * min(plan.tile, NATIVE) // NATIVE)


def _growth(part: Drawable, plan: ArtPlan, small: Part) -> Order:
    """The order that draws an enlarged sprite again."""
    windows = _windows(part, plan)
    request = _order(part, plan).request
    pixels = np.asarray(
        Image.fromarray(small.pixels)
        .convert("RGBa")
        .resize((NATIVE * windows, NATIVE * windows), Image.Resampling.BICUBIC)
        .convert("RGBA")
    )
    return Order(
        request=replace(request, across=windows, down=windows, strength=GROWN, guidance_scale=1.0),
        below=pixels.tobytes(),
    )


def texture(pixels: Pixels, side: int) -> Pixels:
    """A ground: quiet, of few colours, one tile large."""
    calm = pixels.astype(np.float32)
    mean = np.median(calm[..., :3], axis=(0, 1))
    apart = calm[..., :3] - mean
    calm[..., :3] = mean + apart * (CALM / (CALM + np.linalg.norm(apart, axis=2, keepdims=True)))
    calm[..., 3] = 255
    opaque = np.clip(np.rint(calm), 0, 255).astype(np.uint8)
    if side < len(opaque):
        opaque = shrunk(opaque, side)
    cleaned = clean_pixel_art(opaque, GROUND_COLOURS)
    factor = side // len(cleaned)
    return cleaned.repeat(factor, axis=0).repeat(factor, axis=1)


def apart(textures: Mapping[str, Pixels]) -> dict[str, Pixels]:
    """The textures, the road darker where it could be taken for the ground that it crosses."""
    out = dict(textures)
    if "road" in out:
        means = {name: pixels[..., :3].mean(axis=(0, 1)) for name, pixels in out.items()}
        crossed = [means[name] for name in ("shore", "cover", "floor") if name in means]
        while crossed and min(np.linalg.norm(out["road"][..., :3].mean(axis=(0, 1)) - mean) for mean in crossed) < SEEN:
            darker = tinted(out["road"], (30, 22, 16), 0.2)
            if np.array_equal(darker, out["road"]):
                break
            out["road"] = darker
    return out


def sprite(part: Drawable, pixels: Pixels, plan: ArtPlan) -> Sprite:
    """A sprite as large as its tiles at most, trimmed, standing on the middle of its lower edge."""
    side = max(part.size) * min(plan.tile, NATIVE)
    if side < len(pixels):
        pixels = shrunk(pixels, side)
    cleaned = whole(clean_pixel_art(pixels, SPRITE_COLOURS))
    box = trim(cleaned[..., 3])
    cut = cleaned[box.y : box.bottom, box.x : box.right]
    factor = max(1, plan.tile // NATIVE)
    cut = np.ascontiguousarray(cut.repeat(factor, axis=0).repeat(factor, axis=1))
    return Sprite(name=part.name, pixels=cut, pivot=Point(cut.shape[1] / 2, cut.shape[0]))


def varied(pixels: Pixels, number: int) -> Pixels:
    """A texture that tiles, rearranged inside: it tiles with the texture itself, so that a large ground shows no grid. Number 0 is the texture.

    The inside is turned around the edges by half; where the two meet, each pixel is of one or the other.
    """
    if not number:
        return pixels
    side = len(pixels)
    turned = np.roll(pixels, TURNS[(number - 1) % len(TURNS)][0] * side // 4, axis=0)
    turned = np.roll(turned, TURNS[(number - 1) % len(TURNS)][1] * side // 4, axis=1)
    place = np.arange(side)
    from_edge = np.minimum(place, side - 1 - place)
    apart = np.minimum(from_edge[:, None], from_edge[None]) * 32 / side
    inside = apart >= 1 + 6 * uniform(number, "meeting", (side, side))
    return np.where(inside[..., None], turned, pixels).astype(np.uint8)


def whole(pixels: Pixels) -> Pixels:
    """The picture without small pieces that hang on nothing."""
    parts = components(pixels[..., 3] > 0)
    counts = sizes(parts)
    kept = (counts >= SCRAP * counts.max())[parts] & (parts > 0)
    return np.where(kept[..., None], pixels, np.uint8(0)).astype(np.uint8)


def tinted(pixels: Pixels, colour: tuple[int, int, int], share: float) -> Pixels:
    """The picture with so much of a colour in it; alpha stays."""
    out = pixels.astype(np.float32)
    out[..., :3] += (np.array(colour, np.float32) - out[..., :3]) * share
    done: NDArray[np.uint8] = np.rint(out).astype(np.uint8)
    return done
