"""The frozen text encoder at run time: sentences to features."""

import io
import json
import threading
from collections import OrderedDict
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
import sentencepiece
from numpy.typing import NDArray

from limner.generators.cards import ModelError
from limner.generators.sessions import Opener, open_session, read_verified

BOS, EOS, UNKNOWN = 1, 2, 0
CHUNKS = 17  # the embedding table is stored in so many interleaved blocks
WIDTH, POOLED = 1280, 512  # of a token's features, of a sentence's
REMEMBERED = 64  # sentences; about 40 kB each


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

    def __init__(self, folder: Path, threads: int = 1, opened: Opener = open_session) -> None:
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
        self._session = opened(folder / "encoder.onnx", digests["encoder.onnx"], threads)
        self._known: OrderedDict[str, _Sentence] = OrderedDict()  # the last ones, the newest at the end
        self._lock = threading.Lock()  # over `_known`

    def ids(self, text: str) -> list[int]:
        """Token numbers with start and end; a long sentence is cut at `max_tokens`."""
        return [BOS, *self._tokenizer.encode(text)[: self.max_tokens - 2], EOS]

    def unknown_share(self, text: str) -> float:
        """Share of tokens that the encoder does not know, in [0, 1]."""
        ids = self.ids(text)[1:-1]
        return ids.count(UNKNOWN) / len(ids) if ids else 0.0

    def __call__(self, texts: Sequence[str]) -> TextFeatures:
        """One call of the network for all sentences that were not among the last ones: a prompt is screened, then drawn."""
        with self._lock:
            known = {text: self._known[text] for text in texts if text in self._known}
        if fresh := [text for text in dict.fromkeys(texts) if text not in known]:
            known |= dict(zip(fresh, self._encoded(fresh), strict=True))
        with self._lock:
            for text in texts:
                self._known[text] = known[text]
                self._known.move_to_end(text)
            while len(self._known) > REMEMBERED:
                self._known.popitem(last=False)
        return self._padded([known[text] for text in texts])

    def _padded(self, sentences: Sequence["_Sentence"]) -> TextFeatures:
        features = TextFeatures(
            np.zeros((len(sentences), self.max_tokens, WIDTH), np.float32),
            np.zeros((len(sentences), self.max_tokens), np.bool_),
            np.zeros((len(sentences), POOLED), np.float32),
        )
        for row, (tokens, pooled) in enumerate(sentences):
            features.tokens[row, : len(tokens)], features.mask[row, : len(tokens)] = tokens, True
            features.pooled[row] = pooled
        return features

    def _encoded(self, texts: Sequence[str]) -> list["_Sentence"]:
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
        return [_Sentence(tokens[row, : len(own)].copy(), pooled[row].copy()) for row, own in enumerate(ids)]


class _Sentence(NamedTuple):
    """Features of one sentence."""

    tokens: NDArray[np.float32]  # (l, 1280)
    pooled: NDArray[np.float32]  # (512,)


def _read_table(folder: Path, digests: dict[str, str]) -> NDArray[np.uint8]:
    """The quantised embedding table, (128010, 512); row i is block i % 17, line i // 17."""
    blocks: dict[str, NDArray[np.uint8]] = {}
    for name, sha256 in digests.items():
        with np.load(io.BytesIO(read_verified(folder / name, sha256)), allow_pickle=False) as archive:
            blocks |= {key: archive[key] for key in archive.files}
    if len(blocks) != CHUNKS:
        raise ModelError(f"{folder}: {len(blocks)} of {CHUNKS} blocks of the embedding table found; restore the folder")
    return np.stack([blocks[f"q{chunk + 1}"] for chunk in range(CHUNKS)], axis=1).reshape(-1, 512)
