"""Animated WebP, lossless: every pixel, frame and duration as it was.

Pillow compresses each frame's changed box; the container (RFC 9649) is written here, since libwebp's own animation writer
merges equal neighbours into one frame.
"""

import io
import struct
from collections.abc import Iterator

from PIL import Image

from limner.atlas.geometry import Box
from limner.atlas.sprites import Pixels, Provenance, SpriteSet
from limner.exporters.animations import Animation, animations, changed, within
from limner.exporters.files import ExportError, Files
from limner.exporters.options import ExportOptions
from limner.exporters.provenance import as_xmp

ANIMATED, WITH_XMP, WITH_ALPHA = 0x02, 0x04, 0x10
METHOD, EFFORT = 4, 25  # libwebp's; a quarter of the time of its highest effort for 1 % more bytes
OVERWRITE = 0x02  # no blending, no disposal


def write_webp(art: SpriteSet, stem: str, options: ExportOptions) -> Files:
    return {f"{one.name}.webp": encoded_webp(one, art.provenance) for one in animations(art, stem)}


def encoded_webp(animation: Animation, provenance: Provenance) -> bytes:
    """One animation as WebP bytes."""
    flags = ANIMATED | WITH_ALPHA | (WITH_XMP if provenance else 0)
    width, height = animation.size
    parts = [_chunk(b"VP8X", struct.pack("<I", flags) + _three(width - 1, height - 1))]
    parts.append(_chunk(b"ANIM", struct.pack("<IH", 0, 0 if animation.loop else 1)))
    before = None
    for frame in animation.frames:
        box = _even(changed(before, frame.pixels))
        place = _three(box.x // 2, box.y // 2, box.width - 1, box.height - 1, frame.duration_ms)
        picture = _compressed(within(frame.pixels, box))
        parts.append(_chunk(b"ANMF", place + bytes([OVERWRITE]) + picture))
        before = frame.pixels
    if provenance:
        parts.append(_chunk(b"XMP ", as_xmp(provenance)))
    content = b"".join(parts)
    return b"RIFF" + struct.pack("<I", 4 + len(content)) + b"WEBP" + content


def _even(box: Box) -> Box:
    """The box from an even corner: the container counts places in twos."""
    x, y = box.x & ~1, box.y & ~1
    return Box(x, y, box.right - x, box.bottom - y)


def _compressed(pixels: Pixels) -> bytes:
    """The VP8L chunk of a picture."""
    out = io.BytesIO()
    Image.fromarray(pixels).save(out, format="WEBP", lossless=True, exact=True, method=METHOD, quality=EFFORT)
    for kind, content in _chunks(out.getvalue()):
        if kind == b"VP8L":
            return _chunk(kind, content)
    raise ExportError("this Pillow writes no lossless WebP; install the wheel from PyPI")


def _chunks(file: bytes) -> Iterator[tuple[bytes, bytes]]:
    at = 12
    while at < len(file):
        (length,) = struct.unpack_from("<I", file, at + 4)
        yield file[at : at + 4], file[at + 8 : at + 8 + length]
        at += 8 + length + length % 2


def _chunk(kind: bytes, content: bytes) -> bytes:
    return kind + struct.pack("<I", len(content)) + content + b"\0" * (len(content) % 2)


def _three(*numbers: int) -> bytes:
    """Each number in three bytes, lowest first."""
    return b"".join(number.to_bytes(3, "little") for number in numbers)
