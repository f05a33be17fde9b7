"""Model cards: what a model folder says of itself."""

import hashlib
import json
import math
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any, get_args, get_origin, get_type_hints

SHARED = {
    "text": "sha256",
    "joint": "files",
    "frames": "files",
}  # folders that all models use → the key of their digests


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
    values = _read_object(path)
    known = {field.name for field in fields(ModelCard)}
    if odd := sorted(known ^ values.keys()):
        raise ModelError(
            f"{path}: the card's keys are not those of this version ({', '.join(odd)}); export the model again"
        )
    for name, kind in get_type_hints(ModelCard).items():
        values[name] = _checked(path, name, values[name], kind)
    card = ModelCard(**values)
    _check_values(path, card)
    return card


def model_digest(folder: Path, shared: Path) -> str:
    """sha256 over the digests of all that decides the pictures and their order: the network of `folder`, and what all models use."""
    parts = [read_card(folder / "card.json").files]
    for name, key in SHARED.items():
        card = shared / name / "card.json"
        digests = _read_object(card).get(key)
        if not isinstance(digests, dict):
            raise ModelError(f"{card}: no {key} with the digests of its files; restore the folder")
        parts.append(digests)
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()


def _read_object(path: Path) -> dict[str, Any]:
    try:
        values = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise ModelError(f"{path}: no readable model card ({error}); restore the model folder") from error
    if not isinstance(values, dict):
        raise ModelError(f"{path}: the card is no JSON object; restore the model folder")
    return values


def _checked(path: Path, name: str, value: object, kind: Any) -> object:
    """The value as the card's field holds it: a list becomes a tuple, a whole number passes for a float."""
    origin, arguments = get_origin(kind) or kind, get_args(kind)
    if origin is tuple and isinstance(value, list) and all(_fits(item, arguments[0]) for item in value):
        return tuple(value)
    if origin is dict and isinstance(value, dict):
        if arguments[1] is Any or all(_fits(item, arguments[1]) for item in value.values()):
            return value
    elif origin not in (tuple, dict) and _fits(value, origin):
        return float(str(value)) if origin is float else value
    raise ModelError(f"{path}: {name} is {value!r}, which is no {kind}; export the model again")


def _fits(value: object, kind: type) -> bool:
    if isinstance(value, bool):
        return False
    return isinstance(value, int | float) and math.isfinite(value) if kind is float else isinstance(value, kind)


def _check_values(path: Path, card: ModelCard) -> None:
    """Refuse what would only fail in the middle of a picture."""
    if "unet.onnx" not in card.files:
        raise ModelError(f"{path}: files does not name unet.onnx; export the model again")
    if not card.sizes or min(card.sizes) < 1:
        raise ModelError(f"{path}: sizes {list(card.sizes)} must name at least one side in pixels")
    if not 0 < card.sigma_min < card.sigma_max:
        raise ModelError(f"{path}: 0 < sigma_min < sigma_max must hold, not {card.sigma_min} and {card.sigma_max}")
