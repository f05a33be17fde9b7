"""Independent readers of compressed textures: their own parse of the container, texture2ddecoder for the blocks."""

import struct
from dataclasses import dataclass

import numpy as np
import texture2ddecoder
from numpy.typing import NDArray

BLOCK_BYTES = {"bc1": 8, "bc3": 16, "bc4": 8, "bc5": 16, "bc7": 16, "astc": 16}
DXGI = {71: "bc1", 72: "bc1 srgb", 77: "bc3", 78: "bc3 srgb", 80: "bc4", 83: "bc5", 98: "bc7", 99: "bc7 srgb"}
FOUR_CC = {b"DXT1": "bc1", b"DXT5": "bc3", b"BC4U": "bc4", b"BC5U": "bc5"}
VULKAN = {
    131: "bc1",
    132: "bc1 srgb",
    137: "bc3",
    138: "bc3 srgb",
    139: "bc4",
    141: "bc5",
    145: "bc7",
    146: "bc7 srgb",
    157: "astc",
    158: "astc srgb",
}


@dataclass(frozen=True, kw_only=True)
class ReadTexture:
    """A format ("bc7 srgb"), and the level's blocks and sizes, the largest first."""

    format: str
    levels: list[bytes]
    sizes: list[tuple[int, int]]  # (width, height)

    def decoded(self, level: int) -> NDArray[np.uint8]:
        """RGBA."""
        codec = self.format.split()[0]
        width, height = self.sizes[level]
        if codec == "astc":
            content = texture2ddecoder.decode_astc(self.levels[level], width, height, 4, 4)
        else:
            content = getattr(texture2ddecoder, f"decode_{codec}")(self.levels[level], width, height)
        blue_first = np.frombuffer(content, np.uint8).reshape(height, width, 4)
        return blue_first[..., [2, 1, 0, 3]]


def sizes_of(width: int, height: int, count: int) -> list[tuple[int, int]]:
    return [(max(1, width >> level), max(1, height >> level)) for level in range(count)]


def block_bytes(codec: str, width: int, height: int) -> int:
    return -(-width // 4) * -(-height // 4) * BLOCK_BYTES[codec]


def read_dds(content: bytes) -> ReadTexture:
    """Every field that a reader looks at is checked against the others."""
    magic, size, flags, height, width, linear, depth, count = struct.unpack_from("<4s7I", content)
    assert (magic, size, depth) == (b"DDS ", 124, 0)
    format_size, format_flags, four_cc = struct.unpack_from("<II4s", content, 76)
    assert (format_size, format_flags) == (32, 4)
    (caps,) = struct.unpack_from("<I", content, 108)
    assert flags & 0x1007 == 0x1007
    assert bool(flags & 0x20000) == bool(caps & 0x400000) == (count > 1)
    at, name = 128, FOUR_CC.get(four_cc)
    if four_cc == b"DX10":
        dxgi, dimension, misc, array, _ = struct.unpack_from("<5I", content, 128)
        assert (dimension, misc, array) == (3, 0, 1)
        at, name = 148, DXGI[dxgi]
    assert name is not None
    sizes = sizes_of(width, height, count)
    lengths = [block_bytes(name.split()[0], *size) for size in sizes]
    assert flags & 0x80000
    assert linear == lengths[0]
    assert len(content) == at + sum(lengths)
    starts = [at + sum(lengths[:level]) for level in range(count)]
    levels = [content[start : start + length] for start, length in zip(starts, lengths, strict=True)]
    return ReadTexture(format=name, levels=levels, sizes=sizes)


@dataclass(frozen=True, kw_only=True)
class ReadKtx2:
    """The parts of a KTX2 file."""

    vk_format: int
    width: int
    height: int
    scheme: int
    descriptor: bytes
    notes: dict[str, bytes]
    shared: bytes
    levels: list[tuple[int, int, int]]  # offset, length, length without supercompression

    def texture(self, content: bytes) -> ReadTexture:
        return ReadTexture(
            format=VULKAN[self.vk_format],
            levels=[content[at : at + length] for at, length, _ in self.levels],
            sizes=sizes_of(self.width, self.height, len(self.levels)),
        )


def read_ktx2(content: bytes) -> ReadKtx2:
    """By the specification's rules: sections in order without overlap, keys sorted and padded with zeros, levels aligned, smallest first."""
    assert content[:12] == bytes([0xAB, 0x4B, 0x54, 0x58, 0x20, 0x32, 0x30, 0xBB, 0x0D, 0x0A, 0x1A, 0x0A])
    fields = struct.unpack_from("<9I", content, 12)
    vk_format, type_size, width, height, depth, layers, faces, count, scheme = fields
    assert (type_size, depth, layers, faces) == (1, 0, 0, 1)
    descriptor_at, descriptor_size, notes_at, notes_size = struct.unpack_from("<4I", content, 48)
    shared_at, shared_size = struct.unpack_from("<2Q", content, 64)
    assert descriptor_at == 80 + 24 * count
    assert struct.unpack_from("<I", content, descriptor_at)[0] == descriptor_size
    assert notes_at in (0, descriptor_at + descriptor_size)
    assert shared_size == 0 or shared_at % 8 == 0
    levels = [struct.unpack_from("<3Q", content, 80 + 24 * level) for level in range(count)]
    end = max(descriptor_at + descriptor_size, notes_at + notes_size, shared_at + shared_size)
    for at, length, plain in reversed(levels):
        assert at >= end
        assert not any(content[end:at])
        assert scheme != 0 or (length == plain and at % block_alignment(vk_format) == 0)
        end = at + length
    assert end == len(content)
    return ReadKtx2(
        vk_format=vk_format,
        width=width,
        height=height,
        scheme=scheme,
        descriptor=content[descriptor_at : descriptor_at + descriptor_size],
        notes=read_notes(content[notes_at : notes_at + notes_size]),
        shared=content[shared_at : shared_at + shared_size],
        levels=[(level[0], level[1], level[2]) for level in levels],
    )


def block_alignment(vk_format: int) -> int:
    return BLOCK_BYTES[VULKAN[vk_format].split()[0]] if vk_format in VULKAN else 4


def read_notes(content: bytes) -> dict[str, bytes]:
    notes: dict[str, bytes] = {}
    at = 0
    while at < len(content):
        (length,) = struct.unpack_from("<I", content, at)
        key, separator, value = content[at + 4 : at + 4 + length].partition(b"\0")
        assert separator
        notes[key.decode()] = value
        padding = content[at + 4 + length : at + 4 + length + -length % 4]
        assert not any(padding)
        at += 4 + length + len(padding)
    assert at == len(content)
    assert list(notes) == sorted(notes)
    return notes
