"""Many pictures from a served model at once: the trajectories walk side by side and share network calls."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from limner.generators.imagen import Imagen, Step
from limner.generators.request import ImageRequest

BATCH = 16  # trajectories side by side


def drawn(model: Imagen, requests: Sequence[ImageRequest]) -> NDArray[np.float32]:
    """x0 (n, 4, S, S) of each request, the same bits as the server gives."""
    found = [
        picture for at in range(0, len(requests), BATCH) for picture in _together(model, requests[at : at + BATCH])
    ]
    return np.stack(found)


def _together(model: Imagen, requests: Sequence[ImageRequest]) -> list[NDArray[np.float32]]:
    walks = [
        model.draw(request, condition) for request, condition in zip(requests, model.conditions(requests), strict=True)
    ]
    steps: dict[int, Step] = {index: next(walk) for index, walk in enumerate(walks)}
    ended: dict[int, NDArray[np.float32]] = {}
    while steps:
        names = next(iter(steps.values())).rows
        answers = model.network({name: np.concatenate([step.rows[name] for step in steps.values()]) for name in names})
        at = 0
        for index, step in list(steps.items()):
            count = len(step.rows["x"])
            try:
                steps[index] = walks[index].send(answers[at : at + count])
            except StopIteration as end:
                ended[index] = end.value
                del steps[index]
            at += count
    return [ended[index] for index in range(len(walks))]
