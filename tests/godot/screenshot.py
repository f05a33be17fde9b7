"""`python -m tests.godot.screenshot`: the picture in the addon's README, drawn by the dock itself with the shipped model."""

import io
import tempfile
from pathlib import Path

from PIL import Image

from limner.atlas.geometry import Size
from tests.consumers.browser import chromium
from tests.consumers.site import serving
from tests.godot.addon import PROJECT, run
from tests.godot.served import served

TARGET = PROJECT / "screenshot.png"
STAGE, DOCK = Size(880, 620), 390
GROUND = (43, 46, 53)
COLOURS = 128
DRAWINGS = [
    {"prompt": "a stone brick wall", "kind": "Texture", "size": "32 × 32", "candidates": 1, "seed": 4},
    {"prompt": "a skeleton archer", "kind": "Monster", "size": "32 × 32", "candidates": 2, "seed": 1},
    {"prompt": "一位长发女战士，身穿盔甲", "kind": "Character", "size": "32 × 32", "candidates": 6, "seed": 1},
]
PLACES = [[0, 112], [100, 84], [36, 84]]  # of the nodes, in the order of DRAWINGS


def main() -> None:
    with tempfile.TemporaryDirectory() as folder, served(Path(folder)) as server, serving() as site:
        arguments = {
            "address": server.address,
            "key": server.key,
            "drawings": DRAWINGS,
            "shown": DOCK,
            "places": PLACES,
        }
        with chromium(site) as browser:
            answer = run(browser, "panel", arguments, STAGE)
    picture = Image.new("RGBA", STAGE, (*GROUND, 255))
    picture.alpha_composite(Image.fromarray(answer.pixels))
    out = io.BytesIO()
    picture.convert("RGB").quantize(COLOURS, dither=Image.Dither.NONE).save(out, "PNG", optimize=True)
    TARGET.write_bytes(out.getvalue())
    print(TARGET, len(out.getvalue()))


if __name__ == "__main__":
    main()
