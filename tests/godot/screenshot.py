"""`python -m tests.godot.screenshot`: the picture in the addon's README, drawn by the dock itself with the shipped model."""

import io
import tempfile
from pathlib import Path
from typing import Any

from PIL import Image

from limner.atlas.geometry import Size
from limner.client import Client
from limner.v1.briefs_pb2 import ImageBrief, TextureBrief
from tests.consumers.browser import chromium
from tests.consumers.site import serving
from tests.godot.addon import PROJECT, run
from tests.godot.served import served

TARGET = PROJECT / "screenshot.png"
STAGE, DOCK = Size(880, 620), 390
GROUND = (43, 46, 53)
COLOURS = 128
DRAWINGS: list[dict[str, Any]] = [
    {"prompt": "a stone brick wall", "kind": "Texture", "size": "32 × 32", "candidates": 1, "seed": 4, "pick": 0},
    {"prompt": "a red dragon", "kind": "Monster", "size": "64 × 64", "candidates": 4, "seed": 1, "pick": 0},
    {
        "prompt": "a long-haired woman warrior in armour",
        "kind": "Character",
        "size": "32 × 32",
        "candidates": 8,
        "seed": 1,
        "pick": 0,
    },
]
PLACES = [[0, 128], [88, 66], [32, 98]]  # of the nodes, in the order of DRAWINGS


def asked(drawing: dict[str, Any]) -> ImageBrief | TextureBrief:
    """The brief that the dock makes of a drawing: drawn before, it is in the store when the dock asks for it."""
    side = int(drawing["size"].split()[0])
    image = ImageBrief(prompt=drawing["prompt"], kind=drawing["kind"].lower(), width=side, seed=drawing["seed"])
    if drawing["kind"] == "Texture":
        return TextureBrief(image=image, variants=drawing["candidates"], maps=["normal"])
    image.candidates = drawing["candidates"]
    return image


def main() -> None:
    with tempfile.TemporaryDirectory() as folder, served(Path(folder)) as server, serving() as site:
        with Client(server.grpc, key_file=server.key_file) as client:
            for drawing in DRAWINGS:
                client.wait(client.create(asked(drawing)).name)
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
