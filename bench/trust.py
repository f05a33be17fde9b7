"""What a process of their own costs the networks: in turns with the same networks inside, so that the machine's mood is shared."""

import asyncio
import json
import statistics
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import psutil

from bench.figures import Figure
from limner.generators.imagen import Imagen
from limner.generators.request import ImageRequest
from limner.generators.text_encoder import TextEncoder
from limner.server.catalogue import WEIGHTS, Catalogue
from limner.server.worker.life import Terms

TURNS, ROWS = 15, (2, 16)
STARTS = 2


async def worker(folder: Path) -> dict[str, Figure]:
    """Throughput, time added to a call, loading time and memory."""
    found: dict[str, Figure] = {}
    inside = Imagen(WEIGHTS / "imagen-base", TextEncoder(WEIGHTS / "text"), threads=2)
    models = Catalogue([WEIGHTS], WEIGHTS, threads=2, max_batch=16, worker=Terms())
    outside = (await models.loaded("imagen-base")).imagen
    for count in ROWS:
        request = ImageRequest(prompt="a red dragon", seed=1)
        one = next(inside.draw(request, inside.conditions([request])[0])).rows
        rows = {name: np.concatenate([value[:1]] * count) for name, value in one.items()}
        taken: dict[str, list[float]] = {"inside": [], "process": []}
        for _ in range(TURNS):
            for name, model in (("inside", inside), ("process", outside)):
                began = time.monotonic()
                model.network(rows)
                taken[name].append(time.monotonic() - began)
        least = {name: min(values) for name, values in taken.items()}  # what other programs take only ever adds
        found[f"worker_throughput_{count}_rows"] = Figure(least["inside"] / least["process"], "ratio", 0.99, True)
        added = statistics.median(b - a for a, b in zip(*taken.values(), strict=True))
        found[f"worker_added_ms_{count}_rows"] = Figure(added * 1000, "ms", 1, False)
    await models.close()
    return found | await asyncio.to_thread(starts)


def starts() -> dict[str, Figure]:
    """Seconds from nothing to a loaded model, and memory of all processes then (PSS: shared pages are counted once)."""
    measured: dict[str, list[dict[str, float]]] = {"inside": [], "process": []}
    for _ in range(STARTS):
        for mode, values in measured.items():
            ran = subprocess.run(
                [sys.executable, "-m", "bench.trust", mode], capture_output=True, text=True, check=True
            )
            values.append(json.loads(ran.stdout.splitlines()[-1]))
    return {
        f"loaded_{name}_{mode}": Figure(min(value[name] for value in values), name.rpartition("_")[2], None, False)
        for mode, values in measured.items()
        for name in ("first_s", "pss_mib", "rss_mib")
    }


async def _load(mode: str) -> dict[str, float]:
    began = time.monotonic()
    models = Catalogue([WEIGHTS], WEIGHTS, threads=2, max_batch=16, worker=Terms() if mode == "process" else None)
    model = await models.loaded("imagen-base")
    request = ImageRequest(prompt="a red dragon", seed=1, steps=4)
    condition = model.imagen.conditions([request])[0]
    await model.batcher(model.imagen.draw(request, condition), lambda step: None)
    first_s = time.monotonic() - began
    own = psutil.Process()
    memory = [process.memory_full_info() for process in (own, *own.children())]
    await models.close()
    pss, rss = (sum(float(getattr(each, kind)) for each in memory) / 2**20 for kind in ("pss", "rss"))
    return {"first_s": first_s, "pss_mib": pss, "rss_mib": rss}


MEASUREMENTS = {"trust": worker}

if __name__ == "__main__":
    print(json.dumps(asyncio.run(_load(sys.argv[1]))))
