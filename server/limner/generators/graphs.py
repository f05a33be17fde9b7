"""What a network file may hold, looked at before any runtime sees it.

A file is read as far as its operators and the places of its tensors go, with the part of ONNX's schema that says so. Refused
are operators that are not of standard ONNX or not needed to draw (loops without a known end, chance, decoders of files),
and tensors kept elsewhere than beside the file.
"""

from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path, PurePosixPath, PureWindowsPath
from typing import Any

from google.protobuf import descriptor_pb2, descriptor_pool, message_factory
from google.protobuf.message import DecodeError

from limner.generators.cards import ModelError

DOMAINS = {b"", b"ai.onnx"}  # two names for standard ONNX
OPERATORS = frozenset(
    # arithmetic and comparison
    b"Abs Add And Ceil Clip Cos Div Equal Erf Exp Floor Greater GreaterOrEqual IsInf IsNaN Less LessOrEqual Log Max Mean Min "
    b"Mod Mul Neg Not Or Pow Reciprocal Round Sign Sin Sqrt Sub Sum Tan Xor "
    # activations
    b"Celu Elu Gelu HardSigmoid HardSwish LeakyRelu LogSoftmax Mish PRelu Relu Selu Sigmoid Softmax Softplus Softsign Swish Tanh "
    # layers
    b"Attention AveragePool BatchNormalization Conv ConvInteger ConvTranspose Einsum Gemm GlobalAveragePool GlobalMaxPool "
    b"GroupNormalization InstanceNormalization LayerNormalization LpNormalization MatMul MatMulInteger MaxPool "
    b"MeanVarianceNormalization QLinearConv QLinearMatMul RMSNormalization Resize RotaryEmbedding Upsample "
    # numbers in other types
    b"Cast CastLike DequantizeLinear DynamicQuantizeLinear QuantizeLinear "
    # shapes and places
    b"Compress Concat Constant ConstantOfShape CumSum DepthToSpace Expand EyeLike Flatten Gather GatherElements GatherND "
    b"Identity If NonZero OneHot Pad Range Reshape ScatterElements ScatterND Shape Size Slice SpaceToDepth Split Squeeze "
    b"Tile TopK Transpose Trilu Unique Unsqueeze Where "
    # over an axis
    b"ArgMax ArgMin ReduceL1 ReduceL2 ReduceLogSum ReduceLogSumExp ReduceMax ReduceMean ReduceMin ReduceProd ReduceSum "
    b"ReduceSumSquare".split()
)
ELSEWHERE = 1  # `data_location` of a tensor that is kept in another file

# The part of onnx.proto that is read: message → field → (number, repeated, message of the field).
SCHEMA: dict[str, dict[str, tuple[int, bool, str]]] = {
    "Model": {
        "graph": (7, False, "Graph"),
        "training": (20, True, "Training"),
        "functions": (25, True, "Function"),
    },
    "Training": {"initialization": (1, False, "Graph"), "algorithm": (2, False, "Graph")},
    "Function": {"name": (1, False, ""), "node": (7, True, "Node"), "domain": (10, False, "")},
    "Graph": {"node": (1, True, "Node"), "initializer": (5, True, "Tensor"), "sparse": (15, True, "Sparse")},
    "Node": {"name": (3, False, ""), "op_type": (4, False, ""), "attribute": (5, True, "Attribute"), "domain": (7, False, "")},
    "Attribute": {
        "t": (5, False, "Tensor"),
        "g": (6, False, "Graph"),
        "tensors": (10, True, "Tensor"),
        "graphs": (11, True, "Graph"),
        "sparse": (22, False, "Sparse"),
        "sparses": (23, True, "Sparse"),
    },
    "Sparse": {"values": (1, False, "Tensor"), "indices": (2, False, "Tensor")},
    "Tensor": {"name": (8, False, ""), "external": (13, True, "Entry"), "location": (14, False, "number")},
    "Entry": {"key": (1, False, ""), "value": (2, False, "")},
}  # fmt: skip


def checked_graph(path: Path, content: bytes) -> set[str]:
    """The names of the files beside `path` that hold tensors of the network in `content`.

    Raises ModelError for what is no ONNX file, for an operator that is not allowed, and for a tensor that is kept in another folder.
    """
    try:
        model = _model_class().FromString(content)
    except DecodeError as error:
        raise ModelError(f"{path}: no ONNX file ({error}); restore the model folder") from error
    if not model.HasField("graph"):
        raise ModelError(f"{path}: no ONNX file (it has no graph); restore the model folder")
    if model.training:
        raise ModelError(f"{path}: it holds a part for training; export it for inference")
    own = {(function.domain, function.name) for function in model.functions}
    nodes = [*model.graph.node, *(node for function in model.functions for node in function.node)]
    beside: set[str] = set()
    for tensor in (*_graph_tensors(model.graph), *_node_tensors(path, nodes, own)):
        if tensor.location == ELSEWHERE or tensor.external:
            beside.add(_place(path, tensor))
    return beside


def _node_tensors(path: Path, nodes: Iterable[Any], own: set[tuple[bytes, bytes]]) -> Iterator[Any]:
    """Every tensor that the nodes carry, each node looked at, those of inner graphs too."""
    left = list(nodes)
    while left:
        node = left.pop()
        _check_operator(path, node, own)
        for attribute in node.attribute:
            yield from (attribute.t, *attribute.tensors)
            yield from _sparse_tensors((attribute.sparse, *attribute.sparses))
            for graph in (attribute.g, *attribute.graphs):
                yield from _graph_tensors(graph)
                left += graph.node


def _graph_tensors(graph: Any) -> Iterator[Any]:
    yield from graph.initializer
    yield from _sparse_tensors(graph.sparse)


def _sparse_tensors(sparse: Iterable[Any]) -> Iterator[Any]:
    for each in sparse:
        yield from (each.values, each.indices)


def _check_operator(path: Path, node: Any, own: set[tuple[bytes, bytes]]) -> None:
    if (node.domain, node.op_type) in own or (node.domain in DOMAINS and node.op_type in OPERATORS):
        return
    name = node.op_type.decode("utf-8", "replace")
    if node.domain not in DOMAINS:
        name = f"{node.domain.decode('utf-8', 'replace')}.{name}"
    raise ModelError(
        f"{path}: the operator {name!r} (node {node.name.decode('utf-8', 'replace')!r}) is not allowed; "
        "export the network with standard ONNX operators, without loops, random numbers and decoders"
    )


def _place(path: Path, tensor: Any) -> str:
    """The file that a tensor is kept in. It must lie beside the network."""
    places = [entry.value for entry in tensor.external if entry.key == b"location"]
    place = places[-1].decode("utf-8", "replace") if places else ""
    if place in ("", ".", "..") or any(pure(place).name != place for pure in (PurePosixPath, PureWindowsPath)):
        raise ModelError(
            f"{path}: the tensor {tensor.name.decode('utf-8', 'replace')!r} is kept in {place!r}; "
            "export the network with its tensors inside, or in a file beside it"
        )
    return place


@cache
def _model_class() -> Any:
    """The class of messages that `SCHEMA` describes, in a pool of its own: the `onnx` package may have its own."""
    field_of = descriptor_pb2.FieldDescriptorProto
    file = descriptor_pb2.FileDescriptorProto(name="limner/onnx.proto", package="limner.onnx", syntax="proto2")
    for name, members in SCHEMA.items():
        message = file.message_type.add(name=name)
        for member, (number, repeated, kind) in members.items():
            added = message.field.add(name=member, number=number)
            added.label = field_of.LABEL_REPEATED if repeated else field_of.LABEL_OPTIONAL
            if kind in SCHEMA:
                added.type, added.type_name = field_of.TYPE_MESSAGE, f".limner.onnx.{kind}"
            else:
                added.type = field_of.TYPE_INT32 if kind == "number" else field_of.TYPE_BYTES
    pool = descriptor_pool.DescriptorPool()
    pool.Add(file)
    return message_factory.GetMessageClass(pool.FindMessageTypeByName("limner.onnx.Model"))
