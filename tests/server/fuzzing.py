"""Messages nobody would send, made from the descriptors of the wire: every field of every type, and bytes that are no message."""

from collections.abc import Iterable
from typing import Any

from google.protobuf.descriptor import Descriptor, FieldDescriptor
from google.protobuf.message_factory import GetMessageClass
from hypothesis import strategies as st

from limner.v1 import asset_service_pb2, generation_service_pb2, model_service_pb2, server_service_pb2

MODULES = (generation_service_pb2, asset_service_pb2, model_service_pb2, server_service_pb2)
DEPTH = 5  # of messages in messages
TEXTS = (
    "", " ", "a red dragon", "红龙", "../../etc/passwd", "..\\..\\windows", "/etc/passwd", "models/../../x", "generations/",
    "generations/" + "0" * 32, "assets/" + "0" * 32 + "-1", "assets/" + "f" * 32 + "-99999", "assets/1;DROP TABLE assets", "' OR 1=1 --", "%00", "%s%n",
    "\x00", "\u202egnp.exe", "\u200b" * 100, "a\ufeffb", "e\u0301" * 50, "\U0001f409", "\r\nlevel=error injected", "{{7*7}}", "$(reboot)", "<script>", "x" * 3000,
    "godot", "png", "tiled-tmx", "pixel", "item", "euler", "karras", "http://169.254.169.254/", "file:///etc/passwd", "NaN", "-1", "9" * 40,
)  # fmt: skip
PNG = b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR"
BLOBS = (b"", b"\x00", PNG, PNG + b"\xff" * 40, b"GIF89a", b"PK\x03\x04", b"\xff" * 200, b"{" * 100)
INT_ENDS = (0, 1, -1, 2, 16, 255, 2**31 - 1, -(2**31), 2**53, 2**63 - 1, -(2**63), 2**32 - 1, 2**64 - 1)
KINDS = {
    FieldDescriptor.CPPTYPE_INT32: (-(2**31), 2**31 - 1),
    FieldDescriptor.CPPTYPE_INT64: (-(2**63), 2**63 - 1),
    FieldDescriptor.CPPTYPE_UINT32: (0, 2**32 - 1),
    FieldDescriptor.CPPTYPE_UINT64: (0, 2**64 - 1),
    FieldDescriptor.CPPTYPE_ENUM: (-(2**31), 2**31 - 1),
}


def methods() -> list[tuple[str, Descriptor, bool]]:
    """The path of every method of ours, the message that it takes, and whether it answers with a stream."""
    services = [service for module in MODULES for service in module.DESCRIPTOR.services_by_name.values()]
    return [
        (f"/{service.full_name}/{method.name}", method.input_type, method.server_streaming)
        for service in services
        for method in service.methods
    ]


def messages(descriptor: Descriptor, depth: int = DEPTH) -> st.SearchStrategy[Any]:
    """Messages of a type with any of its fields set to anything that they hold."""

    @st.composite
    def made(draw: st.DrawFn) -> Any:
        message = GetMessageClass(descriptor)()
        fields = [field for field in descriptor.fields if depth > 0 or field.message_type is None]
        for field in draw(st.lists(st.sampled_from(fields), unique_by=lambda one: one.name)) if fields else ():
            put(message, field, draw(values(field, depth)))
        return message

    return made()


def values(field: FieldDescriptor, depth: int) -> st.SearchStrategy[Any]:
    """What one field holds, or a list of it."""
    one = single(field, depth)
    return st.lists(one, max_size=4) if field.is_repeated else one


def single(field: FieldDescriptor, depth: int) -> st.SearchStrategy[Any]:
    if (inner := field.message_type) is not None:
        return st.deferred(lambda: messages(inner, depth - 1))
    if field.cpp_type == FieldDescriptor.CPPTYPE_BOOL:
        return st.booleans()
    if field.cpp_type in (FieldDescriptor.CPPTYPE_FLOAT, FieldDescriptor.CPPTYPE_DOUBLE):
        return st.floats(width=32)
    if field.cpp_type == FieldDescriptor.CPPTYPE_STRING:
        if field.type == FieldDescriptor.TYPE_BYTES:
            return st.sampled_from(BLOBS) | st.binary(max_size=64)
        return st.sampled_from(TEXTS) | st.text(st.characters(exclude_categories=["Cs"]), max_size=40)
    low, high = KINDS[field.cpp_type]
    numbers = [number for number in INT_ENDS if low <= number <= high]
    if field.enum_type is not None:
        numbers += [value.number for value in field.enum_type.values]
    return st.sampled_from(numbers) | st.integers(low, high)


def put(message: Any, field: FieldDescriptor, value: Any) -> None:
    """Set a field, whatever it is."""
    if field.message_type is None and not field.is_repeated:
        setattr(message, field.name, value)
    elif field.is_repeated:
        members: Iterable[Any] = value
        getattr(message, field.name).extend(members)
    else:
        getattr(message, field.name).CopyFrom(value)


@st.composite
def damaged(draw: st.DrawFn, descriptor: Descriptor) -> bytes:
    """The bytes of a message with some of them changed, cut off or doubled; or any bytes at all."""
    content: bytes = draw(messages(descriptor)).SerializeToString()
    match draw(st.sampled_from(("cut", "flip", "twice", "any"))):
        case "cut":
            return content[: draw(st.integers(0, len(content)))]
        case "flip" if content:
            at = draw(st.integers(0, len(content) - 1))
            return content[:at] + bytes([content[at] ^ draw(st.integers(1, 255))]) + content[at + 1 :]
        case "twice":
            content += draw(messages(descriptor)).SerializeToString()
            return content
    return draw(st.binary(max_size=200))
