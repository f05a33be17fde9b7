"""A training run that can be stopped at any moment: a budget of time, a checkpoint, a log."""

import csv
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import torch

from limner.training.workers import Meeting

LOG_EVERY = 25  # steps
MEET_EVERY_S = 45.0  # between two averages of the workers
RATES_FALL = 0.35  # the last share of the budget, in which learning rates go down


class Stateful(Protocol):
    """What a checkpoint can hold: networks and optimisers."""

    def state_dict(self) -> dict[str, Any]: ...
    def load_state_dict(self, state_dict: dict[str, Any], /) -> Any: ...


class Loop:
    """Counts steps, samples and seconds in `folder`; keeps `parts` in its checkpoint."""

    def __init__(
        self,
        folder: Path,
        parts: Mapping[str, Stateful],
        budget_s: float,
        save_every_s: float,
        meeting: Meeting | None = None,
    ) -> None:
        self.folder, self.parts, self.budget_s, self.save_every_s = folder, parts, budget_s, save_every_s
        self.meeting = meeting or Meeting(())
        self.step, self.samples, self.seconds = 0, 0, 0.0
        self.first_step = 0
        folder.mkdir(parents=True, exist_ok=True)

    def resume(self, device: torch.device) -> bool:
        """Take up the checkpoint; False where there is none."""
        if not (self.folder / "checkpoint.pt").exists():
            return False
        state = torch.load(self.folder / "checkpoint.pt", map_location=device, weights_only=True)
        for name, part in self.parts.items():
            part.load_state_dict(state[name])
        self.begin_at(state["step"], state["samples"], state["seconds"])
        return True

    def begin_at(self, step: int, samples: int, seconds: float) -> None:
        """Count on from what was spent before."""
        self.step = self.first_step = step
        self.samples, self.seconds = samples, seconds

    def save(self) -> None:
        """Write the checkpoint whole, or leave the old one."""
        state: dict[str, object] = {name: part.state_dict() for name, part in self.parts.items()}
        state |= {"step": self.step, "samples": self.samples, "seconds": self.seconds}
        torch.save(state, self.folder / "checkpoint.tmp")
        (self.folder / "checkpoint.tmp").replace(self.folder / "checkpoint.pt")

    def run(self, one_step: Callable[[], tuple[float, int]], look: Callable[[], None], look_every_s: float) -> None:
        """Spend what is left of the budget. `one_step` returns its loss and how many samples it saw; `look` draws a sheet.

        Only the first worker logs, saves and looks; it counts the samples of all.
        """
        began = met = saved = looked = time.monotonic()
        spent_before = self.seconds
        losses: list[float] = []
        fresh = 0  # samples since the workers met
        while self.seconds < self.budget_s:
            loss, samples = one_step()
            losses.append(loss)
            self.step += 1
            fresh += samples
            now = time.monotonic()
            self.seconds = spent_before + now - began
            if now - met > MEET_EVERY_S or self.seconds >= self.budget_s or self.meeting.count == 1:
                self.seconds, fresh = self.meeting(self.seconds, fresh)
                self.samples, fresh, met = self.samples + fresh, 0, time.monotonic()
            if self.meeting.rank > 0:
                continue
            if self.step % LOG_EVERY == 0:
                self._log(float(np.mean(losses)))
                losses.clear()
            if now - saved > self.save_every_s:
                self.save()
                saved = now
            if now - looked > look_every_s:
                look()
                looked = now
        if self.meeting.rank == 0:
            self.save()
            look()

    def rate(self, warm_up: int) -> float:
        """The share of the full learning rate: linear warm-up, flat, then down over the last third of the budget."""
        left = max(0.0, 1 - self.seconds / self.budget_s)
        return min(1.0, (self.step - self.first_step + 1) / warm_up) * min(1.0, 0.02 + left / RATES_FALL)

    def ema_decay(self, longest: float) -> float:
        """Of the averaged weights: short at the start."""
        return min(longest, (1 + self.step) / (10 + self.step))

    def _log(self, loss: float) -> None:
        path = self.folder / "log.csv"
        fresh = not path.exists()
        with path.open("a", newline="") as file:
            writer = csv.writer(file)
            if fresh:
                writer.writerow(["step", "samples", "seconds", "loss"])
            writer.writerow([self.step, self.samples, round(self.seconds, 1), round(loss, 5)])
        print(f"step {self.step}  samples {self.samples}  {self.seconds:.0f} s  loss {loss:.4f}", flush=True)
