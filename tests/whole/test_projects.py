"""`limner build` with the real server and the shipped networks: what a manifest asks for lies in the folder."""

import asyncio
import json
from pathlib import Path

import numpy as np
from PIL import Image

from limner.client.options import Settings
from limner.client.project.build import build_project, check_project
from limner.server.service import Running

TEXT = """
[[asset]]
name = "walk"
draw = "animation"
reference = "hero.png"
action = "walk"
frames = 4
formats = ["gif", "aseprite-json"]
out = "{format}"

[[asset]]
name = "key"
prompt = "a rusty key"
steps = 2

[[asset]]
name = "key-2"
vary = "key"
steps = 2
"""


async def test_pictures_variations_and_animations_are_built_once_to_the_same_bytes(
    server: Running, tmp_path: Path
) -> None:
    settings = Settings(server=server.address, quiet=True)
    contents = []
    for name in ("one", "two"):
        folder = tmp_path / name
        folder.mkdir()
        hero = np.zeros((32, 32, 4), np.uint8)
        hero[6:30, 10:22] = (200, 60, 40, 255)
        Image.fromarray(hero).save(folder / "hero.png")
        (folder / "x.asset.toml").write_text(TEXT)
        await asyncio.to_thread(build_project, settings, folder)
        await asyncio.to_thread(check_project, Settings(server="127.0.0.1:1", quiet=True), folder)  # needs no server
        found = (path for path in folder.rglob("*") if path.is_file() and ".limner" not in path.parts)
        contents.append({path.relative_to(folder).as_posix(): path.read_bytes() for path in found})
    assert contents[0] == contents[1]
    with Image.open(tmp_path / "one/gif/walk-walk.gif") as walk:
        assert getattr(walk, "n_frames", 1) == 4
    assert len(json.loads(contents[0]["aseprite-json/walk.json"])["frames"]) == 4
    assert contents[0]["key.png"] != contents[0]["key-2.png"]
