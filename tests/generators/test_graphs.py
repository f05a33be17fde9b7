"""What a network file may hold: looked at before the runtime sees it."""

import hashlib
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_array_equal
from onnx import TensorProto, helper

from limner.generators.cards import ModelError
from limner.generators.graphs import checked_graph
from limner.generators.sessions import open_session, read_verified

FILE = Path("model/unet.onnx")
X = helper.make_tensor_value_info("x", TensorProto.FLOAT, ["n"])
Y = helper.make_tensor_value_info("y", TensorProto.FLOAT, ["n"])
FLAG = helper.make_tensor("flag", TensorProto.BOOL, [], [True])


def model(*nodes: onnx.NodeProto, tensors: tuple[onnx.TensorProto, ...] = (), **more: Any) -> onnx.ModelProto:
    graph = helper.make_graph(list(nodes), "test", [X], [Y], list(tensors))
    domains = [helper.make_opsetid("", 17), helper.make_opsetid("com.example", 1)]
    return helper.make_model(graph, opset_imports=domains, ir_version=9, **more)


def inner(*nodes: onnx.NodeProto) -> onnx.GraphProto:
    return helper.make_graph(list(nodes), "inner", [], [helper.make_tensor_value_info("z", TensorProto.FLOAT, ["n"])])


def branching(node: onnx.NodeProto) -> onnx.ModelProto:
    """`If` with the node in one of its branches."""
    other = inner(helper.make_node("Identity", ["x"], ["z"]))
    return model(helper.make_node("If", ["flag"], ["y"], then_branch=inner(node), else_branch=other), tensors=(FLAG,))


def calling(node: onnx.NodeProto) -> onnx.ModelProto:
    """A function of the file's own with the node inside."""
    function = helper.make_function("com.example", "mine", ["x"], ["z"], [node], [helper.make_opsetid("", 17)])
    return model(helper.make_node("mine", ["x"], ["y"], domain="com.example"), functions=[function])


def kept_in(place: str) -> onnx.TensorProto:
    tensor = TensorProto(name="w", data_type=TensorProto.FLOAT, dims=[2], data_location=TensorProto.EXTERNAL)
    tensor.external_data.add(key="location", value=place)
    return tensor


def test_standard_operators_are_allowed_also_in_branches_and_own_functions() -> None:
    relu = helper.make_node("Relu", ["x"], ["z"])
    for each in (model(helper.make_node("Relu", ["x"], ["y"])), branching(relu), calling(relu)):
        assert checked_graph(FILE, each.SerializeToString()) == set()


@pytest.mark.parametrize(
    ("made", "name"),
    [
        (model(helper.make_node("Loop", ["", "", "x"], ["y"], name="spin")), "'Loop' (node 'spin')"),
        (model(helper.make_node("RandomNormal", [], ["y"], shape=[2])), "'RandomNormal'"),
        (model(helper.make_node("ImageDecoder", ["x"], ["y"])), "'ImageDecoder'"),
        (model(helper.make_node("Relu", ["x"], ["y"], domain="com.example")), "'com.example.Relu'"),
        (branching(helper.make_node("Scan", ["x"], ["z"])), "'Scan'"),
        (calling(helper.make_node("Bernoulli", ["x"], ["z"])), "'Bernoulli'"),
        (calling(helper.make_node("other", ["x"], ["z"], domain="com.example")), "'com.example.other'"),
    ],
    ids=["loop", "chance", "decoder", "domain", "branch", "function", "unknown function"],
)
def test_another_operator_is_refused_by_name_with_the_fix(made: onnx.ModelProto, name: str) -> None:
    with pytest.raises(ModelError) as refused:
        checked_graph(FILE, made.SerializeToString())
    assert str(refused.value).startswith(f"{FILE}: the operator {name}")
    assert "export the network with standard ONNX operators" in str(refused.value)


@pytest.mark.parametrize("place", ["../w.bin", "/etc/passwd", "a/w.bin", "..\\w.bin", "c:w.bin", "..", "."])
def test_tensors_in_another_folder_are_refused(place: str) -> None:
    tensor = kept_in(place)
    constant = helper.make_node("Constant", [], ["z"], value=tensor)
    sparse = onnx.SparseTensorProto(values=tensor, dims=[2])
    hidden = helper.make_node("Constant", [], ["z"], sparse_value=sparse)
    plain = model(helper.make_node("Add", ["x", "w"], ["y"]), tensors=(tensor,))
    for made in (plain, branching(constant), calling(constant), branching(hidden)):
        with pytest.raises(
            ModelError, match=r"the tensor 'w' is kept in .* export the network with its tensors inside"
        ):
            checked_graph(FILE, made.SerializeToString())


def test_a_part_for_training_is_refused() -> None:
    made = model(helper.make_node("Relu", ["x"], ["y"]))
    made.training_info.add()
    with pytest.raises(ModelError, match="a part for training; export it for inference"):
        checked_graph(FILE, made.SerializeToString())


@given(st.binary(max_size=200))
def test_bytes_that_are_no_network_are_refused(content: bytes) -> None:
    with pytest.raises(ModelError, match="no ONNX file"):
        checked_graph(FILE, content)


@given(st.integers(0, 400), st.binary(min_size=1, max_size=4))
def test_a_changed_network_is_refused_or_still_looked_at_whole(at: int, bytes_there: bytes) -> None:
    content = bytearray(branching(helper.make_node("Scan", ["x"], ["z"], name="there")).SerializeToString())
    content[at : at + len(bytes_there)] = bytes_there
    try:
        known = onnx.load_from_string(bytes(content))
        hidden = any(node.op_type == "Scan" for each in known.graph.node for a in each.attribute for node in a.g.node)
    except Exception:  # the package cannot read it either
        hidden = False
    try:
        checked_graph(FILE, bytes(content))
    except ModelError:
        return
    assert not hidden


def test_tensors_beside_the_network_need_a_digest_and_then_work(tmp_path: Path) -> None:
    path = tmp_path / "unet.onnx"
    made = model(helper.make_node("Add", ["x", "w"], ["y"]), tensors=(kept_in("w.bin"),))
    path.write_bytes(made.SerializeToString())
    (tmp_path / "w.bin").write_bytes(np.array([1, 2], "<f4").tobytes())
    sha256 = hashlib.sha256(path.read_bytes()).hexdigest()
    with pytest.raises(ModelError, match=r"its tensors in w\.bin have no digest in the card; name the file there"):
        open_session(path, sha256, 1)
    with pytest.raises(ModelError, match=r"w\.bin: not the file that the card describes"):
        open_session(path, sha256, 1, beside={"w.bin": "0" * 64})
    digest = hashlib.sha256((tmp_path / "w.bin").read_bytes()).hexdigest()
    session = open_session(path, sha256, 1, beside={"w.bin": digest})
    assert_array_equal(session.run(["y"], {"x": np.array([10, 20], np.float32)})[0], [11, 22])


def test_a_file_that_is_too_large_is_not_read(tmp_path: Path) -> None:
    path = tmp_path / "unet.onnx"
    path.write_bytes(bytes(100))
    with pytest.raises(ModelError, match=r"unet\.onnx: 100 bytes, more than the 99 of max_model_bytes; raise it"):
        read_verified(path, "0" * 64, 99)
