"""A running PixiJS game takes new art without a reload: `clients/web` in Chromium against a live server."""

import io
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from limner.atlas.geometry import Size
from limner.atlas.sprites import Pixels, Sprite, SpriteSet
from limner.client import Client
from tests.consumers.browser import Chromium, pixels
from tests.consumers.live_art import png, publish, runner, sheet
from tests.consumers.phaser import Placed
from tests.consumers.pictures import corners, flattened
from tests.consumers.served import served
from tests.consumers.site import WEB

SIZE = Size(128, 64)
PLACED = [Placed("hero", 0, 0), Placed("run-0", 20, 0), Placed("run-1", 40, 0), Placed("run-2", 60, 0)]

pytestmark = pytest.mark.skipif(not (WEB / "pixi.js").exists(), reason="clients/web is not built: make engines")


def wanted(hero: Pixels, art: SpriteSet, placed: list[Placed]) -> Pixels:
    return flattened((Sprite(name="hero", pixels=hero), *art.sprites), placed, SIZE)


def test_textures_sheets_and_animations_change_while_the_game_runs(browser: Chromium, tmp_path: Path) -> None:
    said: list[str] = []
    art, hero = runner(1, frames=3, size=8), corners(16, 16, 1)
    files = {"art/hero.png": png(hero), **sheet(art, "pixi-json", max_page=64)}
    with served(tmp_path) as server, browser.visits("limner_pixi", files, said) as visit:
        draw = [one._asdict() for one in PLACED]
        answer = visit.asks(
            "start", {"url": server.url, "width": SIZE.width, "height": SIZE.height, "draw": draw, "playing": "run"}
        )
        np.testing.assert_array_equal(pixels(answer), wanted(hero, art, PLACED))
        assert (answer["playing"], answer["frames"]) == (True, 3)

        hero = corners(9, 20, 2)
        files["art/hero.png"] = png(hero)
        publish(server, {"art/hero.png": png(hero)})
        answer = visit.asks("swapped", {"count": 1})
        np.testing.assert_array_equal(pixels(answer), wanted(hero, art, PLACED))

        art = runner(2, frames=5, size=11)
        changed = sheet(art, "pixi-json", max_page=64)
        files.update(changed)
        publish(server, changed)
        answer = visit.asks("swapped", {"count": 2})
        np.testing.assert_array_equal(pixels(answer), wanted(hero, art, PLACED))
        assert (answer["playing"], answer["frames"], len(answer["names"])) == (True, 5, 5)

        art = runner(3, frames=2, size=6)
        changed = sheet(art, "pixi-json", max_page=64)
        files.update(changed)
        publish(server, changed)
        answer = visit.asks("swapped", {"count": 3})
        np.testing.assert_array_equal(
            pixels(answer), wanted(hero, art, PLACED[:3])
        )  # a frame that is gone shows nothing
        assert (answer["playing"], answer["frames"]) == (True, 2)

        image = {"prompt": "a red dragon", "model": server.model, "sampling": {"steps": 4}}
        answer = visit.asks("draws", {"image": image, "x": 20, "y": 30})
        with Client(server.address) as client:
            (name,) = [asset.name for asset in client.assets()]
            picture = np.asarray(Image.open(io.BytesIO(client.read(name))).convert("RGBA"))
        placed = [*PLACED[:3], Placed("dragon", 20, 30)]
        both = SpriteSet(sprites=(*art.sprites, Sprite(name="dragon", pixels=picture)))
        np.testing.assert_array_equal(pixels(answer), wanted(hero, both, placed))
    assert said == []


def test_a_game_without_a_server_runs_and_follows_it_when_it_comes(browser: Chromium, tmp_path: Path) -> None:
    said: list[str] = []
    art, hero = runner(1, frames=3, size=8), corners(16, 16, 1)
    files = {"art/hero.png": png(hero), **sheet(art, "pixi-json", max_page=64)}
    question = {"width": SIZE.width, "height": SIZE.height, "draw": [one._asdict() for one in PLACED], "playing": "run"}
    with served(tmp_path) as server, browser.visits("limner_pixi", files, said) as visit:
        server.stop()
        answer = visit.asks("start", {"url": server.url, **question})
        np.testing.assert_array_equal(pixels(answer), wanted(hero, art, PLACED))
        server.start()
        assert set(visit.asks("heard", {"state": "connected"})[:-1]) == {"absent"}
        files["art/hero.png"] = png(corners(9, 20, 2))
        publish(server, {"art/hero.png": files["art/hero.png"]})
        np.testing.assert_array_equal(
            pixels(visit.asks("swapped", {"count": 1})), wanted(corners(9, 20, 2), art, PLACED)
        )
    (warning,) = [line for line in said if line.startswith("limner: ")]
    assert warning.startswith(f"limner: no Limner server answers at {server.url} (")
