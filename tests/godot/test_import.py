"""The addon makes nodes of exported files in a running game, and changes them in place. One game does it all."""

import base64
from collections.abc import Mapping
from typing import Any

import numpy as np
import pytest

from limner.atlas.flattening import flattened, pixel_size
from limner.atlas.geometry import Size
from limner.atlas.sprites import FrameTag, Pixels, Sprite, SpriteSet
from limner.exporters import export
from tests.consumers.browser import Chromium
from tests.consumers.godot import GodotAnswer
from tests.consumers.pictures import corners
from tests.exporters.scene_art import ISLAND_NODES, island
from tests.godot.addon import run

ISLAND = pixel_size(island())
TOP = ISLAND.height + 8  # of what lies below the island
STAGE = Size(max(64, ISLAND.width), TOP + 48)
WICKED = ["../a.png", "/tmp/a.png", "a/../../b.png", "user://c.png", "c:\\d.png", ""]


def batch(files: Mapping[str, bytes]) -> dict[str, str]:
    return {path: base64.b64encode(content).decode() for path, content in files.items()}


def hero(*pictures: Pixels) -> dict[str, bytes]:
    sprites = tuple(Sprite(name=f"hero {n}", pixels=pixels, duration_ms=60_000) for n, pixels in enumerate(pictures))
    tags = (
        FrameTag(name="zzz", first=0, last=0),
        FrameTag(name="idle", first=len(pictures) - 1, last=len(pictures) - 1),
    )
    return export("godot-spriteframes", SpriteSet(sprites=sprites, frame_tags=tags), "hero")


def lava(pixels: Pixels) -> dict[str, bytes]:
    return export("png", SpriteSet(sprites=(Sprite(name="lava", pixels=pixels),)), "lava")


def case(main: str, x: int, y: int, *batches: Mapping[str, bytes]) -> dict[str, Any]:
    return {"batches": [batch(files) for files in batches], "main": main, "at": [x, y]}


@pytest.fixture(scope="module")
def game(browser: Chromium) -> GodotAnswer:
    """An island, below it a hero and lava, both changed after they were shown, and files that must not be written."""
    scene = {f"island/{path}": content for path, content in export("godot-scene", island(), "island").items()}
    cases = [
        case("hero.tres", 0, TOP, hero(corners(9, 12, 1), corners(9, 12, 2)), hero(corners(20, 17, 3))),
        case("lava.png", 32, TOP, lava(corners(8, 6, 1)), lava(corners(8, 6, 2))),
        case("island/island.tscn", 0, 0, scene),
        *(case("a.png", 0, 0, {path: b"x"}) for path in WICKED),
    ]
    return run(browser, "imports", {"cases": cases}, STAGE)


def test_a_figure_plays_and_its_frames_change_in_place(game: GodotAnswer) -> None:
    """The second batch has another number of frames, in a page of another size."""
    expected = np.zeros((48, 32, 4), np.uint8)
    expected[:17, :20] = corners(20, 17, 3)
    np.testing.assert_array_equal(game.pixels[TOP:, :32], expected)
    assert game.said["nodes"]["TheHero"] == ["AnimatedSprite2D", True]
    assert game.said["animation"] == ["idle", True, ["idle", "zzz"]]


def test_a_texture_repeats_and_changes_in_place(game: GodotAnswer) -> None:
    np.testing.assert_array_equal(game.pixels[TOP : TOP + 24, 32:64], np.tile(corners(8, 6, 2), (4, 4, 1)))
    assert game.said["nodes"]["Lava"] == ["Sprite2D", True]


def test_a_scene_becomes_nodes_of_the_edited_scene_that_look_like_its_preview(game: GodotAnswer) -> None:
    np.testing.assert_array_equal(game.pixels[: ISLAND.height, : ISLAND.width], flattened(island()))
    below = {f"TheIsland/{path}": [kind, True] for path, kind in ISLAND_NODES.items()}
    nodes = {path: node for path, node in game.said["nodes"].items() if path.startswith("TheIsland")}
    assert nodes == {"TheIsland": ["Node2D", True], **below}


def test_files_that_lead_out_of_the_folder_are_not_written(game: GodotAnswer) -> None:
    assert game.said["refused"] == [
        ["invalid_argument", f"{path} leads out of user://art/limner; not written"] for path in WICKED
    ]
