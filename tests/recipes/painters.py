"""A painter without a network: its pictures follow from seed and item alone."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from limner.generators.frames import placed
from limner.generators.request import ImageRequest
from limner.recipes.painting import Order, Part, Picture

SIZE = 32


@dataclass
class NoisePainter:
    """Every pixel is random, so nothing fits by chance."""

    asked: list[ImageRequest] = field(default_factory=list)
    expected: int = 0

    def expect(self, drawings: int) -> None:
        self.expected = drawings

    async def best(self, orders: Sequence[Order]) -> list[Part]:
        return [Part(self._drawn(order.request), 0.5) for order in orders]

    async def again(
        self, request: ImageRequest, pixels: Picture, mask: NDArray[np.bool_] | None = None
    ) -> NDArray[np.uint8]:
        drawn = self._drawn(request)
        assert drawn.shape == pixels.shape
        return drawn if mask is None else np.where(mask[..., None], drawn, pixels).astype(np.uint8)

    async def frames(self, figure: Picture, action: str, count: int, direction: str) -> list[Picture]:
        return [placed(figure)] * count

    def _drawn(self, request: ImageRequest) -> Picture:
        self.asked.append(request)
        shape = (SIZE * request.down, SIZE * request.across, 4)
        return np.random.default_rng([request.seed, request.item]).integers(0, 256, shape, dtype=np.uint8)
