"""Image recipe: a prompt to ranked candidate pictures.

The network is asked through `Denoise`, so the recipe knows nothing of batches; pictures are cleaned by `limner.atlas`.
"""

import asyncio
import io
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from limner.atlas.pixel_art import clean_pixel_art
from limner.generators.imagen import Drawing, Imagen, picture, premultiplied
from limner.generators.request import ImageRequest
from limner.generators.scoring import JointEmbedding, Meaning, alignment
from limner.recipes.references import Reference, decoded, held_to, mask_of, squared

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
    reference_png: bytes = b""  # a picture to start from
    mask_png: bytes = b""  # where it may change, of the reference's size
    palette: tuple[int, ...] = ()  # colours to hold to, 0xRRGGBB

    def reference(self) -> Reference | None:
        """The picture to start from, at the finished picture's size. A masked one keeps its own bytes, so it has that size already."""
        if not self.reference_png:
            return None
        pixels = decoded(self.reference_png)
        mask = mask_of(self.mask_png) if self.mask_png else None
        return Reference(squared(pixels, self.side), mask)


@dataclass(frozen=True, slots=True, kw_only=True)
class Drawn:
    """A finished candidate and what was measured on it."""

    png: bytes
    candidate: int
    side: int
    alpha_exactness: float
    palette_size: int
    coverage: float
    alignment: float  # to the prompt, in [−1, 1]


async def draw(plan: ImagePlan, model: Imagen, joint: JointEmbedding, denoise: Denoise, report: Report) -> list[Drawn]:
    """Draw every candidate side by side, so that they share network calls; best first.

    Where nobody named a kind of picture, the prompt's meaning does.
    """
    meaning = await asyncio.to_thread(meaning_of, plan.request.prompt, model, joint)
    kind = plan.request.kind or meaning.kind
    requests = [replace(plan.request, item=item, kind=kind) for item in range(plan.candidates)]
    reference = await asyncio.to_thread(plan.reference)
    source = None if reference is None else reference.source(model.card.sizes[0])
    judge = partial(_finished, plan, joint, meaning, reference)
    conditions = await asyncio.to_thread(model.conditions, requests)
    async with asyncio.TaskGroup() as group:
        tasks = [
            group.create_task(_candidate(model.draw(request, condition, source), request.item, denoise, report, judge))
            for request, condition in zip(requests, conditions, strict=True)
        ]
    return sorted((task.result() for task in tasks), key=_worth)


def meaning_of(prompt: str, model: Imagen, joint: JointEmbedding) -> Meaning:
    """The prompt in the joint space."""
    return joint.meanings(model.text_encoder([prompt]))[0]


async def _candidate(
    drawing: Drawing,
    candidate: int,
    denoise: Denoise,
    report: Report,
    judge: Callable[[int, NDArray[np.float32]], Drawn],
) -> Drawn:
    step = next(drawing)
    while True:
        report(candidate, step.number, step.total, step.preview)
        answer = await denoise(step.rows)
        try:
            step = drawing.send(answer)
        except StopIteration as end:
            return await asyncio.to_thread(judge, candidate, end.value)


def _finished(
    plan: ImagePlan,
    joint: JointEmbedding,
    meaning: Meaning,
    reference: Reference | None,
    candidate: int,
    x0: NDArray[np.float32],
) -> Drawn:
    rgba = picture(x0)
    if plan.request.style == "pixel" and not plan.raw:
        rgba = clean_pixel_art(rgba)
    if plan.palette:
        rgba = held_to(rgba, plan.palette)
    large = enlarged(rgba, plan.side)
    if reference is not None:
        large = reference.kept(large)
    alpha = rgba[..., 3]
    opaque = rgba[alpha > 0][:, :3]
    return Drawn(
        png=encoded(large),
        candidate=candidate,
        side=plan.side,
        alpha_exactness=float(((alpha == 0) | (alpha == 255)).mean()),
        palette_size=len(np.unique(opaque, axis=0)),
        coverage=float((alpha > 0).mean()),
        alignment=alignment(joint.embedding(premultiplied(rgba)), meaning.embedding),
    )


def _worth(drawn: Drawn) -> tuple[bool, float, int]:
    """Empty pictures last, then by how well they fit the prompt."""
    return drawn.coverage < 0.02, -drawn.alignment, drawn.candidate


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
