"""The published JSON Schema of manifests, for completion in editors. Draft 7: what TOML editors read."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from limner.client.project.keys import DEFAULTS, INCLUDE, WHOLE_ASSET, Key, Kind
from limner.exporters.formats import FORMATS

NAME = "asset.schema.json"
TYPES: dict[Kind, dict[str, Any]] = {
    "text": {"type": "string", "minLength": 1},
    "path": {"type": "string", "minLength": 1},
    "whole": {"type": "integer"},
    "number": {"type": "number"},
    "truth": {"type": "boolean"},
    "texts": {"type": "array", "items": {"type": "string"}},
    "table": {"type": "object"},
}


def manifest_schema() -> dict[str, Any]:
    """The schema of a whole manifest."""
    return {
        "$schema": "http://json-schema.org/draft-07/schema#",
        "title": "Limner's *.asset.toml",
        "type": "object",
        "additionalProperties": False,
        "properties": {
            "include": property_of(INCLUDE),
            "defaults": table_of("What holds for every asset of this file that does not say otherwise.", DEFAULTS),
            "asset": {"type": "array", "items": asset_schema()},
        },
    }


def asset_schema() -> dict[str, Any]:
    """One `[[asset]]`: drawn from a prompt, from another asset, or taken from a source."""
    kinds: list[dict[str, Any]] = [
        {"required": ["prompt"], "not": {"anyOf": [{"required": [key]} for key in ("source", "vary")]}},
        {"required": ["vary"], "not": {"anyOf": [{"required": [key]} for key in ("source", "edit", "reference")]}},
        {"required": ["draw", "reference"], "properties": {"draw": {"const": "animation"}}},
        {"required": ["source"], "not": {"anyOf": [{"required": [key]} for key in ("edit", "vary")]}},
    ]
    return table_of("One asset.", WHOLE_ASSET) | {"anyOf": kinds, "dependencies": {"edit": ["prompt"]}}


def table_of(meaning: str, keys: Mapping[str, Key]) -> dict[str, Any]:
    properties = {name: property_of(key) for name, key in keys.items()}
    properties["formats"]["items"] = {"enum": list(FORMATS)}
    return {"description": meaning, "type": "object", "additionalProperties": False, "properties": properties}


def property_of(key: Key) -> dict[str, Any]:
    """One key. The ends of its range belong to it."""
    found = {"description": key.meaning, **TYPES[key.kind]}
    limits = {"minimum": key.low, "maximum": key.high}
    found |= {name: limit for name, limit in limits.items() if limit is not None}
    if key.choices:
        found["enum"] = list(key.choices)
    if key.suggestions:
        found["examples"] = list(key.suggestions)
    return found
