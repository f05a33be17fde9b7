"""Picture files on this disk as RGBA of 8 bits a channel, whatever they were, with a note on what that took."""

from __future__ import annotations

import json
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image, ImageOps, UnidentifiedImageError

from limner.atlas.sprites import Pixels, Provenance
from limner.client.access import UsageError

FORMATS = ("PNG", "GIF", "WEBP", "JPEG", "TIFF", "BMP", "TGA")
SUFFIXES = frozenset((".png", ".gif", ".webp", ".jpg", ".jpeg", ".tif", ".tiff", ".bmp", ".tga"))
GREY = "grey became RGBA"
MOST_FRAMES = 10_000
Note = Callable[[str], None]


@dataclass(frozen=True, slots=True, eq=False)
class Frame:
    """One picture of a file; `duration_ms` is None where the file names none."""

    pixels: Pixels
    duration_ms: int | None = None


@dataclass(frozen=True, slots=True, eq=False)
class PictureFile:
    """What a picture file holds: one frame, or those of an animation."""

    frames: tuple[Frame, ...]
    provenance: Provenance = field(default_factory=dict)


def read_picture(path: Path, note: Note, *, first_only: bool = False) -> PictureFile:
    """The frames of a picture file. `note` hears what was converted. Raises UsageError where it is none that can be read."""
    with reading(path), Image.open(path, formats=FORMATS) as opened:
        count = 1 if first_only else int(getattr(opened, "n_frames", 1))
        if count > MOST_FRAMES:
            raise UsageError(f"{path}: has {count} frames; split it, {MOST_FRAMES} is the most")
        said = conversion(opened, path)
        found = PictureFile(tuple(frame_at(opened, number) for number in range(count)), told(opened))
    if said:
        note(f"{path}: {said}")
    return found


@contextmanager
def reading(path: Path) -> Iterator[None]:
    """Turn everything that a broken picture file can cause into a UsageError with its path."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            yield
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise UsageError(f"{path}: too large ({error}); cut it into smaller pictures") from error
    except UnidentifiedImageError as error:
        raise UsageError(f"{path}: no picture that can be read; use one of {', '.join(FORMATS)}") from error
    except (OSError, ValueError, SyntaxError, EOFError) as error:
        raise UsageError(f"{path}: no picture that can be read ({error})") from error


def frame_at(opened: Image.Image, number: int) -> Frame:
    """One frame as RGBA, turned as the camera held it."""
    if number:
        opened.seek(number)
    opened.load()
    duration = opened.info.get("duration")
    pixels = rgba(ImageOps.exif_transpose(opened))
    return Frame(pixels, round(duration) if duration else None)


def rgba(picture: Image.Image) -> Pixels:
    """(height, width, 4). Numbers of 16 bits keep their upper eight; Pillow's own conversion would cut them off at 255."""
    if picture.mode.startswith("I"):
        grey = (np.asarray(picture).astype(np.int64).clip(0, 0xFFFF) >> 8).astype(np.uint8)
        return np.dstack([grey, grey, grey, np.full_like(grey, 255)])
    if picture.mode == "F":
        raise UsageError("holds floating-point numbers; save it with 8 or 16 bits a channel")
    return np.asarray(picture.convert("RGBA"), np.uint8)


def conversion(opened: Image.Image, path: Path) -> str:
    """What becomes of a picture on the way to RGBA of 8 bits; empty where nothing is lost or made up."""
    if opened.mode.startswith("I") or deep(opened, path):
        return "16 bits a channel became 8"
    match opened.mode:
        case "CMYK" | "YCbCr" | "LAB" | "HSV":
            return f"{opened.mode} colours became RGB, without a colour profile"
        case "P" | "PA" if opened.format != "GIF":  # which has nothing else
            return "palette colours became RGBA"
        case "L" | "LA" | "La" | "1":
            return GREY
        case "RGBa":
            return "premultiplied alpha became straight"
    return ""


def deep(opened: Image.Image, path: Path) -> bool:
    """Whether a file that opens as 8 bits a channel holds 16: Pillow says nothing of it."""
    if opened.format == "PNG":
        with path.open("rb") as file:
            return file.read(25)[-1:] == b"\x10"  # the header's depth
    depth: Any = getattr(opened, "tag_v2", {}).get(258, ())  # TIFF's BitsPerSample
    return 16 in (depth if isinstance(depth, tuple) else (depth,))


def told(opened: Image.Image) -> Provenance:
    """What the file says about its origin, where Limner wrote it; nothing otherwise."""
    text = getattr(opened, "text", {}).get("limner:provenance") or opened.info.get("comment") or "{}"
    try:
        found = json.loads(text)
    except ValueError:
        return {}
    return {str(key): str(value) for key, value in found.items()} if isinstance(found, dict) else {}
