"""ONNX Runtime sessions: how a model file is checked and opened."""

import hashlib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol

from numpy.typing import NDArray

from limner.generators.cards import ModelError
from limner.generators.graphs import checked_graph

PROVIDERS = {"cpu": "CPUExecutionProvider", "cuda": "CUDAExecutionProvider"}
MAX_BYTES = 2**31  # of one file; what is larger cannot be one ONNX message anyway


class Session(Protocol):
    """A loaded network."""

    def run(self, outputs: Sequence[str], feeds: dict[str, NDArray[Any]], /) -> list[NDArray[Any]]:
        """The outputs of those names. Safe to call from any thread."""
        ...


class Opener(Protocol):
    """Opens a file as `open_session` does, here or in another process."""

    def __call__(
        self, path: Path, sha256: str, threads: int, device: str = "cpu", *, beside: Mapping[str, str] | None = None
    ) -> Session: ...


def open_session(
    path: Path,
    sha256: str,
    threads: int,
    device: str = "cpu",
    *,
    beside: Mapping[str, str] | None = None,
    max_bytes: int = MAX_BYTES,
) -> Session:
    """Open a model file after checking its size, its digest and what is in it.

    `beside` has the digests of the files in the same folder that may hold tensors of the network; none by default. Threads do not
    spin when idle, because the event loop shares the processor. Raises ModelError for a missing, changed, broken or refused file,
    and when the asked device is not the one that the runtime took (it falls back without a word).
    """
    content = read_verified(path, sha256, max_bytes)
    for name in sorted(checked_graph(path, content)):
        if name not in (beside or {}):
            raise ModelError(f"{path}: its tensors in {name} have no digest in the card; name the file there")
        read_verified(path.parent / name, (beside or {})[name], max_bytes)
    import onnxruntime  # a server whose networks run in another process never needs it here

    provider = PROVIDERS[device]
    if provider not in onnxruntime.get_available_providers():
        raise ModelError(f"{path}: {_absent(device)}")
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.enable_mem_pattern = False  # it keeps a plan and a block for each number of rows that ever came
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    options.add_session_config_entry("session.model_external_initializers_file_folder_path", str(path.parent))
    options.log_severity_level = 3
    try:
        session = onnxruntime.InferenceSession(content, options, providers=[provider])
    except Exception as error:  # onnxruntime raises its own types without a common base
        raise ModelError(f"{path}: ONNX Runtime cannot load it ({error}); restore the model folder") from error
    if provider not in session.get_providers():
        raise ModelError(f"{path}: {_absent(device)}")
    opened: Session = session
    return opened


def read_verified(path: Path, sha256: str, max_bytes: int = MAX_BYTES) -> bytes:
    """The bytes of a model file. Raises ModelError when it is missing, too large, or not the file of that digest."""
    try:
        size = path.stat().st_size
        if size > max_bytes:
            raise ModelError(
                f"{path}: {size} bytes, more than the {max_bytes} of max_model_bytes; raise it or use a smaller model"
            )
        content = path.read_bytes()
    except OSError as error:
        raise ModelError(f"{path}: cannot be read ({error}); restore the model folder") from error
    if hashlib.sha256(content).hexdigest() != sha256:
        raise ModelError(f"{path}: not the file that the card describes (sha256 differs); restore the model folder")
    return content


def _absent(device: str) -> str:
    fix = 'install "limner[gpu]" without the CPU runtime, CUDA 13 and cuDNN 9, or set device = "cpu"'
    return f"device {device!r} is not available here; {fix}"
