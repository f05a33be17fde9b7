"""Godot's package format, version 3 (Godot 4.5 and later): a header, the files, and a directory of them."""

import hashlib
import struct
from collections.abc import Mapping

MAGIC = b"GDPC"
FORMAT = 3
ENGINE = (4, 6, 0)
RELATIVE = 2  # flag: offsets count from where the files begin
HEADER = struct.Struct("<4s5IQQ64x")  # magic, format, engine, flags, where files begin, where the directory begins
ALIGNMENT = 16


def packed(files: Mapping[str, bytes]) -> bytes:
    """The package of `files`, by path below `res://`."""
    body, directory = bytearray(), bytearray(struct.pack("<I", len(files)))
    for path, content in files.items():
        name = _padded(path.encode(), 4)
        directory += struct.pack("<I", len(name)) + name
        directory += struct.pack("<QQ", len(body), len(content)) + hashlib.md5(content).digest() + bytes(4)
        body += _padded(content, ALIGNMENT)
    base = HEADER.size + -HEADER.size % ALIGNMENT
    header = HEADER.pack(MAGIC, FORMAT, *ENGINE, RELATIVE, base, base + len(body))
    return _padded(header, ALIGNMENT) + bytes(body) + bytes(directory)


def _padded(content: bytes, to: int) -> bytes:
    return content + bytes(-len(content) % to)
