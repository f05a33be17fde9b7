"""Texture recipe: a seamless picture, variants that tile with it, and the maps of its material.

The network draws 32 × 32 turned around the edges. Larger ones grow by doubling: enlarged, put under a little noise and drawn
again in windows that meet elsewhere in each step, so that detail comes in at every size (Meng et al. 2022, SDEdit, on a torus).
A variant keeps the outermost ring of the first picture and is drawn anew inside it.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from limner.atlas.materials import MapName
from limner.atlas.pixel_art import clean_pixel_art, packed
from limner.atlas.seams import seams
from limner.generators.request import ImageRequest
from limner.recipes.painting import Order, Painter, Picture
from limner.recipes.references import held_to
from limner.recipes.surfaces import Surface, mapped

MAPS: dict[str, MapName] = {
    "normal": "normal",
    "height": "height",
    "roughness": "roughness",
    "ao": "ambient_occlusion",
    "metallic": "metallic",
}  # names on the wire
GROWTH = (0.45, 0.35, 0.3)  # how far each doubling is drawn again
VARIED = 0.6  # how far a variant goes
RING = 2  # pixels at the network's size that variants share
PAINTED_SIDE = 256  # what is larger is enlarged from this
PIXEL_SIDE = 64  # pixel art keeps large pixels: this many a side at most


@dataclass(frozen=True, slots=True, kw_only=True)
class TexturePlan:
    """What to draw: equal plans on equal models give equal bytes."""

    request: ImageRequest  # of the first picture at the network's size; opaque, with the axes that tile
    native: int  # the network's size
    side: int  # of the finished pictures, a whole multiple of it
    candidates: int = 1  # of the first picture
    variants: int = 1
    maps: tuple[str, ...] = ()
    palette: tuple[int, ...] = ()  # colours to hold to, 0xRRGGBB

    @property
    def pixel(self) -> bool:
        return self.request.style == "pixel"

    @property
    def doublings(self) -> int:
        """How often a picture grows before it is only enlarged."""
        most, count = (PIXEL_SIDE if self.pixel else PAINTED_SIDE), 0
        while self.native << (count + 1) <= min(self.side, most) and self.side % (self.native << (count + 1)) == 0:
            count += 1
        return count if not self.pixel or self.side > PIXEL_SIDE else 0

    @property
    def growing(self) -> list[ImageRequest]:
        """The requests that draw each doubling."""
        return [
            replace(
                self.request,
                across=2 << level,
                down=2 << level,
                strength=GROWTH[level],
                guidance_scale=1.0 if level else min(2.0, self.request.guidance_scale),
            )
            for level in range(self.doublings)
        ]


class Made(NamedTuple):
    """One finished map of one variant."""

    role: str  # `albedo`, or the map's name on the wire
    variant: int  # from 0
    pixels: NDArray[np.uint8]
    seam: float  # against itself and the first variant, the worst of the axes that tile
    fit: float | None  # of the words to the picture that it comes from


def drawings(plan: TexturePlan) -> int:
    return plan.candidates + plan.variants - 1 + plan.variants * plan.doublings


def network_calls(plan: TexturePlan) -> int:
    """Calls of the network when the plan runs alone, counted in rows of eight."""
    guided = 2 if plan.request.guidance_scale != 1 else 1
    rows = (plan.candidates + plan.variants - 1) * plan.request.steps * guided
    for request in plan.growing:
        steps = request.steps - request.first_step
        rows += plan.variants * steps * request.across * request.down * (2 if request.guidance_scale != 1 else 1)
    return -(-rows // 8) + plan.request.steps


async def draw(plan: TexturePlan, surface: Surface, painter: Painter) -> list[Made]:
    """Every map of every variant, the first variant first, its colours before its other maps."""
    part = (await painter.best([Order(request=plan.request, candidates=plan.candidates)]))[0]
    ring = _ring(plan.native, plan.native, plan)
    async with asyncio.TaskGroup() as group:
        varied = [
            group.create_task(
                painter.again(replace(plan.request, item=plan.candidates + number, strength=VARIED), part.pixels, ~ring)
            )
            for number in range(plan.variants - 1)
        ]
    pictures = [part.pixels, *(task.result() for task in varied)]
    for request in plan.growing:
        pictures = await _grown(request, pictures, plan, painter)
    return await asyncio.to_thread(_finished, plan, surface, pictures, part.fit)


async def _grown(
    request: ImageRequest, pictures: Sequence[Picture], plan: TexturePlan, painter: Painter
) -> list[Picture]:
    """Every picture twice as large. The first is drawn whole, the others inside the ring that they take from it."""
    first = await painter.again(request, enlarged(pictures[0], 2))
    ring = _ring(len(first), plan.native, plan)

    async def other(number: int, pixels: Picture) -> Picture:
        below = np.where(ring[..., None], first, enlarged(pixels, 2)).astype(np.uint8)
        return await painter.again(replace(request, item=plan.candidates + number), below, ~ring)

    others = await asyncio.gather(*(other(number, pixels) for number, pixels in enumerate(pictures[1:])))
    return [first, *others]


def _ring(side: int, native: int, plan: TexturePlan) -> NDArray[np.bool_]:
    """The pixels that variants share (side, side): the outermost along the axes that tile."""
    width = RING * side // native
    place = np.arange(side)
    edge = (place < width) | (place >= side - width)
    ring: NDArray[np.bool_] = (edge[:, None] & plan.request.tile_y) | (edge[None] & plan.request.tile_x)
    return ring


def _finished(plan: TexturePlan, surface: Surface, pictures: Sequence[Picture], fit: float) -> list[Made]:
    """Maps, and what was measured on them; of pixel art before its pixels are enlarged, which would hide its seams."""
    tile_x, tile_y = plan.request.tile_x, plan.request.tile_y
    albedos = cleaned(pictures, plan)
    if not plan.pixel:
        albedos = [enlarged(pixels, plan.side // len(pixels)) for pixels in albedos]
    factor = plan.side // len(albedos[0])
    ring = RING * len(albedos[0]) // plan.native
    sets: list[dict[MapName, NDArray[np.uint8]]]
    sets = mapped(albedos, surface, ring, tile_x, tile_y) if plan.maps else [{"albedo": one} for one in albedos]
    made = []
    for variant, maps in enumerate(sets):
        for role in ("albedo", *plan.maps):
            name = MAPS.get(role, "albedo")
            seam = seam_between(sets[0][name], maps[name], tile_x, tile_y)
            pixels = maps[name].repeat(factor, axis=0).repeat(factor, axis=1)
            made.append(Made(role, variant, pixels, seam, fit if variant == 0 and role == "albedo" else None))
    return made


def cleaned(pictures: Sequence[Picture], plan: TexturePlan) -> list[Picture]:
    """The pictures opaque, as pixel art where that is the style, held to the palette: all together, so that shared pixels stay equal."""
    whole = np.concatenate(list(pictures), axis=1)
    whole[..., 3] = 255
    if plan.pixel:
        whole = clean_pixel_art(whole)
    if plan.palette:
        whole = held_to(whole, plan.palette)
    return [np.ascontiguousarray(pixels) for pixels in np.split(whole, len(pictures), axis=1)]


def enlarged(pixels: Picture, factor: int) -> Picture:
    """An opaque picture enlarged smoothly around its edges."""
    if factor == 1:
        return pixels
    height, width = pixels.shape[:2]
    around = np.pad(pixels, ((8, 8), (8, 8), (0, 0)), mode="wrap")
    size = ((width + 16) * factor, (height + 16) * factor)
    large = np.asarray(Image.fromarray(around).resize(size, Image.Resampling.BICUBIC))
    return np.ascontiguousarray(large[8 * factor : -8 * factor, 8 * factor : -8 * factor])


def seam_between(one: NDArray[np.uint8], other: NDArray[np.uint8], tile_x: bool, tile_y: bool) -> float:
    """The worst seam where `other` lies beside itself and beside `one`, along the axes that tile; 1 where none does."""
    pair = [np.concatenate([one, other], axis=1), np.concatenate([one, other], axis=0)]
    across = [seams(picture).x for picture in (other, pair[0])] if tile_x else []
    down = [seams(picture).y for picture in (other, pair[1])] if tile_y else []
    return max([*across, *down], default=1.0)


def colours(pixels: Picture) -> int:
    """Distinct colours of an opaque picture."""
    return len(np.unique(packed(pixels.reshape(-1, pixels.shape[-1]))))
