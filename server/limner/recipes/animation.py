"""Animation recipe: one picture of a figure, drawn or given, to the frames of an action; characters with several actions.

The network draws the figure; the frames are that picture moved like a puppet (`limner.atlas.puppets`), so that it is the same
figure with the same pixels in every frame, and what does not move does not flicker.
"""

import asyncio
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from limner.atlas.loops import loop_closure
from limner.atlas.pixel_art import clean_pixel_art, packed
from limner.atlas.puppets import figure, posed
from limner.generators.request import ImageRequest
from limner.recipes.image import enlarged
from limner.recipes.motions import ACTIONS, phases
from limner.recipes.painting import CANDIDATES, Order, Painter, Picture
from limner.recipes.references import decoded


@dataclass(frozen=True, slots=True, kw_only=True)
class AnimationPlan:
    """What to draw: equal plans on equal models give equal bytes."""

    request: ImageRequest | None  # draws the figure, the best of `candidates`; None where it is given
    picture_png: bytes = b""  # the figure
    candidates: int = CANDIDATES
    action: str
    frames: int
    duration_ms: int
    mirrored: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class CharacterPlan:
    """A figure and what it does: equal plans on equal models give equal bytes."""

    request: ImageRequest
    picture_png: bytes = b""  # the figure, where it is given
    candidates: int  # 0 where the figure is given
    actions: tuple[str, ...]
    frames: int  # of each action
    factor: int = 1  # every pixel as a square of so many


class Animation(NamedTuple):
    """Frames of one size, and what was measured on them."""

    action: str
    frames: list[Picture]
    closure: float | None  # of the loop, as `limner.atlas.loops` measures it; None for an action that ends
    palette_exactness: float  # share of the frames' colours that the figure has
    fit: float | None  # of the words to the figure


class Character(NamedTuple):
    """A figure at rest, and its animations."""

    reference: Picture
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
        return await asyncio.to_thread(_moved, plan, decoded(plan.picture_png), None)
    part = (await painter.best([Order(request=plan.request, candidates=plan.candidates)]))[0]
    return await asyncio.to_thread(_moved, plan, clean_pixel_art(part.pixels), part.fit)


async def draw_character(plan: CharacterPlan, painter: Painter) -> Character:
    """The given figure or the best candidate, and the same figure in every action. Raises AtlasError where there is none."""
    if plan.picture_png:
        return await asyncio.to_thread(lambda: _acting(plan, decoded(plan.picture_png), None))
    part = (await painter.best([Order(request=plan.request, candidates=plan.candidates)]))[0]

    def finished() -> Character:
        return _acting(plan, enlarged(clean_pixel_art(part.pixels), plan.factor * len(part.pixels)), part.fit)

    return await asyncio.to_thread(finished)


def _acting(plan: CharacterPlan, pixels: Picture, fit: float | None) -> Character:
    return Character(pixels, fit, [_animated(pixels, name, plan.frames, fit) for name in plan.actions])


def _moved(plan: AnimationPlan, pixels: Picture, fit: float | None) -> Animation:
    return _animated(pixels[:, ::-1] if plan.mirrored else pixels, plan.action, plan.frames, fit)


def _animated(pixels: Picture, name: str, count: int, fit: float | None) -> Animation:
    action, puppet = ACTIONS[name], figure(pixels)
    frames = [posed(puppet, action.motion(phase)) for phase in phases(action, count)]
    known = np.unique(_colours(pixels))
    seen = np.concatenate([_colours(frame) for frame in frames])
    exact = float(np.isin(seen, known).mean()) if len(seen) else 1.0
    return Animation(name, frames, loop_closure(frames) if action.loops else None, exact, fit)


def _colours(pixels: Picture) -> NDArray[np.uint32]:
    return packed(pixels[pixels[..., 3] > 0])
