"""From a stored generation to its assets: the recipe, the model's batches, the asset store."""

import asyncio
import dataclasses
import hashlib
import json
import time
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from limner.generators.imagen import Drawing as Trajectory
from limner.generators.imagen import Step
from limner.recipes import image
from limner.server.assets import AssetStore
from limner.server.briefs import Briefs
from limner.server.catalogue import Catalogue, Entry
from limner.server.convert import image_plan
from limner.server.jobs import Job, JobStore, NewAsset
from limner.server.making import RECIPES, Making
from limner.server.watching import Watching
from limner.v1 import generation_pb2

PREVIEWS = 5  # pictures of each candidate on the way
FORESEEN, FORESEEN_S = 4, 1.0  # plans read ahead, and how long what was read may wait
PROGRESS_S = 0.2  # between two events without a picture: nobody sees more, and each costs the loop a message


class Drawing:
    """Draws one generation; an equal request is answered from the store."""

    def __init__(self, catalogue: Catalogue, store: JobStore, assets: AssetStore, watching: Watching) -> None:
        self._catalogue, self._store, self._assets, self._watching = catalogue, store, assets, watching
        self._briefs = Briefs(store, assets)
        self._making = Making(assets, watching)
        self._foreseen: dict[str, asyncio.Task[image.Understood]] = {}

    def foresee(self, key: str, plan: image.ImagePlan, entry: Entry) -> None:
        """Read the words of a plan that is about to be drawn, while its generation is being stored."""
        if entry.model is None or key in self._foreseen or len(self._foreseen) >= FORESEEN:
            return
        self._foreseen[key] = asyncio.create_task(
            asyncio.to_thread(image.understood, plan, entry.model.imagen, entry.model.joint)
        )
        asyncio.get_running_loop().call_later(FORESEEN_S, self._foreseen.pop, key, None)

    async def __call__(self, job: Job) -> Sequence[NewAsset]:
        entry = self._catalogue.entry(job.model)
        foreseen = self._foreseen.pop(job.cache_key, None)
        if cached := await self._store.cached(job.cache_key, job.owner):
            entry.cache_hits += 1
            return [(asset.digest, {**asset.facts, "cached": True}) for asset in cached]
        loaded = await self._catalogue.loaded(job.model)
        generation = generation_pb2.Generation.FromString(job.brief)
        name = str(generation.WhichOneof("brief"))
        if (recipe := RECIPES.get(name)) is not None:
            plan_made = await asyncio.to_thread(recipe.plan, getattr(generation, name), entry.card, job.seed)
            return await self._making(job, recipe, plan_made, entry, loaded)
        brief = await self._briefs.image(generation, job.owner)
        plan = image_plan(brief, entry.card, job.seed)
        understood = await (foreseen or asyncio.to_thread(image.understood, plan, loaded.imagen, loaded.joint))

        async def walk(drawing: Trajectory, report: Callable[[Step], None]) -> NDArray[np.float32]:
            return await loaded.batcher(drawing, report, job.bulk)

        async def keep(png: bytes) -> str:
            began = time.monotonic()
            digest = await self._assets.put(png)
            entry.output_s += time.monotonic() - began
            return digest

        report = self._reporter(job, plan.candidates)
        drawn = await image.draw(plan, understood, loaded.imagen, loaded.joint, walk, keep, report)
        entry.pictures += len(drawn)
        return [(picture.digest, facts(picture, job, entry.digest, plan)) for picture in drawn]

    def _reporter(self, job: Job, candidates: int) -> image.Report:
        done = [0.0] * candidates
        told = 0.0
        tasks: set[asyncio.Task[None]] = set()

        def report(candidate: int, step: Step) -> None:
            nonlocal told
            done[candidate] = step.number / step.total
            progress = sum(done) / candidates
            every = max(1, step.total // PREVIEWS)
            if step.preview is not None and step.number % every == 0 and self._watching.previewed(job.id):
                task = asyncio.create_task(self._preview(job, progress, candidate, step.preview))
                tasks.add(task)
                task.add_done_callback(tasks.discard)
            elif time.monotonic() - told >= PROGRESS_S:
                told = time.monotonic()
                self._watching.tell(job, progress, candidate=candidate)

        return report

    async def _preview(self, job: Job, progress: float, candidate: int, x0: NDArray[np.float32]) -> None:
        png = await asyncio.to_thread(image.preview, x0)
        self._watching.tell(job, progress, png, candidate)


def facts(picture: image.Drawn, job: Job, digest: str, plan: image.ImagePlan) -> dict[str, object]:
    """What is stored beside the digest of a picture."""
    measured = dataclasses.asdict(picture)
    del measured["digest"]
    said = {name: getattr(plan.request, name) for name in ("prompt", "negative_prompt", "kind", "style")}
    return measured | {"said": said, "seed": job.seed, "model": job.model, "model_digest": digest}


def cache_key(plan: Any, model_digest: str, recipe_version: int = 2) -> str:
    """Equal keys mean equal bytes. `plan` is a recipe's dataclass."""
    values = [dataclasses.asdict(plan), model_digest, recipe_version]
    text = json.dumps(values, sort_keys=True, default=lambda picture: hashlib.sha256(picture).hexdigest())
    return hashlib.sha256(text.encode()).hexdigest()
