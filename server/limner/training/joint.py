"""The joint embedding: pictures and sentences as vectors of one space (Radford et al. 2021; Ramesh et al. 2022, §2).

Two towers: a small convolutional one over premultiplied RGBA, and a projection over the frozen text encoder. The text tower
also says which kind of picture a sentence asks for, so that a prompt without a kind gets one.
"""

import math
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional as F  # noqa: N812


@dataclass(frozen=True, slots=True, kw_only=True)
class JointConfig:
    """The shape of both towers."""

    size: int = 32
    widths: tuple[int, int, int] = (64, 160, 256)
    embedding: int = 128
    hidden: int = 384
    token_features: int = 1280
    pooled_features: int = 512
    kinds: int = 13


class ConvBlock(nn.Module):
    """Two normalised 3 × 3 convolutions beside a skip."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.norm1, self.conv1 = nn.GroupNorm(8, width), nn.Conv2d(width, width, 3, padding=1)
        self.norm2, self.conv2 = nn.GroupNorm(8, width), nn.Conv2d(width, width, 3, padding=1)

    def forward(self, x: Tensor) -> Tensor:
        """(n, width, h, w) → the same."""
        h = self.conv1(F.silu(self.norm1(x)))
        return x + self.conv2(F.silu(self.norm2(h)))


class ImageTower(nn.Module):
    """Premultiplied RGBA (n, 4, S, S) in [−1, 1] → unit vectors (n, embedding)."""

    def __init__(self, config: JointConfig) -> None:
        super().__init__()
        thin, wide, deep = config.widths
        self.enter = nn.Conv2d(16, thin, 3, padding=1)
        self.thin = ConvBlock(thin)
        self.to_wide = nn.Conv2d(thin, wide, 2, stride=2)
        self.wide = nn.Sequential(ConvBlock(wide), ConvBlock(wide))
        self.to_deep = nn.Conv2d(wide, deep, 2, stride=2)
        self.deep = nn.Sequential(ConvBlock(deep), ConvBlock(deep))
        self.norm = nn.GroupNorm(8, deep)
        self.leave = nn.Linear(2 * deep, config.embedding)

    def forward(self, x: Tensor) -> Tensor:
        h = self.thin(self.enter(F.pixel_unshuffle(x, 2)))  # (n, thin, S/2, S/2)
        h = self.deep(self.to_deep(self.wide(self.to_wide(h))))  # (n, deep, S/8, S/8)
        h = F.silu(self.norm(h))
        pooled = torch.cat([h.mean(dim=(2, 3)), h.amax(dim=(2, 3))], dim=-1)
        return F.normalize(self.leave(pooled).float(), dim=-1)


class TextTower(nn.Module):
    """Features of sentences → unit vectors (n, embedding) and kind logits (n, kinds)."""

    def __init__(self, config: JointConfig) -> None:
        super().__init__()
        self.scale = math.sqrt(config.pooled_features)  # a unit vector has tiny entries
        self.enter = nn.Linear(config.pooled_features + config.token_features, config.hidden)
        self.mix = nn.Sequential(nn.LayerNorm(config.hidden), nn.Linear(config.hidden, config.hidden), nn.GELU())
        self.leave = nn.Linear(config.hidden, config.embedding)
        self.kind = nn.Linear(config.hidden, config.kinds)

    def forward(self, tokens: Tensor, token_mask: Tensor, pooled: Tensor) -> tuple[Tensor, Tensor]:
        """tokens (n, L, 1280), token_mask (n, L) bool, pooled (n, 512)."""
        weight = token_mask.to(tokens.dtype)[..., None]
        mean = (tokens * weight).sum(dim=1) / weight.sum(dim=1).clamp(min=1)
        h = self.enter(torch.cat([pooled * self.scale, mean], dim=-1))
        h = h + self.mix(h)
        return F.normalize(self.leave(h).float(), dim=-1), self.kind(h).float()


class Joint(nn.Module):
    """Both towers and the temperature of their agreement."""

    def __init__(self, config: JointConfig) -> None:
        super().__init__()
        self.config = config
        self.image, self.text = ImageTower(config), TextTower(config)
        self.log_scale = nn.Parameter(torch.tensor(math.log(14.0)))

    def forward(self, x: Tensor, tokens: Tensor, token_mask: Tensor, pooled: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        text, kinds = self.text(tokens, token_mask, pooled)
        return self.image(x), text, kinds


def contrastive_loss(image: Tensor, text: Tensor, caption: Tensor, scale: Tensor) -> Tensor:
    """Symmetric cross-entropy over all pairs of a batch (Radford et al. 2021, figure 3); a scalar.

    image, text (n, d) of length 1; caption (n,): pairs with equal captions are all right answers, in equal shares.
    """
    scores = scale * image @ text.T
    right = (caption[:, None] == caption[None]).float()
    target = right / right.sum(dim=1, keepdim=True)
    return (F.cross_entropy(scores, target) + F.cross_entropy(scores.T, target)) / 2


def content_loss(image: Tensor, text: Tensor) -> Tensor:
    """L = (1/N) Σ ‖text_i − image_i‖²; a scalar."""
    return (text - image).square().sum(dim=-1).mean()
