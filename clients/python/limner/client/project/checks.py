"""Whether a value fits its key."""

from __future__ import annotations

import math

from limner.client.project.keys import WORDS, Key, Kind

TYPES: dict[Kind, tuple[type, ...]] = {
    "text": (str,),
    "path": (str,),
    "whole": (int,),
    "number": (int, float),
    "truth": (bool,),
    "texts": (list,),
    "table": (dict,),
}


def problem(key: Key, value: object) -> tuple[str, str] | None:
    """What is wrong with a value and what would be right; None where it fits."""
    truth = isinstance(value, bool)
    if not isinstance(value, TYPES[key.kind]) or truth != (key.kind == "truth"):
        return f"is {said(value)}", f"write {WORDS[key.kind]}"
    if isinstance(value, list) and not all(isinstance(item, str) for item in value):
        return "has an entry that is no text", "put each in quotes"
    if key.choices and value not in key.choices:
        return f"is {value!r}", f"use {', '.join(key.choices)}"
    if isinstance(value, int | float) and not truth:
        low, high = key.low, key.high
        if not math.isfinite(value) or (low is not None and value < low) or (high is not None and value > high):
            return f"is {value}", f"write a number from {low:g} to {int(high) if high and high > 1e6 else high:g}"
    if key.kind == "text" and not str(value).strip():
        return "is empty", "write it, or leave the line out"
    return None


def said(value: object) -> str:
    """A value as TOML writes it, shortened."""
    if isinstance(value, bool):
        return str(value).lower()
    return repr(value) if len(repr(value)) <= 40 else f"{repr(value)[:37]}…"
