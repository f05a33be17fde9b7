"""Model cards: what a model folder says of itself."""

import hashlib
import json
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any


class ModelError(ValueError):
    """A model that cannot be used; the message names the file and the fix."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelCard:
    """`card.json`. Unknown and missing keys are refused."""

    id: str
    family: str
    title: str
    version: str
    licence: str
    sizes: tuple[int, ...]  # sides in pixels that the network draws
    files: dict[str, str]  # name → sha256
    sigma_data: float
    sigma_min: float
    sigma_max: float
    steps: int
    guidance_scale: float
    sampler: str
    schedule: str
    kinds: tuple[str, ...]
    styles: tuple[str, ...]
    parameters: int
    max_abs_error: float  # of the file against the trained network
    training_sources: tuple[str, ...]
    limits: tuple[str, ...]
    training: dict[str, Any]


def read_card(path: Path) -> ModelCard:
    """The card at `path`; raises ModelError when it is not one."""
    try:
        values = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise ModelError(f"{path}: no readable model card ({error}); restore the model folder") from error
    known = {field.name for field in fields(ModelCard)}
    if not isinstance(values, dict) or values.keys() != known:
        odd = sorted(known ^ set(values))
        raise ModelError(
            f"{path}: the card's keys are not those of this version ({', '.join(odd)}); export the model again"
        )
    frozen: dict[str, Any] = {
        name: tuple(value) if isinstance(value, list) else value for name, value in values.items()
    }
    return ModelCard(**frozen)


def model_digest(folder: Path, text_folder: Path) -> str:
    """sha256 over the digests of everything that decides the pixels: the network's files and the text encoder's."""
    text = json.loads((text_folder / "card.json").read_text(encoding="utf-8"))["sha256"]
    both = json.dumps([read_card(folder / "card.json").files, text], sort_keys=True)
    return hashlib.sha256(both.encode()).hexdigest()
