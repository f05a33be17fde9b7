"""The server against the same networks called directly."""

import asyncio
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Coroutine, Sequence
from itertools import chain
from pathlib import Path
from typing import NamedTuple

import numpy as np
import psutil
from grpc_health.v1 import health_pb2, health_pb2_grpc
from numpy.typing import NDArray

from bench.figures import Figure
from limner.client import AsyncClient
from limner.client.connection import open_channel
from limner.generators.imagen import Imagen, condition, sentences
from limner.generators.request import ImageRequest
from limner.generators.scoring import JointEmbedding, alignment
from limner.generators.text_encoder import TextEncoder
from limner.server.catalogue import WEIGHTS
from limner.v1.briefs_pb2 import ImageBrief, Sampling

STEPS = 20
CLIENTS = 8
PROMPT = "a red dragon"
Measurement = Callable[[Path], Coroutine[None, None, dict[str, Figure]]]


class Process:
    """A server process of its own, as a user runs it."""

    def __init__(self, folder: Path, threads: int = 2, more: Sequence[str] = ()) -> None:
        """`more` are further lines of the configuration."""
        config = folder / "limner.toml"
        lines = [
            f'data_dir = "{folder / "data"}"',
            'listen = "127.0.0.1:0"',
            f"intra_op_threads = {threads}",
            "max_batch = 16",
            *more,
        ]
        config.write_text("\n".join(lines) + "\n")
        program = f"from pathlib import Path; from limner.server.service import serve; serve(config_path=Path({str(config)!r}), listen=None, web=None)"
        began = time.monotonic()
        self.process = subprocess.Popen(
            [sys.executable, "-c", program], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
        )
        assert self.process.stdout is not None
        with self.process.stdout as said:
            self.address = said.readline().split()[-1]
        self.start_s = time.monotonic() - began

    @property
    def rss_mib(self) -> float:
        return float(psutil.Process(self.process.pid).memory_info().rss) / 2**20

    @property
    def cpu_s(self) -> float:
        times = psutil.Process(self.process.pid).cpu_times()
        return float(times.user + times.system)

    def stop(self) -> None:
        self.process.terminate()
        self.process.wait()


def brief(seed: int, steps: int = STEPS) -> ImageBrief:
    return ImageBrief(prompt=PROMPT, seed=seed, sampling=Sampling(steps=steps))


async def latencies(address: str, clients: int, each: int, first_seed: int) -> tuple[list[float], float]:
    """Seconds of each picture with so many clients at once, and pictures a second."""

    async def one(number: int) -> list[float]:
        async with AsyncClient(address) as client:
            taken = []
            for picture in range(each):
                began = time.monotonic()
                await client.draw(brief(first_seed + number * each + picture))
                taken.append(time.monotonic() - began)
            return taken

    began = time.monotonic()
    taken = await asyncio.gather(*(one(number) for number in range(clients)))
    return sorted(chain.from_iterable(taken)), clients * each / (time.monotonic() - began)


class Networks(NamedTuple):
    """The sessions that the server uses, called directly."""

    model: Imagen
    joint: JointEmbedding

    @classmethod
    def load(cls, threads: int = 2) -> "Networks":
        model = Imagen(WEIGHTS / "imagen-base", TextEncoder(WEIGHTS / "text"), threads)
        return cls(model, JointEmbedding(WEIGHTS / "joint"))

    def seconds(self, pictures: int) -> float:
        """Seconds of a batch of pictures: text encoder, network calls and samplers, scores; no clean-up, no files."""
        requests = [ImageRequest(prompt=PROMPT, seed=seed, steps=STEPS) for seed in range(pictures)]
        began = time.monotonic()
        features = self.model.text_encoder([text for request in requests for text in sentences(request)])
        meanings = self.joint.meanings(features.every(2))
        conditions = [condition(features, request, 2 * index) for index, request in enumerate(requests)]
        drawings = [self.model.draw(*pair) for pair in zip(requests, conditions, strict=True)]
        steps = [next(drawing) for drawing in drawings]
        finished: list[NDArray[np.float32]] = []
        while not finished:
            rows = {name: np.concatenate([step.rows[name] for step in steps]) for name in steps[0].rows}
            asked, steps = zip(drawings, np.split(self.model.network(rows), pictures), strict=True), []
            for drawing, answer in asked:
                try:
                    steps.append(drawing.send(answer))
                except StopIteration as end:
                    finished.append(end.value)
        for x0, meaning in zip(finished, meanings, strict=True):
            alignment(self.joint.embedding(x0), meaning.embedding)
        return time.monotonic() - began


async def alone(address: str, networks: Networks, turns: int) -> tuple[list[float], list[float]]:
    """Seconds of one picture, from the networks called directly and from an idle server, in turns."""
    raw, served = [], []
    async with AsyncClient(address) as client:
        await client.describe()  # connected
        for turn in range(turns):
            raw.append(networks.seconds(1))
            began = time.monotonic()
            await client.draw(brief(30_000 + turn, STEPS))
            served.append(time.monotonic() - began)
    return raw, served


async def network_seconds(address: str) -> float:
    """How long the server's network has run since its start."""
    async with AsyncClient(address) as client:
        return (await client.model("models/imagen-base")).statistics.compute_ms / 1000


async def throughput(folder: Path) -> dict[str, Figure]:
    networks = Networks.load()
    networks.seconds(1)
    server = Process(folder)
    await latencies(server.address, 1, 1, 10_000)
    raw_rate, served_rate = [], []
    raw_cpu, served_cpu, busy = [], [], []
    for turn in range(3):  # side by side, so that the machine's mood is shared
        began = time.process_time()
        raw_rate.append(CLIENTS / networks.seconds(CLIENTS))
        raw_cpu.append((time.process_time() - began) / CLIENTS)
        began, began_cpu, began_network = time.monotonic(), server.cpu_s, await network_seconds(server.address)
        served_rate.append((await latencies(server.address, CLIENTS, 3, 20_000 + 100 * turn))[1])
        served_cpu.append((server.cpu_s - began_cpu) / (3 * CLIENTS))
        busy.append((await network_seconds(server.address) - began_network) / (time.monotonic() - began))
    raw_one, idle = await alone(server.address, networks, 9)
    found = {
        "grpc_over_raw_throughput": Figure(
            statistics.median(served_rate) / statistics.median(raw_rate), "ratio", 0.95, True
        ),
        "pictures_per_second_8_clients": Figure(statistics.median(served_rate), "1/s", None, True),
        "raw_over_grpc_cpu": Figure(statistics.median(raw_cpu) / statistics.median(served_cpu), "ratio", None, True),
        "network_busy_8_clients": Figure(statistics.median(busy), "share", None, True),
        "added_latency_ms": Figure((statistics.median(idle) - statistics.median(raw_one)) * 1000, "ms", 5, False),
        "added_latency_least_ms": Figure((min(idle) - min(raw_one)) * 1000, "ms", None, False),
        "start_to_serving_s": Figure(server.start_s, "s", 2, False),
    }
    for clients in (1, 4, 16):
        taken, _ = await latencies(server.address, clients, 4, 40_000 + 1000 * clients)
        found[f"latency_p50_ms_{clients}_clients"] = Figure(statistics.median(taken) * 1000, "ms", None, False)
        found[f"latency_p95_ms_{clients}_clients"] = Figure(
            taken[int(0.95 * (len(taken) - 1))] * 1000, "ms", None, False
        )
    found["health_max_ms_32_running"] = Figure(await slowest_health_ms(server.address), "ms", 50, False)
    server.stop()
    return found


async def slowest_health_ms(address: str) -> float:
    """The slowest health check while 32 generations run."""
    async with AsyncClient(address) as client, open_channel(address) as channel:
        health, slowest = health_pb2_grpc.HealthStub(channel), 0.0
        running = [await client.create(brief(50_000 + seed)) for seed in range(32)]
        ends = asyncio.gather(*(client.wait(generation.name) for generation in running))
        while not ends.done():
            began = time.monotonic()
            await health.Check(health_pb2.HealthCheckRequest())
            slowest = max(slowest, time.monotonic() - began)
            await asyncio.sleep(0.01)
        await ends
    return slowest * 1000


async def memory(folder: Path) -> dict[str, Figure]:
    """Resident memory idle, and how it grows over 2,000 requests (one step each) after 200 to warm up."""
    server = Process(folder)
    idle = server.rss_mib
    await requests(server.address, 200, 0)
    before = server.rss_mib
    await requests(server.address, 2000, 1000)
    growth = server.rss_mib / before - 1
    server.stop()
    return {
        "rss_idle_mib": Figure(idle, "MiB", None, False),
        "rss_after_2200_requests_mib": Figure(before * (1 + growth), "MiB", None, False),
        "rss_growth_2000_requests": Figure(growth, "share", 0.02, False),
    }


async def requests(address: str, count: int, first_seed: int) -> None:
    async with AsyncClient(address) as client:
        gate = asyncio.Semaphore(CLIENTS)

        async def one(seed: int) -> None:
            async with gate:
                await client.draw(brief(seed, steps=1))

        await asyncio.gather(*(one(first_seed + number) for number in range(count)))


MEASUREMENTS: dict[str, Measurement] = {"throughput": throughput, "memory": memory}
