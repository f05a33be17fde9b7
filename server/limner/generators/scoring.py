"""How well a picture fits a sentence: the joint embedding at run time."""

import json
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from limner.generators.cards import ModelError
from limner.generators.sessions import Opener, open_session
from limner.generators.text_encoder import TextFeatures

Array = NDArray[np.float32]
FILES = ("image.onnx", "text.onnx")
SURE = 0.5  # a kind that is likelier than this is taken for what the sentence asks for


class Meaning(NamedTuple):
    """A sentence in the joint space."""

    embedding: Array  # (d,), length 1
    kind: str | None  # the kind of picture it asks for, None when that is not clear


class JointEmbedding:
    """Two towers into one space (Radford et al. 2021): `meanings` of sentences, `embedding` of a picture, `alignment` of both."""

    def __init__(self, folder: Path, threads: int = 1, opened: Opener = open_session) -> None:
        try:
            card = json.loads((folder / "card.json").read_text(encoding="utf-8"))
            files: dict[str, str] = card["files"]
            self.kinds = tuple(str(kind) for kind in card["kinds"])
            self.size = int(card["size"])
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise ModelError(
                f"{folder}: no readable card of the joint embedding ({error}); restore the folder"
            ) from error
        if missing := set(FILES) - files.keys():
            raise ModelError(f"{folder}: the card names no {', '.join(sorted(missing))}; restore the folder")
        self._image = opened(folder / "image.onnx", files["image.onnx"], threads)
        self._text = opened(folder / "text.onnx", files["text.onnx"], threads)

    def meanings(self, features: TextFeatures) -> list[Meaning]:
        """One for each sentence. Each runs as a pair with itself, so that its bits never depend on its neighbours."""
        return [self._meaning(features, row) for row in range(len(features.pooled))]

    def _meaning(self, features: TextFeatures, row: int) -> Meaning:
        twice = [row, row]
        rows = {
            "tokens": features.tokens[twice],
            "token_mask": features.mask[twice],
            "pooled": features.pooled[twice],
        }
        embeddings, logits = self._text.run(["embedding", "kind"], rows)
        share = np.exp(logits[0].astype(np.float64) - logits[0].max())
        share /= share.sum()
        best = int(share.argmax())  # 0 is no kind at all
        return Meaning(embeddings[0], self.kinds[best - 1] if best and share[best] > SURE else None)

    def embedding(self, x0: Array) -> Array:
        """Premultiplied (4, S, S) in [−1, 1] → (d,), length 1. S is a whole multiple of `size`; larger ones are averaged down."""
        factor = x0.shape[-1] // self.size
        if x0.shape != (4, factor * self.size, factor * self.size) or not factor:
            raise ValueError(f"picture of shape {x0.shape}; it takes (4, n, n), n a multiple of {self.size}")
        small = x0.reshape(4, self.size, factor, self.size, factor).mean(axis=(2, 4), dtype=np.float32)
        first: Array = self.pair(small, small)[0]
        return first

    def pair(self, one: Array, other: Array) -> Array:
        """Two pictures (4, size, size) → (2, d). The bits of each do not depend on the other."""
        found: Array = self._image.run(["embedding"], {"x": np.stack([one, other])})[0]
        return found

    def embeddings(self, x0: Array) -> Array:
        """Many pictures (n, 4, size, size) in one call → (n, d); the last bits may depend on n."""
        found: Array = self._image.run(["embedding"], {"x": x0})[0]
        return found

    def sentences(self, features: TextFeatures) -> Array:
        """Many sentences in one call → (n, d); the last bits may depend on n."""
        rows = {"tokens": features.tokens, "token_mask": features.mask, "pooled": features.pooled}
        found: Array = self._text.run(["embedding"], rows)[0]
        return found


def alignment(image: Array, text: Array) -> float:
    """Cosine of the two, in [−1, 1]."""
    return float(np.clip(image.astype(np.float64) @ text.astype(np.float64), -1, 1))
