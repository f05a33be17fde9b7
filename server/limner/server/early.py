"""Drawing that begins before it must: while its generation is still being stored, where a place is free for it anyway."""

import asyncio
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from limner.generators.imagen import Step
from limner.recipes import image
from limner.server.catalogue import Loaded
from limner.server.jobs import StoredAsset

Walk = asyncio.Task[NDArray[np.float32]]
Known = asyncio.Task[list[StoredAsset]]


class Begun(NamedTuple):
    """What the words mean, and the trajectory of each candidate, under way."""

    understood: image.Understood
    walks: list[Walk]


class Beginning:
    """The trajectories of a plan, from their first step on. Steps are told to `hear` once somebody sets it."""

    def __init__(self, plan: image.ImagePlan, loaded: Loaded, bulk: bool, known: Known | None = None) -> None:
        """Where `known` comes to hold the pictures of an equal request, nothing is walked."""
        self.hear: image.Report | None = None
        self._known = known
        self._walks: list[Walk] = []
        self._task = asyncio.create_task(self._begun(plan, loaded, bulk))

    async def known(self) -> Sequence[StoredAsset]:
        """The pictures of an equal request, where somebody looked for them."""
        return [] if self._known is None else await self._known

    async def begun(self) -> Begun:
        """Raises what reading the plan raised."""
        return await self._task

    def drop(self) -> None:
        """Stop what is not finished; harmless afterwards."""
        self._task.cancel()
        for walk in self._walks:
            walk.cancel()
        for task in (self._task, *self._walks, *([self._known] if self._known else [])):
            if task.done() and not task.cancelled():
                task.exception()  # seen: nobody else will ask

    async def _begun(self, plan: image.ImagePlan, loaded: Loaded, bulk: bool) -> Begun:
        understood = await asyncio.to_thread(image.understood, plan, loaded.imagen, loaded.joint)
        if await self.known():
            return Begun(understood, [])
        for item, drawing in enumerate(image.trajectories(plan, understood, loaded.imagen)):

            def report(step: Step, item: int = item) -> None:
                if self.hear is not None:
                    self.hear(item, step)

            self._walks.append(asyncio.create_task(loaded.batcher(drawing, report, bulk)))
        return Begun(understood, self._walks)
