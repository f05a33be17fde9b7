"""The dock in Godot 4.6, used by what is written on it, against the real server and the shipped model."""

import io
from pathlib import Path

import numpy as np
from PIL import Image

from limner.atlas.geometry import Size
from limner.client import Client
from tests.consumers.browser import Chromium
from tests.godot.addon import run
from tests.godot.served import KEY, served


def test_a_sentence_becomes_a_node_by_way_of_previews_and_candidates(browser: Chromium, tmp_path: Path) -> None:
    drawings = [
        {"prompt": "a red dragon", "kind": "Monster", "size": "32 × 32", "candidates": 2, "seed": 7},
        {"prompt": "熔岩", "kind": "Tile", "size": "64 × 64", "candidates": 1, "seed": 3},
    ]
    with served({"data_dir": tmp_path}) as server:
        arguments = {"address": server.address, "key": KEY, "drawings": drawings}
        answer = run(browser, "panel", arguments, Size(128, 64))
        dragon, lava = answer.said["drawings"]
        with Client(server.grpc, key=KEY) as client:
            print(client)
    assert answer.said["connected"].endswith(f"at {server.address}")
    assert dragon["previews"] > 0
    assert dragon["progress"] == sorted(dragon["progress"])
    print(answer.said)
    Image.fromarray(answer.pixels).save("/tmp/godot-panel.png")
