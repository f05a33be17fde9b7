"""Animations against the raw encoder: Pillow saves frames that are ready for it, beside our whole export, in turns."""

import io
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Coroutine, Mapping
from functools import partial
from pathlib import Path
from typing import TypeVar

import numpy as np
from PIL import Image

from bench.figures import Figure
from limner.atlas.sprites import Pixels, Sprite, SpriteSet
from limner.exporters import export
from limner.exporters.gif import CLEAR, indexed
from limner.exporters.webp import EFFORT, METHOD

FRAMES, SIDE, BLOCK = 200, 256, 4  # pictures of 64 × 64 art pixels
TURNS = {"gif": 7, "webp": 1}  # in turns with the raw encoder; WebP takes seconds
GIF = {"duration": 100, "loop": 0, "disposal": 2, "optimize": False}
WEBP = {"duration": 100, "loop": 0, "lossless": True, "exact": True, "method": METHOD, "quality": EFFORT}
Result = TypeVar("Result")
Measurement = Callable[[Path], Coroutine[None, None, dict[str, Figure]]]


def walk(frames: int = FRAMES) -> list[Pixels]:
    """A shaded ball of 24 colours that runs in circles over nothing; every frame is new."""
    art = np.zeros((frames, SIDE, SIDE, 4), np.uint8)
    rows, columns = np.mgrid[: SIDE // BLOCK, : SIDE // BLOCK]
    for number in range(frames):
        angle = 2 * np.pi * number / 40
        distance = np.hypot(rows - 32 - 14 * np.sin(angle), columns - 32 - 14 * np.cos(angle) - number // 40)
        shade = np.minimum(distance, 15.9).astype(np.uint8)
        ball = np.stack([250 - 12 * shade, 90 + 6 * shade, 40 + shade * 11, np.full_like(shade, 255)], axis=2)
        small = np.where((distance < 16)[..., None], ball, 0).astype(np.uint8)
        art[number] = small.repeat(BLOCK, axis=0).repeat(BLOCK, axis=1)
    return list(art)


def scene(frames: int = FRAMES) -> list[Pixels]:
    """A painted landscape of thousands of colours, opaque, that scrolls."""
    rng = np.random.default_rng(7)
    wide = np.asarray(
        Image.fromarray(rng.integers(0, 256, (16, 48, 3), np.uint8)).resize((3 * SIDE, SIDE), Image.Resampling.BICUBIC)
    )
    art = np.full((frames, SIDE, SIDE, 4), 255, np.uint8)
    for number in range(frames):
        art[number, ..., :3] = wide[:, 2 * number % (2 * SIDE) :][:, :SIDE]
    return list(art)


def sprites(pictures: list[Pixels]) -> SpriteSet:
    return SpriteSet(sprites=tuple(Sprite(name=f"f{n}", pixels=pixels) for n, pixels in enumerate(pictures)))


def raw_gif(pictures: list[Pixels]) -> Callable[[], bytes]:
    """Pillow's own GIF writer, the frames on our palette beforehand: what is left is the compression."""
    places, _, palette = indexed(pictures)
    frames = [Image.fromarray(place, mode="P") for place in places]
    for frame in frames:
        frame.putpalette(palette)
    return lambda: saved(frames, "GIF", {**GIF, "transparency": CLEAR})


def raw_webp(pictures: list[Pixels]) -> Callable[[], bytes]:
    """libwebp's own animation writer, lossless, at the effort that we use."""
    frames = [Image.fromarray(picture) for picture in pictures]
    return lambda: saved(frames, "WEBP", WEBP)


def saved(frames: list[Image.Image], name: str, options: Mapping[str, object]) -> bytes:
    out = io.BytesIO()
    frames[0].save(out, format=name, save_all=True, append_images=frames[1:], **options)
    return out.getvalue()


def timed(work: Callable[[], Result]) -> tuple[float, Result]:
    """Processor seconds of one thread, and what came of it: what else runs counts less than in time on the wall."""
    began = time.process_time()
    result = work()
    return time.process_time() - began, result


async def frames(folder: Path) -> dict[str, Figure]:
    """Our time over the raw encoder's for 200 frames, the worse of two animations, and the peak memory."""
    found: dict[str, Figure] = {}
    for name, raw in (("gif", raw_gif), ("webp", raw_webp)):
        ratios, sizes = [], []
        for pictures in (walk(), scene()):
            art, encode = sprites(pictures), raw(pictures)
            make = partial(export, name, art, "x")
            turns = [(timed(make), timed(encode)) for _ in range(TURNS[name])]
            ours, theirs = (statistics.median(took for took, _ in side) for side in zip(*turns, strict=True))
            ratios.append(ours / theirs)
            (_, files), (_, plain) = turns[-1]
            sizes.append(len(files[f"x.{name}"]) / len(plain))
        found[f"{name}_200_time_over_raw"] = Figure(max(ratios), "ratio", 1.2, False)
        found[f"{name}_200_bytes_over_raw"] = Figure(max(sizes), "ratio", None, False)
        found[f"{name}_200_peak_over_pixels"] = Figure(max(map(peak, [name] * 2, ("walk", "scene"))), "ratio", 3, False)
    pictures = walk()
    rgba, _ = timed(partial(saved, [Image.fromarray(picture) for picture in pictures], "GIF", GIF))
    ours, _ = timed(partial(export, "gif", sprites(pictures), "x"))
    found["gif_200_time_over_pillow_from_rgba"] = Figure(ours / rgba, "ratio", None, False)
    return found


def peak(name: str, pictures: str) -> float:
    """Peak resident memory of an export in a process of its own, the input included, over the bytes of its pixels."""
    command = [sys.executable, "-m", "bench.frames", name, pictures]
    return float(subprocess.run(command, capture_output=True, text=True, check=True).stdout)


def main() -> None:
    """Print the peak of one export; Linux only."""
    name, pictures = sys.argv[1:]
    made = {"walk": walk, "scene": scene}[pictures]
    export(name, sprites(made(2)), "warm")
    art = sprites(made())
    before = highest()
    export(name, art, "x")
    print(1 + (highest() - before) / (FRAMES * SIDE * SIDE * 4))


def highest() -> int:
    """The most memory that this process has held, in bytes; `getrusage` would count its parent's."""
    lines = dict(line.split(":", 1) for line in Path("/proc/self/status").read_text().splitlines())
    return int(lines["VmHWM"].split()[0]) * 1024


MEASUREMENTS: dict[str, Measurement] = {"frames": frames}

if __name__ == "__main__":
    main()
