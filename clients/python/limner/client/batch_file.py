"""The files of `limner batch`: what is asked, one JSON object per line, and what came of it."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from limner.client.access import UsageError
from limner.client.drawing import image_brief
from limner.v1.briefs_pb2 import ImageBrief

SAFE_ID = re.compile(r"[A-Za-z0-9_-][A-Za-z0-9._-]{0,99}")
RESERVED = {"con", "prn", "aux", "nul", *(f"{port}{n}" for port in ("com", "lpt") for n in range(10))}
KEYS: dict[str, tuple[type, ...]] = {
    "prompt": (str,),
    "id": (str,),
    "negative": (str,),
    "model": (str,),
    "size": (int,),
    "seed": (int,),
    "steps": (int,),
    "guidance": (int, float),
    "style": (str,),
    "kind": (str,),
}


@dataclass(frozen=True, slots=True)
class Line:
    """One picture to draw."""

    id: str
    request: dict[str, object]  # everything but the id

    @property
    def brief(self) -> ImageBrief:
        return image_brief(**self.request)  # type: ignore[arg-type]  # `parse_line` has checked keys and types


def read_lines(path: Path) -> list[Line]:
    """Every line of a batch file, checked. Raises UsageError with the number of the line at fault."""
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"cannot read {path}: {error}") from error
    lines: list[Line] = []
    ids: dict[str, int] = {}
    for number, content in enumerate(text.splitlines(), 1):
        if content.strip():
            line = parse_line(content, f"{path}:{number}", number)
            if (first := ids.setdefault(line.id.lower(), number)) != number:
                raise UsageError(f"{path}:{number}: id {line.id!r} is also on line {first}")
            lines.append(line)
    if not lines:
        raise UsageError(f'{path} is empty; write one {{"prompt": "…", "id": "…"}} per line')
    return lines


def parse_line(content: str, place: str, number: int) -> Line:
    """One line as a request. `place` is for messages; a line without an id gets its number as one."""
    try:
        values = json.loads(content)
    except ValueError as error:
        raise UsageError(f"{place}: not JSON: {error}") from error
    if not isinstance(values, dict):
        raise UsageError(f'{place}: write an object, such as {{"prompt": "a key"}}')
    if unknown := sorted(values.keys() - KEYS.keys()):
        raise UsageError(f"{place}: unknown {unknown}; known: {sorted(KEYS)}")
    for key, value in values.items():
        if isinstance(value, bool) or not isinstance(value, KEYS[key]):
            raise UsageError(f"{place}: {key} must be {' or '.join(kind.__name__ for kind in KEYS[key])}")
    name = values.pop("id", f"line-{number:06}")
    if not SAFE_ID.fullmatch(name) or name.endswith(".") or name.split(".")[0].lower() in RESERVED:
        raise UsageError(
            f"{place}: id {name!r} cannot name a file; use up to 100 of A-Z a-z 0-9 . _ - and no dot first"
        )
    if not str(values.get("prompt", "")).strip():
        raise UsageError(f"{place}: prompt is missing; write what to draw")
    line = Line(name, values)
    try:
        line.brief  # noqa: B018  # numbers beyond the wire are found before anything is drawn
    except UsageError as error:
        raise UsageError(f"{place}: {error}") from error
    return line


def left_over(lines: Iterable[Line], results: Path) -> Iterator[Line]:
    """The lines that are not done: no result, a failed one, another request, or no picture any more."""
    done = read_results(results)
    for line in lines:
        result = done.get(line.id, {})
        same = result.get("state") == "succeeded" and result.get("request") == line.request
        if not (same and picture_path(results.parent, line).is_file()):
            yield line


def picture_path(folder: Path, line: Line) -> Path:
    """Where the picture of a line goes."""
    return folder / f"{line.id}.png"


def read_results(path: Path) -> dict[str, dict[str, object]]:
    """The newest result of every id. A line that was cut by a stop is skipped."""
    if not path.is_file():
        return {}
    results = {}
    for content in path.read_text(encoding="utf-8").splitlines():
        try:
            result = json.loads(content)
            results[result["id"]] = result
        except (ValueError, KeyError, TypeError):
            continue
    return results


def append_result(path: Path, result: dict[str, object]) -> None:
    """Add one whole line; one that a stop has cut before it is ended first."""
    cut = path.is_file() and path.stat().st_size > 0 and not path.read_bytes().endswith(b"\n")
    with path.open("a", encoding="utf-8") as file:
        file.write(("\n" if cut else "") + json.dumps(result, ensure_ascii=False) + "\n")
