"""Godot's text resources say what they are told, whatever letters a name has."""

import base64
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from limner.exporters import ExportError
from limner.exporters.godot_text import (
    Color,
    Ext,
    Node,
    NodePath,
    Packed,
    PackedVector2,
    Rect2,
    StringName,
    Sub,
    TypedArray,
    Vector2i,
    node_name,
    resource,
    scene,
    uid,
    with_provenance,
)

TEXT = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]))


def parsed_string(literal: str) -> str:
    """A quoted text as `VariantParser::get_token` reads it: a backslash, then n, t, r or the letter itself."""
    assert literal[0] == literal[-1] == '"'
    return re.sub(r"\\(.)", lambda found: {"n": "\n", "t": "\t", "r": "\r"}.get(found[1], found[1]), literal[1:-1])


def written(value: object) -> str:
    return resource("Resource", [], [], {"value": value}).decode().split("value = ", 1)[1].removesuffix("\n")


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, "null"),
        (True, "true"),
        (3, "3"),
        (0.5, "0.5"),
        (2.0, "2.0"),
        ('a "b" \\ c\n', '"a \\"b\\" \\\\ c\\n"'),
        (StringName("run fast"), '&"run fast"'),
        (NodePath("A/B:position"), 'NodePath("A/B:position")'),
        (Vector2i(1, -2), "Vector2i(1, -2)"),
        (Rect2(0, 0, 1.5, 2), "Rect2(0, 0, 1.5, 2)"),
        (Color(1, 0.5, 0), "Color(1, 0.5, 0, 1.0)"),
        ([1, [True, "x"]], '[1, [true, "x"]]'),
        ({}, "{}"),
        ({"a": 1, StringName("b"): 2}, '{\n"a": 1,\n&"b": 2\n}'),
        (Packed("Float32", [1, 2.5]), "PackedFloat32Array(1, 2.5)"),
        (Packed("String", ["a", "b"]), 'PackedStringArray("a", "b")'),
        (PackedVector2([(0, 0), (1, 2)]), "PackedVector2Array(0, 0, 1, 2)"),
        (TypedArray("StringName", [StringName("a")]), 'Array[StringName]([&"a"])'),
        (b"\0\1", 'PackedByteArray("AAE=")'),
    ],
    ids=repr,
)
def test_a_value_is_written_as_the_variant_it_stands_for(value: object, text: str) -> None:
    assert written(value) == text


@given(TEXT)
def test_every_text_comes_back_as_it_was(text: str) -> None:
    assert parsed_string(written(text)) == text


@given(st.binary())
def test_bytes_come_back_as_they_were(content: bytes) -> None:
    literal = written(content)
    assert base64.b64decode(literal.removeprefix('PackedByteArray("').removesuffix('")')) == content


def test_a_resource_lists_what_it_uses_and_bytes_raise_its_format() -> None:
    page = Ext("page", "Texture2D", 'he "ro".png')
    idle = Sub("idle", "AtlasTexture", {"atlas": page})
    text = resource("SpriteFrames", [page], [idle], {"frames": [idle], "a b": b""}, "uid://b").decode()
    assert text == (
        '[gd_resource type="SpriteFrames" load_steps=3 format=4 uid="uid://b"]\n\n'
        '[ext_resource type="Texture2D" path="he \\"ro\\".png" id="page"]\n\n'
        '[sub_resource type="AtlasTexture" id="idle"]\natlas = ExtResource("page")\n\n'
        '[resource]\nframes = [SubResource("idle")]\n"a b" = PackedByteArray("")\n'
    )


def test_a_scene_names_parents_and_groups() -> None:
    text = scene([], [], [Node("Root", "Node2D", None), Node("A", "Node2D", ".", {"z_index": 1}, ["solid"])]).decode()
    assert text == (
        "[gd_scene load_steps=1 format=3]\n\n"
        '[node name="Root" type="Node2D"]\n\n'
        '[node name="A" type="Node2D" parent="." groups=["solid"]]\nz_index = 1\n'
    )


@pytest.mark.parametrize("value", [float("nan"), float("inf"), object(), "\0"], ids=repr)
def test_what_godot_cannot_hold_is_refused(value: object) -> None:
    with pytest.raises(ExportError):
        written(value)


def test_references_that_lead_nowhere_and_equal_ids_are_refused() -> None:
    late = Sub("late", "Resource")
    with pytest.raises(ExportError, match="'late' is used before it is listed"):
        resource("Resource", [], [Sub("early", "Resource", {"next": late}), late], {})
    with pytest.raises(ExportError, match="two resources have the id 'a'"):
        resource("Resource", [Ext("a", "Texture2D", "a.png"), Ext("a", "Texture2D", "b.png")], [], {})


def test_a_uid_follows_from_its_names() -> None:
    assert uid("scene", "island") == uid("scene", "island") != uid("sceneisland")
    assert re.fullmatch("uid://[a-y0-8]{10,13}", uid("scene", "island"))


def test_node_names_lose_what_godot_refuses() -> None:
    assert [node_name(name) for name in ("../a", 'x"y', "", "森 1")] == ["___a", "x_y", "_", "森 1"]


def test_provenance_is_kept_where_there_is_some() -> None:
    assert with_provenance({"a": 1}, {}) == {"a": 1}
    assert with_provenance({}, {"seed": "7", "model": "m"}) == {"metadata/provenance": {"model": "m", "seed": "7"}}
