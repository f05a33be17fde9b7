"""The packer against free-tex-packer-core (npm), PyTexturePacker and rectpack: the same rectangles, rotation allowed, no padding.

Each of the others is given its best chance: every method that it offers, the smallest square page found on which all fits (the
time of finding it does not count), fill measured by what is covered and not by the page it allocates. Each packer runs in a
process of its own; the processor's time counts, the best of five runs, ours before and after the others so that all see the
same machine.
"""

import json
import os
import shutil
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import NamedTuple

import numpy as np

from bench.figures import Figure

HERE = Path(__file__).parent
PACKAGES = HERE / "node_modules"
LIMIT_S = 60  # for one packer on one set; what it has not shown by then is left out
OURS = [sys.executable, "-m", "bench.packers", "limner"]
Rects = list[tuple[int, int]]


class Result(NamedTuple):
    """One way of packing one set: `fill` is the share of the pages that rectangles cover."""

    packer: str
    fill: float
    ms: float


def real_sizes(count: int, seed: int) -> Rects:
    """Sizes drawn from those of the 746 sprites that the Python package Arcade 3.3 ships (most of them Kenney's), trimmed."""
    table = np.array(json.loads((HERE / "sprite_sizes.json").read_text()))
    rng = np.random.default_rng(seed)
    chosen = table[rng.choice(len(table), count, p=table[:, 2] / table[:, 2].sum())]
    return [(int(width), int(height)) for width, height, _ in chosen]


def slivers(count: int, seed: int) -> Rects:
    """Strips 1 to 8 thick and 40 to 400 long, lying and standing."""
    rng = np.random.default_rng(seed)
    thin, long = rng.integers(1, 9, count).tolist(), rng.integers(40, 401, count).tolist()
    return [(a, b) if upright else (b, a) for a, b, upright in zip(thin, long, rng.random(count) < 0.5, strict=True)]


SETS = {"1000": real_sizes(1000, 1), "5000": real_sizes(5000, 4), "slivers": slivers(600, 3)}


def rivals() -> dict[str, list[str]]:
    """How each of the others is run; those that are not installed are named and left out."""
    found: dict[str, list[str]] = {}
    for name in ("PyTexturePacker", "rectpack"):
        if find_spec(name):
            found[name] = [sys.executable, "-m", "bench.packers", name]
        else:
            print(f"{name} is not compared: run `pip install {name}`")
    beside = os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", "")])
    if (node := shutil.which("node", path=beside)) and PACKAGES.exists():
        found["free-tex-packer-core"] = [node, str(HERE / "packers.cjs")]
    else:
        print("free-tex-packer-core is not compared: run `npm ci` in bench/")
    return found


def run(command: list[str], rects: Rects) -> list[Result]:
    """What a packer's process shows, a line for each of its methods."""
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    try:
        out, _ = process.communicate(json.dumps(rects), timeout=LIMIT_S)
    except subprocess.TimeoutExpired:
        process.kill()
        out, _ = process.communicate()
        print(f"{command[-1]} needs more than {LIMIT_S} s for {len(rects)} rectangles with one of its methods")
    lines = [json.loads(line) for line in out.splitlines() if line.endswith("}")]
    area = sum(width * height for width, height in rects)
    return [Result(line["packer"], area / line["pixels"], line["ms"]) for line in lines]


async def packing(folder: Path) -> dict[str, Figure]:
    """Fill over the best of the others, and time over the fastest of those that reach that fill."""
    commands = rivals()
    found: dict[str, Figure] = {}
    for name, rects in SETS.items():
        before = run(OURS, rects)
        others = [result for command in commands.values() for result in run(command, rects)]
        ours = min([*before, *run(OURS, rects)], key=lambda result: result.ms)
        for result in sorted(others, key=lambda result: -result.fill)[:6]:
            print(
                f"{name}: {result.packer} fill {result.fill:.4f}, {result.ms:.1f} ms (ours {ours.fill:.4f}, {ours.ms:.1f} ms)"
            )
        found |= {
            f"pack_{name}_occupancy": Figure(ours.fill, "share", None, True),
            f"pack_{name}_ms": Figure(ours.ms, "ms", None, False),
        }
        if others:
            found |= compared(name, ours, others)
    return found | whole(folder, commands)


def compared(name: str, ours: Result, others: list[Result]) -> dict[str, Figure]:
    best = max(result.fill for result in others)
    fastest = min(result.ms for result in others if result.fill >= min(best, ours.fill))
    return {
        f"pack_{name}_occupancy_over_best": Figure(ours.fill / best, "ratio", 1, True),
        f"pack_{name}_time_over_fastest_equal": Figure(ours.ms / fastest, "ratio", 0.5, False),
    }


def whole(folder: Path, commands: dict[str, list[str]]) -> dict[str, Figure]:
    """From PNG files to a packed page and its JSON, 1,000 sprites; and the memory that ours takes for it."""
    subprocess.run(
        [sys.executable, "-m", "bench.packers", "draw", str(folder)],
        check=True,
        input=json.dumps(SETS["1000"]),
        text=True,
    )
    ours = json.loads(_said([sys.executable, "-m", "bench.packers", "whole", str(folder)]))
    times = {
        name: json.loads(_said([*command, "whole", str(folder)]))["ms"]
        for name, command in commands.items()
        if name != "rectpack"  # has no pipeline
    }
    print("whole pipeline, 1,000 sprites:", {"limner": ours["ms"], **times})
    found = {
        "pack_1000_whole_ms": Figure(ours["ms"], "ms", None, False),
        "pack_1000_peak_over_pixels": Figure(ours["peak"], "ratio", 3, False),
    }
    if times:
        found["pack_1000_whole_over_fastest"] = Figure(ours["ms"] / min(times.values()), "ratio", None, False)
    return found


def _said(command: list[str]) -> str:
    return subprocess.run(
        command, check=True, capture_output=True, text=True, stdin=subprocess.DEVNULL
    ).stdout.splitlines()[-1]


MEASUREMENTS = {"packing": packing}
