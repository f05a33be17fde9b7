"""From the bytes of a request to its message, stricter than protobuf: two members of a oneof are refused, not dropped."""

from collections.abc import Callable, Iterator
from typing import Any

from google.protobuf.message import DecodeError

from limner.server.errors import InvalidRequestError

VARINT, FIXED64, BYTES, FIXED32 = 0, 1, 2, 5


def parsed(deserialize: Callable[[bytes], Any], content: bytes) -> Any:
    """The message. Raises InvalidRequestError for bytes that are none, and for a oneof that was set twice."""
    try:
        message = deserialize(content)
    except DecodeError as error:
        raise InvalidRequestError.of("request", "is no message of this method; generate the client again") from error
    given: dict[str, set[str]] = {}
    collect(memoryview(content), message.DESCRIPTOR, "", given)
    for path, names in given.items():
        if len(names) > 1:
            raise InvalidRequestError.of(path, f"{' and '.join(sorted(names))} are all set; set exactly one")
    return message


def collect(content: memoryview, descriptor: Any, prefix: str, given: dict[str, set[str]]) -> None:
    """Note by path which members of each oneof are on the wire. `content` must have been parsed once."""
    for number, value in fields(content):
        field = descriptor.fields_by_number.get(number)
        if field is None:
            continue
        if field.containing_oneof is not None:
            given.setdefault(prefix + field.containing_oneof.name, set()).add(field.name)
        if field.message_type is not None and field.message_type.full_name.startswith("limner."):
            collect(value, field.message_type, f"{prefix}{field.name}.", given)


def fields(content: memoryview) -> Iterator[tuple[int, memoryview]]:
    """Number and value of every field of a well-formed message, up to the first group (nothing of ours has any)."""
    at = 0
    while at < len(content):
        tag, at = varint(content, at)
        kind, begin = tag & 7, at
        if kind == VARINT:
            _, at = varint(content, at)
        elif kind == BYTES:
            size, begin = varint(content, at)
            at = begin + size
        elif kind in (FIXED32, FIXED64):
            at += 4 if kind == FIXED32 else 8
        else:
            return
        yield tag >> 3, content[begin:at]


def varint(content: memoryview, at: int) -> tuple[int, int]:
    """The number that begins at `at`, and where it ends."""
    value = shift = 0
    while content[at] & 0x80:
        value |= (content[at] & 0x7F) << shift
        at, shift = at + 1, shift + 7
    return value | content[at] << shift, at + 1
