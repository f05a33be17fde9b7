"""From a stored generation to its assets: the recipe, the model's batches, the asset store."""

import asyncio
import dataclasses
import hashlib
import json
import time
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from limner.generators.imagen import Step
from limner.recipes import image
from limner.server.assets import AssetStore
from limner.server.briefs import Briefs
from limner.server.catalogue import Catalogue, Entry, Loaded
from limner.server.convert import image_plan
from limner.server.early import Beginning
from limner.server.jobs import Job, JobStore, NewAsset, NewJob
from limner.server.making import RECIPES, Making
from limner.server.watching import Watching
from limner.v1 import generation_pb2

PREVIEWS = 5  # pictures of each candidate on the way
BEGUN, BEGUN_S = 4, 1.0  # generations begun before they are stored, and how long they may wait for that
Asked = tuple[str, str]  # owner and cache key: what is known of one owner is never told to another
PROGRESS_S = 0.2  # between two events without a picture: nobody sees more, and each costs the loop a message


class Drawing:
    """Draws one generation; an equal request is answered from the store."""

    def __init__(
        self,
        catalogue: Catalogue,
        store: JobStore,
        assets: AssetStore,
        watching: Watching,
        *,
        comparing: bool = True,
    ) -> None:
        """Where it is `comparing`, pictures are compared with the training art."""
        self._comparing = comparing
        self._catalogue, self._store, self._assets, self._watching = catalogue, store, assets, watching
        self._briefs = Briefs(store, assets)
        self._begun: dict[Asked, Beginning] = {}
        self._making = Making(assets, watching)

    def begin(self, new: NewJob, plan: image.ImagePlan, entry: Entry) -> None:
        """Begin what is about to be drawn and equals nothing that was, while its generation is being stored.

        Nothing, where the model is not loaded yet.
        """
        key = (new.owner, new.cache_key)
        if entry.model is None or key in self._begun or len(self._begun) >= BEGUN:
            return
        beginning = self._begun[key] = Beginning(plan, entry.model, new.bulk)
        asyncio.get_running_loop().call_later(BEGUN_S, self._forget, key, beginning)

    def _forget(self, key: Asked, beginning: Beginning) -> None:
        """Its generation was not stored, or something else is drawn first."""
        if self._begun.get(key) is beginning:
            del self._begun[key]
            beginning.drop()

    async def __call__(self, job: Job) -> Sequence[NewAsset]:
        beginning = self._begun.pop((job.owner, job.cache_key), None)
        try:
            entry = self._catalogue.entry(job.model)
            if beginning is None and (cached := await self._store.cached(job.cache_key, job.owner)):
                entry.cache_hits += 1
                return [(asset.digest, {**asset.facts, "cached": True}) for asset in cached]
            loaded = await self._catalogue.loaded(job.model)
            generation = generation_pb2.Generation.FromString(job.brief)
            name = str(generation.WhichOneof("brief"))
            if (recipe := RECIPES.get(name)) is not None:
                filled = await self._briefs.composed(name, generation, job.owner)
                composed = await asyncio.to_thread(recipe.plan, filled, entry.card, job.seed)
                return await self._making(job, recipe, composed, entry, loaded)
            brief = await self._briefs.image(generation, job.owner)
            plan = image_plan(brief, entry.card, job.seed)
            beginning = beginning or Beginning(plan, loaded, job.bulk)
            return await self._drawn(job, plan, beginning, entry, loaded)
        finally:
            if beginning is not None:
                beginning.drop()

    async def _drawn(
        self, job: Job, plan: image.ImagePlan, beginning: Beginning, entry: Entry, loaded: Loaded
    ) -> Sequence[NewAsset]:
        async def keep(png: bytes) -> str:
            began = time.monotonic()
            digest = await self._assets.put(png)
            entry.output_s += time.monotonic() - began
            return digest

        beginning.hear = self._reporter(job, plan.candidates)
        begun = await beginning.begun()
        drawn = await image.draw(
            plan, begun.understood, begun.walks, loaded.joint, keep, loaded.origins if self._comparing else None
        )
        entry.pictures += len(drawn)
        made = [(picture.digest, facts(picture, job, entry.digest, plan)) for picture in drawn]
        if told := list(too_near(drawn)):
            made[0][1]["warnings"] = told
        return made

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
            elif progress > 0 and time.monotonic() - told >= PROGRESS_S:
                told = time.monotonic()
                self._watching.tell(job, progress, candidate=candidate)

        return report

    async def _preview(self, job: Job, progress: float, candidate: int, x0: NDArray[np.float32]) -> None:
        png = await asyncio.to_thread(image.preview, x0)
        self._watching.tell(job, progress, png, candidate)


def too_near(drawn: Sequence[image.Drawn]) -> Iterator[str]:
    """A warning for each picture that may be a copy of a training picture, by its rank."""
    for rank, picture in enumerate(drawn, 1):
        if picture.near_training:
            distance = f"{picture.training_distance:.3f}"
            yield f"picture {rank} looks much like one that the model learnt from (distance {distance}); draw with another seed"


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
