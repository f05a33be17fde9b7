"""The YAML that Unity writes: block style, references on one line. The one place where its strings are quoted."""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

Plain = str | int | float | bool | None
PLAIN_TEXT = re.compile(r"[0-9a-f]{32}|[A-Za-z_][A-Za-z0-9_./ -]*(?<! )")  # Unity reads a guid without quotes
WORDS = {"true", "false", "yes", "no", "on", "off", "null", "y", "n"}  # a YAML reader takes them for something else


@dataclass(frozen=True, slots=True)
class Flow:
    """A mapping on one line, such as a reference or a vector."""

    entries: Mapping[str, Plain]


NOTHING = Flow({"fileID": 0})  # a reference to no object


def asset(class_id: int, file_id: int, kind: str, body: Mapping[str, object]) -> bytes:
    """An asset file with one object: of Unity's class `class_id`, known inside the file as `file_id`."""
    head = f"%YAML 1.1\n%TAG !u! tag:unity3d.com,2011:\n--- !u!{class_id} &{file_id}\n"
    return (head + "\n".join(_lines({kind: body}, 0)) + "\n").encode()


def meta(body: Mapping[str, object]) -> bytes:
    """A `.meta` file."""
    return ("\n".join(_lines(body, 0)) + "\n").encode()


def _lines(body: Mapping[Any, object], depth: int) -> list[str]:
    lines: list[str] = []
    for key, value in body.items():
        lead = "  " * depth + f"{_key(key)}:"
        if isinstance(value, Mapping) and value:
            lines += [lead, *_lines(value, depth + 1)]
        elif isinstance(value, Sequence) and not isinstance(value, str) and value:
            lines += [lead, *(line for item in value for line in _item(item, depth))]
        else:
            lines.append(f"{lead} {_inline(value)}".rstrip())
    return lines


def _item(item: object, depth: int) -> list[str]:
    """One entry of a list; Unity does not indent its dash."""
    lead = "  " * depth + "- "
    if isinstance(item, Mapping):
        first, *rest = _lines(item, depth + 1)
    elif isinstance(item, Sequence) and not isinstance(item, str) and item:
        first, *rest = [line for part in item for line in _item(part, depth + 1)]
    else:
        return [lead + _inline(item)]
    return [lead + first.lstrip(" "), *rest]


def _key(key: str | int) -> str:
    """A field's name or a sprite's; single letters stay plain, as the fields x and y are read."""
    return key if isinstance(key, str) and len(key) == 1 and key.isalpha() else _inline(key)


def _inline(value: object) -> str:
    match value:
        case Flow(entries=entries):
            return "{" + ", ".join(f"{key}: {_inline(part)}" for key, part in entries.items()) + "}"
        case None:
            return ""
        case bool():
            return str(int(value))
        case int():
            return str(value)
        case float():
            return f"{value:.9g}"
        case str():
            return value if PLAIN_TEXT.fullmatch(value) and value.lower() not in WORDS else _quoted(value)
        case Mapping():
            return "{}"
        case _:
            return "[]"


def _quoted(text: str) -> str:
    """In double quotes; YAML writes what lies beyond 16 bits with eight digits, not as JSON's pairs."""
    return json.dumps(text) if max(map(ord, text), default=0) < 1 << 16 else '"' + "".join(map(_escaped, text)) + '"'


def _escaped(letter: str) -> str:
    return f"\\U{ord(letter):08X}" if ord(letter) >= 1 << 16 else json.dumps(letter)[1:-1]
