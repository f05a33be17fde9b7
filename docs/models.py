"""The page about the models, written from their cards."""

import json
from importlib.resources import files
from pathlib import Path
from typing import Any

WEIGHTS = Path(str(files("limner.generators"))) / "weights"
HEADINGS = {
    "alignment": "alignment",
    "among_100": "finds its sentence among 100",
    "among_20_of_kind": "among 20 of its kind",
    "kid": "KID × 1000",
    "kid_noise": "± over blocks",
    "diversity": "diversity",
    "memorised": "memorised",
}


def models_page() -> str:
    """Markdown with what `limner-train` measured; nothing in it is typed by hand."""
    base, joint, frames = (
        json.loads((WEIGHTS / name / "card.json").read_text()) for name in ("imagen-base", "joint", "frames")
    )
    parts = [
        "# Models",
        "Written by `make docs` from the model cards (`limner models show imagen-base --json` prints the whole card).",
        f"## {base['title']} (`imagen-base`)",
        _facts(base),
        "Limits:",
        "\n".join(f"- {limit}" for limit in base["limits"]),
    ]
    if table := base["training"].get("evaluation"):
        parts += ["Held-out sentences, judged in the joint embedding (`limner-train evaluate`):", _table(table)]
    parts += [
        "Every prompt that people type first, seeds 1 to 8, nothing picked; below, eight candidates of seed 1 as the server ranks them.",
        "![unpicked](pictures/unpicked.png)",
        "![ranked](pictures/ranked.png)",
        "What guidance scale and dynamic threshold do:",
        "![guidance](pictures/guidance.png)",
        f"## {joint['title']} (`joint`)",
        _facts(joint),
        f"Retrieval of held-out pictures among 100: {json.dumps(joint['retrieval_among_100'])}.",
        f"## {frames['title']} (`frames`)",
        _facts(frames),
        "Limits:",
        "\n".join(f"- {limit}" for limit in frames["limits"]),
        *_frames(frames["training"]["evaluation"]),
    ]
    return "\n\n".join(parts) + "\n"


def _frames(evaluation: dict[str, Any]) -> list[str]:
    """What was measured on figures that training never saw."""
    same = evaluation["identity"]
    return [
        "On figures that training never saw (`limner-train judge-frames`): mean error of premultiplied colour over the pixels that show, and in "
        "brackets the share of still pixels that flicker. The puppet moves the reference as a cut-out; copy is the reference in every frame.",
        "The reference looks the same way:",
        _moves(evaluation["seen from there"]),
        "The reference looks south, the frames look elsewhere:",
        _moves(evaluation["turned"]),
        f"Frames of one figure that was turned have a mean cosine of {same['same']:.3f} in the joint embedding, frames of different figures "
        f"{same['others']:.3f}; the first is the greater in {same['separation']:.1%} of the pairs ({same['figures']} figures). Distance between "
        f"palettes: {same['palette_same']:.3f} and {same['palette_others']:.3f}.",
    ]


def _moves(rows: dict[str, dict[str, dict[str, float]]]) -> str:
    lines = ["| | network | puppet | copy | clips |", "| --- | --- | --- | --- | --- |"]
    for action, methods in rows.items():
        cells = [f"{one['error']:.3f} ({one.get('flicker', 0):.0%})" for one in methods.values()]
        lines.append(f"| {action} | {' | '.join(cells)} | {methods['network']['clips']:.0f} |")
    return "\n".join(lines)


def _facts(card: dict[str, Any]) -> str:
    training = card["training"]
    return (
        f"{card['parameters'] / 1e6:.1f} million parameters, {card['licence']}. Trained on {training['samples_seen']:,} samples "
        f"in {training['seconds'] / 60:.0f} minutes on {training['hardware']}; data {training['data_digest'][:12]}."
    )


def _table(rows: dict[str, dict[str, float | None]]) -> str:
    lines = ["| | " + " | ".join(HEADINGS.values()) + " |", "| --- |" + " --- |" * len(HEADINGS)]
    for name, row in rows.items():
        cells = ["–" if row[key] is None else f"{row[key]:.3g}" for key in HEADINGS]
        lines.append(f"| {name} | " + " | ".join(cells) + " |")
    return "\n".join(lines)
