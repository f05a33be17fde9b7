"""The wire is documented as if it were all there is, and keeps the rules of its linter."""

import subprocess
import sys
import sysconfig
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

import pytest
from google.protobuf.descriptor_pb2 import (
    DescriptorProto,
    EnumDescriptorProto,
    FileDescriptorProto,
    FileDescriptorSet,
)

ROOT = Path(__file__).parents[2]
PROTO = ROOT / "proto"
FILES = sorted(path.relative_to(PROTO).as_posix() for path in PROTO.rglob("*.proto"))
BRIEFS = ["Image", "Character", "Texture", "Scene", "Animation", "Edit", "Variation", "Blend", "Upscale"]
Place = tuple[int, ...]  # where something stands in a file, as in SourceCodeInfo.Location.path


def compiled(folder: Path) -> dict[str, FileDescriptorProto]:
    """Our files as protoc understands them, with their comments."""
    target = folder / "wire.binpb"
    flags = [f"-I{PROTO}", "--include_source_info", f"--descriptor_set_out={target}"]
    subprocess.run([sys.executable, "-m", "grpc_tools.protoc", *flags, *FILES], check=True)
    return {file.name: file for file in FileDescriptorSet.FromString(target.read_bytes()).file}


def enum_places(enum: EnumDescriptorProto, place: Place, name: str) -> Iterator[tuple[str, Place]]:
    yield name, place
    for index, value in enumerate(enum.value):
        yield f"{name}.{value.name}", (*place, EnumDescriptorProto.VALUE_FIELD_NUMBER, index)


def message_places(message: DescriptorProto, place: Place, name: str) -> Iterator[tuple[str, Place]]:
    yield name, place
    for index, field in enumerate(message.field):
        yield f"{name}.{field.name}", (*place, DescriptorProto.FIELD_FIELD_NUMBER, index)
    for index, oneof in enumerate(message.oneof_decl):
        if not oneof.name.startswith("_"):  # protoc's own, one per `optional`
            yield f"{name}.{oneof.name}", (*place, DescriptorProto.ONEOF_DECL_FIELD_NUMBER, index)
    for index, enum in enumerate(message.enum_type):
        inner = (*place, DescriptorProto.ENUM_TYPE_FIELD_NUMBER, index)
        yield from enum_places(enum, inner, f"{name}.{enum.name}")
    for index, nested in enumerate(message.nested_type):
        inner = (*place, DescriptorProto.NESTED_TYPE_FIELD_NUMBER, index)
        yield from message_places(nested, inner, f"{name}.{nested.name}")


def places(file: FileDescriptorProto) -> Iterator[tuple[str, Place]]:
    """Everything in a file that has a name of its own."""
    for index, message in enumerate(file.message_type):
        yield from message_places(message, (file.MESSAGE_TYPE_FIELD_NUMBER, index), message.name)
    for index, enum in enumerate(file.enum_type):
        yield from enum_places(enum, (file.ENUM_TYPE_FIELD_NUMBER, index), enum.name)
    for index, service in enumerate(file.service):
        place = (file.SERVICE_FIELD_NUMBER, index)
        yield service.name, place
        for number, method in enumerate(service.method):
            yield f"{service.name}.{method.name}", (*place, service.METHOD_FIELD_NUMBER, number)


def comments(file: FileDescriptorProto) -> dict[str, str]:
    """The comment above everything in a file; empty where there is none."""
    above = {tuple(at.path): at.leading_comments for at in file.source_code_info.location}
    return {name: above.get(place, "").strip() for name, place in places(file)}


@pytest.fixture(scope="module")
def wire(tmp_path_factory: pytest.TempPathFactory) -> dict[str, FileDescriptorProto]:
    return compiled(tmp_path_factory.mktemp("wire"))


@pytest.mark.parametrize("name", FILES)
def test_everything_on_the_wire_is_documented_in_sentences(wire: dict[str, FileDescriptorProto], name: str) -> None:
    assert {what for what, text in comments(wire[name]).items() if not text.endswith(".")} == set()


def test_a_generation_carries_exactly_one_of_the_nine_briefs(wire: dict[str, FileDescriptorProto]) -> None:
    (generation,) = (m for m in wire["limner/v1/generation.proto"].message_type if m.name == "Generation")
    assert [field.type_name for field in generation.field if field.HasField("oneof_index")] == [
        f".limner.v1.{brief}Brief" for brief in BRIEFS
    ]


def test_every_public_method_is_unary_or_streams_from_the_server(
    wire: dict[str, FileDescriptorProto],
) -> None:
    methods = [m for file in wire.values() for service in file.service for m in service.method]
    assert [method.name for method in methods if method.client_streaming] == []
    assert sorted(method.name for method in methods if method.server_streaming) == [
        "ExportAssets",
        "ReadAsset",
        "WatchAssets",
        "WatchGeneration",
    ]


def test_the_wire_keeps_the_rules_of_its_linter() -> None:
    buf = Path(sysconfig.get_path("scripts"), "buf")
    lint = subprocess.run([buf, "lint"], cwd=ROOT, capture_output=True, text=True, check=False)
    assert (lint.returncode, lint.stdout) == (0, "")


def test_limner_is_a_namespace_with_no_init_of_its_own() -> None:
    spec = find_spec("limner")
    assert spec is not None
    assert spec.origin is None, f"remove {spec.origin}: it hides the other import roots"
