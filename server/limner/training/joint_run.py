"""Train the joint embedding for a given time, and judge it on pictures it never saw."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F  # noqa: N812

from limner.training import optimisers
from limner.training.batches import Batch, Batches
from limner.training.joint import Joint, JointConfig, content_loss, contrastive_loss
from limner.training.loop import Loop, Stateful

LENGTH = 20
CONTENT, KIND = 0.5, 0.3  # weights of the content loss and of the kind's cross-entropy
MAX_SCALE = 50.0
AMONG = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class JointRecipe:
    """How a run is spent."""

    budget_s: float
    batch: int = 256
    learning_rate: float = 1e-3
    warm_up: int = 100
    ema_decay: float = 0.995
    save_every_s: float = 120.0
    seed: int = 0


class JointRun:
    """A training run of both towers."""

    def __init__(self, data: Path, folder: Path, config: JointConfig, recipe: JointRecipe) -> None:
        self.device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
        torch.manual_seed(recipe.seed)
        self.recipe, self.data = recipe, data
        self.joint, self.ema = Joint(config).to(self.device), Joint(config).to(self.device)
        self.ema.load_state_dict(self.joint.state_dict())
        self.adamw = torch.optim.AdamW(self.joint.parameters(), lr=recipe.learning_rate, weight_decay=0.05, fused=True)
        self.adamw.param_groups[0]["initial_lr"] = recipe.learning_rate
        parts: dict[str, Stateful] = {"joint": self.joint, "ema": self.ema, "adamw": self.adamw}
        self.loop = Loop(folder, parts, recipe.budget_s, recipe.save_every_s)
        self.loop.resume(self.device)
        self.half = optimisers.half_pays(self.device)
        self.batches = Batches(data, LENGTH, seed=recipe.seed + self.loop.step, dropping=False)
        self.noise = torch.Generator().manual_seed(recipe.seed + self.loop.step)

    def train(self) -> None:
        """Spend what is left of the budget. Not compiled: in bfloat16 the compiled towers gave NaN (torch 2.13, CPU)."""
        self.loop.run(self._one_step, self.look, look_every_s=120.0)

    def _one_step(self) -> tuple[float, int]:
        batch: Batch = self.batches.next(self.recipe.batch).to(self.device)
        with torch.autocast(self.device.type, torch.bfloat16, enabled=self.half):
            image, text, kinds = self.joint(self._roughened(batch.x0), batch.tokens, batch.token_mask, batch.pooled)
        scale = self.joint.log_scale.exp().clamp(max=MAX_SCALE)
        loss = contrastive_loss(image, text, batch.caption, scale) + CONTENT * content_loss(image, text)
        loss = loss + KIND * F.cross_entropy(kinds, batch.kind)
        optimisers.step(self.joint, loss, (self.adamw,), self.loop.rate(self.recipe.warm_up))
        optimisers.average(self.ema, self.joint, self.loop.ema_decay(self.recipe.ema_decay))
        return float(loss.detach()), len(batch.x0)

    def _roughened(self, x0: Tensor) -> Tensor:
        """Half of the pictures with a little noise: what a generator paints is never quite clean."""
        strength = torch.rand(len(x0), generator=self.noise) * 0.4 * (torch.rand(len(x0), generator=self.noise) < 0.5)
        noise = torch.randn(x0.shape, generator=self.noise)
        return x0 + (noise * strength[:, None, None, None]).to(x0)

    def look(self) -> None:
        """Print retrieval on the held-out split."""
        print(retrieval(self.ema, self.data), flush=True)


@torch.no_grad()
def retrieval(joint: Joint, data: Path) -> dict[str, float]:
    """How often a held-out picture finds its own caption first among `AMONG`, by language; and a caption its kind.

    Captions equal to the picture's own count as its own. Groups of 100 are drawn by a fixed seed.
    """
    found: dict[str, list[bool]] = {"english": [], "chinese": [], "kind": []}
    for language in ("english", "chinese"):
        for batch in _groups(data, language):
            image, text, kinds = joint.eval()(batch.x0, batch.tokens, batch.token_mask, batch.pooled)
            best = (image @ text.T).argmax(dim=1)
            found[language] += (batch.caption[best] == batch.caption).tolist()
            found["kind"] += (kinds.argmax(dim=1) == batch.kind).tolist()
    joint.train()
    return {name: round(float(np.mean(hits)), 4) for name, hits in found.items() if hits}


def _groups(data: Path, language: str) -> Iterator[Batch]:
    """Groups of `AMONG` held-out pictures with one caption each in the language."""
    batches = Batches(data, LENGTH, seed=1, held_out=True, dropping=False)
    rows = batches.captioned(language)
    order = np.random.default_rng(2).permutation(len(rows[0]))
    for at in range(0, len(order) - AMONG + 1, AMONG):
        chosen = order[at : at + AMONG]
        yield batches.these(rows[0][chosen], rows[1][chosen])
