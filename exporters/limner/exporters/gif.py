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

from limner.atlas.geometry import Box
from limner.atlas.sprites import Pixels, Provenance, SpriteSet
from limner.exporters.animations import Animation, animations, bounds, centiseconds, changed, union, within, words
from limner.exporters.files import Files
from limner.exporters.options import ExportOptions
from limner.exporters.provenance import as_ascii

Indices = NDArray[np.uint8]  # (height, width): places of the palette
CLEAR = 255  # the palette's place for what is transparent
OPAQUE = np.uint32(128 << 24)  # a pixel of this alpha or more shows; alpha is the highest byte
RGB = np.uint32(0xFFFFFF)
SAMPLE = 1 << 13  # pixels that a palette for too many colours is chosen from
KEEP, RESTORE = 1, 2  # disposals: leave the frame, clear its box


def write_gif(art: SpriteSet, stem: str, options: ExportOptions) -> Files:
    return {f"{one.name}.gif": encoded_gif(one, art.provenance) for one in animations(art, stem)}


def encoded_gif(animation: Animation, provenance: Provenance) -> bytes:
    """One animation as GIF bytes."""
    frames, boxes, palette = indexed([frame.pixels for frame in animation.frames])
    parts = [b"GIF89a", struct.pack("<HHBBB", *animation.size, 0xF7, CLEAR, 0), palette]  # 0xF7: 256 colours follow
    if animation.loop:
        parts.append(b"!\xff\x0bNETSCAPE2.0\x03\x01\x00\x00\x00")
    if provenance:
        parts.append(b"!\xfe" + _blocks(as_ascii(provenance)))
    times = centiseconds(animation.durations_ms)
    for frame, (box, disposal), shown in zip(frames, _steps(frames, boxes), times, strict=True):
        parts.append(struct.pack("<3sBHBB", b"!\xf9\x04", disposal << 2 | 1, shown, CLEAR, 0))
        parts.append(_image(within(frame, box), box))
    return b"".join([*parts, b";"])


def _image(places: Indices, box: Box) -> bytes:
    """The descriptor of one picture and its pixels, compressed by Pillow's LZW encoder to eight bits a pixel."""
    picture = Image.frombuffer("L", (box.width, box.height), places.tobytes(), "raw", "L", 0, 1)
    return b"".join([struct.pack("<BHHHHBB", 0x2C, *box, 0, 8), picture.tobytes("gif", "L"), b"\0"])


def indexed(pictures: Sequence[Pixels]) -> tuple[list[Indices], list[Box], bytes]:
    """The pictures on one palette, the boxes outside which each equals the one before, and the palette's 256 colours.

    Exact up to 255 colours, the nearest of 255 beyond.
    """
    frames, boxes, palette = _exact(pictures) or _nearest(pictures)
    return frames, boxes, palette.ljust(768, b"\0")


def _exact(pictures: Sequence[Pixels]) -> tuple[list[Indices], list[Box], bytes] | None:
    """Each colour on the palette as it is; None where there are too many."""
    table = np.zeros(1 << 24, np.uint8)  # one more than the place of each colour; less one, what has none yet is CLEAR
    colours = np.empty(0, np.uint32)
    frames: list[Indices] = []
    boxes: list[Box] = []
    for box, pixels in _changes(pictures):
        clear, codes = pixels < OPAQUE, (pixels & RGB).astype(np.intp)
        places = table.take(codes, mode="clip") - np.uint8(1)
        unknown = (places == CLEAR) > clear
        if unknown.any():
            fresh = np.unique(codes[unknown]).astype(np.uint32)
            colours = np.concatenate([colours, fresh])
            if len(colours) > CLEAR:
                return None
            table[fresh] = np.arange(len(colours) - len(fresh), len(colours)) + 1
            places = table.take(codes, mode="clip") - np.uint8(1)
        np.copyto(places, CLEAR, where=clear)
        frames.append(_with(frames, box, places))
        boxes.append(box)
    return frames, boxes, _bytes(colours).tobytes()


def _nearest(pictures: Sequence[Pixels]) -> tuple[list[Indices], list[Box], bytes]:
    """Each colour, to six bits of red, green and blue, as the nearest on a palette that suits a sample of the pixels."""
    stride = max(1, sum(picture.shape[0] * picture.shape[1] for picture in pictures) // SAMPLE)
    some = np.concatenate([words(picture).ravel()[at % stride :: stride] for at, picture in enumerate(pictures)])
    reduced = Image.fromarray(_bytes(some[some >= OPAQUE])[None]).quantize(CLEAR, dither=Image.Dither.NONE)
    sixes = np.arange(1 << 18)
    corners = np.stack([sixes & 63, sixes >> 6 & 63, sixes >> 12], axis=1).astype(np.uint8)
    table = np.asarray(Image.fromarray(4 * corners[None] + 2).quantize(palette=reduced, dither=Image.Dither.NONE))[0]
    frames: list[Indices] = []
    boxes: list[Box] = []
    for box, pixels in _changes(pictures):
        sixes = (pixels >> 2) & 0x3F
        sixes |= (pixels >> 4) & 0xFC0
        sixes |= (pixels >> 6) & 0x3F000
        places = table.take(sixes.astype(np.intp), mode="clip")  # none is out of range; "clip" leaves out the check
        np.copyto(places, CLEAR, where=pixels < OPAQUE)
        frames.append(_with(frames, box, places))
        boxes.append(box)
    return frames, boxes, bytes(reduced.getpalette() or [])[: 3 * CLEAR]


def _changes(pictures: Sequence[Pixels]) -> Iterator[tuple[Box, NDArray[np.uint32]]]:
    """The box in which each picture differs from the one before, and its pixels as numbers."""
    before: Pixels | None = None
    for picture in pictures:
        box = changed(before, picture)
        yield box, words(within(picture, box))
        before = picture


def _with(frames: Sequence[Indices], box: Box, places: Indices) -> Indices:
    """The last frame with `places` in the box; the first is all box."""
    if not frames:
        return places
    frame = frames[-1].copy()
    frame[box.y : box.bottom, box.x : box.right] = places
    return frame


def _steps(frames: Sequence[Indices], boxes: Sequence[Box]) -> Iterator[tuple[Box, int]]:
    """For each frame, the box that is drawn and what becomes of it. After the last comes the first, on an empty canvas."""
    empty, opaque = True, boxes[0]  # whether the canvas is, before a frame is drawn; a box around all that shows
    following = zip([*frames[1:], frames[0]], [*boxes[1:], boxes[0]], strict=True)
    for frame, box, (after, change) in zip(frames, boxes, following, strict=True):
        clears = bool(((within(frame, change) != CLEAR) & (within(after, change) == CLEAR)).any())
        if empty or clears:
            opaque = _opaque(frame, union(opaque, box))
            box = opaque if empty else union(box, opaque)
        else:
            opaque = union(opaque, box)
        yield box, RESTORE if clears else KEEP
        empty = clears


def _opaque(frame: Indices, box: Box) -> Box:
    """The box around what shows of a frame, of which nothing shows outside `box`."""
    found = bounds(within(frame, box) != CLEAR)
    return Box(box.x + found.x, box.y + found.y, found.width, found.height)


def _bytes(colours: NDArray[np.uint32]) -> Pixels:
    """(number, 3): the colours as bytes."""
    return np.ascontiguousarray(colours, "<u4").view(np.uint8).reshape(-1, 4)[:, :3]


def _blocks(content: bytes) -> bytes:
    """Content in the length-led blocks that a GIF extension is made of."""
    pieces = [content[at : at + 255] for at in range(0, len(content), 255)]
    return b"".join(bytes([len(piece)]) + piece for piece in pieces) + b"\0"
