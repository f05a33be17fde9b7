"""Image recipe: a prompt to ranked candidate pictures.

Whoever calls it walks the trajectories, so the recipe knows nothing of batches; pictures are cleaned by `limner.atlas`.
"""

import asyncio
import io
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from limner.atlas.pixel_art import clean_pixel_art, packed
from limner.generators.imagen import Condition, Drawing, Imagen, Source, Step, picture, premultiplied, sentences
from limner.generators.imagen import condition as condition_of
from limner.generators.originality import Origins, orientations
from limner.generators.request import ImageRequest
from limner.generators.scoring import JointEmbedding, Meaning, alignment
from limner.recipes.references import Reference, colours_of, decoded, held_to, mask_of, squared

Picture = NDArray[np.uint8]  # (height, width, 4), straight alpha
Keep = Callable[[bytes], Awaitable[str]]  # stores a PNG; its digest
Report = Callable[[int, Step], None]  # candidate, and what its trajectory asks


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
    palette_png: bytes = b""  # or a picture that has them

    def reference(self) -> Reference | None:
        """The picture to start from, at the finished picture's size. A masked one keeps its own bytes, so it has that size already."""
        if not self.reference_png:
            return None
        pixels = decoded(self.reference_png)
        mask = mask_of(self.mask_png) if self.mask_png else None
        return Reference(squared(pixels, self.side), mask)


@dataclass(frozen=True, slots=True, kw_only=True)
class Drawn:
    """A finished candidate: where its PNG is kept, and what was measured on it."""

    digest: str
    size_bytes: int
    candidate: int
    side: int
    alpha_exactness: float
    palette_size: int
    coverage: float
    alignment: float  # to the prompt, in [−1, 1]
    training_distance: float | None = None  # of the look to the nearest training picture; None: not measured
    near_training: bool = False  # so near that it may be a copy


class Understood(NamedTuple):
    """What a plan's words and pictures mean to the networks."""

    meaning: Meaning
    condition: Condition
    reference: Reference | None
    source: Source | None
    palette: tuple[int, ...]  # colours to hold to; none where all are free


def trajectories(plan: ImagePlan, understood: Understood, model: Imagen) -> list[Drawing]:
    """The walk of every candidate. Where nobody named a kind of picture, the prompt's meaning does."""
    kind = plan.request.kind or understood.meaning.kind
    requests = [replace(plan.request, item=item, kind=kind) for item in range(plan.candidates)]
    return [model.draw(request, understood.condition, understood.source) for request in requests]


async def draw(
    plan: ImagePlan,
    understood: Understood,
    walks: Sequence[Awaitable[NDArray[np.float32]]],
    joint: JointEmbedding,
    keep: Keep,
    origins: Origins | None = None,
) -> list[Drawn]:
    """Finish every candidate as its trajectory ends; best first. Where `origins` are given, each is compared with them."""

    async def candidate(item: int, walk: Awaitable[NDArray[np.float32]]) -> Drawn:
        painted = await asyncio.to_thread(_painted, plan, understood, await walk)
        digest, fit = await asyncio.gather(
            keep(painted.png), asyncio.to_thread(_judged, joint, understood.meaning, painted.small, origins)
        )
        return _measured(plan, painted, item, digest, fit)

    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(candidate(*pair)) for pair in enumerate(walks)]
    return sorted((task.result() for task in tasks), key=_worth)


def understood(plan: ImagePlan, model: Imagen, joint: JointEmbedding) -> Understood:
    """One call of the text encoder for all candidates: they differ in nothing that it reads."""
    features = model.text_encoder(sentences(plan.request))
    reference = plan.reference()
    return Understood(
        meaning=joint.meanings(features.every(2))[0],
        condition=condition_of(features, plan.request),
        reference=reference,
        source=None if reference is None else reference.source(model.card.sizes[0]),
        palette=colours_of(plan.palette_png) if plan.palette_png else plan.palette,
    )


class Painted(NamedTuple):
    """A picture as it leaves the network, cleaned, and as it is kept."""

    small: Picture
    png: bytes


def _painted(plan: ImagePlan, understood: Understood, x0: NDArray[np.float32]) -> Painted:
    rgba = picture(x0)
    if plan.request.style == "pixel" and not plan.raw:
        rgba = clean_pixel_art(rgba)
    if understood.palette:
        rgba = held_to(rgba, understood.palette)
    large, reference = enlarged(rgba, plan.side), understood.reference
    return Painted(rgba, encoded(large if reference is None else reference.kept(large)))


class Judged(NamedTuple):
    """How well a picture fits the prompt, in [−1, 1], and how near it is to the training art."""

    fit: float
    training_distance: float | None = None
    near_training: bool = False


def _judged(joint: JointEmbedding, meaning: Meaning, rgba: Picture, origins: Origins | None) -> Judged:
    """One run of the image tower judges both."""
    if origins is None or rgba.shape[:2] != (joint.size, joint.size):
        return Judged(alignment(joint.embedding(premultiplied(rgba)), meaning.embedding))
    both = orientations(rgba)
    embeddings = joint.pair(*premultiplied(both))
    near = origins.known.nearest_of(both, embeddings)
    return Judged(alignment(embeddings[0], meaning.embedding), near.look, origins.limits.crossed(near))


def _measured(plan: ImagePlan, painted: Painted, candidate: int, digest: str, judged: Judged) -> Drawn:
    alpha = painted.small[..., 3]
    return Drawn(
        digest=digest,
        size_bytes=len(painted.png),
        candidate=candidate,
        side=plan.side,
        alpha_exactness=float(((alpha == 0) | (alpha == 255)).mean()),
        palette_size=len(np.unique(packed(painted.small[alpha > 0]))),
        coverage=float((alpha > 0).mean()),
        alignment=judged.fit,
        training_distance=judged.training_distance,
        near_training=judged.near_training,
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
