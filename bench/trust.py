"""What a process of their own costs the networks: in turns with the same networks inside, so that the machine's mood is shared."""

import asyncio
import base64
import json
import os
import statistics
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import psutil

from bench.figures import Figure
from bench.serving import CLIENTS, Process
from limner.client import AsyncClient
from limner.generators.imagen import Imagen
from limner.generators.request import ImageRequest
from limner.generators.text_encoder import TextEncoder
from limner.server.catalogue import WEIGHTS, Catalogue
from limner.server.worker.life import Terms
from limner.v1.briefs_pb2 import ImageBrief, Sampling

TURNS, ROWS = 15, (2, 16)
STARTS = 2
PICTURES = 7


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


async def everything(folder: Path) -> dict[str, Figure]:
    """A server with encryption at rest, the prompt screen and walls, in turns with one that has none of them: a new prompt each time."""
    (folder / "master.key").write_bytes(base64.b64encode(os.urandom(32)))
    (folder / "off.toml").write_text('screen = "off"\nthreshold = 1\nmargin = 1\n', encoding="utf-8")
    lines = {
        "on": (f'encryption_key_file = "{folder / "master.key"}"',),
        "off": (f'content_policy = "{folder / "off.toml"}"', 'content_credentials = "off"', 'worker = "inside"'),
    }
    servers = {}
    for name, more in lines.items():
        (folder / name).mkdir()
        servers[name] = Process(folder / name, more=more)
    alone: dict[str, list[float]] = {name: [] for name in lines}
    together: dict[str, list[float]] = {name: [] for name in lines}
    for turn in range(PICTURES + 1):
        for name, server in servers.items():
            async with AsyncClient(server.address) as client:
                prompts = [f"{number} red dragons, {turn}" for number in range(CLIENTS + 1)]
                began = time.monotonic()
                await client.draw(_brief(prompts[0]))
                middle = time.monotonic()
                if turn:  # the first one loads the model
                    alone[name].append(middle - began)
                    await asyncio.gather(*(client.draw(_brief(prompt)) for prompt in prompts[1:]))
                    together[name].append(time.monotonic() - middle)
    for server in servers.values():
        server.stop()
    added = statistics.median(on - off for on, off in zip(*alone.values(), strict=True))
    return {
        "trust_throughput_8_at_once": Figure(min(together["off"]) / min(together["on"]), "ratio", 0.97, True),
        "trust_added_ms": Figure(added * 1000, "ms", 2, False),
        "trust_added_least_ms": Figure((min(alone["on"]) - min(alone["off"])) * 1000, "ms", None, False),
        "trust_start_to_serving_s": Figure(servers["on"].start_s, "s", 2, False),
    }


def _brief(prompt: str) -> ImageBrief:
    return ImageBrief(prompt=prompt, seed=1, sampling=Sampling(steps=8))


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


MEASUREMENTS = {"trust": everything, "worker": worker}

if __name__ == "__main__":
    print(json.dumps(asyncio.run(_load(sys.argv[1]))))
