"""Hot reload: from a save to the message at a subscribed client, and what a big project costs.

A program of its own watches, as a user's does. The tree holds manifests of own art, so nothing in it waits for a network.
"""

import asyncio
import json
import signal
import statistics
import sysconfig
import time
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import aclosing, asynccontextmanager
from pathlib import Path

import numpy as np
import psutil
import watchfiles
from PIL import Image

from bench.figures import Figure
from bench.serving import Measurement, Process
from limner.client import AsyncClient
from limner.client.drawing import image_brief
from limner.client.options import Settings
from limner.client.project.build import build_project
from limner.client.project.change_sets import QUIET_S, watching
from limner.v1.asset_pb2 import AssetChange

LIMNER = str(Path(sysconfig.get_path("scripts"), "limner"))
SAVES, TREE_FILES, TREE_MANIFESTS, IDLE_S = 40, 10_000, 1_000, 10.0
ART = '[[asset]]\nname = "{name}"\nsource = "{name}-source.png"\nout = "art"\n{more}'
DRAWN = '[[asset]]\nname = "potion"\nprompt = "a green potion"\nsteps = 2\nseed = {seed}\n'


class Watcher:
    """`limner watch` as a process; `changes` is what a subscribed client hears."""

    def __init__(
        self, process: asyncio.subprocess.Process, changes: asyncio.Queue[AssetChange], start_s: float
    ) -> None:
        self.process, self.changes, self.start_s = process, changes, start_s

    @property
    def cpu_s(self) -> float:
        times = psutil.Process(self.process.pid).cpu_times()
        return float(times.user + times.system)


@asynccontextmanager
async def watched(folder: Path, server: str) -> AsyncIterator[Watcher]:
    """Watch a folder until the context ends; it begins when the command says that it watches."""
    changes: asyncio.Queue[AssetChange] = asyncio.Queue()
    subscribed = asyncio.Event()
    async with AsyncClient(server) as client:

        async def follow() -> None:
            async for change in client.watch_assets(
                kinds=[AssetChange.KIND_PUBLISHED], subscribed=lambda sequence: subscribed.set()
            ):
                changes.put_nowait(change)

        following = asyncio.create_task(follow())
        await subscribed.wait()
        began = time.monotonic()
        arguments = ["watch", str(folder), "--json", "--server", server]
        process = await asyncio.create_subprocess_exec(LIMNER, *arguments, stdout=asyncio.subprocess.PIPE)
        assert process.stdout is not None
        while json.loads(await process.stdout.readline())["state"] != "watching":
            pass
        start_s = time.monotonic() - began
        reading = asyncio.create_task(drained(process.stdout))
        yield Watcher(process, changes, start_s)
        process.send_signal(signal.SIGINT)
        await process.wait()
        for task in (following, reading):
            task.cancel()


async def drained(stream: asyncio.StreamReader) -> None:
    """Take what a process says, so that it goes on."""
    while await stream.readline():
        pass


async def reload(folder: Path) -> dict[str, Figure]:
    server = Process(folder)
    try:
        found = await saves(folder / "game", server.address)
        found |= await big_tree(folder / "big", server.address)
    finally:
        server.stop()
    return found | await side_by_side(folder)


async def saves(folder: Path, server: str) -> dict[str, Figure]:
    """Save to event beyond the quiet time; every picture is in the server's cache and was never seen by the watcher."""
    await asyncio.to_thread(folder.mkdir)
    manifest = folder / "potion.asset.toml"
    async with AsyncClient(server) as client:
        for seed in range(SAVES + 1):
            await client.draw(image_brief("a green potion", steps=2, seed=seed))
    manifest.write_text(DRAWN.format(seed=SAVES))
    taken = []
    async with watched(folder, server) as watcher:
        await watcher.changes.get()
        for seed in range(SAVES):
            fresh = folder / ".potion.swp"
            fresh.write_text(DRAWN.format(seed=seed))
            began = time.monotonic()
            fresh.replace(manifest)
            await watcher.changes.get()
            taken.append(time.monotonic() - began - QUIET_S)
            await asyncio.sleep(0.1)  # what it writes itself is quiet again
    return {f"reload_{name}_ms": Figure(value * 1000, "ms", goal, False) for name, value, goal in quantiles(taken)}


def quantiles(taken: list[float]) -> list[tuple[str, float, float | None]]:
    """Name, seconds, goal in ms."""
    taken = sorted(taken)
    return [("p50", statistics.median(taken), None), ("p95", taken[int(0.95 * (len(taken) - 1))], 30.0)]


async def big_tree(folder: Path, server: str) -> dict[str, Figure]:
    """Start, idleness and a burst in a tree of 10,000 files with 1,000 manifests."""
    await asyncio.to_thread(plant, folder)
    async with watched(folder, server) as watcher:
        start_cpu_s = watcher.cpu_s
        await asyncio.sleep(2.0)
        before = watcher.cpu_s
        await asyncio.sleep(IDLE_S)
        idle = (watcher.cpu_s - before) / IDLE_S
        began = time.monotonic()
        for number in range(TREE_MANIFESTS):
            manifest_of(folder, number).write_text(ART.format(name=f"a{number}", more="set = { scale = 2 }\n"))
        keys: Counter[str] = Counter()
        while len(keys) < TREE_MANIFESTS:
            async with asyncio.timeout(120):
                keys[(await watcher.changes.get()).publication.key] += 1
        burst_s = time.monotonic() - began
        await asyncio.sleep(1.0)  # for those that would come twice
        while not watcher.changes.empty():
            keys[watcher.changes.get_nowait().publication.key] += 1
    return {
        "reload_tree_start_s": Figure(watcher.start_s, "s", 1.0, False),
        "reload_tree_start_cpu_s": Figure(start_cpu_s, "s", None, False),
        "reload_idle_cpu_share": Figure(idle, "share", 0.01, False),
        "reload_burst_lost": Figure(TREE_MANIFESTS - len(keys), "changes", 0, False),
        "reload_burst_duplicates": Figure(keys.total() - len(keys), "builds", 0, False),
        "reload_burst_s": Figure(burst_s, "s", None, False),
    }


def plant(folder: Path) -> None:
    """1,000 manifests, built, each with its source and its output, and other files up to 10,000."""
    picture = Image.fromarray(np.full((16, 16, 4), 255, np.uint8))
    for number in range(TREE_MANIFESTS):
        manifest = manifest_of(folder, number)
        manifest.parent.mkdir(parents=True, exist_ok=True)
        manifest.write_text(ART.format(name=f"a{number}", more=""))
        picture.save(manifest.parent / f"a{number}-source.png")
    for number in range(TREE_FILES - 3 * TREE_MANIFESTS - 1):  # with the outputs and the lock
        (manifest_of(folder, number % TREE_MANIFESTS).parent / f"other-{number}.txt").write_text("x")
    build_project(Settings(quiet=True), folder)


def manifest_of(folder: Path, number: int) -> Path:
    return folder / f"part-{number // 10}" / f"a{number}.asset.toml"


async def side_by_side(folder: Path) -> dict[str, Figure]:
    """Save to set of changes, quiet time included: ours, and watchfiles as it comes and tuned to the same quiet."""
    found: dict[str, float] = {}
    for name, debounce, step in (("default", 1600, 50), ("tuned", round(QUIET_S * 1000), 10)):
        place = folder / name
        place.mkdir()
        async with aclosing(watchfiles.awatch(place, debounce=debounce, step=step)) as sets:
            found[f"reload_set_watchfiles_{name}_p50_ms"] = await sets_ms(place, sets)
    (folder / "ours").mkdir()
    async with watching(folder / "ours") as ours:
        found["reload_set_p50_ms"] = await sets_ms(folder / "ours", ours)
    return {name: Figure(value, "ms", None, False) for name, value in found.items()}


async def sets_ms(place: Path, sets: AsyncIterator[object]) -> float:
    """Median time from a save to the set that tells it."""

    async def following() -> object:
        return await anext(sets)

    waiting = asyncio.create_task(following())
    await asyncio.sleep(1.0)  # watchfiles begins to watch when it is first asked
    taken = []
    for number in range(20):
        began = time.monotonic()
        (place / "x.asset.toml").write_text(str(number))
        await waiting
        taken.append(time.monotonic() - began)
        waiting = asyncio.create_task(following())
        await asyncio.sleep(0.2)
    waiting.cancel()
    await asyncio.gather(waiting, return_exceptions=True)
    return statistics.median(taken) * 1000


MEASUREMENTS: dict[str, Measurement] = {"reload": reload}
