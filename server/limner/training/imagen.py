"""Train the base U-Net for a given time: resumable, compiled, averaged, with a sample sheet every few minutes."""

import json
import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import sentencepiece
import torch
from numpy.typing import NDArray
from torch import Tensor

from limner.training import diffusion, optimisers, sheets, unet
from limner.training.batches import Batch, Batches
from limner.training.features import tokenised
from limner.training.loop import Loop, Stateful
from limner.training.text_encoder import TextEncoder
from limner.training.unet import UNet, UNetConfig
from limner.training.warm_start import restore
from limner.training.workers import Meeting

APART = 1_000_003  # between the seeds of two workers
LENGTH = 20  # tokens of a caption that training sees
WATCHED = ("一位长发女战士，身穿盔甲", "female warrior, long hair, wearing armour", "a red dragon", "a green potion", "a golden sword", "a stone brick wall", "lava floor", "a treasure chest", "a skeleton archer", "a castle", "a wizard with a staff", "a cat", "一瓶绿色药水", "a blue slime")  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipe:
    """How a run is spent."""

    budget_s: float
    batch: int = 64
    learning_rate: float = 7e-4
    matrix_rate: float = 1e-3  # of the matrices that Muon turns, scaled as AdamW's
    warm_up: int = 150  # steps
    ema_decay: float = 0.998
    save_every_s: float = 180.0
    look_every_s: float = 300.0
    seed: int = 0


class Run:
    """A training run: network, average, optimisers, loop. `folder` holds the checkpoint, the log and the sheets.

    Without a checkpoint it goes on from the packed weights of the model folder `start`, or from nothing.
    """

    def __init__(self, data: Path, folder: Path, config: UNetConfig, recipe: Recipe, start: Path | None = None) -> None:
        self.device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
        torch.manual_seed(recipe.seed)
        self.recipe, self.folder, self.config = recipe, folder, config
        self.unet, self.ema = UNet(config).to(self.device), UNet(config).to(self.device)
        self.ema.load_state_dict(self.unet.state_dict())
        self.muon, self.adamw = optimisers.muon_and_adamw(self.unet, recipe.matrix_rate, recipe.learning_rate)
        parts: dict[str, Stateful] = {"unet": self.unet, "ema": self.ema, "muon": self.muon, "adamw": self.adamw}
        meeting = Meeting((self.unet, self.ema))
        self.loop = Loop(folder, parts, recipe.budget_s, recipe.save_every_s, meeting)
        if not self.loop.resume(self.device) and start is not None:
            self._warm(start)
        self.half = optimisers.half_pays(self.device)
        seed = recipe.seed + self.loop.step + APART * meeting.rank
        self.batches = Batches(data, LENGTH, seed=seed)
        self.noise = torch.Generator().manual_seed(seed)

    def _warm(self, model: Path) -> None:
        """Go on from the packed weights of a model folder, and from what its card says was spent on them."""
        inputs, free = unet.example_inputs(self.config.size), unet.free_axes()
        restore(self.unet.cpu(), inputs, free, model / "unet.onnx")
        self.unet.to(self.device)
        self.ema.load_state_dict(self.unet.state_dict())
        spent = json.loads((model / "card.json").read_text())["training"]
        self.loop.begin_at(spent["steps"], spent["samples_seen"], spent["seconds"])

    def train(self) -> None:
        """Spend what is left of the budget."""
        compiled = torch.compile(self.unet)
        self.loop.run(lambda: self._one_step(compiled), self.look, self.recipe.look_every_s)

    def _one_step(self, compiled: Callable[..., Tensor]) -> tuple[float, int]:
        batch: Batch = self.batches.next(self.recipe.batch).to(self.device)
        noise = torch.randn(batch.x0.shape, generator=self.noise).to(self.device)
        sigma = diffusion.training_sigmas(len(batch.x0), self.noise).to(self.device)
        with torch.autocast(self.device.type, torch.bfloat16, enabled=self.half):
            loss = diffusion.denoising_loss(compiled, batch.x0, noise, sigma, batch.condition, self.config.sigma_data)
        optimisers.step(self.unet, loss, (self.muon, self.adamw), self.loop.rate(self.recipe.warm_up))
        optimisers.average(self.ema, self.unet, self.loop.ema_decay(self.recipe.ema_decay))
        return float(loss.detach()), len(batch.x0)

    def look(self) -> None:
        """A sheet of the watched prompts, four seeds each, drawn by the averaged network."""
        x = diffusion.sampled(self.ema, self.watched(4), self._start(4 * len(WATCHED)), steps=14, guidance_scale=3.0)
        sheets.sheet(sheets.straight(x.float().cpu().numpy()), columns=8).save(
            self.folder / f"sheet-{self.loop.samples:08d}.png"
        )

    def _start(self, count: int) -> Tensor:
        generator = torch.Generator().manual_seed(1)
        return torch.randn((count, 4, self.config.size, self.config.size), generator=generator).to(self.device)

    def watched(self, copies: int) -> tuple[Tensor, ...]:
        rows = np.load(self.folder / "watched.npz")
        arrays = [
            torch.from_numpy(rows[name]).repeat_interleave(copies, dim=0).to(self.device)
            for name in ("tokens", "mask", "pooled")
        ]
        kind = torch.zeros(len(arrays[0]), dtype=torch.int64, device=self.device)
        return (*arrays, kind, torch.ones_like(kind))  # any kind, pixel style


def work(data: Path, folder: Path, recipe: Recipe, start: Path | None, rank: int) -> None:
    """One worker's whole run."""
    Run(data, folder, UNetConfig(), recipe, start).train()


@torch.no_grad()
def write_watched(
    folder: Path, encoder: TextEncoder, table: NDArray[np.uint8], tokenizer: sentencepiece.SentencePieceProcessor
) -> None:
    """The text features of the watched prompts, so that a run needs no text encoder."""
    ids = np.zeros((len(WATCHED), LENGTH), np.int64)
    mask = np.zeros((len(WATCHED), LENGTH), np.bool_)
    for row, prompt in enumerate(WATCHED):
        numbers = tokenised(tokenizer, prompt, LENGTH)
        ids[row, : len(numbers)], mask[row, : len(numbers)] = numbers, True
    pooled, tokens = encoder(torch.from_numpy(table[ids]), torch.from_numpy(ids), torch.from_numpy(mask))
    folder.mkdir(parents=True, exist_ok=True)
    np.savez(folder / "watched.npz", tokens=tokens.numpy(), mask=mask, pooled=pooled.numpy())


def record(run: Run, data: Path) -> dict[str, object]:
    """What the model card says about the run."""
    report = json.loads((data / "report.json").read_text())
    return {
        "samples_seen": run.loop.samples,
        "steps": run.loop.step,
        "seconds": round(run.loop.seconds),
        "hardware": hardware(run.device),
        "data_digest": report.pop("data_digest"),
        "data": report,
    }


def hardware(device: torch.device) -> str:
    """What a card says a network was trained on."""
    return torch.cuda.get_device_name() if device.type == "cuda" else f"{os.cpu_count()} processor cores"
