"""A running Phaser game takes new art without a reload: `clients/web` in Chromium against a live server."""

import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from limner.atlas.geometry import Size
from limner.atlas.sprites import Pixels, Sprite, SpriteSet
from limner.client import Client
from tests.consumers.browser import Chromium, Visit, pixels
from tests.consumers.flat_door import FlatDoor
from tests.consumers.live_art import png, publish, runner, sheet
from tests.consumers.phaser import Placed
from tests.consumers.pictures import corners, flattened
from tests.consumers.served import Served, served
from tests.consumers.site import WEB

WIDTH, HEIGHT = 128, 64
PLAYER = (100, 40)  # where the playing sprite is; its pixels depend on the time
HERO = Placed("hero", 0, 0)

pytestmark = pytest.mark.skipif(not (WEB / "phaser.js").exists(), reason="clients/web is not built: make engines")


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Served]:
    with served(tmp_path) as server:
        yield server


class Game:
    """The page, the files beside it, and what should be seen."""

    def __init__(self, server: Served, visit: Visit, files: dict[str, bytes], said: list[str]) -> None:
        self.server = server
        self.visit = visit
        self.files = files
        self.said = said
        self.swaps = 0

    def start(self, placed: list[Placed]) -> Any:
        draw = [
            {
                "key": "hero" if one == HERO else "run",
                "frame": None if one == HERO else one.frame,
                "x": one.x,
                "y": one.y,
            }
            for one in placed
        ]
        playing = {"key": "run", "x": PLAYER[0], "y": PLAYER[1]}
        question = {"url": self.server.url, "width": WIDTH, "height": HEIGHT, "draw": draw, "playing": playing}
        return self.visit.asks("start", question)

    def writes(self, files: dict[str, bytes], *, swaps: int) -> Any:
        """Save files, tell of them, and wait until the game has taken them."""
        self.files.update(files)
        publish(self.server, files)
        self.swaps += swaps
        return self.visit.asks("swapped", {"count": self.swaps})


@pytest.fixture
def game(server: Served, browser: Chromium) -> Iterator[Game]:
    said: list[str] = []
    files = {"art/hero.png": png(corners(16, 16, 1)), **sheet(runner(1, frames=3, size=8), "phaser-json")}
    with browser.visits("limner_phaser", files, said) as visit:
        yield Game(server, visit, files, said)


def still(answer: Any) -> Pixels:
    """What is seen but for the sprite that plays."""
    seen = pixels(answer)
    seen[PLAYER[1] - 20 :, PLAYER[0] - 20 :] = 0
    return seen


def wanted(hero: Pixels, art: SpriteSet, placed: list[Placed]) -> Pixels:
    sprites = (Sprite(name="hero", pixels=hero), *art.sprites)
    return flattened(sprites, placed, Size(WIDTH, HEIGHT))


PLACED = [HERO, Placed("run-0", 20, 0), Placed("run-1", 40, 0), Placed("run-2", 60, 0)]


def test_a_picture_changes_in_the_running_game_whatever_its_size(game: Game) -> None:
    art = runner(1, frames=3, size=8)
    answer = game.start(PLACED)
    np.testing.assert_array_equal(still(answer), wanted(corners(16, 16, 1), art, PLACED))
    for hero in (corners(16, 16, 2), corners(9, 20, 3)):
        answer = game.writes({"art/hero.png": png(hero)}, swaps=1)
        np.testing.assert_array_equal(still(answer), wanted(hero, art, PLACED))
    assert [len(swap) for swap in answer["swaps"]] == [1, 1]
    assert game.said == []


def test_a_sheet_and_its_animation_change_while_it_plays(game: Game) -> None:
    assert game.start(PLACED)["frames"] == [["run-0", 100], ["run-1", 100], ["run-2", 100]]
    longer = runner(2, frames=5, size=11, duration_ms=40)
    files = sheet(longer, "phaser-json")
    assert sum(path.endswith(".png") for path in files) > 1, "it has more pages than before"
    answer = game.writes(files, swaps=2)  # the sheet and the animation
    np.testing.assert_array_equal(still(answer), wanted(corners(16, 16, 1), longer, PLACED))
    assert answer["frames"] == [[f"run-{number}", 40] for number in range(5)]
    assert answer["playing"] == "run"
    assert answer["current"], "it goes on with a frame of the new animation"
    shorter = runner(3, frames=2, size=6)
    answer = game.writes(sheet(shorter, "phaser-json"), swaps=2)
    gone = [one if one.frame != "run-2" else Placed("run-0", one.x, one.y) for one in PLACED]
    np.testing.assert_array_equal(still(answer), wanted(corners(16, 16, 1), shorter, gone))
    assert (answer["playing"], answer["current"]) == ("run", True)
    assert game.said == []


def test_a_sheet_that_lost_a_frame_plays_on_before_its_animation_has_changed(game: Game) -> None:
    game.start(PLACED)
    shorter = runner(2, frames=2, size=8)
    written = sheet(shorter, "phaser-json")
    game.writes({path: content for path, content in written.items() if path != "art/run-animations.json"}, swaps=1)
    answer = game.visit.asks("played")
    gone = [one if one.frame != "run-2" else Placed("run-0", one.x, one.y) for one in PLACED]
    np.testing.assert_array_equal(still(answer), wanted(corners(16, 16, 1), shorter, gone))
    assert game.said == []


def test_a_broken_file_leaves_the_last_good_one(game: Game) -> None:
    game.start(PLACED)
    game.files["art/hero.png"] = b"no picture"
    publish(game.server, {"art/hero.png": b"no picture"})
    hero = corners(16, 16, 5)
    answer = game.writes({"art/run.json": game.files["art/run.json"]}, swaps=1)
    art = runner(1, frames=3, size=8)
    np.testing.assert_array_equal(still(answer), wanted(corners(16, 16, 1), art, PLACED))
    answer = game.writes({"art/hero.png": png(hero)}, swaps=1)
    np.testing.assert_array_equal(still(answer), wanted(hero, art, PLACED))
    assert [line for line in game.said if "the last good one stays" in line] == game.said
    assert len(game.said) == 1


def test_it_comes_back_to_a_server_that_was_away_and_misses_nothing(game: Game) -> None:
    game.start(PLACED)
    game.server.stop()
    assert game.visit.asks("heard", {"state": "absent", "times": 1})[-1] == "absent"
    game.server.start()
    hero = corners(16, 16, 6)
    answer = game.writes({"art/hero.png": png(hero)}, swaps=1)  # told before the game is back
    np.testing.assert_array_equal(still(answer), wanted(hero, runner(1, frames=3, size=8), PLACED))
    warnings = [line for line in game.said if line.startswith("limner: ")]
    assert len(warnings) == 1, "once, not at every attempt"
    assert warnings[0].startswith(f"limner: no Limner server answers at {game.server.url} (")
    assert warnings[0].endswith("start one with: limner serve --web HOST:PORT; trying again")


def test_the_game_draws_with_the_server(game: Game) -> None:
    game.start(PLACED)
    image = {"prompt": "a red dragon", "model": game.server.model, "candidates": 2, "sampling": {"steps": 4}}
    answer = game.visit.asks("draws", {"key": "dragon", "image": image, "x": 20, "y": 30})
    with Client(game.server.address) as client:
        picture = np.asarray(Image.open(io.BytesIO(client.read(answer["names"][0]))).convert("RGBA"))
    dragon = Sprite(name="dragon", pixels=picture)
    placed = [*PLACED, Placed("dragon", 20, 30)]
    art = runner(1, frames=3, size=8)
    both = SpriteSet(sprites=(*art.sprites, dragon))
    np.testing.assert_array_equal(still(answer), wanted(corners(16, 16, 1), both, placed))
    assert answer["shares"][-1][0] == 1
    assert len(answer["names"]) == 2


def test_previews_reach_the_game_while_it_draws(browser: Chromium) -> None:
    files = {"art/hero.png": png(corners(16, 16, 1)), **sheet(runner(1, frames=3, size=8), "phaser-json")}
    with FlatDoor() as world, browser.visits("limner_phaser", files, []) as visit:
        draw = [{"key": "hero", "frame": None, "x": 0, "y": 0}]
        playing = {"key": "run", "x": PLAYER[0], "y": PLAYER[1]}
        visit.asks("start", {"url": world.url, "width": WIDTH, "height": HEIGHT, "draw": draw, "playing": playing})
        answer = visit.asks("draws", {"key": "hut", "image": {"prompt": "a hut"}, "x": 20, "y": 0})
    assert answer["shares"] == [[0, False], [0.5, True], [1, False]]


def test_a_refusal_says_which_field_and_why(game: Game) -> None:
    game.start(PLACED)
    refusal = game.visit.asks("refused", {"image": {"prompt": "a dragon", "width": 33}})
    assert (refusal["name"], refusal["reason"]) == ("LimnerError", "invalid")
    assert "width" in refusal["message"]


def test_a_game_without_a_server_runs_and_says_so_once(game: Game) -> None:
    game.server.stop()
    answer = game.start(PLACED)
    np.testing.assert_array_equal(still(answer), wanted(corners(16, 16, 1), runner(1, frames=3, size=8), PLACED))
    assert answer["playing"] == "run"
    assert set(answer["states"]) == {"created", "absent"}
    game.server.start()
    assert game.visit.asks("heard", {"state": "connected", "times": 1})
    (warning,) = [line for line in game.said if line.startswith("limner: ")]
    assert warning.startswith(f"limner: no Limner server answers at {game.server.url} (")


def test_a_refused_key_is_said_to_be_that(tmp_path: Path, browser: Chromium) -> None:
    said: list[str] = []
    files = {"art/hero.png": png(corners(16, 16, 1)), **sheet(runner(1, frames=3, size=8), "phaser-json")}
    with served(tmp_path, access="keys") as server, browser.visits("limner_phaser", files, said) as visit:
        answer = Game(server, visit, files, said).start(PLACED)
    assert answer["playing"] == "run"
    assert sorted(answer["states"]) == ["created", "key"]
    (warning,) = [line for line in said if line.startswith("limner: ")]
    assert warning.startswith(f"limner: the Limner server at {server.url} refuses the key (")
    assert warning.endswith("; pictures change no more")
