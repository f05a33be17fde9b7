"""Train the frame network for a given time: resumable, compiled, averaged, with a sheet of held-out figures every few minutes."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from PIL import Image
from torch import Tensor
from torch.nn import functional as F  # noqa: N812

from limner.generators.frames import ACTIONS, CANVAS, DIRECTIONS, ENTRIES, as_input, as_members, entries_of
from limner.training import optimisers
from limner.training.frame_batches import FrameBatches, nearest_present
from limner.training.frame_network import FrameConfig, FrameNetwork
from limner.training.loop import Loop, Stateful
from limner.training.workers import Meeting

APART = 1_000_003  # between the seeds of two workers
NEAR = 3  # pixels around a figure that count as much as the figure itself
AFAR = 0.05  # what the rest of the clear ground counts


@dataclass(frozen=True, slots=True, kw_only=True)
class FrameRecipe:
    """How a run is spent."""

    budget_s: float
    batch: int = 64
    learning_rate: float = 7e-4
    matrix_rate: float = 1e-3  # of the matrices that Muon turns, scaled as AdamW's
    warm_up: int = 100  # steps
    ema_decay: float = 0.998
    save_every_s: float = 180.0
    look_every_s: float = 300.0
    seed: int = 0


def frame_loss(scores: Tensor, target: Tensor, reference: Tensor) -> Tensor:
    """Mean cross-entropy of the entry of each pixel, clear ground far from both pictures counting little.

    scores (n, ENTRIES + 1, h, w), target (n, h, w) int64, reference (n, 4, h, w) in [−1, 1].
    """
    shows = torch.maximum((target < ENTRIES).to(scores.dtype), (reference[:, 3] > 0).to(scores.dtype))
    near = F.max_pool2d(shows[:, None], 2 * NEAR + 1, stride=1, padding=NEAR)[:, 0]
    weight = AFAR + (1 - AFAR) * near
    loss = F.cross_entropy(scores.float(), target, reduction="none")
    return (loss * weight).sum() / weight.sum()


class FrameRun:
    """A training run: network, average, optimisers, loop. `folder` holds the checkpoint, the log and the sheets."""

    def __init__(self, data: Path, folder: Path, config: FrameConfig, recipe: FrameRecipe) -> None:
        self.device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
        torch.manual_seed(recipe.seed)
        self.recipe, self.folder, self.config = recipe, folder, config
        self.network, self.ema = FrameNetwork(config).to(self.device), FrameNetwork(config).to(self.device)
        self.ema.load_state_dict(self.network.state_dict())
        self.muon, self.adamw = optimisers.muon_and_adamw(self.network, recipe.matrix_rate, recipe.learning_rate)
        parts: dict[str, Stateful] = {
            "network": self.network,
            "ema": self.ema,
            "muon": self.muon,
            "adamw": self.adamw,
        }
        meeting = Meeting((self.network, self.ema))
        self.loop = Loop(folder, parts, recipe.budget_s, recipe.save_every_s, meeting)
        self.loop.resume(self.device)
        self.half = optimisers.half_pays(self.device)
        self.batches = FrameBatches(data, recipe.seed + self.loop.step + APART * meeting.rank)

    def train(self) -> None:
        """Spend what is left of the budget."""
        compiled = torch.compile(self.network)
        self.loop.run(lambda: self._one_step(compiled), self.look, self.recipe.look_every_s)

    def _one_step(self, compiled: Callable[..., Tensor]) -> tuple[float, int]:
        batch = self.batches.next(self.recipe.batch).to(self.device)
        with torch.autocast(self.device.type, torch.bfloat16, enabled=self.half):
            scores = compiled(*batch.inputs)
        loss = frame_loss(scores, batch.target, batch.reference)
        optimisers.step(self.network, loss, (self.muon, self.adamw), self.loop.rate(self.recipe.warm_up))
        optimisers.average(self.ema, self.network, self.loop.ema_decay(self.recipe.ema_decay))
        return float(loss.detach()), len(batch.target)

    def look(self) -> None:
        """Held-out figures: the reference, then frames that are and frames that were drawn, from eight sides."""
        rows = self.batches
        chosen = np.flatnonzero(rows.held_out & (rows.rests >= 0).all(axis=1))[:8]
        sheet = np.full((len(chosen) * 2 * (CANVAS + 2), (1 + len(DIRECTIONS)) * (CANVAS + 2), 3), 96, np.uint8)
        for place, figure in enumerate(chosen):
            for direction in range(len(DIRECTIONS)):
                self._draw(sheet, place, int(figure), direction)
        image = Image.fromarray(sheet)
        image.resize((2 * image.width, 2 * image.height), Image.Resampling.NEAREST).save(
            self.folder / f"sheet-{self.loop.samples:08d}.png"
        )

    @torch.no_grad()
    def _draw(
        self, sheet: np.ndarray[tuple[int, ...], np.dtype[np.uint8]], place: int, figure: int, direction: int
    ) -> None:
        """One frame of walking into the sheet, with the one that is right above it."""
        rows = self.batches
        walking = (rows.figure == figure) & (rows.direction == direction) & (rows.action == ACTIONS.index("walk"))
        options = np.flatnonzero(walking) if walking.any() else rows.rests[figure, direction : direction + 1]
        goal, start = int(options[len(options) // 4]), int(rows.rests[figure, 0])
        first, palette = rows.frames[start], np.concatenate([rows.palettes[figure]] * 2)
        reference = torch.from_numpy(as_input(first, palette))[None]
        members = torch.from_numpy(as_members(first))[None]
        places = (torch.tensor([int(rows.action[goal])]), torch.tensor([float(rows.angle[goal])]))
        inputs = [each.to(self.device) for each in (reference, members, *places, torch.tensor([direction]))]
        (drawn,) = entries_of(self.ema(*inputs).float().cpu().numpy())
        colours = np.concatenate([palette, np.full((1, 3), 112, np.uint8)])
        right = colours[nearest_present(first, rows.frames[goal], palette)]
        shown = colours[np.where(first > 0, first.astype(np.int64) - 1, ENTRIES)]
        for row, column, picture in ((0, 0, shown), (0, direction + 1, right), (1, direction + 1, colours[drawn])):
            y, x = (2 * place + row) * (CANVAS + 2), column * (CANVAS + 2)
            sheet[y : y + CANVAS, x : x + CANVAS] = picture


def work(data: Path, folder: Path, recipe: FrameRecipe, rank: int) -> None:
    """One worker's whole run."""
    FrameRun(data, folder, FrameConfig(), recipe).train()
