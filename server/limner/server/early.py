"""Drawing that begins before it must: while its generation is still being stored, where a place is free for it anyway."""

import asyncio
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from limner.generators.imagen import Step
from limner.recipes import image
from limner.server.catalogue import Loaded

Walk = asyncio.Task[NDArray[np.float32]]


class Begun(NamedTuple):
    """What the words mean, and the trajectory of each candidate, under way."""

    understood: image.Understood
    walks: list[Walk]


class Beginning:
    """The trajectories of a plan, from their first step on. Steps are told to `hear` once somebody sets it."""

    def __init__(self, plan: image.ImagePlan, loaded: Loaded, bulk: bool) -> None:
        self.hear: image.Report | None = None
        self._walks: list[Walk] = []
        self._task = asyncio.create_task(self._begun(plan, loaded, bulk))

    async def begun(self) -> Begun:
        """Raises what reading the plan raised."""
        return await self._task

    def drop(self) -> None:
        """Stop what is not finished; harmless afterwards."""
        self._task.cancel()
        for walk in self._walks:
            walk.cancel()
        for task in (self._task, *self._walks):
            if task.done() and not task.cancelled():
                task.exception()  # seen: nobody else will ask

    async def _begun(self, plan: image.ImagePlan, loaded: Loaded, bulk: bool) -> Begun:
        understood = await asyncio.to_thread(image.understood, plan, loaded.imagen, loaded.joint)
        for item, drawing in enumerate(image.trajectories(plan, understood, loaded.imagen)):

            def report(step: Step, item: int = item) -> None:
                if self.hear is not None:
                    self.hear(item, step)

            self._walks.append(asyncio.create_task(loaded.batcher(drawing, report, bulk)))
        return Begun(understood, self._walks)
