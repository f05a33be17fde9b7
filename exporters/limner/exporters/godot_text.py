"""Godot 4's text resources (`.tres`, `.tscn`): the one place that quotes for them.

A body is a mapping from property name to value, a scene is a list of `Node`. Python values become Variants:

    None, bool, int, float, str, bytes       null, true, 1, 1.0, "text", PackedByteArray("base64")
    mapping, list or tuple                   Dictionary, Array
    the NamedTuples and classes below        Vector2, Rect2, Color, &"name", NodePath, Packed…Array
    an `Ext` or `Sub` itself                 ExtResource("id"), SubResource("id")

    page = Ext("page", "Texture2D", "hero.png")  # relative to the file that is written, so the folder may lie anywhere
    idle = Sub("idle", "AtlasTexture", {"atlas": page, "region": Rect2(0, 0, 16, 16)})
    text = resource("SpriteFrames", [page], [idle], {"animations": [{"name": StringName("idle"), "frames": [idle]}]})

Subs are written in their order; one may name only those before it. Files are read by Godot 4.0 and later, those with bytes by 4.3.
Source: Godot's `core/variant/variant_parser.cpp` and `scene/resources/resource_format_text.cpp`.
"""

import base64
import hashlib
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from limner.atlas.sprites import Provenance
from limner.exporters.files import ExportError

PROVENANCE = "metadata/provenance"  # the property (Object.get_meta("provenance")) that carries where the art comes from
UID_DIGITS = "abcdefghijklmnopqrstuvwxy012345678"  # as in core/io/resource_uid.cpp: no z and no 9
ESCAPES = str.maketrans({"\\": "\\\\", '"': '\\"', "\n": "\\n", "\r": "\\r", "\t": "\\t"})


class Vector2(NamedTuple):
    x: float
    y: float


class Vector2i(NamedTuple):
    x: int
    y: int


class Vector3(NamedTuple):
    x: float
    y: float
    z: float


class Rect2(NamedTuple):
    x: float
    y: float
    width: float
    height: float


class Rect2i(NamedTuple):
    x: int
    y: int
    width: int
    height: int


class Color(NamedTuple):
    """Red, green, blue and alpha in [0, 1]."""

    r: float
    g: float
    b: float
    a: float = 1.0


class StringName(str):
    """Written as &"name"."""

    __slots__ = ()


class NodePath(str):
    """Written as NodePath("a/b")."""

    __slots__ = ()


@dataclass(frozen=True, slots=True)
class Packed:
    """A packed array of numbers or strings; `kind` is Int32, Int64, Float32, Float64, String. Bytes are simply `bytes`."""

    kind: str
    values: Sequence[int | float | str]


@dataclass(frozen=True, slots=True)
class PackedVector2:
    """PackedVector2Array: polygons."""

    points: Sequence[tuple[float, float]]


@dataclass(frozen=True, slots=True)
class TypedArray:
    """An array that the engine checks: `Array[kind]([…])`."""

    kind: str  # a class or Variant type: StringName, Texture2D, …
    values: Sequence[object]


@dataclass(frozen=True, slots=True, eq=False)
class Ext:
    """A file that the resource uses; `path` is relative to the file being written, or starts with res://."""

    id: str
    kind: str  # Texture2D, TileSet, PackedScene, …
    path: str
    uid: str = ""  # only where that file states the same


@dataclass(frozen=True, slots=True, eq=False)
class Sub:
    """A resource inside the file."""

    id: str
    kind: str
    body: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, eq=False)
class Node:
    """A node of a scene. `parent` is None for the root, "." for its children, else the path below the root ("Layer/Tree")."""

    name: str
    kind: str
    parent: str | None = "."
    body: Mapping[str, object] = field(default_factory=dict)
    groups: Sequence[str] = ()


def resource(kind: str, ext: Sequence[Ext], subs: Sequence[Sub], body: Mapping[str, object], uid: str = "") -> bytes:
    """A `.tres` of class `kind`. Raises ExportError for two ids that are equal, a reference to what is not listed, and numbers without an end."""
    writer = _Writer(ext, subs)
    blocks = [*writer.above(), _block("resource", {}, writer.lines(body))]
    return writer.text("gd_resource", {"type": kind}, blocks, uid)


def scene(ext: Sequence[Ext], subs: Sequence[Sub], nodes: Sequence[Node], uid: str = "") -> bytes:
    """A `.tscn`. The first node is the root; a node comes after its parent."""
    writer = _Writer(ext, subs)
    blocks = [*writer.above(), *(writer.node(node) for node in nodes)]
    return writer.text("gd_scene", {}, blocks, uid)


def uid(*parts: str) -> str:
    """The `uid://…` that these names decide: 63 bits of their hash, in Godot's base of 34."""
    number = int.from_bytes(hashlib.sha256("\0".join(parts).encode()).digest()[:8], "big") >> 1
    digits = ""
    while number:
        number, digit = divmod(number, len(UID_DIGITS))
        digits = UID_DIGITS[digit] + digits
    return f"uid://{digits}"


def with_provenance(body: Mapping[str, object], provenance: Provenance) -> dict[str, object]:
    """The body, and where the art comes from when somebody said so."""
    return {**body, PROVENANCE: dict(sorted(provenance.items()))} if provenance else dict(body)


def node_name(name: str) -> str:
    """The name as a node may have it: Godot refuses . : @ / " % and nothing at all."""
    return "".join("_" if letter in '.:@/"%\n\r\t\0' else letter for letter in name) or "_"


class _Writer:
    """Turns values into text; knows which resources there are, so that no reference leads nowhere."""

    def __init__(self, ext: Sequence[Ext], subs: Sequence[Sub]) -> None:
        self._ext, self._subs = ext, subs
        self._known: set[int] = {id(one) for one in ext}
        self._packs_bytes = False
        for group in (ext, subs):
            ids = [one.id for one in group]
            if twice := {one for one in ids if ids.count(one) > 1}:
                raise ExportError(f"two resources have the id {min(twice)!r}; give each its own")

    def above(self) -> list[str]:
        """What comes before the body: the files it uses and the resources inside."""
        blocks = [
            _tag("ext_resource", {"type": ext.kind, "uid": ext.uid, "path": ext.path, "id": ext.id}) + "\n"
            for ext in self._ext
        ]
        for sub in self._subs:
            blocks.append(_block("sub_resource", {"type": sub.kind, "id": sub.id}, self.lines(sub.body)))
            self._known.add(id(sub))
        return blocks

    def node(self, node: Node) -> str:
        head = {"name": node.name, "type": node.kind}
        if node.parent is not None:
            head["parent"] = node.parent
        tail = f" groups={self.value(list(node.groups))}" if node.groups else ""
        return _block("node", head, self.lines(node.body), tail)

    def lines(self, body: Mapping[str, object]) -> list[str]:
        return [f"{_property(name)} = {self.value(value)}\n" for name, value in body.items()]

    def text(self, tag: str, head: Mapping[str, str], blocks: Sequence[str], uid: str) -> bytes:
        steps = len(self._ext) + len(self._subs) + 1
        tail = f" load_steps={steps} format={4 if self._packs_bytes else 3}"
        first = _tag(tag, head, tail + (f" uid={_quoted(uid)}" if uid else "")) + "\n"
        return "\n".join([first, *blocks]).encode()

    def value(self, value: object) -> str:
        """A Variant as text."""
        if isinstance(value, Ext | Sub):
            return self._reference(value)
        if isinstance(value, NodePath):
            return f"NodePath({_quoted(value)})"
        if isinstance(value, str):
            return ("&" if isinstance(value, StringName) else "") + _quoted(value)
        if isinstance(value, bytes):
            self._packs_bytes = True
            return f'PackedByteArray("{base64.b64encode(value).decode()}")'
        if isinstance(value, Mapping):
            return self._dictionary(value)
        if isinstance(value, Vector2 | Vector2i | Vector3 | Rect2 | Rect2i | Color):
            return f"{type(value).__name__}({', '.join(map(_number, value))})"
        return self._array(value)

    def _array(self, value: object) -> str:
        if isinstance(value, Packed):
            return f"Packed{value.kind}Array({self._joined(value.values)})"
        if isinstance(value, PackedVector2):
            return f"PackedVector2Array({', '.join(_number(side) for point in value.points for side in point)})"
        if isinstance(value, TypedArray):
            return f"Array[{value.kind}]([{self._joined(value.values)}])"
        if isinstance(value, Sequence):
            return f"[{self._joined(value)}]"
        return _number(value)

    def _joined(self, values: Iterable[object]) -> str:
        return ", ".join(self.value(value) for value in values)

    def _dictionary(self, value: Mapping[object, object]) -> str:
        if not value:
            return "{}"
        pairs = ",\n".join(f"{self.value(key)}: {self.value(entry)}" for key, entry in value.items())
        return "{\n" + pairs + "\n}"

    def _reference(self, one: Ext | Sub) -> str:
        if id(one) not in self._known:
            raise ExportError(f"resource {one.id!r} is used before it is listed; put it before its user")
        return f"{'ExtResource' if isinstance(one, Ext) else 'SubResource'}({_quoted(one.id)})"


def _block(tag: str, head: Mapping[str, str], lines: Sequence[str], tail: str = "") -> str:
    return _tag(tag, head, tail) + "\n" + "".join(lines)


def _tag(tag: str, head: Mapping[str, str], tail: str = "") -> str:
    fields = "".join(f" {key}={_quoted(value)}" for key, value in head.items() if value)
    return f"[{tag}{fields}{tail}]"


def _quoted(text: str) -> str:
    if "\0" in text:
        raise ExportError(f"{text!r} holds a zero character; Godot's files cannot, remove it")
    return f'"{text.translate(ESCAPES)}"'


def _property(name: str) -> str:
    """Names with other letters are quoted, as the engine does (`String.property_name_encode`)."""
    plain = all("!" < letter < "\x7f" and letter not in '"=' for letter in name)
    return name if plain and name else _quoted(name)


def _number(value: object) -> str:
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value)
    if isinstance(value, float) and math.isfinite(value):
        return repr(float(value))
    raise ExportError(f"{value!r} has no place in a Godot file; use finite numbers, text, lists or mappings")
