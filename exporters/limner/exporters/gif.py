"""Animated GIF: binary alpha, one palette for each animation, every frame and every duration kept.

The container is written here and not by Pillow, which merges equal neighbours into one frame; the compression is Pillow's.
A frame is drawn over the one before where that is enough (disposal 1) and over an empty canvas where pixels become clear
again (disposal 2 on the frame before).
"""

import struct
from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from PIL.GifImagePlugin import getdata

from limner.atlas.geometry import Box
from limner.atlas.sprites import Pixels, Provenance, SpriteSet
from limner.exporters.animations import Animation, animations, bounds, centiseconds, words
from limner.exporters.files import Files
from limner.exporters.options import ExportOptions
from limner.exporters.provenance import as_ascii

Indices = NDArray[np.uint8]  # (height, width): places of the palette
CLEAR = 255  # the palette's place for what is transparent
OPAQUE = 128  # alpha from which a pixel shows
SAMPLE = 1 << 20  # opaque pixels that a palette of too many colours is chosen from
KEEP, RESTORE = 1, 2  # disposals: leave the frame, clear its box


def write_gif(art: SpriteSet, stem: str, options: ExportOptions) -> Files:
    return {f"{one.name}.gif": encoded_gif(one, art.provenance) for one in animations(art, stem)}


def encoded_gif(animation: Animation, provenance: Provenance) -> bytes:
    """One animation as GIF bytes."""
    frames, palette = indexed([frame.pixels for frame in animation.frames])
    parts = [b"GIF89a", struct.pack("<HHBBB", *animation.size, 0xF7, CLEAR, 0), palette]  # 0xF7: 256 colours follow
    if animation.loop:
        parts.append(b"!\xff\x0bNETSCAPE2.0\x03\x01\x00\x00\x00")
    if provenance:
        parts.append(b"!\xfe" + _blocks(as_ascii(provenance)))
    ends = centiseconds(animation.durations_ms)
    for frame, (box, disposal), shown in zip(frames, _steps(frames), ends, strict=True):
        part = frame[box.y : box.bottom, box.x : box.right]
        picture = Image.frombytes("P", (box.width, box.height), part.tobytes())
        parts += getdata(picture, (box.x, box.y), duration=10 * shown, disposal=disposal, transparency=CLEAR)
    return b"".join([*parts, b";"])


def indexed(pictures: Sequence[Pixels]) -> tuple[list[Indices], bytes]:
    """The pictures on one palette, and its 256 colours as bytes. Exact up to 255 colours, the nearest beyond."""
    table = np.zeros(1 << 24, np.uint8)  # first which colours are there, then their places
    for picture in pictures:
        table[_colours(picture[picture[..., 3] >= OPAQUE])] = 1
    colours = np.flatnonzero(table).astype("<u4")
    if len(colours) <= CLEAR:
        places, palette = np.arange(len(colours), dtype=np.uint8), _rgb(colours).tobytes()
    else:
        places, palette = _nearest(colours, _sample(pictures))
    table[colours] = places
    frames = [np.where(picture[..., 3] >= OPAQUE, table[_colours(picture)], np.uint8(CLEAR)) for picture in pictures]
    return frames, palette.ljust(768, b"\0")


def _steps(frames: Sequence[Indices]) -> Iterator[tuple[Box, int]]:
    """For each frame, the box that is drawn and what becomes of it. After the last comes the first, on an empty canvas."""
    empty = np.full_like(frames[0], CLEAR)
    shown = empty
    for frame, following in zip(frames, [*frames[1:], frames[0]], strict=True):
        clears = bool(((frame != CLEAR) & (following == CLEAR)).any())
        touched = frame != shown
        yield bounds(touched | (frame != CLEAR) if clears else touched), RESTORE if clears else KEEP
        shown = empty if clears else frame


def _colours(pixels: Pixels) -> NDArray[np.uint32]:
    """Each pixel's colour as one number, red lowest."""
    return words(pixels) & np.uint32(0xFFFFFF)


def _rgb(colours: NDArray[np.uint32]) -> Pixels:
    """(number, 3): the colours as bytes."""
    return np.ascontiguousarray(colours).view(np.uint8).reshape(-1, 4)[:, :3]


def _sample(pictures: Sequence[Pixels]) -> NDArray[np.uint32]:
    """Colours of at most about SAMPLE opaque pixels, evenly from all pictures."""
    opaque = sum(int((picture[..., 3] >= OPAQUE).sum()) for picture in pictures)
    stride = max(1, opaque // SAMPLE)
    return np.concatenate([_colours(picture[picture[..., 3] >= OPAQUE][::stride]) for picture in pictures])


def _nearest(colours: NDArray[np.uint32], sample: NDArray[np.uint32]) -> tuple[Indices, bytes]:
    """The place of each colour on a palette of 255 that suits the sample, and the palette."""
    reduced = Image.fromarray(_rgb(sample)[None]).quantize(CLEAR, dither=Image.Dither.NONE)
    places = Image.fromarray(_rgb(colours)[None]).quantize(palette=reduced, dither=Image.Dither.NONE)
    return np.asarray(places)[0], bytes(reduced.getpalette() or [])[: 3 * CLEAR]


def _blocks(content: bytes) -> bytes:
    """Content in the length-led blocks that a GIF extension is made of."""
    pieces = [content[at : at + 255] for at in range(0, len(content), 255)]
    return b"".join(bytes([len(piece)]) + piece for piece in pieces) + b"\0"
