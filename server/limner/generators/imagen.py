"""The `imagen` family: frozen text encoder → U-Net, with classifier-free guidance (Saharia et al. 2022)."""

from collections.abc import Callable, Generator, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from limner.generators import guidance
from limner.generators.cards import ModelCard, read_card
from limner.generators.noise import noise
from limner.generators.request import ImageRequest
from limner.generators.samplers import SAMPLERS
from limner.generators.schedules import SCHEDULES
from limner.generators.sessions import Opener, open_session
from limner.generators.text_encoder import TextEncoder, TextFeatures

Array = NDArray[np.float32]
AT_ONCE = 8  # rows of one question at most
Rows = Mapping[str, NDArray[np.generic]]  # U-Net inputs; the leading axis is the row


class Step(NamedTuple):
    """One question of a trajectory to the network."""

    rows: Rows  # for each window, in reading order, one row without guidance; with it, those without the prompt follow
    number: int  # from 0
    total: int
    preview: Array | None  # the denoised picture of the step before, (4, h, w)


class Condition(NamedTuple):
    """Text features of one request: with the prompt, and with the negative prompt or nothing."""

    tokens: Array  # (2, L, 1280)
    mask: NDArray[np.bool_]  # (2, L)
    pooled: Array  # (2, 512)


Drawing = Generator[Step, Array, Array]


class Source(NamedTuple):
    """A picture to start from, and which of its pixels may change."""

    x0: Array  # premultiplied (4, h, w) in [−1, 1], as large as what is drawn
    mask: NDArray[np.bool_] | None = None  # (h, w), true where it is drawn anew; None: everywhere

    def kept(self, x0: Array) -> Array:
        """`x0` with the source's own pixels outside the mask."""
        return x0 if self.mask is None else np.where(self.mask, x0, self.x0)


class Imagen:
    """A loaded model. `network` is the only heavy call; everything else is arithmetic on small arrays."""

    def __init__(
        self,
        folder: Path,
        text_encoder: TextEncoder,
        threads: int = 1,
        device: str = "cpu",
        opened: Opener = open_session,
    ) -> None:
        self.card: ModelCard = read_card(folder / "card.json")
        self.text_encoder = text_encoder
        files = self.card.files
        self._session = opened(folder / "unet.onnx", files["unet.onnx"], threads, device, beside=files)

    def network(self, rows: Rows) -> Array:
        """Denoise all rows in one call: (n, 4, S, S). Safe to call from any thread."""
        denoised: Array = self._session.run(["denoised"], dict(rows))[0]
        return denoised

    def conditions(self, requests: Sequence[ImageRequest]) -> list[Condition]:
        """Text features for each request, by one call of the text encoder."""
        features = self.text_encoder([text for request in requests for text in sentences(request)])
        return [condition(features, request, 2 * index) for index, request in enumerate(requests)]

    def draw(self, request: ImageRequest, condition: Condition, source: Source | None = None) -> Drawing:
        """The trajectory of one picture: yields questions, is sent the network's answers, returns x0 (4, h, w) in [−1, 1].

        From a source it begins where `request.strength` says, with the source under that much noise (Meng et al. 2022, SDEdit).
        A picture of several windows is turned around its edges like one that tiles, so that the windows meet elsewhere in each step.
        """
        size = self.card.sizes[0]
        shape = (4, size * request.down, size * request.across)
        sigmas = SCHEDULES[request.schedule](request.steps, self.card.sigma_min, self.card.sigma_max)
        first = request.first_step if source is not None else 0
        start = noise(request.seed, request.item, "start", 0, shape) * np.float32(sigmas[first])
        start = start if source is None else source.x0 + start
        levels = [float(sigma) for sigma in sigmas[first:]]
        walk = SAMPLERS[request.sampler](start, levels, self._step_noise(request, shape))
        total = len(levels) * 2 - 3 if request.sampler == "heun" else len(levels) - 1
        x, sigma = next(walk)
        preview = None
        for index in range(total):
            guided = request.guidance_scale != 1 and request.guidance_sigma_min <= sigma <= request.guidance_sigma_max
            shift = _shift(request, index, shape[1:])
            moved = windows(np.roll(x, shift, axis=(1, 2)), size)
            rows = self._rows(moved, sigma, request, condition, 2 if guided else 1)
            answer = yield from _asked(Step(rows, index, total, preview))
            x0 = answer[: len(moved)]
            if guided:
                x0 = guidance.classifier_free(x0, answer[len(moved) :], request.guidance_scale)
            x0 = np.roll(joined(x0, request.down), (-shift[0], -shift[1]), axis=(1, 2))
            x0 = guidance.dynamic_threshold(x0, request.dynamic_threshold)
            if request.opaque:
                x0[3] = 1
            preview = x0 if source is None else source.kept(x0)
            try:
                x, sigma = walk.send(preview)
            except StopIteration as end:
                last: Array = end.value
                return last
        raise AssertionError(f"{request.sampler} asked more than {total} questions")

    @staticmethod
    def _step_noise(request: ImageRequest, shape: tuple[int, ...]) -> Callable[[int], Array]:
        return lambda step: noise(request.seed, request.item, "ancestral", step, shape)

    @staticmethod
    def _rows(x: Array, sigma: float, request: ImageRequest, condition: Condition, count: int) -> Rows:
        """`x` (n, 4, S, S) → n rows with the prompt and, where `count` is 2, n without."""
        rows = len(x) * count
        return {
            "x": np.tile(x.astype(np.float32), (count, 1, 1, 1)),
            "sigma": np.full(rows, sigma, np.float32),
            "tokens": np.repeat(condition.tokens[:count], len(x), axis=0),
            "token_mask": np.repeat(condition.mask[:count], len(x), axis=0),
            "pooled": np.repeat(condition.pooled[:count], len(x), axis=0),
            "kind": np.full(rows, request.kind_index, np.int64),
            "style": np.full(rows, request.style_index, np.int64),
        }


def _asked(step: Step) -> Drawing:
    """The answer to a question, in pieces of `AT_ONCE` rows: a large picture does not hold up small ones."""
    count = len(step.rows["x"])
    if count <= AT_ONCE:
        whole: Array = yield step
        return whole
    answers: list[Array] = []
    for at in range(0, count, AT_ONCE):
        answers += [(yield step._replace(rows={name: row[at : at + AT_ONCE] for name, row in step.rows.items()}))]
    return np.concatenate(answers)


def sentences(request: ImageRequest) -> tuple[str, str]:
    """What the text encoder reads for a request."""
    return request.prompt, request.negative_prompt


def condition(features: TextFeatures, request: ImageRequest, row: int = 0) -> Condition:
    """The condition of a request whose `sentences` are rows `row` and `row + 1` of the features."""
    pair = slice(row, row + 2)
    tokens, mask, pooled = features.tokens[pair].copy(), features.mask[pair].copy(), features.pooled[pair].copy()
    if not request.negative_prompt:  # the empty condition of training, not an empty sentence
        tokens[1], mask[1], pooled[1] = 0, False, 0
    return Condition(tokens, mask, pooled)


def _shift(request: ImageRequest, index: int, size: tuple[int, ...]) -> tuple[int, int]:
    """How far the picture is turned around its edges for one question, so that no place is an edge for long.

    Only along the axes that tile or have several windows; what the network draws across the turned edge fits when it is turned back.
    """
    turns_y, turns_x = request.tile_y or request.down > 1, request.tile_x or request.across > 1
    if not (turns_x or turns_y):
        return 0, 0
    uniform = np.abs(noise(request.seed, request.item, "shift", index, (2,)))
    down, right = (int(value * 1e4) % side for value, side in zip(uniform, size, strict=True))
    return (down if turns_y else 0), (right if turns_x else 0)


def windows(x: Array, size: int) -> Array:
    """A picture (c, h, w) cut into squares of the network's size, in reading order: (n, c, size, size)."""
    channels, height, width = x.shape
    cut = x.reshape(channels, height // size, size, width // size, size)
    return np.ascontiguousarray(cut.transpose(1, 3, 0, 2, 4)).reshape(-1, channels, size, size)


def joined(cut: Array, down: int) -> Array:
    """The reverse of `windows`, for `down` rows of them."""
    count, channels, size, _ = cut.shape
    across = count // down
    rows = cut.reshape(down, across, channels, size, size).transpose(2, 0, 3, 1, 4)
    return np.ascontiguousarray(rows).reshape(channels, down * size, across * size)


def picture(x0: Array) -> NDArray[np.uint8]:
    """Premultiplied (4, h, w) in [−1, 1] → straight-alpha RGBA uint8 (h, w, 4)."""
    unit = (np.clip(x0, -1, 1).transpose(1, 2, 0).astype(np.float64) + 1) / 2
    alpha = unit[..., 3:]
    colour = np.where(alpha > 1 / 255, unit[..., :3] / np.maximum(alpha, 1 / 255), 0)
    rgba: NDArray[np.uint8] = np.round(np.clip(np.concatenate([colour, alpha], axis=-1), 0, 1) * 255).astype(np.uint8)
    return rgba


def premultiplied(rgba: NDArray[np.uint8]) -> Array:
    """Straight-alpha RGBA uint8 (…, h, w, 4) → premultiplied (…, 4, h, w) in [−1, 1], as the networks see pictures."""
    unit = rgba.astype(np.float32) / np.float32(255)
    unit[..., :3] *= unit[..., 3:]
    return np.ascontiguousarray(np.moveaxis(unit, -1, -3) * 2 - 1, dtype=np.float32)
