"""Requests and replies as JSON or as bytes. A request stays as it was sent until its sender is known."""

import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from google.protobuf import json_format
from google.protobuf.message import Message

from limner.server.errors import InvalidRequestError
from limner.server.parsing import parsed

PLACE = re.compile(
    r' at "?[A-Za-z]+\.?([A-Za-z0-9_.\[\]]*?)"?\.*$'
)  # `… at "CreateGenerationRequest.generation.image".`
OUTER = re.compile(r"Failed to parse (\w+) field: ")
NAME = re.compile(r"'(\w+)'")
UNKNOWN = re.compile(r'has no field named "([^"]*)"')
ONEOF = re.compile(r'multiple "(\w+)" oneof fields')


@dataclass(frozen=True, slots=True)
class Sent:
    """A request that nobody has read yet."""

    content: bytes
    kind: type[Message] | None  # of a request in JSON


class Binary:
    """Protobuf's bytes."""

    def name(self) -> str:
        return "proto"

    def encode(self, message: Message) -> bytes:
        return message.SerializeToString()

    def decode(self, data: bytes | bytearray, message_class: type[Message]) -> Sent:
        return Sent(bytes(data), None)


class Json:
    """Protobuf's JSON: names in camelCase, 64-bit numbers and bytes (base64) as strings."""

    def name(self) -> str:
        return "json"

    def encode(self, message: Message) -> bytes:
        return json.dumps(json_format.MessageToDict(message), ensure_ascii=False, separators=(",", ":")).encode()

    def decode(self, data: bytes | bytearray, message_class: type[Message]) -> Sent:
        return Sent(bytes(data), message_class)


def read(deserialize: Callable[[bytes], Any], sent: Sent) -> Any:
    """The message of a request. Raises InvalidRequestError, also for a name that JSON has and the message has not."""
    if sent.kind is None:
        return parsed(deserialize, sent.content)
    try:
        return json_format.Parse(sent.content or b"{}", sent.kind())
    except RecursionError as error:
        raise InvalidRequestError.of("request", "is nested too deeply") from error
    except (json_format.ParseError, ValueError) as error:
        raise InvalidRequestError.of(*_fault(str(error))) from error


def _fault(text: str) -> tuple[str, str]:
    """The field and what is wrong with it, from the words of protobuf's parser."""
    first, _, rest = text.partition("\n")
    outer, place = OUTER.findall(first), PLACE.search(first)
    path = place.group(1) if place else outer[-1] if outer else ""
    words = PLACE.sub("", OUTER.sub("", first)).strip(" .:")[:200]
    if unknown := UNKNOWN.search(first):
        path = f"{path}.{unknown.group(1)[:80]}"
        words = f"there is no such field; known: {', '.join(re.findall(NAME, rest))}"
    path = path.removeprefix("generation.")  # the services too name the fields of a brief from the brief on
    if oneof := ONEOF.search(first):
        path, words = f"{path}.{oneof.group(1)}", "set exactly one"
    return path.strip(".") or "request", words
