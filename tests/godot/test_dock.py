"""The dock in Godot 4.6, used by what is written on it, against the real server and the shipped model."""

import io
from importlib.metadata import version
from typing import NamedTuple

import numpy as np
import pytest
from PIL import Image

from limner.atlas.geometry import Size
from limner.atlas.sprites import Pixels
from limner.client import Client
from limner.v1.briefs_pb2 import CharacterBrief, ImageBrief
from limner.v1.generation_pb2 import Generation
from tests.consumers.browser import Chromium
from tests.consumers.godot import GodotAnswer
from tests.godot.addon import run
from tests.godot.served import served

DRAGON = {"prompt": "a red dragon", "kind": "Monster", "size": "32 × 32", "candidates": 2, "seed": 7, "actions": []}
LAVA = {"prompt": "熔岩", "kind": "Tile", "size": "64 × 64", "candidates": 1, "seed": 3}
KNIGHT = {
    "prompt": "a knight with a sword", "kind": "Character", "size": "32 × 32", "candidates": 2, "seed": 1,
    "actions": ["idle", "walk", "die"], "pick": 0,
}  # fmt: skip
WALL = {
    "prompt": "a stone brick wall", "kind": "Texture", "size": "32 × 32", "candidates": 2, "seed": 4, "node": "MeshInstance3D",
    "menus": {"Maps": "Material for 3D"},
}  # fmt: skip
FENCE = {
    "prompt": "wooden planks", "kind": "Texture", "size": "32 × 32", "candidates": 1, "seed": 4,
    "menus": {"Repeats": "Across", "Maps": "Colours and normals"},
}  # fmt: skip
GOBLIN = CharacterBrief(
    image=ImageBrief(prompt="a goblin with a club", seed=2, width=32, candidates=1), actions=["run", "idle"], frames=4
)
AGAIN = {"again": "a goblin with a club"}
STOPPED = {"prompt": "a castle", "kind": "Object", "size": "256 × 256", "candidates": 16, "seed": 9, "cancel": True}
STAGE = Size(64 * 6, 64)
REFUSED = "status of 501"  # what a browser says when the server does not draw several directions


class Visit(NamedTuple):
    """What the dock showed and said, and what the server drew, by prompt."""

    answer: GodotAnswer
    drawn: dict[str, Generation]
    pictures: dict[str, Pixels]  # by asset


@pytest.fixture(scope="module")
def visit(browser: Chromium, tmp_path_factory: pytest.TempPathFactory) -> Visit:
    """One game does it all."""
    with served(tmp_path_factory.mktemp("dock")) as server, Client(server.grpc, key_file=server.key_file) as client:
        client.wait(client.create(GOBLIN).name)
        drawings = [DRAGON, LAVA, KNIGHT, WALL, FENCE, AGAIN, STOPPED]
        arguments = {"address": server.address, "key": server.key, "drawings": drawings}
        answer = run(browser, "panel", arguments, STAGE, expected=REFUSED)
        generations = list(client.generations())
        drawn = {prompt_of(each) or each.animation.action: each for each in generations}
        wanted = [asset.name for each in generations for asset in each.assets]
        pictures = {name: picture(client.read(name)) for name in wanted}
    assert answer.said["connected"] == f"Limner {version('limner')} at {server.address}"
    return Visit(answer, drawn, pictures)


def prompt_of(generation: Generation) -> str:
    return generation.image.prompt or generation.texture.image.prompt or generation.character.image.prompt


def picture(png: bytes) -> Pixels:
    return np.asarray(Image.open(io.BytesIO(png)).convert("RGBA"))


def test_a_sentence_becomes_a_node_by_way_of_previews_and_candidates(visit: Visit) -> None:
    first, second = visit.answer.said["drawings"][:2]
    assert first["previews"] > 0, "the picture is seen before it is finished"
    assert first["progress"] == sorted(first["progress"])
    assert first["node"][0] == "AnimatedSprite2D"
    assert first["node"][1].startswith("ARedDragon")
    assert first["made"] == {"plays": "default", "default": [1, True]}, "no action was ticked"
    assert second["node"][0] == "Sprite2D"
    assert second["node"][1].startswith("Tile")
    dragon, lava = visit.drawn["a red dragon"].assets, visit.drawn["熔岩"].assets
    np.testing.assert_array_equal(
        shown(visit.answer.pixels[:32, :32]), shown(visit.pictures[dragon[1].name]), "the last candidate was picked"
    )
    np.testing.assert_array_equal(shown(visit.answer.pixels[:, 64:128]), shown(visit.pictures[lava[0].name]))


def test_the_picked_figure_gets_all_its_actions(visit: Visit) -> None:
    knight = visit.answer.said["drawings"][2]
    assert knight["made"] == {"plays": "idle", "idle": [8, True], "walk": [8, True], "die": [8, False]}
    picked = visit.drawn["a knight with a sword"].assets[0].name
    for action in ("idle", "walk", "die"):
        assert visit.drawn[action].animation.reference == picked
    frame = visit.pictures[visit.drawn["idle"].assets[0].name]
    assert frame.shape == (48, 48, 4)
    np.testing.assert_array_equal(shown(visit.answer.pixels[:48, 128:176]), shown(frame))


def test_a_texture_becomes_a_material_for_3d(visit: Visit) -> None:
    wall = visit.answer.said["drawings"][3]
    assert wall["node"][0] == "MeshInstance3D"
    assert wall["made"] == {
        "maps": ["albedo", "normal", "roughness", "metallic", "ao", "heightmap"], "normals": True, "repeats": True,
    }  # fmt: skip


def test_a_texture_repeats_only_where_it_continues(visit: Visit) -> None:
    fence = visit.answer.said["drawings"][4]
    assert fence["made"] == {"times": [4, 1], "texture": "CanvasTexture"}
    brief = visit.drawn["wooden planks"].texture
    assert (brief.image.tile_x, brief.image.tile_y, list(brief.maps)) == (True, False, ["normal"])


def test_a_character_from_the_history_has_the_actions_that_it_was_drawn_with(visit: Visit) -> None:
    goblin = visit.answer.said["drawings"][5]
    assert goblin["made"] == {"plays": "idle", "idle": [4, True], "run": [4, True]}


def test_a_drawing_is_cancelled_on_the_server(visit: Visit) -> None:
    assert visit.answer.said["cancelled"] == "Cancelled."
    assert visit.drawn["a castle"].state == Generation.STATE_CANCELLED


def test_the_dock_offers_what_the_server_draws(visit: Visit) -> None:
    offered = visit.answer.said["offered"]
    assert offered["actions"] == "idle, walk, die"
    assert offered["directions"][0] == "One, to pick from candidates"


def shown(picture: Pixels) -> Pixels:
    """Clear pixels without the colour that nobody sees."""
    return np.where(picture[..., 3:] > 0, picture, np.uint8(0))
