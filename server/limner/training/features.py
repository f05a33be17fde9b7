"""Text features of every caption, computed once: training then only looks them up."""

import json
from pathlib import Path

import numpy as np
import sentencepiece
import torch
from numpy.typing import NDArray

from limner.training.text_encoder import EMBEDDING, TOKEN_FEATURES, TextEncoder

BOS, EOS = 1, 2


class Features:
    """Captions as the U-Net sees them. Token features are float16: (caption, L, 1280), zero where padded."""

    def __init__(self, folder: Path, length: int) -> None:
        self.length = length
        self.pooled = np.load(folder / "pooled.npy")
        self._tokens = np.load(folder / "tokens.npy", mmap_mode="r")
        self._starts = np.load(folder / "starts.npy")

    def __call__(
        self, captions: NDArray[np.int64]
    ) -> tuple[NDArray[np.float32], NDArray[np.bool_], NDArray[np.float32]]:
        """Caption numbers (n,) → tokens (n, L, 1280) float32, mask (n, L), pooled (n, 512)."""
        tokens = np.zeros((len(captions), self.length, TOKEN_FEATURES), np.float32)
        mask = np.zeros((len(captions), self.length), np.bool_)
        for row, caption in enumerate(captions):
            start, stop = self._starts[caption], self._starts[caption + 1]
            count = min(int(stop - start), self.length)
            tokens[row, :count] = self._tokens[start : start + count]
            mask[row, :count] = True
        return tokens, mask, self.pooled[captions]


def tokenised(tokenizer: sentencepiece.SentencePieceProcessor, text: str, length: int) -> list[int]:
    return [BOS, *tokenizer.encode(text)[: length - 2], EOS]


@torch.no_grad()
def build(
    folder: Path,
    encoder: TextEncoder,
    table: NDArray[np.uint8],
    tokenizer: sentencepiece.SentencePieceProcessor,
    length: int = 32,
) -> None:
    """Write `pooled.npy`, `tokens.npy` and `starts.npy` for the captions of a packed dataset."""
    texts: list[str] = json.loads((folder / "captions.json").read_text())
    ids = [tokenised(tokenizer, text, length) for text in texts]
    starts = np.concatenate([[0], np.cumsum([len(row) for row in ids])])
    tokens = np.lib.format.open_memmap(
        folder / "tokens.npy", mode="w+", dtype=np.float16, shape=(int(starts[-1]), TOKEN_FEATURES)
    )
    pooled = np.zeros((len(texts), EMBEDDING), np.float32)
    for at in range(0, len(texts), 256):
        batch = ids[at : at + 256]
        widest = max(map(len, batch))
        padded, mask = np.zeros((len(batch), widest), np.int64), np.zeros((len(batch), widest), np.bool_)
        for row, numbers in enumerate(batch):
            padded[row, : len(numbers)], mask[row, : len(numbers)] = numbers, True
        sentence, token = encoder(torch.from_numpy(table[padded]), torch.from_numpy(padded), torch.from_numpy(mask))
        pooled[at : at + len(batch)] = sentence.numpy()
        tokens[starts[at] : starts[at + len(batch)]] = token[torch.from_numpy(mask)].numpy()
    np.save(folder / "pooled.npy", pooled)
    np.save(folder / "starts.npy", starts)
