"""Trained networks to ONNX files: packed small, and checked against torch.

Weights are stored as int8 with a scale for each output channel, or as float16, and turned back into float32 by plain
Cast and Mul nodes, which ONNX Runtime folds away when it loads the file: small in git, full precision and speed at run time.
"""

import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Literal

import numpy as np
import onnx
import onnxruntime
import torch
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper
from torch import Tensor, nn

Packing = Literal["int8", "float16"]
SMALL = 2048  # arrays with fewer values stay float32


def export(
    module: nn.Module,
    inputs: dict[str, Tensor],
    outputs: Sequence[str],
    path: Path,
    packing: Packing,
    free: dict[str, dict[int, str]],
) -> float:
    """Write `module` to `path`; returns the largest absolute difference of ONNX to torch on `inputs`.

    `free` names the axes of each input that may have any length.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    model = traced(module, inputs, outputs, free)
    _pack(model, packing)
    onnx.checker.check_model(model)
    path.write_bytes(model.SerializeToString())
    return difference(module, inputs, path)


def traced(
    module: nn.Module,
    inputs: dict[str, Tensor],
    outputs: Sequence[str] = (),
    free: dict[str, dict[int, str]] | None = None,
) -> onnx.ModelProto:
    """The graph of `module` with its weights as they are."""
    module.eval()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "traced.onnx")
        torch.onnx.export(
            module,
            tuple(inputs.values()),
            str(path),
            input_names=list(inputs),
            output_names=list(outputs),
            dynamic_axes=free,
            opset_version=18,
            dynamo=False,
        )
        return onnx.load(str(path))


@torch.no_grad()
def difference(module: nn.Module, inputs: dict[str, Tensor], path: Path) -> float:
    """The largest absolute difference between the outputs of torch and of the file."""
    expected = module(*inputs.values())
    session = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    actual = session.run(None, {name: value.numpy() for name, value in inputs.items()})
    pairs = zip([expected] if isinstance(expected, Tensor) else expected, actual, strict=True)
    return max(float(np.abs(ours.numpy() - theirs).max()) for ours, theirs in pairs)


def _pack(model: onnx.ModelProto, packing: Packing) -> None:
    """Replace the large float32 initialisers by packed ones and the nodes that unpack them."""
    graph, nodes = model.graph, []
    for tensor in list(graph.initializer):
        if tensor.data_type != TensorProto.FLOAT or int(np.prod(tensor.dims)) < SMALL:
            continue
        graph.initializer.remove(tensor)
        weight = numpy_helper.to_array(tensor)
        nodes += _float16(graph, tensor.name, weight) if packing == "float16" else _int8(graph, tensor.name, weight)
    kept = list(graph.node)
    del graph.node[:]
    graph.node.extend([*nodes, *kept])


def _float16(graph: onnx.GraphProto, name: str, weight: NDArray[np.float32]) -> list[onnx.NodeProto]:
    graph.initializer.append(numpy_helper.from_array(weight.astype(np.float16), f"{name}.half"))
    return [helper.make_node("Cast", [f"{name}.half"], [name], to=TensorProto.FLOAT)]


def _int8(graph: onnx.GraphProto, name: str, weight: NDArray[np.float32]) -> list[onnx.NodeProto]:
    """weight ≈ scale * q, one scale for each row of a convolution or column of a matrix."""
    others = tuple(range(1, weight.ndim)) if weight.ndim > 2 else (0,)
    scale = np.maximum(np.abs(weight).max(axis=others, keepdims=True), 1e-12).astype(np.float32) / 127
    quantised = np.round(weight / scale).astype(np.int8)
    graph.initializer.append(numpy_helper.from_array(quantised, f"{name}.int8"))
    graph.initializer.append(numpy_helper.from_array(scale, f"{name}.scale"))
    return [
        helper.make_node("Cast", [f"{name}.int8"], [f"{name}.cast"], to=TensorProto.FLOAT),
        helper.make_node("Mul", [f"{name}.cast", f"{name}.scale"], [name]),
    ]
