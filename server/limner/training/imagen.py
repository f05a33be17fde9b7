"""Train the base U-Net for a given time: resumable, compiled, averaged, with a sample sheet every few minutes."""

import csv
import json
import os
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import sentencepiece
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from limner.training import diffusion, optimisers, sheets, unet
from limner.training.batches import Batch, Batches
from limner.training.features import tokenised
from limner.training.text_encoder import TextEncoder
from limner.training.unet import UNet, UNetConfig
from limner.training.warm_start import restore

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
    ema_decay: float = 0.999
    save_every_s: float = 180.0
    look_every_s: float = 300.0
    seed: int = 0


class Run:
    """A training run: network, average, optimiser, counters. `folder` holds the checkpoint, the log and the sheets."""

    def __init__(self, data: Path, folder: Path, config: UNetConfig, recipe: Recipe, start: Path | None = None) -> None:
        self.device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
        torch.manual_seed(recipe.seed)
        self.recipe, self.folder, self.config = recipe, folder, config
        self.unet = UNet(config).to(self.device)
        self.ema = UNet(config).to(self.device)
        self.ema.load_state_dict(self.unet.state_dict())
        self.optimisers = optimisers.muon_and_adamw(self.unet, recipe.matrix_rate, recipe.learning_rate)
        self.step, self.samples, self.seconds = 0, 0, 0.0
        folder.mkdir(parents=True, exist_ok=True)
        if (folder / "checkpoint.pt").exists():
            self._resume()
        elif start is not None:
            self._warm(start)
        self.first_step = self.step
        self.half = half_pays(self.device)
        self.batches = Batches(data, LENGTH, seed=recipe.seed + self.step)
        self.noise = torch.Generator().manual_seed(recipe.seed + self.step)

    def _resume(self) -> None:
        state = torch.load(self.folder / "checkpoint.pt", map_location=self.device, weights_only=True)
        self.unet.load_state_dict(state["unet"])
        self.ema.load_state_dict(state["ema"])
        for optimiser, kept in zip(self.optimisers, state["optimisers"], strict=True):
            optimiser.load_state_dict(kept)
        self.step, self.samples, self.seconds = state["step"], state["samples"], state["seconds"]

    def _warm(self, model: Path) -> None:
        """Go on from the packed weights of a model folder, and from what its card says was spent on them."""
        inputs, free = unet.example_inputs(self.config.size), unet.free_axes()
        restore(self.unet.cpu(), inputs, free, model / "unet.onnx")
        self.unet.to(self.device)
        self.ema.load_state_dict(self.unet.state_dict())
        spent = json.loads((model / "card.json").read_text())["training"]
        self.step, self.samples, self.seconds = spent["steps"], spent["samples_seen"], spent["seconds"]

    def save(self) -> None:
        """Write the checkpoint whole, or leave the old one."""
        state: dict[str, object] = {
            "unet": self.unet.state_dict(),
            "ema": self.ema.state_dict(),
            "optimisers": [optimiser.state_dict() for optimiser in self.optimisers],
        }
        state |= {"step": self.step, "samples": self.samples, "seconds": self.seconds}
        torch.save(state, self.folder / "checkpoint.tmp")
        (self.folder / "checkpoint.tmp").replace(self.folder / "checkpoint.pt")

    def train(self) -> None:
        """Spend what is left of the budget."""
        compiled = torch.compile(self.unet)
        began, saved, looked = time.monotonic(), time.monotonic(), time.monotonic()
        spent_before = self.seconds
        losses: list[float] = []
        while self.seconds < self.recipe.budget_s:
            losses.append(self._one_step(compiled))
            now = time.monotonic()
            self.seconds = spent_before + now - began
            if self.step % 25 == 0:
                self._log(float(np.mean(losses)))
                losses.clear()
            if now - saved > self.recipe.save_every_s:
                self.save()
                saved = now
            if now - looked > self.recipe.look_every_s:
                self.look()
                looked = now
        self.save()
        self.look()

    def _one_step(self, compiled: Callable[..., Tensor]) -> float:
        batch: Batch = self.batches.next(self.recipe.batch).to(self.device)
        noise = torch.randn(batch.x0.shape, generator=self.noise).to(self.device)
        sigma = diffusion.training_sigmas(len(batch.x0), self.noise).to(self.device)
        for optimiser in self.optimisers:
            for group in optimiser.param_groups:
                group["lr"] = group["initial_lr"] * self._rate()
        with torch.autocast(self.device.type, torch.bfloat16, enabled=self.half):
            loss = diffusion.denoising_loss(compiled, batch.x0, noise, sigma, batch.condition, self.config.sigma_data)
        self.unet.zero_grad(set_to_none=True)
        loss.backward()  # type: ignore[no-untyped-call]
        nn.utils.clip_grad_norm_(self.unet.parameters(), 1.0)
        for optimiser in self.optimisers:
            optimiser.step()
        self._average()
        self.step += 1
        self.samples += len(batch.x0)
        return float(loss)

    def _rate(self) -> float:
        """The share of the full learning rate: linear warm-up, flat, then down over the last third of the budget."""
        left = max(0.0, 1 - self.seconds / self.recipe.budget_s)
        return min(1.0, (self.step - self.first_step + 1) / self.recipe.warm_up) * min(1.0, 0.02 + left / 0.35)

    @torch.no_grad()
    def _average(self) -> None:
        """Exponential moving average, short at the start."""
        decay = min(self.recipe.ema_decay, (1 + self.step) / (10 + self.step))
        ours: list[Tensor] = list(self.ema.parameters())
        theirs: list[Tensor] = list(self.unet.parameters())
        torch._foreach_lerp_(ours, theirs, 1 - decay)

    def _log(self, loss: float) -> None:
        path = self.folder / "log.csv"
        fresh = not path.exists()
        with path.open("a", newline="") as file:
            writer = csv.writer(file)
            if fresh:
                writer.writerow(["step", "samples", "seconds", "loss"])
            writer.writerow([self.step, self.samples, round(self.seconds, 1), round(loss, 5)])
        rate = self.samples / max(self.seconds, 1e-9)
        share = min(1.0, self.seconds / self.recipe.budget_s)
        print(
            f"\r{share:6.1%}  step {self.step}  samples {self.samples}  loss {loss:.4f}  {rate:.0f}/s",
            end="",
            flush=True,
        )

    def look(self) -> None:
        """A sheet of the watched prompts, four seeds each, drawn by the averaged network."""
        x = diffusion.sampled(self.ema, self.watched(4), self._start(4 * len(WATCHED)), steps=14, guidance_scale=3.0)
        sheets.sheet(sheets.straight(x.float().cpu().numpy()), columns=8).save(
            self.folder / f"sheet-{self.samples:08d}.png"
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


def half_pays(device: torch.device) -> bool:
    """Whether bfloat16 multiplies faster here: on CUDA, and on processors with instructions for it (else they emulate it)."""
    if device.type == "cuda":
        return True
    return torch.cpu._is_avx512_bf16_supported() or torch.cpu._is_amx_tile_supported()


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
        "samples_seen": run.samples,
        "steps": run.step,
        "seconds": round(run.seconds),
        "hardware": torch.cuda.get_device_name() if run.device.type == "cuda" else f"{os.cpu_count()} processor cores",
        "data_digest": report.pop("data_digest"),
        "data": report,
    }
