"""Maps derived from a height, and block compression beside the library's own call."""

import statistics
import time
from collections.abc import Callable, Coroutine
from pathlib import Path

import etcpak
import numpy as np

from bench.figures import Figure
from limner.atlas.heights import blurred
from limner.atlas.materials import Material
from limner.atlas.relief import Relief, ambient_occlusion, normal_map, roughness_map
from limner.atlas.resampling import Floats
from limner.exporters import export
from limner.exporters.options import ExportOptions, TextureOptions

SIDE = 1024
TURNS = 5
Measurement = Callable[[Path], Coroutine[None, None, dict[str, Figure]]]


def hills() -> Floats:
    """Smooth noise that tiles, in [0, 1]."""
    noise = blurred(np.random.default_rng(0).random((SIDE, SIDE), np.float32), 4, wrap_y=True, wrap_x=True)
    field: Floats = (noise - noise.min()) / (noise.max() - noise.min())
    return field


def seconds(work: Callable[[], object]) -> float:
    """The median of the processor's time in this thread, so that what runs beside does not count."""
    taken = []
    for _ in range(TURNS):
        began = time.thread_time()
        work()
        taken.append(time.thread_time() - began)
    return statistics.median(taken)


async def relief(folder: Path) -> dict[str, Figure]:
    """Normal, roughness and ambient occlusion of a height of 1024 × 1024 on one core."""
    height, how = hills(), Relief()
    makers = {"normal": normal_map, "roughness": roughness_map, "ambient_occlusion": ambient_occlusion}
    taken = {name: seconds(lambda make=make: make(height, how)) * 1000 for name, make in makers.items()}  # type: ignore[misc]
    figures = {f"relief_{name}_ms": Figure(value, "ms", None, False) for name, value in taken.items()}
    return {"relief_1024_ms": Figure(sum(taken.values()), "ms", 150.0, False), **figures}


async def blocks(folder: Path) -> dict[str, Figure]:
    """A DDS in BC7 against etcpak's bare call on the same pixels."""
    grey = (hills()[: SIDE // 2, : SIDE // 2] * 255).astype(np.uint8)
    pixels = np.dstack([grey, grey[::-1], grey[:, ::-1], np.full_like(grey, 255)])
    material = Material(name="hills", maps={"albedo": pixels})
    options = ExportOptions(texture=TextureOptions(mipmaps=False))
    weights = etcpak.BC7CompressBlockParams()
    weights.init_perceptual_weights()  # as the exporter does for colours
    bare = seconds(lambda: etcpak.compress_bc7(pixels.tobytes(), SIDE // 2, SIDE // 2, weights))
    ours = seconds(lambda: export("dds", material, "hills", options))
    return {
        "bc7_mpix_per_s": Figure(pixels.size / 4e6 / ours, "MPix/s", None, True),
        "bc7_against_etcpak": Figure(ours / bare, "times", 1.2, False),
    }


MEASUREMENTS: dict[str, Measurement] = {"relief": relief, "blocks": blocks}
