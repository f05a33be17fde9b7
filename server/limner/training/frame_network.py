"""The frame network: reference picture, action, phase and direction → for each pixel of the frame, a place in the reference's palette.

A U-Net at 24 × 24 and 12 × 12. The reference enters as colours; what a palette colour is about is the mean of the features of the pixels
that have it, so the network is indifferent to the order of the palette and can only use colours that are there. The last row of
scores is that of clear ground.
"""

import math
from dataclasses import asdict, dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional as F  # noqa: N812

from limner.generators.frames import ACTIONS, CANVAS, DIRECTIONS, ENTRIES


@dataclass(frozen=True, slots=True, kw_only=True)
class FrameConfig:
    """The shape of the network."""

    thin: int = 64
    wide: int = 192
    blocks: int = 5
    heads: int = 6
    condition: int = 192
    features: int = 48  # by which pixels and colours are compared

    def as_dict(self) -> dict[str, object]:
        return asdict(self)


class Residual(nn.Module):
    """Two 3 × 3 convolutions, the second scaled and shifted by the condition."""

    def __init__(self, inputs: int, outputs: int, condition: int) -> None:
        super().__init__()
        self.norm1, self.conv1 = nn.GroupNorm(8, inputs), nn.Conv2d(inputs, outputs, 3, padding=1)
        self.norm2, self.conv2 = nn.GroupNorm(8, outputs), nn.Conv2d(outputs, outputs, 3, padding=1)
        self.film = nn.Linear(condition, 2 * outputs)
        self.skip = nn.Conv2d(inputs, outputs, 1) if inputs != outputs else nn.Identity()
        nn.init.zeros_(self.conv2.weight)

    def forward(self, x: Tensor, condition: Tensor) -> Tensor:
        h = self.conv1(F.silu(self.norm1(x)))
        scale, shift = self.film(condition)[..., None, None].chunk(2, dim=1)
        h = self.conv2(F.silu(self.norm2(h) * (1 + scale) + shift))
        return self.skip(x) + h


class Mixer(nn.Module):
    """Self-attention over the whole figure and a convolutional feed-forward layer."""

    def __init__(self, config: FrameConfig) -> None:
        super().__init__()
        width = config.wide
        self.heads = config.heads
        self.norm1, self.norm2 = nn.LayerNorm(width), nn.LayerNorm(width, elementwise_affine=False)
        self.to_qkv, self.out = nn.Linear(width, 3 * width, bias=False), nn.Linear(width, width)
        self.film = nn.Linear(config.condition, 2 * width)
        self.widen, self.narrow = nn.Linear(width, 2 * width), nn.Linear(2 * width, width)
        self.mix = nn.Conv2d(2 * width, 2 * width, 3, padding=1, groups=2 * width)
        nn.init.zeros_(self.out.weight)
        nn.init.zeros_(self.narrow.weight)

    def forward(self, x: Tensor, condition: Tensor) -> Tensor:
        """x (n, w, h, b) → the same shape."""
        n, width, height, breadth = x.shape
        t = x.flatten(2).transpose(1, 2)
        q, k, v = self.to_qkv(self.norm1(t)).view(n, -1, 3, self.heads, width // self.heads).permute(2, 0, 3, 1, 4)
        scores = q @ k.transpose(-1, -2) / math.sqrt(width // self.heads)
        t = t + self.out((scores.softmax(dim=-1) @ v).transpose(1, 2).reshape(n, -1, width))
        scale, shift = self.film(condition)[:, None].chunk(2, dim=-1)
        h = self.widen(self.norm2(t) * (1 + scale) + shift)
        grid = h.transpose(1, 2).reshape(n, 2 * width, height, breadth)
        t = t + self.narrow(F.silu(h + self.mix(grid).flatten(2).transpose(1, 2)))
        return t.transpose(1, 2).reshape(n, width, height, breadth)


class FrameNetwork(nn.Module):
    """See the module's text."""

    def __init__(self, config: FrameConfig) -> None:
        super().__init__()
        self.config = config
        thin, wide, condition = config.thin, config.wide, config.condition
        self.action = nn.Embedding(len(ACTIONS), condition)
        self.direction = nn.Embedding(len(DIRECTIONS), condition)
        self.phase = nn.Linear(2 * len(ACTIONS), condition)
        self.settle = nn.Sequential(nn.SiLU(), nn.Linear(condition, condition), nn.SiLU())
        self.enter = nn.Conv2d(16, thin, 3, padding=1)  # 24 × 24 after space-to-depth
        self.where_thin = nn.Parameter(torch.randn(1, thin, CANVAS // 2, CANVAS // 2) * 0.02)
        self.down1, self.down2 = Residual(thin, thin, condition), Residual(thin, thin, condition)
        self.to_wide = nn.Conv2d(4 * thin, wide, 1)
        self.where_wide = nn.Parameter(torch.randn(1, wide, CANVAS // 4, CANVAS // 4) * 0.02)
        self.mixers = nn.ModuleList(Mixer(config) for _ in range(config.blocks))
        self.from_wide = nn.Conv2d(wide, 4 * thin, 1)
        self.up1, self.up2 = Residual(2 * thin, thin, condition), Residual(thin, thin, condition)
        self.leave_norm = nn.GroupNorm(8, thin)
        self.leave = nn.Conv2d(thin, 4 * config.features, 3, padding=1)
        self.about = nn.Sequential(
            nn.Conv2d(4, 32, 3, padding=1), nn.SiLU(), nn.Conv2d(32, config.features, 3, padding=1)
        )
        self.about_wide = nn.Conv2d(thin, 4 * config.features, 1)
        self.colour = nn.Linear(3, config.features)
        self.clear = nn.Parameter(torch.randn(config.features) * 0.02)

    def forward(self, reference: Tensor, members: Tensor, action: Tensor, angle: Tensor, direction: Tensor) -> Tensor:
        """Scores (n, ENTRIES + 1, 48, 48) of each palette entry, and last of clear ground.

        reference (n, 4, 48, 48) in [−1, 1], premultiplied; members (n, ENTRIES, 48, 48), 1 where the pixel has that entry; action (n,)
        and direction (n,) int64; angle (n,) of the phase in radians.
        """
        condition = self._condition(action, angle, direction)
        thin = self.enter(F.pixel_unshuffle(reference, 2)) + self.where_thin
        thin = self.down2(self.down1(thin, condition), condition)
        wide = self.to_wide(F.pixel_unshuffle(thin, 2)) + self.where_wide
        for mixer in self.mixers:
            wide = mixer(wide, condition)
        out = torch.cat([thin, F.pixel_shuffle(self.from_wide(wide), 2)], dim=1)
        out = self.up2(self.up1(out, condition), condition)
        pixels = F.pixel_shuffle(self.leave(F.silu(self.leave_norm(out))), 2)  # (n, f, 48, 48)
        keys, absent = self._keys(reference, members, thin)
        scores = torch.einsum("nfhw,nkf->nkhw", pixels, keys) / math.sqrt(self.config.features)
        return scores + absent[..., None, None]

    def _condition(self, action: Tensor, angle: Tensor, direction: Tensor) -> Tensor:
        chosen = F.one_hot(action, len(ACTIONS)).to(angle.dtype)
        turn = torch.cat([chosen * angle.sin()[:, None], chosen * angle.cos()[:, None]], dim=1)
        out: Tensor = self.settle(self.action(action) + self.direction(direction) + self.phase(turn))
        return out

    def _keys(self, reference: Tensor, members: Tensor, thin: Tensor) -> tuple[Tensor, Tensor]:
        """What each entry is about (n, ENTRIES + 1, f), and −10⁴ for entries that no pixel has (n, ENTRIES + 1)."""
        features = self.about(reference) + F.pixel_shuffle(self.about_wide(thin), 2)
        count = members.sum(dim=(2, 3))  # (n, k)
        share = members / count.clamp(min=1)[..., None, None]
        keys = torch.einsum("nkhw,nfhw->nkf", share, features)
        keys = keys + self.colour(torch.einsum("nkhw,nchw->nkc", share, reference[:, :3]))
        clear = self.clear + torch.zeros_like(keys[:, :1])  # one a row, however many rows the graph is given
        absent = (count == 0).to(keys.dtype) * -1e4
        return torch.cat([keys, clear], dim=1), F.pad(absent, (0, 1))


def free_axes() -> dict[str, dict[int, str]]:
    """The axes of the graph that may have any length."""
    return {name: {0: "n"} for name in ("reference", "members", "action", "angle", "direction", "scores")}


def example_inputs() -> dict[str, Tensor]:
    """Two rows of every input, as the graph is traced and checked with."""
    generator = torch.Generator().manual_seed(0)
    index = torch.randint(0, 6, (2, CANVAS, CANVAS), generator=generator)
    members = F.one_hot(index, ENTRIES + 1)[..., 1:].permute(0, 3, 1, 2).float()
    reference = torch.rand(2, 4, CANVAS, CANVAS, generator=generator) * 2 - 1
    return {
        "reference": reference,
        "members": members,
        "action": torch.tensor([1, 4]),
        "angle": torch.tensor([0.7, 2.0]),
        "direction": torch.tensor([0, 6]),
    }
