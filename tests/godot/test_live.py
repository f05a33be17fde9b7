"""A game in Godot 4.6 with the live server: a key, a generation through the server's end and return, a cancel, hot reload."""

import io
import threading
from typing import Any

import numpy as np
import pytest
from PIL import Image

from limner.atlas.geometry import Size
from limner.atlas.sprites import Pixels
from limner.client import Client
from limner.server import catalogue
from limner.server.batching import Batcher, Network, Rows
from tests.consumers.browser import Chromium
from tests.consumers.godot import GodotAnswer, godot_runs
from tests.godot.addon import LOST, SCRIPTS, addon_files
from tests.godot.served import served
from tests.godot.stand_in import standing_in
from tests.server.conftest import WORLD, write_world

CALLS = 80  # of the network, of 200; then it waits for the gate
SIDE, SCENE = 32, 256  # of what is shown: a sprite, and below it a scene


@pytest.fixture(scope="module")
def game(browser: Chromium, tmp_path_factory: pytest.TempPathFactory) -> GodotAnswer:
    """One game does it all. What it draws in the end is compared with the asset's own bytes, which are added to what it says."""
    folder = tmp_path_factory.mktemp("live")
    write_world(folder / "models" / WORLD)
    gate = threading.Event()
    with pytest.MonkeyPatch.context() as patch, standing_in({}) as cues:
        patch.setattr(catalogue, "Batcher", lambda network, rows: Batcher(held(network, gate), rows))
        with served(folder, model_dirs=[folder / "models"]) as server:
            restarting = threading.Thread(target=server.restart, args=(cues.cue, gate.set))
            restarting.start()
            arguments = {
                "address": server.address, "key": server.key, "cue": cues.address, "model": f"models/{WORLD}",
            }  # fmt: skip
            files = {**addon_files(), "art/hero.png": png(np.zeros((SIDE, SIDE, 4), np.uint8))}
            answer = godot_runs(browser, files, "live", Size(SCENE, SIDE + SCENE), arguments, SCRIPTS, LOST)
            restarting.join()
            with Client(server.grpc, key_file=server.key_file) as client:
                answer.said["hero"] = pixels(client.read(answer.said["asset"]))
                answer.said["scene"] = pixels(client.read(answer.said["scene_asset"]))
    return answer


def held(network: Network, gate: threading.Event) -> Network:
    """The network, which after some calls waits for the gate: so the server ends in the midst of a drawing."""
    calls = 0

    def answer(rows: Rows) -> Any:
        nonlocal calls
        calls += 1
        if calls > CALLS:
            assert gate.wait(120)
        return network(rows)

    return answer


def png(pixels: Pixels) -> bytes:
    out = io.BytesIO()
    Image.fromarray(pixels).save(out, "PNG")
    return out.getvalue()


def pixels(content: bytes) -> Pixels:
    return np.asarray(Image.open(io.BytesIO(content)).convert("RGBA"))


def test_a_wrong_key_is_told_in_a_sentence_and_the_right_one_works(game: GodotAnswer) -> None:
    assert game.said["refused"].startswith("The server at http://127.0.0.1:")
    assert "refuses the key; set the right one in the settings. It says: no valid key came" in game.said["refused"]
    assert game.said["checked"]
    assert "brief-image" in game.said["extensions"]


def test_a_drawing_outlives_the_server_that_ends_in_the_midst_of_it(game: GodotAnswer) -> None:
    assert game.said["lost"], "the connection was lost"
    assert set(game.said["lost"]) <= {"cut", "unavailable", "absent"}
    assert game.said["ended"]
    assert game.said["states"][-1] == "STATE_SUCCEEDED"
    assert game.said["sequences"] == sorted(set(game.said["sequences"])), "no event twice"


def test_a_cancelled_drawing_is_cancelled(game: GodotAnswer) -> None:
    assert game.said["cancelled"] == "STATE_CANCELLED"


def test_published_art_is_shown_without_a_restart(game: GodotAnswer) -> None:
    """In the web the file is not at hand: the picture comes from the server. What the game never loaded is left alone."""
    assert game.said["reloaded"] == ["res://art/hero.png"]
    assert "res://art/hero.png" in game.said["everything"], "after a reset all that is loaded is shown anew"
    assert game.said["texture"] == "CompressedTexture2D"
    picture = game.said["hero"]
    assert picture[..., 3].any()
    clear = picture[..., 3:] == 0
    np.testing.assert_array_equal(np.where(clear, 0, game.pixels[:SIDE, :SIDE]), np.where(clear, 0, picture))


def test_a_sentence_becomes_tile_layers_and_props(game: GodotAnswer) -> None:
    assert game.said["scene_faults"] == [None, None]
    assert game.said["scene_name"].startswith("AnIslandWithACastle")
    assert ["TileMapLayer", False] in game.said["scene_nodes"]
    assert ["Node2D", True] in game.said["scene_nodes"], "the props"
    np.testing.assert_array_equal(game.pixels[SIDE:], game.said["scene"])
