"""Collect, clean and pack: from captioned clips to the arrays that training reads.

`build` writes a folder: `pictures.npy` (N, 32, 32, 4) uint8 straight alpha, `rows.npz` (kind, style, weight, flip, held-out
flag, first caption and number of captions of each picture), `captions.json`, and `report.json` with what was left out and why.
"""

import hashlib
import json
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq

from limner.training import captions, dolls
from limner.training.concepts import balanced
from limner.training.pictures import Picture, fitted, frames, hue_turned

SIZE = 32
KINDS = ("character", "monster", "animal", "item", "icon", "tile", "texture", "effect", "object", "vehicle", "background", "portrait")  # fmt: skip
STYLES = ("pixel", "flat", "icon", "painted", "render")
STYLE_OF = {"noto-emoji": "icon", "fluent-emoji-flat": "icon", "cc0-3d": "render", "freedoom": "painted", "sbs-textures": "painted", "pbr": "painted", "openclipart-pd": "painted", "kenney-arcade": "flat", "kenney-toddlerplay": "flat", "procgen-cc0": "flat"}  # fmt: skip
FLAT_PACKS = ("papyszoo/kenney", "papyszoo/sbs")
PIXEL_PACKS = ("papyszoo/kenney-pixel",)
WEIGHT_OF = {"dcss-cc0": 1.8, "crawl-rltiles": 1.7, "antumdeluge-icons": 1.3, "noto-emoji": 0.9, "fluent-emoji-flat": 0.7, "superpowers": 0.4, "puny-world": 0.3, "kenney-arcade": 0.3, "procgen-cc0": 0.3, "sbs-textures": 0.7, "freedoom": 0.15, "kenney-toddlerplay": 0.15, "cc0-3d": 0.15, "openclipart-pd": 0.05}  # fmt: skip
FLAT_WEIGHT, DOLL_WEIGHT = 0.2, 0.35  # of the flat packs beside pixel art, and of a paper doll: there are thousands
HELD_OUT = 50  # one subject in so many
DOLLS = 9000


@dataclass(slots=True)
class Example:
    """One training picture and everything that is said of it."""

    picture: Picture
    captions: list[str]
    kind: int
    style: int
    weight: float
    flip: bool
    held_out: bool


def style_of(source: str) -> str:
    if source in STYLE_OF:
        return STYLE_OF[source]
    return "flat" if source.startswith(FLAT_PACKS) and not source.startswith(PIXEL_PACKS) else "pixel"


def weight_of(source: str) -> float:
    """How often a picture is drawn, against others: the style that people ask for by default comes first, noisy names last."""
    flat = style_of(source) == "flat"
    return WEIGHT_OF.get(source, FLAT_WEIGHT if flat else 0.7)


def kind_of(category: str) -> str:
    return "background" if category == "scene" else category


def held_out(subject: str) -> bool:
    """Fixed by the words of the subject, so that no later run trains on what an earlier one was judged by."""
    return int(hashlib.sha256(subject.lower().encode()).hexdigest(), 16) % HELD_OUT == 0


def chosen_frames(row: Mapping[str, object]) -> list[int]:
    """Which frames of a clip become pictures: a still, or two different moments of a movement."""
    count = int(row["frames"])  # type: ignore[call-overload]
    if count == 1:
        return [0]
    if row["category"] == "effect":
        return [count // 3, count // 2]
    if row["source"] == "cc0-3d":  # eight frames of every action in every direction: one of them each
        return [int(str(row["id"]), 16) % count]
    return [0, count // 2]


def collect(clips: list[dict[str, object]], report: Counter[str]) -> Iterator[Example]:
    """Every usable picture of the clips."""
    for row in clips:
        category = str(row["category"])
        if category == "layer" or (row["part"] and category != "character"):
            report["paper-doll layers (used for dolls)"] += 1
            continue
        caption, subject = str(row["caption"]), str(row["subject"] or row["caption"])
        texts = captions.variants(caption, subject)
        try:
            pictures = frames(row)
        except (OSError, ValueError):
            report["broken files"] += 1
            continue
        for index in chosen_frames(row):
            picture = fitted(pictures[min(index, len(pictures) - 1)], SIZE, category)
            if picture is None or (picture[..., 3] > 127).sum() < 12:
                report["empty or too thin"] += 1
                continue
            style = style_of(str(row["source"]))
            yield Example(
                picture,
                texts,
                KINDS.index(kind_of(category)) + 1,
                STYLES.index(style) + 1,
                weight_of(str(row["source"])),
                not any(word in caption for word in ("left", "right", "letter", "number")) and style != "render",
                held_out(subject),
            )


def cleaned(examples: Iterator[Example], report: Counter[str]) -> list[Example]:
    """Without exact copies and near copies (equal after averaging to 8 × 8 and rounding to 16 levels).

    The first of the copies stays and takes the others' captions with it.
    """
    kept: dict[bytes, Example] = {}
    exact: set[bytes] = set()
    for example in examples:
        pixels = example.picture.astype(np.float32)
        pixels[..., :3] *= pixels[..., 3:] / 255
        digest = hashlib.sha256(pixels.astype(np.uint8).tobytes()).digest()
        coarse = (
            (pixels.reshape(8, SIZE // 8, 8, SIZE // 8, 4).mean(axis=(1, 3)) / 16).round().astype(np.uint8).tobytes()
        )
        if (first := kept.get(coarse)) is None:
            kept[coarse] = example
        else:
            report["exact copies" if digest in exact else "near copies"] += 1
            first.captions.extend(text for text in example.captions if text not in first.captions)
            first.held_out |= example.held_out
        exact.add(digest)
    return list(kept.values())


def recoloured(examples: list[Example], report: Counter[str]) -> Iterator[Example]:
    """Pictures whose caption names one colour, turned to two others, the caption with them."""
    rng = np.random.default_rng(7)
    for example in examples:
        words = captions.colour_words(example.captions[0])
        if len(words) != 1 or example.style == STYLES.index("render") + 1 or example.held_out:
            continue
        others = [word for word in captions.HUES if word != words[0]]
        for other in rng.choice(others, size=2, replace=False):
            turn = captions.HUES[str(other)] - captions.HUES[words[0]]
            english = [text for text in example.captions if words[0] in text.split()]
            texts = [text.replace(words[0], str(other)) for text in english]
            texts += [chinese for text in texts[:2] if (chinese := captions.translated(text))]
            report["recoloured"] += 1
            yield Example(
                hue_turned(example.picture, turn),
                texts,
                example.kind,
                example.style,
                example.weight / 3,
                example.flip,
                False,
            )


def dressed(clips: list[dict[str, object]], report: Counter[str]) -> Iterator[Example]:
    """Random paper dolls."""
    layers = dolls.read_layers([row for row in clips if row["part"]])
    rng = np.random.default_rng(11)
    for _ in range(DOLLS):
        picture, texts = dolls.dressed(layers, rng)
        report["paper dolls"] += 1
        yield Example(
            picture, texts, KINDS.index("character") + 1, STYLES.index("pixel") + 1, DOLL_WEIGHT, False, False
        )


def build(parquet: Path, folder: Path) -> Mapping[str, int]:
    """Pack the clips of `parquet` into `folder`; returns the report."""
    clips = pq.read_table(parquet).drop_columns(["maps"]).to_pylist()
    report: Counter[str] = Counter({"clips": len(clips)})
    stills = cleaned(collect(clips, report), report)
    examples = [*stills, *recoloured(stills, report), *dressed(clips, report)]
    report["pictures"] = len(examples)
    report["held out"] = sum(example.held_out for example in examples)
    _write(examples, folder)
    report["unique captions"] = len(json.loads((folder / "captions.json").read_text()))
    (folder / "report.json").write_text(json.dumps({**report, "data_digest": digest(folder)}, indent=1))
    return report


def _write(examples: list[Example], folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    texts: dict[str, int] = {}
    caption_ids: list[int] = []
    first: list[int] = []
    count: list[int] = []
    for example in examples:
        first.append(len(caption_ids))
        count.append(len(example.captions))
        caption_ids.extend(texts.setdefault(text, len(texts)) for text in example.captions)
    np.save(folder / "pictures.npy", np.stack([example.picture for example in examples]))
    np.savez(
        folder / "rows.npz",
        kind=np.array([example.kind for example in examples], np.int64),
        style=np.array([example.style for example in examples], np.int64),
        weight=balanced(np.array([example.weight for example in examples]), [example.captions for example in examples]),
        flip=np.array([example.flip for example in examples]),
        held_out=np.array([example.held_out for example in examples]),
        first=np.array(first, np.int64),
        count=np.array(count, np.int64),
        caption_ids=np.array(caption_ids, np.int64),
    )
    (folder / "captions.json").write_text(json.dumps(list(texts), ensure_ascii=False))


def digest(folder: Path) -> str:
    """sha256 over the packed pictures and captions."""
    both = hashlib.sha256((folder / "pictures.npy").read_bytes())
    both.update((folder / "captions.json").read_bytes())
    return both.hexdigest()
