"""How good pictures are, in numbers: on sentences that training never saw, beside baselines that anybody understands.

Everything is measured in the joint embedding, on what the package really serves (ONNX files, numpy samplers):
retrieval (does a picture find its own sentence among 100, among 20 of its kind?), KID (Bińkowski et al. 2018, the unbiased
MMD² with the cubic kernel), diversity (mean pairwise distance for one sentence) and memorisation (share of pictures whose
nearest training picture is nearer than the 1st percentile of real held-out pictures to theirs).
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from limner.generators.imagen import Imagen, premultiplied
from limner.generators.request import ImageRequest
from limner.generators.scoring import JointEmbedding
from limner.generators.text_encoder import TextFeatures
from limner.training import diffusion
from limner.training.batches import Batches
from limner.training.sampling import drawn
from limner.training.unet import UNet, UNetConfig

Array = NDArray[np.float32]
AMONG, AMONG_KIND = 100, 20
SEEDS = 8  # of one sentence, for diversity
SENTENCES = 10
BLOCK, BLOCKS = 100, 50  # KID is a mean over blocks
LENGTH = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Scores:
    """One row of the table."""

    alignment: float  # mean cosine of picture and sentence
    among_100: float
    among_20_of_kind: float
    kid: float  # × 1000
    kid_noise: float  # standard deviation over blocks, × 1000
    diversity: float | None  # mean 1 − cosine between seeds; None where a method has no seeds
    memorised: float

    def as_dict(self) -> dict[str, float | None]:
        return {name: value if value is None else round(float(value), 4) for name, value in asdict(self).items()}


@dataclass(frozen=True, slots=True)
class Reference:
    """Real pictures and sentences in the joint space; rows of unit length."""

    training: Array
    held_out: Array
    sentences: Array
    prompts: tuple[str, ...]
    kinds: NDArray[np.int64]
    threshold: float  # 1st percentile of the distances of held-out pictures to their nearest training picture


def reference(data: Path, joint: JointEmbedding, count: int, seed: int = 3) -> Reference:
    """`count` held-out pictures with an English sentence each, and every training picture."""
    held = Batches(data, LENGTH, seed=1, held_out=True, dropping=False)
    rows, captions = held.captioned("english")
    chosen = np.random.default_rng(seed).permutation(len(rows))[:count]
    rows, captions = rows[chosen], captions[chosen]
    tokens, mask, pooled = held.features(captions)
    sentences = np.stack([meaning.embedding for meaning in joint.meanings(TextFeatures(tokens, mask, pooled))])
    pictures = embedded(joint, premultiplied(held.pictures[held.numbers[rows]]))
    train = Batches(data, LENGTH, seed=1, dropping=False)
    training = embedded(joint, premultiplied(train.pictures[train.numbers]))
    threshold = float(np.percentile(nearest(pictures, training), 1))
    prompts = tuple(held.texts[caption] for caption in captions)
    return Reference(training, pictures, sentences, prompts, held.rows["kind"][rows], threshold)


def embedded(joint: JointEmbedding, x0: Array) -> Array:
    """(n, 4, S, S) → (n, d), many at once: figures need no bit-equal rows."""
    return np.concatenate([joint.embeddings(x0[at : at + 256]) for at in range(0, len(x0), 256)])


def nearest(one: Array, others: Array) -> Array:
    """1 − cosine of each row of `one` to the nearest of `others`."""
    return np.concatenate([1 - (one[at : at + 256] @ others.T).max(axis=1) for at in range(0, len(one), 256)])


def scores(pictures: Array, real: Reference, seeds: Sequence[Array] = ()) -> Scores:
    """The figures of pictures (n, d) drawn for the sentences of `real`; `seeds` holds pictures of one sentence each."""
    mean, noise = kid(pictures, real.held_out)
    spread = [float((1 - one @ one.T)[~np.eye(len(one), dtype=bool)].mean()) for one in seeds]
    return Scores(
        alignment=float((pictures * real.sentences).sum(axis=1).mean()),
        among_100=retrieved(pictures, real.sentences, real.prompts, AMONG),
        among_20_of_kind=retrieved_of_kind(pictures, real),
        kid=mean * 1000,
        kid_noise=noise * 1000,
        diversity=float(np.mean(spread)) if spread else None,
        memorised=float((nearest(pictures, real.training) < real.threshold).mean()),
    )


def retrieved(pictures: Array, sentences: Array, prompts: Sequence[str], among: int) -> float:
    """Share of pictures whose best sentence, in groups of `among`, is their own or has the same words."""
    hits: list[bool] = []
    for at in range(0, len(pictures) - among + 1, among):
        best = (pictures[at : at + among] @ sentences[at : at + among].T).argmax(axis=1)
        hits += [prompts[at + row] == prompts[at + column] for row, column in enumerate(best)]
    return float(np.mean(hits)) if hits else 0.0


def retrieved_of_kind(pictures: Array, real: Reference) -> float:
    """The same in groups of 20 sentences of one kind."""
    hits, weights = [], []
    for kind in np.unique(real.kinds):
        rows = np.flatnonzero(real.kinds == kind)
        if len(rows) >= AMONG_KIND:
            prompts = [real.prompts[row] for row in rows]
            hits.append(retrieved(pictures[rows], real.sentences[rows], prompts, AMONG_KIND))
            weights.append(len(rows))
    return float(np.average(hits, weights=weights)) if hits else 0.0


def kid(one: Array, other: Array) -> tuple[float, float]:
    """Kernel distance of two sets: mean and standard deviation over random blocks (Bińkowski et al. 2018, §4)."""
    rng = np.random.default_rng(5)
    size = min(BLOCK, len(one) // 2, len(other) // 2)
    values = []
    for _ in range(BLOCKS):
        x, y = (rows[rng.choice(len(rows), size, replace=False)].astype(np.float64) for rows in (one, other))
        xx, yy, xy = _kernel(x, x), _kernel(y, y), _kernel(x, y)
        pairs = size * (size - 1)
        values.append((xx.sum() - np.trace(xx)) / pairs + (yy.sum() - np.trace(yy)) / pairs - 2 * xy.mean())
    return float(np.mean(values)), float(np.std(values))


def _kernel(x: NDArray[np.float64], y: NDArray[np.float64]) -> NDArray[np.float64]:
    """(x·y + 1)³; the vectors have length 1, so nothing is divided by the dimension."""
    cubed: NDArray[np.float64] = (x @ y.T + 1) ** 3
    return cubed


def evaluate(model: Imagen, joint: JointEmbedding, data: Path, count: int = 300) -> dict[str, dict[str, float | None]]:
    """The whole table: the model as it is served, at 50 steps, untrained, and what real pictures reach."""
    real = reference(data, joint, count)
    mean, noise = kid(
        real.held_out[::2], real.held_out[1::2]
    )  # one half against the other: a set against itself is no test
    table = {"real held-out pictures": replace(scores(real.held_out, real), kid=mean * 1000, kid_noise=noise * 1000)}
    table["nearest caption's training picture"] = scores(_nearest_caption(data, joint, real), real)
    for name, steps in ((f"{model.card.id}, {model.card.steps} steps", model.card.steps), ("50 steps", 50)):
        table[name] = _drawn_scores(model, joint, real, steps)
    table["untrained network"] = scores(_untrained(joint, real), real)
    return {name: row.as_dict() for name, row in table.items()}


def _drawn_scores(model: Imagen, joint: JointEmbedding, real: Reference, steps: int) -> Scores:
    base = ImageRequest(prompt="", steps=steps, guidance_scale=model.card.guidance_scale)
    requests = [replace(base, prompt=prompt, seed=index) for index, prompt in enumerate(real.prompts)]
    pictures = embedded(joint, drawn(model, requests))
    many = [replace(base, prompt=prompt, seed=seed) for prompt in real.prompts[:SENTENCES] for seed in range(SEEDS)]
    seeds = embedded(joint, drawn(model, many)).reshape(SENTENCES, SEEDS, -1)
    return scores(pictures, real, list(seeds))


def _nearest_caption(data: Path, joint: JointEmbedding, real: Reference) -> Array:
    """For each sentence the training picture whose sentence means most the same."""
    train = Batches(data, LENGTH, seed=1, dropping=False)
    rows, captions = train.captioned("english")
    found = []
    for at in range(0, len(captions), 1024):
        features = train.features(captions[at : at + 1024])
        found.append(joint.sentences(TextFeatures(*features)))
    best = (real.sentences @ np.concatenate(found).T).argmax(axis=1)
    return real.training[rows[best]]


def _untrained(joint: JointEmbedding, real: Reference, steps: int = 10) -> Array:
    """What the network draws before it has learnt anything, last layer included, which training starts from zero."""
    torch.manual_seed(6)
    network = UNet(UNetConfig(size=joint.size)).eval()
    torch.nn.init.kaiming_uniform_(network.leave.weight)
    pictures = []
    for at in range(0, len(real.prompts), 64):
        count = len(real.prompts[at : at + 64])
        nothing = (torch.zeros(count, 2, 1280), torch.zeros(count, 2, dtype=torch.bool), torch.zeros(count, 512))
        kind = torch.zeros(count, dtype=torch.int64)
        noise = torch.randn(count, 4, joint.size, joint.size)
        pictures.append(diffusion.sampled(network, (*nothing, kind, kind), noise, steps, 1.0).numpy())
    return embedded(joint, np.concatenate(pictures))
