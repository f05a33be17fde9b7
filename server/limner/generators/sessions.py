"""ONNX Runtime sessions: how a model file is opened."""

import hashlib
from pathlib import Path

import onnxruntime

from limner.generators.cards import ModelError

PROVIDERS = {"cpu": "CPUExecutionProvider", "cuda": "CUDAExecutionProvider"}


def open_session(path: Path, sha256: str, threads: int, device: str = "cpu") -> onnxruntime.InferenceSession:
    """Open a model file after checking its digest.

    Threads do not spin when idle, because the event loop shares the processor. Raises ModelError for a missing, changed or
    broken file, and when the asked device is not the one that the runtime took (it falls back without a word).
    """
    content = read_verified(path, sha256)
    provider = PROVIDERS[device]
    if provider not in onnxruntime.get_available_providers():
        raise ModelError(f"{path}: {_absent(device)}")
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.enable_mem_pattern = False  # it keeps a plan and a block for each number of rows that ever came
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    options.log_severity_level = 3
    try:
        session = onnxruntime.InferenceSession(content, options, providers=[provider])
    except Exception as error:  # onnxruntime raises its own types without a common base
        raise ModelError(f"{path}: ONNX Runtime cannot load it ({error}); restore the model folder") from error
    if provider not in session.get_providers():
        raise ModelError(f"{path}: {_absent(device)}")
    return session


def read_verified(path: Path, sha256: str) -> bytes:
    """The bytes of a model file. Raises ModelError when it is missing or not the file of that digest."""
    try:
        content = path.read_bytes()
    except OSError as error:
        raise ModelError(f"{path}: cannot be read ({error}); restore the model folder") from error
    if hashlib.sha256(content).hexdigest() != sha256:
        raise ModelError(f"{path}: not the file that the card describes (sha256 differs); restore the model folder")
    return content


def _absent(device: str) -> str:
    fix = 'install "limner[gpu]" without the CPU runtime, CUDA 13 and cuDNN 9, or set device = "cpu"'
    return f"device {device!r} is not available here; {fix}"
