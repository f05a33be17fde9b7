"""Fonts of this machine that have the letters of a text, wherever its system keeps them."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from PIL import ImageFont

ENDINGS = {".ttf", ".ttc", ".otf"}
LIKELY = re.compile(r"cjk|han|hei|song|ming|fang|kai|wqy|fallback|msyh|simsun|unifont|arial.?uni|gothic|hiragino", re.I)
MOST = 300  # files to look into before giving up
MISSING = "\U0010fffd"  # a letter that no font has


def font_for(text: str, size: int) -> ImageFont.FreeTypeFont | None:
    """The first font with all letters of a text; None where no font of this machine has them."""
    for path in font_files(tuple(folders()))[:MOST]:
        try:
            font = ImageFont.truetype(path, size)
        except OSError:
            continue  # damaged, or a kind of font that cannot be read
        if covers(font, text):
            return font
    return None


def covers(font: ImageFont.FreeTypeFont, text: str) -> bool:
    """The font draws every letter as something else than a letter it lacks."""
    missing = bytes(font.getmask(MISSING))
    return all(bytes(font.getmask(letter)) not in (missing, b"") for letter in set(text) if not letter.isspace())


@cache
def font_files(places: tuple[Path, ...]) -> list[Path]:
    """Font files below the folders, those with likely names first."""
    files = {path for place in places for path in place.rglob("*") if path.suffix.lower() in ENDINGS}
    return sorted(files, key=lambda path: (LIKELY.search(path.stem) is None, path.name, path))


def folders() -> Iterator[Path]:
    """Where Linux, macOS and Windows keep fonts, as far as it exists."""
    environment, home = os.environ, Path.home()
    shared = environment.get("XDG_DATA_DIRS") or "/usr/local/share:/usr/share"
    own = environment.get("XDG_DATA_HOME") or str(home / ".local/share")
    candidates = [*(Path(place, "fonts") for place in (own, *shared.split(":"))), home / ".fonts"]
    candidates += [home / "Library/Fonts", Path("/Library/Fonts"), Path("/System/Library/Fonts")]
    if "WINDIR" in environment:
        candidates.append(Path(environment["WINDIR"], "Fonts"))
    if "LOCALAPPDATA" in environment:
        candidates.append(Path(environment["LOCALAPPDATA"], "Microsoft/Windows/Fonts"))
    return (place for place in candidates if place.is_dir())
