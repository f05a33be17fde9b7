"""Between the server and the process of a network: short messages over pipes, arrays in memory that both see.

An array is written once and read where it lies. Neither side trusts what a message says of it: places are checked against the
block. Messages are JSON after their length (4 bytes, little-endian); nothing is ever unpickled.
"""

import json
import mmap
import os
import sys
import tempfile
from collections.abc import Iterable, Sequence
from math import prod
from pathlib import Path
from typing import IO, Any

import numpy as np
from numpy.typing import NDArray

Message = dict[str, Any]
Place = tuple[str, Sequence[int], int]  # type, shape, first byte
TYPES = frozenset(("<f4", "<f8", "<f2", "<i8", "<i4", "<i2", "|i1", "|u1", "<u2", "<u4", "<u8", "|b1"))
MAX_MESSAGE = 2**20
ALIGNED = 64
FIRST = 2**20  # bytes of a new block


class ChannelError(Exception):
    """The other side has gone, or says what makes no sense."""


class RoomError(Exception):
    """The block is too small; the value says how many bytes it takes."""


class Block:
    """Memory that two processes see. One of them makes it and makes it larger, the other follows."""

    def __init__(self, file: int, size: int) -> None:
        self.file = file
        self._map = mmap.mmap(file, size)

    @classmethod
    def made(cls) -> "Block":
        """A new block: memory alone on Linux, elsewhere a file that only this user can read."""
        if sys.platform == "linux":
            file = os.memfd_create("limner-network")
        else:
            file, path = tempfile.mkstemp(prefix="limner-network-")
            Path(path).unlink()
        os.ftruncate(file, FIRST)
        return cls(file, FIRST)

    @property
    def size(self) -> int:
        return len(self._map)

    def grow(self, size: int) -> None:
        """Make it at least so large; what is in it is lost."""
        if size > self.size:
            size = 1 << (size - 1).bit_length()
            os.ftruncate(self.file, size)
            self.follow(size)

    def follow(self, size: int) -> None:
        """See all of it after the other side made it larger."""
        if size > self.size:
            self._map = mmap.mmap(self.file, size)  # the old one goes with its last array

    def put(self, arrays: Iterable[NDArray[Any]], at: int = 0) -> tuple[list[Place], int]:
        """Copy arrays into the block from byte `at` on: where they lie, and the first byte after them. Raises RoomError."""
        arrays = [np.asarray(array) for array in arrays]
        starts = [at]
        for array in arrays:
            starts.append(-(-(starts[-1] + array.nbytes) // ALIGNED) * ALIGNED)
        if starts[-1] > self.size:
            raise RoomError(starts[-1])
        places: list[Place] = []
        for array, start in zip(arrays, starts, strict=False):
            place = (array.dtype.newbyteorder("<").str, array.shape, start)
            self.seen(place)[...] = array
            places.append(place)
        return places, starts[-1]

    def seen(self, place: Place) -> NDArray[Any]:
        """The array at a place, as it lies in the block. Raises ChannelError where there can be none."""
        try:
            kind, shape, start = place
            if kind not in TYPES or not all(isinstance(n, int) and n >= 0 for n in (*shape, start)):
                raise ChannelError(f"no array: {place!r:.200}")
            count = prod(shape)
            if start + count * np.dtype(kind).itemsize > self.size:
                raise ChannelError(f"an array outside the block: {place!r:.200}")
        except (TypeError, ValueError) as error:
            raise ChannelError(f"no array: {place!r:.200}") from error
        return np.frombuffer(self._map, kind, count, start).reshape(shape)

    def close(self) -> None:
        os.close(self.file)


def send(pipe: IO[bytes], message: Message) -> None:
    """Raises ChannelError when nobody reads."""
    content = json.dumps(message).encode()
    try:
        pipe.write(len(content).to_bytes(4, "little") + content)
        pipe.flush()
    except (OSError, ValueError) as error:
        raise ChannelError(f"cannot be told ({error})") from error


def receive(pipe: IO[bytes]) -> Message:
    """The next message, waited for. Raises ChannelError when the other side has gone or sends none."""
    try:
        length = int.from_bytes(_exactly(pipe, 4), "little")
        if length > MAX_MESSAGE:
            raise ChannelError(f"a message of {length} bytes")
        message = json.loads(_exactly(pipe, length))
    except (OSError, ValueError, RecursionError) as error:
        raise ChannelError(f"no message ({error})") from error
    if not isinstance(message, dict):
        raise ChannelError("a message that is no object")
    return message


def _exactly(pipe: IO[bytes], count: int) -> bytes:
    content = pipe.read(count)
    if len(content) < count:
        raise ChannelError("gone")
    return content
