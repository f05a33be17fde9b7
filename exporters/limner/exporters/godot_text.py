"""Godot 4's text resources. The one place where their values are written and quoted."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Call:
    """A constructor such as `Rect2(0, 0, 8, 8)`."""

    name: str
    arguments: tuple[object, ...]


@dataclass(frozen=True, slots=True)
class Name:
    """A StringName: `&"idle"`."""

    text: str


@dataclass(frozen=True, slots=True)
class External:
    """A file that the resource needs, by its path beside the resource."""

    kind: str
    path: str
    id: str

    @property
    def reference(self) -> Call:
        return Call("ExtResource", (self.id,))


@dataclass(frozen=True, slots=True)
class Part:
    """A resource inside the resource."""

    kind: str
    id: str
    properties: Mapping[str, object]

    @property
    def reference(self) -> Call:
        return Call("SubResource", (self.id,))


def resource(
    kind: str, properties: Mapping[str, object], externals: Sequence[External] = (), parts: Sequence[Part] = ()
) -> bytes:
    """A `.tres` file."""
    steps = len(externals) + len(parts)
    head = {"type": kind} | ({"load_steps": steps + 1} if steps else {}) | {"format": 3}
    blocks = [_tag("gd_resource", head)]
    if externals:
        blocks.append("\n".join(_tag("ext_resource", {"type": e.kind, "path": e.path, "id": e.id}) for e in externals))
    blocks += [_block("sub_resource", {"type": part.kind, "id": part.id}, part.properties) for part in parts]
    blocks.append(_block("resource", {}, properties))
    return ("\n\n".join(blocks) + "\n").encode()


def rect(x: float, y: float, width: float, height: float) -> Call:
    return Call("Rect2", (x, y, width, height))


def _tag(name: str, attributes: Mapping[str, object]) -> str:
    return "[" + " ".join([name, *(f"{key}={_value(value)}" for key, value in attributes.items())]) + "]"


def _block(name: str, attributes: Mapping[str, object], properties: Mapping[str, object]) -> str:
    return "\n".join([_tag(name, attributes), *(f"{key} = {_value(value)}" for key, value in properties.items())])


def _value(value: object) -> str:
    match value:
        case bool():
            return "true" if value else "false"
        case int() | float():
            return repr(value)
        case str():
            return _quoted(value)
        case Name():
            return "&" + _quoted(value.text)
        case Call():
            return f"{value.name}({', '.join(map(_value, value.arguments))})"
        case Mapping():
            return "{" + ", ".join(f"{_value(key)}: {_value(part)}" for key, part in value.items()) + "}"
        case Sequence():
            return "[" + ", ".join(map(_value, value)) + "]"
        case _:
            raise TypeError(f"{type(value).__name__} has no text in a Godot resource")


def _quoted(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'
