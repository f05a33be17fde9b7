"""Briefs whose assets are composed of several drawings: which recipe draws them, and how it runs here."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from limner.generators.cards import ModelCard
from limner.generators.imagen import Drawing, Step
from limner.recipes import animation, image, texture
from limner.recipes.painting import NetworkPainter, Painter
from limner.recipes.scenes import scene
from limner.server import animations, characters, scenes, textures
from limner.server.assets import AssetStore
from limner.server.catalogue import Entry, Loaded
from limner.server.config import ServerConfig
from limner.server.jobs import Job, NewAsset
from limner.server.made import MadeAsset, Shared
from limner.server.watching import Watching

EVENT_S = 0.25  # between two events on the way


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipe:
    """How a kind of brief is checked, planned, counted and drawn. `Any` is its brief, or its plan."""

    check: Callable[[Any, ModelCard, ServerConfig], None]
    plan: Callable[[Any, ModelCard, int], Any]  # brief, card, seed
    model: Callable[[Any], tuple[str, str]]  # the model that a brief names, and the field that names it
    seed: Callable[[Any], int | None]
    drawings: Callable[[Any], int]
    network_calls: Callable[[Any], int]
    draw: Callable[[Any, Shared, Loaded, Painter], Awaitable[list[MadeAsset]]]


RECIPES = {
    "texture": Recipe(
        check=textures.check,
        plan=textures.plan_of,
        model=lambda brief: (brief.image.model, "texture.image.model"),
        seed=lambda brief: brief.image.seed if brief.image.HasField("seed") else None,
        drawings=texture.drawings,
        network_calls=texture.network_calls,
        draw=textures.draw,
    ),
    "animation": Recipe(
        check=animations.check,
        plan=animations.plan_of,
        model=lambda brief: (brief.model, "animation.model"),
        seed=lambda brief: brief.seed if brief.HasField("seed") else None,
        drawings=animation.drawings,
        network_calls=animation.network_calls,
        draw=animations.draw,
    ),
    "character": Recipe(
        check=characters.check,
        plan=characters.plan_of,
        model=lambda brief: (brief.image.model, "character.image.model"),
        seed=lambda brief: brief.image.seed if brief.image.HasField("seed") else None,
        drawings=lambda plan: plan.candidates,
        network_calls=lambda plan: plan.request.steps if plan.candidates else 0,
        draw=characters.draw,
    ),
    "scene": Recipe(
        check=scenes.check,
        plan=scenes.plan_of,
        model=lambda brief: (brief.model, "scene.model"),
        seed=lambda brief: brief.seed if brief.HasField("seed") else None,
        drawings=scene.drawings,
        network_calls=scene.network_calls,
        draw=scenes.draw,
    ),
}


class Making:
    """Draws the generations of these briefs."""

    def __init__(self, assets: AssetStore, watching: Watching) -> None:
        self._assets, self._watching, self._shared = assets, watching, Shared()

    async def __call__(self, job: Job, recipe: Recipe, plan: Any, entry: Entry, loaded: Loaded) -> Sequence[NewAsset]:
        """The assets of a plan, stored."""

        async def walk(drawing: Drawing, report: Callable[[Step], None]) -> NDArray[np.float32]:
            return await loaded.batcher(drawing, report, job.bulk)

        drawings = recipe.drawings(plan)
        reporter = Reporter(self._watching, job)
        painter = NetworkPainter(
            loaded.imagen, entry.digest, loaded.joint, walk, loaded.frames, self._shared.parts, drawings, reporter
        )
        made = await recipe.draw(plan, self._shared, loaded, painter)
        entry.pictures += drawings
        began = time.monotonic()
        digests = await asyncio.gather(*(self._assets.put(asset.content) for asset in made))
        entry.output_s += time.monotonic() - began
        known = {"seed": job.seed, "model": job.model, "model_digest": entry.digest}
        return [
            (digest, {**asset.facts, **known, "size_bytes": len(asset.content)})
            for digest, asset in zip(digests, made, strict=True)
        ]


class Reporter:
    """Tells those who watch how far a generation is, with the part that is drawn just now."""

    def __init__(self, watching: Watching, job: Job) -> None:
        self._watching, self._job = watching, job
        self._told = 0.0
        self._tasks: set[asyncio.Task[None]] = set()

    def __call__(self, progress: float, x0: NDArray[np.float32] | None) -> None:
        if progress == 0 or time.monotonic() - self._told < EVENT_S:
            return
        self._told = time.monotonic()
        if x0 is None or not self._watching.previewed(self._job.id):
            self._watching.tell(self._job, progress)
            return
        task = asyncio.create_task(self._preview(progress, x0))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _preview(self, progress: float, x0: NDArray[np.float32]) -> None:
        self._watching.tell(self._job, progress, await asyncio.to_thread(image.preview, x0))
