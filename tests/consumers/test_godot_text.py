"""Godot reads every kind of value that the exporters write into its text resources."""

from limner.atlas.geometry import Size
from limner.exporters.godot_text import (
    Color,
    NodePath,
    Packed,
    PackedVector2,
    Rect2,
    Rect2i,
    StringName,
    TypedArray,
    Vector2,
    Vector2i,
    Vector3,
    resource,
)
from tests.consumers.browser import Chromium
from tests.consumers.godot import godot_runs

VALUES: dict[
    str, tuple[object, str, str]
] = {  # what is written, the type that Godot reads, and its text in Godot's words
    "plain": ("hero", "String", "hero"),
    "quotes": ('say "hi" \\ back', "String", 'say "hi" \\ back'),
    "lines": ("one\ntwo\ttab\rreturn", "String", "one\ntwo\ttab\rreturn"),
    "unicode": ("高い “x” é 🎨", "String", "高い “x” é 🎨"),
    "name": (StringName('wa"lk'), "StringName", 'wa"lk'),
    "path": (NodePath("A/B:c"), "NodePath", "A/B:c"),
    "int": (-5, "int", "-5"),
    "long": (2**62, "int", "4611686018427387904"),
    "float": (0.1, "float", "0.1"),
    "small": (1e-7, "float", "1e-07"),
    "yes": (True, "bool", "true"),
    "bytes": (b"\0\1\xff", "PackedByteArray", "PackedByteArray(0, 1, 255)"),
    "vector": (Vector2(1.5, -2), "Vector2", "Vector2(1.5, -2)"),
    "whole_vector": (Vector2i(1, 2), "Vector2i", "Vector2i(1, 2)"),
    "space": (Vector3(1, 2, 3), "Vector3", "Vector3(1, 2, 3)"),
    "box": (Rect2(0, 0.5, 16, 16), "Rect2", "Rect2(0, 0.5, 16, 16)"),
    "whole_box": (Rect2i(1, 2, 3, 4), "Rect2i", "Rect2i(1, 2, 3, 4)"),
    "colour": (Color(1, 0.5, 0.25), "Color", "Color(1, 0.5, 0.25, 1)"),
    "ints": (Packed("Int32", [1, 2]), "PackedInt32Array", "PackedInt32Array(1, 2)"),
    "floats": (Packed("Float64", [0.5, 1e-9]), "PackedFloat64Array", "PackedFloat64Array(0.5, 1e-09)"),
    "texts": (Packed("String", ['a"', "b"]), "PackedStringArray", 'PackedStringArray("a\\"", "b")'),
    "polygon": (PackedVector2([(0, 0), (1, 0.5)]), "PackedVector2Array", "PackedVector2Array(0, 0, 1, 0.5)"),
    "typed": (TypedArray("StringName", [StringName("a")]), "Array", 'Array[StringName]([&"a"])'),
    "mapping": ({'q"': [1, 2], "x": {}}, "Dictionary", '{\n"q\\"": [1, 2],\n"x": {}\n}'),
}


def test_godot_reads_every_value_as_it_was_meant(browser: Chromium) -> None:
    body = {f"metadata/{key}": written for key, (written, _, _) in VALUES.items()}
    files = {"values.tres": resource("Resource", [], [], body)}
    answer = godot_runs(browser, files, "resource", Size(4, 4), {"path": "res://values.tres"})
    assert answer.said == {key: {"type": kind, "text": text} for key, (_, kind, text) in VALUES.items()}
