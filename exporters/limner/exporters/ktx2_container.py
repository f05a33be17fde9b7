"""The container of KTX 2.0: header, data format descriptor, key/value pairs, levels. Source: the Khronos KTX File Format Specification 2.0."""

import math
import struct
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

from limner.exporters.files import ExportError
from limner.exporters.gpu_formats import SIDE, Texture

IDENTIFIER = b"\xabKTX 20\xbb\r\n\x1a\n"
HEADER = struct.Struct("<12s9I4I2Q")
LEVEL = struct.Struct("<3Q")
BT709, LINEAR, SRGB = 1, 1, 2
LINEAR_SAMPLE, ALPHA = 0x10, 15  # alpha is linear, whatever the colours are
DESCRIPTOR_VERSION = 2
TRANSFER_AT = 14  # the byte of a descriptor that says sRGB or linear


class Level(NamedTuple):
    """One size of the picture as it lies in the file, and its bytes without supercompression (0 for BasisLZ)."""

    content: bytes
    plain_bytes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Container:
    """A KTX2 file with one 2D picture; `levels` from the largest down."""

    vk_format: int
    width: int
    height: int
    scheme: int  # of supercompression: 0 none, 1 BasisLZ, 2 Zstandard
    descriptor: bytes  # with its total size
    notes: Mapping[str, bytes]  # the key/value pairs
    shared: bytes  # supercompression's global data
    levels: Sequence[Level]
    alignment: int  # of levels


def container(texture: Texture, notes: Mapping[str, bytes]) -> Container:
    """The container of a texture in blocks."""
    naming = texture.naming
    return Container(
        vk_format=naming.vulkan_srgb if texture.srgb else naming.vulkan,
        width=texture.width,
        height=texture.height,
        scheme=0,
        descriptor=descriptor(texture),
        notes=notes,
        shared=b"",
        levels=[Level(level, len(level)) for level in texture.levels],
        alignment=math.lcm(naming.block_bytes, 4),
    )


def descriptor(texture: Texture) -> bytes:
    """The basic data format descriptor: colour model, sRGB or linear, block size, and where each channel's bits lie."""
    naming = texture.naming
    size = 24 + 16 * len(naming.samples)
    head = struct.pack("<III", 4 + size, 0, DESCRIPTOR_VERSION | size << 16)
    colours = struct.pack("<4B", naming.model, BT709, SRGB if texture.srgb else LINEAR, 0)
    block = struct.pack("<4B8B", SIDE - 1, SIDE - 1, 0, 0, naming.block_bytes, *[0] * 7)
    samples = b"".join(
        struct.pack(
            "<HBB4BII",
            sample.offset,
            sample.bits - 1,
            sample.channel | (LINEAR_SAMPLE if texture.srgb and sample.channel == ALPHA else 0),
            *(0, 0, 0, 0),
            0,
            0xFFFFFFFF,
        )
        for sample in naming.samples
    )
    return head + colours + block + samples


def declared_linear(held: Container) -> Container:
    """The same texels of UASTC or ETC1S, of which the file says that they are linear."""
    descriptor = bytearray(held.descriptor)
    descriptor[TRANSFER_AT] = LINEAR
    return replace(held, descriptor=bytes(descriptor))


def packed(held: Container) -> bytes:
    """The file: levels lie from the smallest to the largest."""
    notes = _packed_notes(held.notes)
    descriptor_at = HEADER.size + LEVEL.size * len(held.levels)
    notes_at = descriptor_at + len(held.descriptor)
    shared_at = _aligned(notes_at + len(notes), 8)
    index, place = [], shared_at + len(held.shared) if held.shared else notes_at + len(notes)
    body = bytearray()
    start = place
    for level in reversed(held.levels):
        at = _aligned(place, held.alignment)
        body += bytes(at - place) + level.content
        index.append(LEVEL.pack(at, len(level.content), level.plain_bytes))
        place = at + len(level.content)
    sections = (descriptor_at, len(held.descriptor), notes_at if notes else 0, len(notes))
    shared = (shared_at, len(held.shared)) if held.shared else (0, 0)
    counts = (held.vk_format, 1, held.width, held.height, 0, 0, 1, len(held.levels), held.scheme)
    front = HEADER.pack(IDENTIFIER, *counts, *sections, *shared) + b"".join(reversed(index)) + held.descriptor + notes
    if held.shared:
        front += bytes(shared_at - len(front)) + held.shared
    assert len(front) == start
    return front + bytes(body)


def parsed(content: bytes) -> Container:
    """What another program wrote. Raises ExportError for anything but one 2D picture in KTX2."""
    if len(content) < HEADER.size or content[:12] != IDENTIFIER:
        raise ExportError("the encoder wrote no KTX2 file; use a newer one")
    _, vk_format, _, width, height, depth, layers, faces, count, scheme, *sections = HEADER.unpack_from(content)
    if depth or layers or faces != 1:
        raise ExportError("the encoder wrote no single picture; use a newer one")
    descriptor_at, descriptor_size, notes_at, notes_size, shared_at, shared_size = sections
    rows = [LEVEL.unpack_from(content, HEADER.size + LEVEL.size * number) for number in range(max(1, count))]
    return Container(
        vk_format=vk_format,
        width=width,
        height=height,
        scheme=scheme,
        descriptor=content[descriptor_at : descriptor_at + descriptor_size],
        notes=_parsed_notes(content[notes_at : notes_at + notes_size]),
        shared=content[shared_at : shared_at + shared_size],
        levels=[Level(content[at : at + size], plain) for at, size, plain in rows],
        alignment=1 if scheme else 16,
    )


def _packed_notes(notes: Mapping[str, bytes]) -> bytes:
    """Each pair with its length, filled up to four bytes; in the order of their keys."""
    out = bytearray()
    for key, value in sorted(notes.items(), key=lambda pair: pair[0].encode()):
        pair = key.encode() + b"\0" + value
        out += struct.pack("<I", len(pair)) + pair + bytes(-len(pair) % 4)
    return bytes(out)


def _parsed_notes(content: bytes) -> dict[str, bytes]:
    notes: dict[str, bytes] = {}
    at = 0
    while at < len(content):
        (size,) = struct.unpack_from("<I", content, at)
        key, _, value = content[at + 4 : at + 4 + size].partition(b"\0")
        notes[key.decode()] = value
        at += 4 + size + -size % 4
    return notes


def _aligned(place: int, step: int) -> int:
    return -(-place // step) * step
