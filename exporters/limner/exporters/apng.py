"""Animated PNG: every pixel, frame and duration as it was.

Pillow compresses each frame's changed box; the container (PNG third edition, animation chunks) is written here, since
Pillow's own writer merges equal neighbours into one frame.
"""

import io
import struct
import zlib
from collections.abc import Iterator

from PIL import Image

from limner.atlas.geometry import Box
from limner.atlas.sprites import Pixels, Provenance, SpriteSet
from limner.exporters.animations import Animation, animations, changed, within
from limner.exporters.files import Files
from limner.exporters.options import ExportOptions
from limner.exporters.png import CHUNK
from limner.exporters.provenance import as_text

SIGNATURE = b"\x89PNG\r\n\x1a\n"
NO_DISPOSAL, OVERWRITE = 0, 0


def write_apng(art: SpriteSet, stem: str, options: ExportOptions) -> Files:
    return {f"{one.name}.png": encoded_apng(one, art.provenance) for one in animations(art, stem)}


def encoded_apng(animation: Animation, provenance: Provenance) -> bytes:
    """One animation as APNG bytes."""
    parts = [SIGNATURE, _chunk(b"IHDR", struct.pack(">IIBBBBB", *animation.size, 8, 6, 0, 0, 0))]
    parts.append(_chunk(b"acTL", struct.pack(">II", len(animation.frames), 0 if animation.loop else 1)))
    if provenance:
        parts.append(_chunk(b"iTXt", CHUNK.encode() + b"\0\0\0\0\0" + as_text(provenance).encode()))
    before, number = None, 0
    for frame in animation.frames:
        box = changed(before, frame.pixels)
        parts.append(_chunk(b"fcTL", _control(number, box, frame.duration_ms)))
        number += 1
        for content in _compressed(within(frame.pixels, box)):
            if before is None:
                parts.append(_chunk(b"IDAT", content))
            else:
                parts.append(_chunk(b"fdAT", struct.pack(">I", number) + content))
                number += 1
        before = frame.pixels
    return b"".join([*parts, _chunk(b"IEND", b"")])


def _control(number: int, box: Box, duration_ms: int) -> bytes:
    place = (box.width, box.height, box.x, box.y)
    return struct.pack(">IIIIIHHBB", number, *place, duration_ms, 1000, NO_DISPOSAL, OVERWRITE)


def _compressed(pixels: Pixels) -> Iterator[bytes]:
    """The contents of the IDAT chunks of a picture."""
    out = io.BytesIO()
    Image.fromarray(pixels).save(out, format="PNG")
    content, at = out.getbuffer(), len(SIGNATURE)
    while at < len(content):
        (length,) = struct.unpack_from(">I", content, at)
        if bytes(content[at + 4 : at + 8]) == b"IDAT":
            yield bytes(content[at + 8 : at + 8 + length])
        at += 12 + length


def _chunk(kind: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))
