"""The pages of pictures. Nothing is picked: each cell is the seed that the page says."""

import io
from collections.abc import Callable, Mapping, Sequence

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from limner.client.drawing import image_brief
from limner.client.sync import Client
from limner.v1.briefs_pb2 import ImageBrief

SEEDS = range(1, 9)
FIRST_PROMPTS: Mapping[str, str] = {  # what users type first, and how the page names it
    "一位长发女战士，身穿盔甲": "long-haired woman warrior in armour (zh)",
    "一位身材娇小的女战士，手持魔法剑": "small woman warrior, magic sword (zh)",
    "一只猫在草地上玩耍": "a cat playing on grass (zh)",
    "一片蓝天白云下的森林": "forest under a blue sky (zh)",
    "a red dragon": "a red dragon",
    "a green potion": "a green potion",
    "a golden sword": "a golden sword",
    "a stone brick wall": "a stone brick wall",
    "lava floor": "lava floor",
    "a treasure chest": "a treasure chest",
    "a skeleton archer": "a skeleton archer",
    "a castle": "a castle",
    "a taxi in the city": "a taxi in the city",
}
GUIDED = ("a red dragon", "a stone brick wall")
SCALES = (1.0, 2.0, 3.0, 5.0, 8.0)
THRESHOLDS = (1.0, 0.995, 0.9)
CELL, GAP, LABEL = 64, 4, 16  # pixels
PAPER, INK = (32, 34, 40), (225, 225, 230)
Rows = Sequence[tuple[str, Sequence[bytes]]]


def unpicked(client: Client) -> bytes:
    """What users type first, seeds 1 to 8."""
    rows = []
    for prompt, label in FIRST_PROMPTS.items():
        rows.append((label, [one(client, image_brief(prompt, size=32, seed=seed)) for seed in SEEDS]))
    return grid(rows)


def ranked(client: Client) -> bytes:
    """The same prompts: eight candidates of seed 1, best first."""
    rows = []
    for prompt, label in FIRST_PROMPTS.items():
        brief = image_brief(prompt, size=32, seed=1, candidates=8)
        rows.append((label, [drawn.content for drawn in client.draw(brief)]))
    return grid(rows)


def guidance(client: Client) -> bytes:
    """What guidance scale (left to right) and dynamic threshold (rows) do to one seed."""
    rows = []
    for prompt in GUIDED:
        for threshold in THRESHOLDS:
            cells = []
            for scale in SCALES:
                brief = image_brief(prompt, size=32, seed=1)
                brief.sampling.guidance_scale, brief.sampling.dynamic_threshold = scale, threshold
                cells.append(one(client, brief))
            scales = ", ".join(f"{scale:g}" for scale in SCALES)
            rows.append((f"{prompt}: scale {scales}; threshold {threshold:g}", cells))
    return grid(rows)


PAGES: Mapping[str, Callable[[Client], bytes]] = {"unpicked": unpicked, "ranked": ranked, "guidance": guidance}


def one(client: Client, brief: ImageBrief) -> bytes:
    """The only picture of a brief."""
    return client.draw(brief)[0].content


def grid(rows: Rows) -> bytes:
    """A PNG: each row's label above its pictures, whole-factor enlarged."""
    columns = max(len(cells) for _, cells in rows)
    height = GAP + len(rows) * (LABEL + CELL + GAP)
    page = Image.new("RGB", (GAP + columns * (CELL + GAP), height), PAPER)
    draw, font = ImageDraw.Draw(page), ImageFont.load_default(11)
    for row, (label, cells) in enumerate(rows):
        top = GAP + row * (LABEL + CELL + GAP)
        draw.text((GAP, top), label, INK, font)
        for column, png in enumerate(cells):
            picture = enlarged(png)
            page.paste(picture, (GAP + column * (CELL + GAP), top + LABEL), picture)
    out = io.BytesIO()
    page.save(out, "PNG", optimize=True)
    return out.getvalue()


def enlarged(png: bytes, factor: int | None = None) -> Image.Image:
    """A picture with every pixel as a square of `factor`, or as large as a cell of the grid."""
    with Image.open(io.BytesIO(png)) as opened:
        pixels = np.asarray(opened.convert("RGBA"))
    times = factor or CELL // pixels.shape[0]
    return Image.fromarray(pixels.repeat(times, 0).repeat(times, 1))
