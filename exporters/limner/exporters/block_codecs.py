"""Pictures to GPU blocks: BC1, BC3, BC4, BC5 and BC7 by etcpak, ASTC by the program astcenc."""

import tempfile
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from limner.exporters.files import ExportError
from limner.exporters.gpu_formats import SIDE, BlockFormat
from limner.exporters.png import encoded
from limner.exporters.programs import run

ASTC_HEADER = 16  # bytes of an .astc file before its blocks


def compressed(pixels: NDArray[np.uint8], block_format: BlockFormat, perceptual: bool = False) -> bytes:
    """The blocks of a picture (h, w) or (h, w, channels), row by row. Sides are filled up to whole blocks with the edge's pixels.

    BC4 holds the first channel, BC5 the first two, BC1 no alpha. `perceptual` weighs BC7's errors as the eye does, green most, which
    suits opaque colours; else every channel counts the same. Raises ExportError where etcpak is not installed.
    """
    whole = np.ascontiguousarray(_whole_blocks(_rgba(pixels)))
    height, width = whole.shape[:2]
    etcpak = _etcpak()
    if block_format == "bc7":
        weights = etcpak.BC7CompressBlockParams()
        weights.init_perceptual_weights() if perceptual else weights.init_linear_weights()
        return bytes(etcpak.compress_bc7(whole, width, height, weights))
    return bytes(getattr(etcpak, f"compress_{block_format}")(whole, width, height))


def compressed_astc(pixels: NDArray[np.uint8], srgb: bool, program: str) -> bytes:
    """ASTC blocks of 4 × 4. Raises ExportError where the program astcenc is missing or fails."""
    with tempfile.TemporaryDirectory(prefix="limner-") as folder:
        source, target = Path(folder, "level.png"), Path(folder, "level.astc")
        source.write_bytes(encoded(_rgba(pixels)))
        arguments = ["-cs" if srgb else "-cl", str(source), str(target), f"{SIDE}x{SIDE}", "-medium", "-j", "1"]
        run(program, arguments, target, "install it: apt install astcenc")
        return target.read_bytes()[ASTC_HEADER:]


def _etcpak() -> Any:
    try:
        return import_module("etcpak")
    except ImportError as error:
        raise ExportError("block compression needs etcpak; install it: pip install 'limner[textures]'") from error


def _rgba(pixels: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Four channels: a lone one three times, alpha 255 where there is none."""
    if pixels.ndim == 2:
        pixels = np.repeat(pixels[..., None], 3, axis=2)
    if pixels.shape[2] == 4:
        return pixels
    return np.concatenate([pixels, np.full((*pixels.shape[:2], 1), 255, np.uint8)], axis=2)


def _whole_blocks(pixels: NDArray[np.uint8]) -> NDArray[np.uint8]:
    height, width = pixels.shape[:2]
    if height % SIDE == 0 and width % SIDE == 0:
        return pixels
    return np.pad(pixels, ((0, -height % SIDE), (0, -width % SIDE), (0, 0)), mode="edge")
