"""Image recipe: a prompt to ranked candidate pictures.

The network is asked through `Denoise`, so the recipe knows nothing of batches; pictures are cleaned by `limner.atlas`.
"""

import asyncio
import io
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from limner.atlas.pixel_art import clean_pixel_art
from limner.generators.imagen import Condition, Imagen, picture
from limner.generators.request import ImageRequest

Picture = NDArray[np.uint8]  # (height, width, 4), straight alpha
Denoise = Callable[[Mapping[str, NDArray[np.generic]]], Awaitable[NDArray[np.float32]]]
Report = Callable[[int, int, int, NDArray[np.float32] | None], None]  # candidate, step, steps, denoised so far


@dataclass(frozen=True, slots=True, kw_only=True)
class ImagePlan:
    """What to draw: equal plans on equal models give equal bytes."""

    request: ImageRequest
    side: int  # of the finished picture, a whole multiple of the network's
    candidates: int = 1
    raw: bool = False  # leave the network's pixels as they are


@dataclass(frozen=True, slots=True, kw_only=True)
class Drawn:
    """A finished candidate and what was measured on it."""

    png: bytes
    candidate: int
    side: int
    alpha_exactness: float
    palette_size: int
    coverage: float


async def draw(plan: ImagePlan, model: Imagen, denoise: Denoise, report: Report) -> list[Drawn]:
    """Draw every candidate side by side, so that they share network calls; best first."""
    requests = [replace(plan.request, item=item) for item in range(plan.candidates)]
    conditions = await asyncio.to_thread(model.conditions, requests)
    async with asyncio.TaskGroup() as group:
        tasks = [
            group.create_task(_candidate(plan, model, request, condition, denoise, report))
            for request, condition in zip(requests, conditions, strict=True)
        ]
    return sorted((task.result() for task in tasks), key=_worth)


async def _candidate(
    plan: ImagePlan, model: Imagen, request: ImageRequest, condition: Condition, denoise: Denoise, report: Report
) -> Drawn:
    drawing = model.draw(request, condition)
    step = next(drawing)
    while True:
        report(request.item, step.number, step.total, step.preview)
        answer = await denoise(step.rows)
        try:
            step = drawing.send(answer)
        except StopIteration as end:
            return await asyncio.to_thread(_finished, plan, request.item, end.value)


def _finished(plan: ImagePlan, candidate: int, x0: NDArray[np.float32]) -> Drawn:
    rgba = picture(x0)
    if plan.request.style == "pixel" and not plan.raw:
        rgba = clean_pixel_art(rgba)
    alpha = rgba[..., 3]
    opaque = rgba[alpha > 0][:, :3]
    return Drawn(
        png=encoded(enlarged(rgba, plan.side)),
        candidate=candidate,
        side=plan.side,
        alpha_exactness=float(((alpha == 0) | (alpha == 255)).mean()),
        palette_size=len(np.unique(opaque, axis=0)),
        coverage=float((alpha > 0).mean()),
    )


def _worth(drawn: Drawn) -> tuple[bool, int]:
    """Empty pictures last; the rest in the order of drawing, until a critic is there to judge them."""
    return drawn.coverage < 0.02, drawn.candidate


def enlarged(rgba: Picture, side: int) -> Picture:
    """Every pixel as a square of whole pixels."""
    factor = side // rgba.shape[0]
    return rgba.repeat(factor, axis=0).repeat(factor, axis=1)


def encoded(rgba: Picture) -> bytes:
    """PNG bytes; the same for the same pixels."""
    out = io.BytesIO()
    Image.fromarray(rgba).save(out, format="PNG")
    return out.getvalue()


def preview(x0: NDArray[np.float32]) -> bytes:
    """A PNG of a denoised estimate (4, S, S)."""
    return encoded(picture(x0))


def network_calls(plans: Sequence[ImagePlan]) -> int:
    """How many calls of the network the plans need when each runs alone."""
    return sum(plan.request.steps * (2 if plan.request.sampler == "heun" else 1) for plan in plans)
