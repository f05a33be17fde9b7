"""The trained weights of a model file back in a torch network, so that training goes on where the package stopped.

A checkpoint is too big for git and stays on the machine that made it; the packed weights travel with the package.
"""

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import onnx
import torch
from numpy.typing import NDArray
from onnx import numpy_helper
from torch import Tensor, nn

from limner.training.export import traced

Arrays = Mapping[str, NDArray[np.float32]]


def restore(module: nn.Module, inputs: dict[str, Tensor], free: dict[str, dict[int, str]], path: Path) -> None:
    """Load the weights of the file at `path` into `module`, exactly as the file's graph would use them.

    The exporter renames and turns the matrices; `module` is traced once more to learn how each parameter is called
    in a graph. `inputs` and `free` are those of the export. ValueError when the file has another shape than `module`.
    """
    with torch.no_grad():
        for parameter in module.parameters():
            parameter.normal_()  # no two alike: a matrix of zeros could not be told from another
    state = module.state_dict()
    graph = traced(module, inputs, free={name: free[name] for name in inputs})
    names = _names(state, unpacked(graph))
    trained = unpacked(onnx.load(str(path)))
    if missing := [name for name in state if name not in names or names[name][0] not in trained]:
        raise ValueError(
            f"{path}: no weights for {missing[:3]}; the network has changed since, train it from the start"
        )
    for name, (there, turned) in names.items():
        shape = tuple(state[name].shape)
        if trained[there].size != state[name].numel():
            raise ValueError(f"{path}: {name} is {trained[there].shape}, the network wants {shape}")
        state[name] = torch.from_numpy(np.array(trained[there].T if turned else trained[there].reshape(shape)))
    module.load_state_dict(state)


def unpacked(model: onnx.ModelProto) -> Arrays:
    """Every float initialiser of a graph by its name, int8 and float16 ones turned back."""
    raw = {tensor.name: numpy_helper.to_array(tensor) for tensor in model.graph.initializer}
    arrays: dict[str, NDArray[np.float32]] = {}
    for name, value in raw.items():
        if name.endswith(".int8"):
            plain = name.removesuffix(".int8")
            arrays[plain] = value.astype(np.float32) * raw[f"{plain}.scale"]
        elif name.endswith(".half"):
            arrays[name.removesuffix(".half")] = value.astype(np.float32)
        elif value.dtype == np.float32 and not name.endswith(".scale"):
            arrays[name] = value
    return arrays


def _names(state: Mapping[str, Tensor], graph: Arrays) -> dict[str, tuple[str, bool]]:
    """Parameter → its name in the graph and whether it is transposed there. Renamed ones are known by their values."""
    renamed = {name: value for name, value in graph.items() if name not in state}
    names: dict[str, tuple[str, bool]] = {}
    for name, tensor in state.items():
        value = tensor.detach().numpy()
        if name in graph:
            names[name] = (name, False)
        elif there := next((n for n, v in renamed.items() if np.array_equal(v.ravel(), value.ravel())), None):
            names[name] = (there, False)
        elif there := next((n for n, v in renamed.items() if np.array_equal(v, value.T)), None):
            names[name] = (there, True)
    return names
