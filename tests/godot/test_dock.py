"""The dock in Godot 4.6, used by what is written on it, against the real server and the shipped model."""

import io
from pathlib import Path

import numpy as np
from PIL import Image

from limner.atlas.geometry import Size
from limner.atlas.sprites import Pixels
from limner.client import Client
from tests.consumers.browser import Chromium
from tests.godot.addon import run
from tests.godot.served import served

DRAGON = {"prompt": "a red dragon", "kind": "Monster", "size": "32 × 32", "candidates": 2, "seed": 7}
LAVA = {"prompt": "熔岩", "kind": "Tile", "size": "64 × 64", "candidates": 1, "seed": 3}


def test_a_sentence_becomes_a_node_by_way_of_previews_and_candidates(browser: Chromium, tmp_path: Path) -> None:
    with served(tmp_path) as server:
        arguments = {"address": server.address, "key": server.key, "drawings": [DRAGON, LAVA]}
        answer = run(browser, "panel", arguments, Size(128, 64))
        with Client(server.grpc, key_file=server.key_file) as client:
            lava, dragon = (
                [
                    np.asarray(Image.open(io.BytesIO(client.read(asset.name))).convert("RGBA"))
                    for asset in generation.assets
                ]
                for generation in list(client.generations())
            )
    assert answer.said["connected"] == f"Limner 0.1.0 at {server.address}"
    first, second = answer.said["drawings"]
    assert first["previews"] > 0, "the picture is seen before it is finished"
    assert first["progress"] == sorted(first["progress"])
    assert first["node"][0] == "AnimatedSprite2D"
    assert first["node"][1].startswith("ARedDragon")
    assert second["node"][0] == "Sprite2D"
    assert second["node"][1].startswith("Tile")
    np.testing.assert_array_equal(shown(answer.pixels[:32, :32]), shown(dragon[1]), "the last candidate was picked")
    np.testing.assert_array_equal(shown(answer.pixels[:, 64:]), shown(lava[0]))


def shown(picture: Pixels) -> Pixels:
    """Clear pixels without the colour that nobody sees."""
    return np.where(picture[..., 3:] > 0, picture, np.uint8(0))
