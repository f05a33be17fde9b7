"""The base U-Net: 32 × 32 premultiplied RGBA, conditioned on text, kind and style.

Convolutions and space-to-depth pooling on the way down, sub-pixel convolutions on the way up; the top level is thin, because
a processor pays for it by the pixel, and the width sits at 8 × 8 and 4 × 4. The blocks there attend to themselves and
to the text (Saharia et al. 2022, §2.2) and mix neighbours with a depthwise convolution. The network predicts the clean
picture x0 (`prediction_type`), which keeps flat pixel-art areas flat.
"""

import math
from dataclasses import asdict, dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional as F  # noqa: N812


@dataclass(frozen=True, slots=True, kw_only=True)
class UNetConfig:
    """The shape of the network; everything that a checkpoint needs to be read again."""

    size: int = 32
    widths: tuple[int, int, int] = (64, 256, 384)
    blocks: tuple[int, int] = (2, 4)  # at 8 × 8, on each side; at 4 × 4
    heads: int = 8
    condition: int = 384
    context: int = 256
    token_features: int = 1280
    pooled_features: int = 512
    kinds: int = 13
    styles: int = 6
    sigma_data: float = 0.6

    def as_dict(self) -> dict[str, object]:
        return asdict(self)


class ResidualBlock(nn.Module):
    """Two 3 × 3 convolutions, the second scaled and shifted by the condition."""

    def __init__(self, inputs: int, outputs: int, condition: int) -> None:
        super().__init__()
        self.norm1, self.conv1 = nn.GroupNorm(8, inputs), nn.Conv2d(inputs, outputs, 3, padding=1)
        self.norm2, self.conv2 = nn.GroupNorm(8, outputs), nn.Conv2d(outputs, outputs, 3, padding=1)
        self.film = nn.Linear(condition, 2 * outputs)
        self.skip = nn.Conv2d(inputs, outputs, 1) if inputs != outputs else nn.Identity()
        nn.init.zeros_(self.conv2.weight)

    def forward(self, x: Tensor, condition: Tensor) -> Tensor:
        """x (n, inputs, h, w), condition (n, c) → (n, outputs, h, w)."""
        h = self.conv1(F.silu(self.norm1(x)))
        scale, shift = self.film(condition)[..., None, None].chunk(2, dim=1)
        h = self.conv2(F.silu(self.norm2(h) * (1 + scale) + shift))
        return self.skip(x) + h


class Attention(nn.Module):
    """Multi-head attention with normalised queries and keys."""

    def __init__(self, width: int, context: int, heads: int) -> None:
        super().__init__()
        self.heads = heads
        self.query = nn.Linear(width, width, bias=False)
        self.key_value = nn.Linear(context, 2 * width, bias=False)
        self.out = nn.Linear(width, width)
        nn.init.zeros_(self.out.weight)

    def forward(self, x: Tensor, context: Tensor, bias: Tensor | None = None) -> Tensor:
        """x (n, q, width), context (n, k, c), bias (n, 1, 1, k) added to the scores → (n, q, width)."""
        n, q, width = x.shape
        query = self.query(x).view(n, q, self.heads, -1).transpose(1, 2)
        key, value = self.key_value(context).view(n, context.shape[1], 2, self.heads, -1).permute(2, 0, 3, 1, 4)
        scores = query @ key.transpose(-1, -2) / math.sqrt(width // self.heads)
        if bias is not None:
            scores = scores + bias
        mixed = (scores.softmax(dim=-1) @ value).transpose(1, 2).reshape(n, q, width)
        return self.out(mixed)


class Block(nn.Module):
    """Self-attention, cross-attention to the text, and a convolutional feed-forward layer."""

    def __init__(self, width: int, config: UNetConfig) -> None:
        super().__init__()
        self.norm1, self.attend = nn.LayerNorm(width), Attention(width, width, config.heads)
        self.norm2, self.read = nn.LayerNorm(width), Attention(width, config.context, config.heads)
        self.norm3 = nn.LayerNorm(width, elementwise_affine=False)
        self.film = nn.Linear(config.condition, 2 * width)
        self.widen = nn.Linear(width, 3 * width)
        self.mix = nn.Conv2d(3 * width, 3 * width, 3, padding=1, groups=3 * width)
        self.narrow = nn.Linear(3 * width, width)
        nn.init.zeros_(self.narrow.weight)

    def forward(self, x: Tensor, condition: Tensor, context: Tensor, bias: Tensor) -> Tensor:
        """x (n, width, h, w) → the same shape."""
        n, width, height, breadth = x.shape
        t = x.flatten(2).transpose(1, 2)  # (n, h * w, width)
        normed = self.norm1(t)
        t = t + self.attend(normed, normed)
        t = t + self.read(self.norm2(t), context, bias)
        scale, shift = self.film(condition)[:, None].chunk(2, dim=-1)
        h = self.widen(self.norm3(t) * (1 + scale) + shift)  # (n, h * w, 3 * width)
        grid = h.transpose(1, 2).reshape(n, 3 * width, height, breadth)
        h = F.silu(h + self.mix(grid).flatten(2).transpose(1, 2))
        t = t + self.narrow(h)
        return t.transpose(1, 2).reshape(n, width, height, breadth)


class UNet(nn.Module):
    """See the module's text."""

    def __init__(self, config: UNetConfig) -> None:
        super().__init__()
        self.config = config
        thin, wide, deep = config.widths
        outer, inner = config.blocks
        self.sigma_embed = nn.Sequential(
            nn.Linear(128, config.condition), nn.SiLU(), nn.Linear(config.condition, config.condition)
        )
        self.pooled_embed = nn.Linear(config.pooled_features, config.condition)
        self.kind_embed = nn.Embedding(config.kinds, config.condition)
        self.style_embed = nn.Embedding(config.styles, config.condition)
        self.token_embed = nn.Sequential(nn.Linear(config.token_features, config.context), nn.LayerNorm(config.context))
        self.sentence_token = nn.Linear(config.pooled_features, config.context)
        self.enter = nn.Conv2d(16, thin, 3, padding=1)  # 16 × 16 after space-to-depth
        self.down_thin = ResidualBlock(thin, thin, config.condition)
        self.to_wide = nn.Conv2d(4 * thin, wide, 1)
        self.where_wide = nn.Parameter(torch.randn(1, wide, config.size // 4, config.size // 4) * 0.02)
        self.down_wide = nn.ModuleList(Block(wide, config) for _ in range(outer))
        self.to_deep = nn.Conv2d(4 * wide, deep, 1)
        self.middle = nn.ModuleList(Block(deep, config) for _ in range(inner))
        self.from_deep = nn.Conv2d(deep, 4 * wide, 1)
        self.join_wide = nn.Conv2d(2 * wide, wide, 1)
        self.up_wide = nn.ModuleList(Block(wide, config) for _ in range(outer))
        self.from_wide = nn.Conv2d(wide, 4 * thin, 1)
        self.up_thin = ResidualBlock(2 * thin, thin, config.condition)
        self.leave_norm = nn.GroupNorm(8, thin)
        self.leave = nn.Conv2d(thin, 16, 3, padding=1)
        nn.init.zeros_(self.leave.weight)

    def forward(
        self,
        x: Tensor,
        sigma: Tensor,
        tokens: Tensor,
        token_mask: Tensor,
        pooled: Tensor,
        kind: Tensor,
        style: Tensor,
    ) -> Tensor:
        """x (n, 4, S, S), sigma (n,), tokens (n, L, 1280), token_mask (n, L) bool, pooled (n, 512), kind (n,), style (n,) int64 → x0 (n, 4, S, S)."""
        condition, context, bias = self._condition(sigma, tokens, token_mask, pooled, kind, style)
        c_in = (sigma.square() + self.config.sigma_data**2).rsqrt()[:, None, None, None]
        thin = self.enter(F.pixel_unshuffle(x * c_in, 2))
        thin = self.down_thin(thin, condition)
        wide = self.to_wide(F.pixel_unshuffle(thin, 2)) + self.where_wide
        for block in self.down_wide:
            wide = block(wide, condition, context, bias)
        deep = self.to_deep(F.pixel_unshuffle(wide, 2))
        for block in self.middle:
            deep = block(deep, condition, context, bias)
        wide = self.join_wide(torch.cat([wide, F.pixel_shuffle(self.from_deep(deep), 2)], dim=1))
        for block in self.up_wide:
            wide = block(wide, condition, context, bias)
        thin = self.up_thin(torch.cat([thin, F.pixel_shuffle(self.from_wide(wide), 2)], dim=1), condition)
        return F.pixel_shuffle(self.leave(F.silu(self.leave_norm(thin))), 2)

    def _condition(
        self, sigma: Tensor, tokens: Tensor, mask: Tensor, pooled: Tensor, kind: Tensor, style: Tensor
    ) -> tuple[Tensor, Tensor, Tensor]:
        """The vector (n, c) for the scales and shifts, the context (n, L + 1, d) and its bias (n, 1, 1, L + 1)."""
        frequencies = torch.exp(torch.linspace(math.log(0.25), math.log(64.0), 64, device=sigma.device))
        # Spread before the logarithm: over (n,) the runtime rounds the last n % 4 rows differently from the rest.
        spread = sigma[:, None].expand(-1, len(frequencies))
        angles = spread.log() / 4 * frequencies  # c_noise = ln(sigma) / 4 (Karras et al. 2022, table 1)
        vector = self.sigma_embed(torch.cat([angles.cos(), angles.sin()], dim=-1))
        scaled = pooled * math.sqrt(self.config.pooled_features)  # a unit vector has tiny entries
        vector = vector + self.pooled_embed(scaled) + self.kind_embed(kind) + self.style_embed(style)
        context = torch.cat([self.sentence_token(scaled)[:, None], self.token_embed(tokens)], dim=1)
        seen = torch.cat([torch.ones_like(mask[:, :1]), mask], dim=1)
        bias = (1 - seen.to(context.dtype))[:, None, None] * -1e4
        return F.silu(vector), context, bias


def free_axes() -> dict[str, dict[int, str]]:
    """The axes of the graph that may have any length."""
    free = {name: {0: "n"} for name in ("x", "sigma", "tokens", "token_mask", "pooled", "kind", "style", "denoised")}
    free["tokens"][1] = free["token_mask"][1] = "length"
    return free


def example_inputs(size: int) -> dict[str, Tensor]:
    """Two rows of every input, as the graph is traced and checked with."""
    generator = torch.Generator().manual_seed(0)
    mask = torch.ones(2, 12, dtype=torch.bool)
    mask[1, 7:] = False
    return {
        "x": torch.randn(2, 4, size, size, generator=generator),
        "sigma": torch.tensor([0.5, 3.0]),
        "tokens": torch.randn(2, 12, 1280, generator=generator) * mask[..., None],
        "token_mask": mask,
        "pooled": torch.nn.functional.normalize(torch.randn(2, 512, generator=generator)),
        "kind": torch.tensor([1, 0]),
        "style": torch.tensor([1, 0]),
    }
