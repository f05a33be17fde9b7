"""The frozen text encoder at run time: sentences to features."""

import io
import json
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
import sentencepiece
from numpy.typing import NDArray

from limner.generators.cards import ModelError
from limner.generators.sessions import open_session, read_verified

BOS, EOS, UNKNOWN = 1, 2, 0
CHUNKS = 17  # the embedding table is stored in so many interleaved blocks


class TextFeatures(NamedTuple):
    """Features of n sentences padded to one length L."""

    tokens: NDArray[np.float32]  # (n, L, 1280), zero where padded
    mask: NDArray[np.bool_]  # (n, L), true for a token
    pooled: NDArray[np.float32]  # (n, 512), length 1

    def every(self, step: int) -> "TextFeatures":
        """Every `step`th sentence, from the first."""
        return TextFeatures(self.tokens[::step], self.mask[::step], self.pooled[::step])


class TextEncoder:
    """Multilingual Universal Sentence Encoder v3 (Yang et al. 2020) with per-token features."""

    def __init__(self, folder: Path, threads: int = 1) -> None:
        try:
            card = json.loads((folder / "card.json").read_text(encoding="utf-8"))
            digests: dict[str, str] = card["sha256"]
            self.max_tokens = int(card["max_tokens"])
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise ModelError(f"{folder}: no readable card of the text encoder ({error}); restore the folder") from error
        if missing := {"sp.model", "encoder.onnx"} - digests.keys():
            raise ModelError(f"{folder}: the card names no {', '.join(sorted(missing))}; restore the folder")
        pieces = read_verified(folder / "sp.model", digests["sp.model"])
        self._tokenizer = sentencepiece.SentencePieceProcessor(model_proto=pieces)
        self._table = _read_table(folder, {name: digests[name] for name in sorted(digests) if name.endswith(".npz")})
        self._session = open_session(folder / "encoder.onnx", digests["encoder.onnx"], threads)

    def ids(self, text: str) -> list[int]:
        """Token numbers with start and end; a long sentence is cut at `max_tokens`."""
        return [BOS, *self._tokenizer.encode(text)[: self.max_tokens - 2], EOS]

    def unknown_share(self, text: str) -> float:
        """Share of tokens that the encoder does not know, in [0, 1]."""
        ids = self.ids(text)[1:-1]
        return ids.count(UNKNOWN) / len(ids) if ids else 0.0

    def __call__(self, texts: Sequence[str]) -> TextFeatures:
        """One call of the network for all sentences."""
        ids = [self.ids(text) for text in texts]
        count = max(2, len(ids))  # a lone row takes another matrix product in the runtime, with other last bits
        padded = np.zeros((count, self.max_tokens), np.int64)
        mask = np.zeros((count, self.max_tokens), np.bool_)
        for row, numbers in enumerate(ids):
            padded[row, : len(numbers)], mask[row, : len(numbers)] = numbers, True
        mask[len(ids) :, 0] = True
        pooled, tokens = self._session.run(
            ["pooled", "tokens"], {"rows": self._table[padded], "ids": padded, "mask": mask}
        )
        return TextFeatures(tokens[: len(ids)], mask[: len(ids)], pooled[: len(ids)])


def _read_table(folder: Path, digests: dict[str, str]) -> NDArray[np.uint8]:
    """The quantised embedding table, (128010, 512); row i is block i % 17, line i // 17."""
    blocks: dict[str, NDArray[np.uint8]] = {}
    for name, sha256 in digests.items():
        with np.load(io.BytesIO(read_verified(folder / name, sha256)), allow_pickle=False) as archive:
            blocks |= {key: archive[key] for key in archive.files}
    if len(blocks) != CHUNKS:
        raise ModelError(f"{folder}: {len(blocks)} of {CHUNKS} blocks of the embedding table found; restore the folder")
    return np.stack([blocks[f"q{chunk + 1}"] for chunk in range(CHUNKS)], axis=1).reshape(-1, 512)
