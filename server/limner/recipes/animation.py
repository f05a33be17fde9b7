"""Animation recipe: one picture of a figure, drawn or given, to the frames of an action; characters with several actions and sides.

The network draws the figure. Seen from its own side, its frames are that picture moved like a puppet (`limner.atlas.puppets`): the same
pixels in every frame, and what does not move does not flicker. From other sides the frame network draws it (`limner.recipes.turning`),
in the figure's own colours. It moves it there too if the figure is of a kind that it learnt
from; else the puppet moves what it turned.
"""

import asyncio
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from limner.atlas.loops import loop_closure
from limner.atlas.motions import ACTIONS, phases
from limner.atlas.pixel_art import clean_pixel_art, packed
from limner.atlas.puppets import Pose, figure, posed, posed_within
from limner.generators.request import ImageRequest
from limner.recipes.image import enlarged
from limner.recipes.painting import CANDIDATES, Order, Painter, Picture
from limner.recipes.references import decoded
from limner.recipes.turning import Small, known, on_canvas, small

SIDES: dict[int, tuple[str, ...]] = {
    1: ("",),  # as it was drawn
    4: ("south", "east", "north", "west"),
    8: ("south", "south-east", "east", "north-east", "north", "north-west", "west", "south-west"),
}


OWN = ("", "south")  # the side from which a figure is drawn


@dataclass(frozen=True, slots=True, kw_only=True)
class AnimationPlan:
    """What to draw: equal plans on equal models give equal bytes."""

    request: ImageRequest | None  # draws the figure, the best of `candidates`; None where it is given
    picture_png: bytes = b""  # the figure
    candidates: int = CANDIDATES
    action: str
    frames: int
    duration_ms: int
    direction: str = ""  # where it looks; as it was drawn or given
    mirrored: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class CharacterPlan:
    """A figure and what it does: equal plans on equal models give equal bytes."""

    request: ImageRequest
    picture_png: bytes = b""  # the figure, where it is given
    candidates: int  # 0 where the figure is given
    directions: int = 1
    actions: tuple[str, ...]
    frames: int  # of each action
    factor: int = 1  # every pixel as a square of so many


class Animation(NamedTuple):
    """Frames of one size, and what was measured on them."""

    action: str
    direction: str  # empty: as the figure was drawn
    frames: list[Picture]
    closure: float | None  # of the loop, as `limner.atlas.loops` measures it; None for an action that ends
    palette_exactness: float  # share of the frames' colours that the figure has
    fit: float | None  # of the words to the figure


class Still(NamedTuple):
    """A figure at rest, seen from one side."""

    direction: str
    pixels: Picture


class Character(NamedTuple):
    """A figure at rest, from each of its sides, and its animations."""

    stills: list[Still]  # the first is the reference
    fit: float | None  # of the words to the figure
    animations: list[Animation]


def drawings(plan: AnimationPlan) -> int:
    return 0 if plan.request is None else plan.candidates


def network_calls(plan: AnimationPlan) -> int:
    """Calls of the network when the plan runs alone."""
    return 0 if plan.request is None else plan.request.steps


async def draw(plan: AnimationPlan, painter: Painter) -> Animation:
    """Raises AtlasError where the picture holds no figure."""
    if plan.request is None:
        pixels, fit = await asyncio.to_thread(decoded, plan.picture_png), None
    else:
        part = (await painter.best([Order(request=plan.request, candidates=plan.candidates)]))[0]
        pixels, fit = await asyncio.to_thread(clean_pixel_art, part.pixels), part.fit
    actor = Actor(np.ascontiguousarray(pixels[:, ::-1]) if plan.mirrored else pixels, fit, painter)
    return await actor.animated(plan.action, plan.frames, plan.direction)


async def draw_character(plan: CharacterPlan, painter: Painter) -> Character:
    """The given figure or the best candidate, the same figure from every side and in every action.

    Raises AtlasError where there is none.
    """
    if plan.picture_png:
        pixels, fit = await asyncio.to_thread(decoded, plan.picture_png), None
    else:
        part = (await painter.best([Order(request=plan.request, candidates=plan.candidates)]))[0]
        cleaned = await asyncio.to_thread(clean_pixel_art, part.pixels)
        pixels, fit = enlarged(cleaned, plan.factor * len(cleaned)), part.fit
    actor, sides = Actor(pixels, fit, painter), SIDES[plan.directions]
    stills = [Still(sides[0], pixels), *[Still(side, await actor.turned(side)) for side in sides[1:]]]
    moved = [await actor.animated(name, plan.frames, side) for name in plan.actions for side in sides]
    return Character(stills, fit, moved)


class Actor:
    """A figure that is turned and moved; its own side counts as the south. Equal figures give equal frames."""

    def __init__(self, pixels: Picture, fit: float | None, painter: Painter) -> None:
        self._pixels, self._fit, self._painter = pixels, fit, painter
        self._small: Small | None = None
        self._known: bool | None = None
        self._turned: dict[str, Picture] = {}

    async def animated(self, action: str, count: int, direction: str) -> Animation:
        """Raises AtlasError where the picture holds no figure."""
        if direction in OWN:
            frames = await asyncio.to_thread(_puppet, self._pixels, action, count)
        elif await self._is_known():
            frames = await self._drawn(action, count, direction)
        else:
            frames = await asyncio.to_thread(posed_within, await self.turned(direction), _poses(action, count))
        return await asyncio.to_thread(_judged, action, direction, frames, self._pixels, self._fit)

    async def turned(self, direction: str) -> Picture:
        """The figure at rest from another side, on the canvas of its frames. Raises AtlasError where there is none."""
        if direction not in self._turned:
            (self._turned[direction],) = await self._drawn("idle", 1, direction)
        return self._turned[direction]

    async def _is_known(self) -> bool:
        if self._known is None:
            reduced = await self._reduced()
            (frame,) = await self._painter.frames(reduced.pixels, "idle", 1, "south")
            self._known = known(frame, reduced)
        return self._known

    async def _reduced(self) -> Small:
        if self._small is None:
            self._small = await asyncio.to_thread(small, self._pixels)
        return self._small

    async def _drawn(self, action: str, count: int, direction: str) -> list[Picture]:
        """Frames by the network, each where the puppet's would be."""
        reduced = await self._reduced()
        frames = await self._painter.frames(reduced.pixels, action, count, direction)
        return [on_canvas(frame, reduced, self._pixels) for frame in frames]


def _puppet(pixels: Picture, action: str, count: int) -> list[Picture]:
    puppet = figure(pixels)
    return [posed(puppet, pose) for pose in _poses(action, count)]


def _poses(action: str, count: int) -> list[Pose]:
    return [ACTIONS[action].motion(phase) for phase in phases(ACTIONS[action], count)]


def _judged(action: str, direction: str, frames: list[Picture], pixels: Picture, fit: float | None) -> Animation:
    known = np.unique(_colours(pixels))
    seen = np.concatenate([_colours(frame) for frame in frames])
    exact = float(np.isin(seen, known).mean()) if len(seen) else 1.0
    closure = loop_closure(frames) if ACTIONS[action].loops else None
    return Animation(action, direction, frames, closure, exact, fit)


def _colours(pixels: Picture) -> NDArray[np.uint32]:
    return packed(pixels[pixels[..., 3] > 0])
