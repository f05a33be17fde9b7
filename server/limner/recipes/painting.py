"""Pictures for recipes that compose them: ranked, cached by what was ordered, drawn in the batches of everybody else."""

import asyncio
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from limner.generators.frames import FrameModel
from limner.generators.imagen import Condition, Drawing, Imagen, Source, Step, picture, premultiplied, sentences
from limner.generators.imagen import condition as condition_of
from limner.generators.request import ImageRequest
from limner.generators.scoring import JointEmbedding, Meaning, alignment

Picture = NDArray[np.uint8]  # (height, width, 4), straight alpha
Walk = Callable[[Drawing, Callable[[Step], None]], Awaitable[NDArray[np.float32]]]  # the end of a trajectory
Report = Callable[[float, NDArray[np.float32] | None], None]  # share that is done, denoised so far
CANDIDATES = 4  # of what the rest is made from, unless somebody says
EMPTY = 0.02  # a picture that shows less than this is none
FILLED = 0.5  # a cut-out whose border shows more than this is a square
KEPT = 4096  # parts in memory, of 4 KiB each as a rule


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """One part of a composition: the best of `candidates` drawings."""

    request: ImageRequest
    candidates: int = 1
    below: bytes = b""  # RGBA of a picture to start from, as large as the request's; none: from noise alone


class Part(NamedTuple):
    """A part as the network drew it, and how well it fits its words, in [−1, 1]."""

    pixels: Picture
    fit: float


class Painter(Protocol):
    """Draws parts. Equal calls give equal bytes."""

    def expect(self, drawings: int) -> None:
        """How many drawings there will be, for the progress."""
        ...

    async def best(self, orders: Sequence[Order]) -> list[Part]:
        """The best candidate of each order, all drawn side by side."""
        ...

    async def again(
        self, request: ImageRequest, pixels: Picture, mask: NDArray[np.bool_] | None = None
    ) -> NDArray[np.uint8]:
        """`pixels` under the noise that `request.strength` says, drawn anew, in the mask alone where there is one."""
        ...

    async def frames(self, figure: Picture, action: str, count: int, direction: str) -> list[Picture]:
        """A figure that `limner.generators.frames.placed` takes, in a movement, seen from another side."""
        ...


class Parts:
    """The last parts that were drawn, by model digest and order."""

    def __init__(self, most: int = KEPT) -> None:
        self._most = most
        self._parts: OrderedDict[tuple[str, Order], Part] = OrderedDict()

    def get(self, digest: str, order: Order) -> Part | None:
        found = self._parts.get((digest, order))
        if found is not None:
            self._parts.move_to_end((digest, order))
        return found

    def put(self, digest: str, order: Order, part: Part) -> None:
        self._parts[digest, order] = part
        while len(self._parts) > self._most:
            self._parts.popitem(last=False)


class NetworkPainter:
    """Draws with a network. `drawings` is how many drawings the recipe will ask for, for the progress."""

    def __init__(
        self,
        model: Imagen,
        digest: str,
        joint: JointEmbedding,
        walk: Walk,
        moving: FrameModel,
        parts: Parts,
        drawings: int,
        report: Report,
    ) -> None:
        self._model, self._digest, self._joint, self._walk, self._moving = model, digest, joint, walk, moving
        self._parts, self._drawings, self._report = parts, drawings, report
        self._done = 0.0  # drawings, with the shares of those that are under way

    def expect(self, drawings: int) -> None:
        self._drawings = drawings

    async def best(self, orders: Sequence[Order]) -> list[Part]:
        async with asyncio.TaskGroup() as group:
            tasks = {order: group.create_task(self._part(order)) for order in dict.fromkeys(orders)}
        return [tasks[order].result() for order in orders]

    async def again(
        self, request: ImageRequest, pixels: Picture, mask: NDArray[np.bool_] | None = None
    ) -> NDArray[np.uint8]:
        condition, _ = await asyncio.to_thread(self._understood, request)
        source = Source(premultiplied(pixels), mask)
        drawn = picture(await self._walked(self._model.draw(request, condition, source)))
        return drawn if mask is None else np.where(mask[..., None], drawn, pixels).astype(np.uint8)

    async def frames(self, figure: Picture, action: str, count: int, direction: str) -> list[Picture]:
        return await asyncio.to_thread(self._moving, figure, action, count, direction)

    async def _part(self, order: Order) -> Part:
        kept = self._parts.get(self._digest, order)
        if kept is not None:
            self._advance(order.candidates)
            return kept
        condition, meaning = await asyncio.to_thread(self._understood, order.request)
        requests = [replace(order.request, item=item) for item in range(order.candidates)]
        source = self._source(order)

        async def drawn(request: ImageRequest) -> Part:
            x0 = await self._walked(self._model.draw(request, condition, source))
            return await asyncio.to_thread(self._judged, x0, meaning)

        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(drawn(request)) for request in requests]
        best = max((task.result() for task in tasks), key=lambda part: _worth(part, order.request.opaque))
        self._parts.put(self._digest, order, best)
        return best

    def _source(self, order: Order) -> Source | None:
        if not order.below:
            return None
        size = self._model.card.sizes[0]
        shape = (size * order.request.down, size * order.request.across, 4)
        return Source(premultiplied(np.frombuffer(order.below, np.uint8).reshape(shape)))

    def _understood(self, request: ImageRequest) -> tuple[Condition, Meaning]:
        features = self._model.text_encoder(sentences(request))
        return condition_of(features, request), self._joint.meanings(features.every(2))[0]

    def _judged(self, x0: NDArray[np.float32], meaning: Meaning) -> Part:
        pixels = picture(x0)
        return Part(pixels, alignment(self._joint.embedding(premultiplied(pixels)), meaning.embedding))

    async def _walked(self, drawing: Drawing) -> NDArray[np.float32]:
        """The picture (4, h, w) at the end of a trajectory."""
        said = 0.0

        def report(step: Step) -> None:
            nonlocal said
            share, said = step.number / step.total - said, step.number / step.total
            self._advance(share, step.preview)

        x0 = await self._walk(drawing, report)
        self._advance(1 - said)
        return x0

    def _advance(self, share: float, preview: NDArray[np.float32] | None = None) -> None:
        self._done += share
        self._report(min(1.0, self._done / max(1, self._drawings)), preview)


def _worth(part: Part, opaque: bool) -> tuple[bool, float]:
    """Pictures of nothing last, and those that fill the square where something is to be cut out; then by how well they fit."""
    shows = part.pixels[..., 3] >= 128
    border = np.concatenate([shows[0], shows[-1], shows[:, 0], shows[:, -1]])
    return float(shows.mean()) >= EMPTY and (opaque or float(border.mean()) <= FILLED), part.fit
