"""Textures, scenes and characters through the real server: how well they tile, how long they take.

Times on the wall count whatever else runs; the processor's seconds of the server stand beside them.
"""

import statistics
import time
from collections.abc import Callable, Coroutine
from pathlib import Path

from bench.figures import Figure
from bench.serving import Process
from limner.client import AsyncClient
from limner.v1.briefs_pb2 import CharacterBrief, ImageBrief, Sampling, SceneBrief, TextureBrief

PROMPTS = ("grass", "沙地", "stone wall", "water", "wooden planks", "雪地")
REAL_SEAM = 1.089  # the median of ten photographed materials that tile, in the training art
WARRIOR = "一位长发女战士，身穿盔甲"
SCENE = "在一个有城堡和森林的小岛上"
Measurement = Callable[[Path], Coroutine[None, None, dict[str, Figure]]]


async def textures(folder: Path) -> dict[str, Figure]:
    """Seams of six textures with two variants each, as the server measured them; pixel art and painted in turn."""
    process = Process(folder)
    try:
        async with AsyncClient(process.address) as client:
            seams = []
            for number, prompt in enumerate(PROMPTS):
                style = "painted" if number % 2 else "pixel"
                image = ImageBrief(prompt=prompt, seed=1, style=style, sampling=Sampling(steps=10))
                drawn = await client.draw(TextureBrief(image=image, variants=2))
                seams += [each.asset.qa.seam for each in drawn]
    finally:
        process.stop()
    return {
        "texture_seam_median": Figure(statistics.median(seams), "ratio", REAL_SEAM, False),
        "texture_seam_worst": Figure(max(seams), "ratio", None, False),
    }


async def scenes(folder: Path) -> dict[str, Figure]:
    """A scene of 64 × 48 tiles when nothing of it was drawn before, and when only its layout seed changes; the model is loaded."""
    process = Process(folder)
    found: dict[str, Figure] = {}
    try:
        async with AsyncClient(process.address) as client:
            await client.draw(ImageBrief(prompt="a key", seed=1, sampling=Sampling(steps=1)))
            for name, layout_seed, goal in (("scene_cold", 1, 8.0), ("scene_new_layout", 2, 1.0)):
                began, cpu = time.monotonic(), process.cpu_s
                await client.draw(SceneBrief(prompt=SCENE, seed=1, layout_seed=layout_seed))
                found[f"{name}_s"] = Figure(time.monotonic() - began, "s", goal, False)
                found[f"{name}_cpu_s"] = Figure(process.cpu_s - cpu, "s", None, False)
            found["scene_rss_mib"] = Figure(process.rss_mib, "MiB", 1024.0, False)
    finally:
        process.stop()
    return found


async def characters(folder: Path) -> dict[str, Figure]:
    """A character of four candidates, and eight frames of walking in four directions of one that is there; the model is loaded."""
    process = Process(folder)
    found: dict[str, Figure] = {}
    try:
        async with AsyncClient(process.address) as client:
            await client.draw(ImageBrief(prompt="a key", seed=1, sampling=Sampling(steps=1)))
            image = ImageBrief(prompt=WARRIOR, seed=1, candidates=4)
            began, cpu = time.monotonic(), process.cpu_s
            still = (await client.draw(CharacterBrief(image=image)))[0]
            found["character_of_4_s"] = Figure(time.monotonic() - began, "s", 3.0, False)
            found["character_of_4_cpu_s"] = Figure(process.cpu_s - cpu, "s", None, False)
            walking = CharacterBrief(reference=still.asset.name, directions=4, actions=["walk"], frames=8)
            began, cpu = time.monotonic(), process.cpu_s
            await client.draw(walking)
            found["walk_4x8_s"] = Figure(time.monotonic() - began, "s", 6.0, False)
            found["walk_4x8_cpu_s"] = Figure(process.cpu_s - cpu, "s", None, False)
            found["character_rss_mib"] = Figure(process.rss_mib, "MiB", 1024.0, False)
    finally:
        process.stop()
    return found


MEASUREMENTS: dict[str, Measurement] = {
    "recipe_textures": textures,
    "recipe_scenes": scenes,
    "recipe_characters": characters,
}
