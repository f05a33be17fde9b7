"""The whole way of a save: a manifest is edited, `limner watch` builds it, and a running Phaser game shows it, without a reload."""

import io
import json
import subprocess
import sysconfig
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from limner.atlas.sprites import Pixels
from tests.consumers.browser import Chromium, EngineError, pixels
from tests.consumers.live_art import runner, sheet
from tests.consumers.served import Served, served
from tests.consumers.site import WEB

LIMNER = str(Path(sysconfig.get_path("scripts"), "limner"))
PLAYING = {"key": "run", "x": 100, "y": 40}
MANIFEST = """
[[asset]]
name = "hero"
prompt = "{prompt}"
model = "gaussian-world"
seed = {seed}
size = 32
out = "art"
"""

pytestmark = pytest.mark.skipif(not (WEB / "phaser.js").exists(), reason="clients/web is not built: make engines")


class OnDisk(dict[str, bytes]):
    """The files of a folder, as a web server reads them."""

    def __init__(self, root: Path) -> None:
        super().__init__()
        self._root = root

    def get(self, path: str, default: object = None) -> bytes | None:  # type: ignore[override]
        file = self._root / path
        return file.read_bytes() if file.is_file() else None


@contextmanager
def watched(root: Path, server: Served) -> Iterator[None]:
    """`limner watch` in a folder, from its first build on."""
    command = [LIMNER, "watch", str(root), "--server", server.address, "--project", "game", "--json"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as watching:
        assert watching.stdout
        try:
            for line in watching.stdout:
                if json.loads(line)["state"] == "built":
                    break
            else:
                raise EngineError(watching.stderr.read() if watching.stderr else "")
            yield
        finally:
            watching.terminate()


def seen(answer: object) -> Pixels:
    return pixels(answer)[:32, :32]  # type: ignore[arg-type]


def on_disk(path: Path) -> Pixels:
    return np.asarray(Image.open(io.BytesIO(path.read_bytes())).convert("RGBA"))


def test_a_saved_manifest_changes_the_running_game(browser: Chromium, tmp_path: Path) -> None:
    root, said = tmp_path / "game", list[str]()
    (root / "art").mkdir(parents=True)
    for path, content in sheet(runner(1, frames=3, size=8), "phaser-json").items():
        (root / path).write_bytes(content)
    manifest = root / "game.asset.toml"
    manifest.write_text(MANIFEST.format(prompt="a red dragon", seed=1))
    with served(tmp_path) as server, watched(root, server):
        first = on_disk(root / "art" / "hero.png")
        with browser.visits("limner_phaser", OnDisk(root), said) as visit:
            draw = [{"key": "hero", "frame": None, "x": 0, "y": 0}]
            question = {"url": server.url, "width": 128, "height": 64, "draw": draw, "playing": PLAYING}
            np.testing.assert_array_equal(seen(visit.asks("start", question)), first)
            manifest.write_text(MANIFEST.format(prompt="a blue dragon", seed=2))
            answer = visit.asks("swapped", {"count": 1})
            second = on_disk(root / "art" / "hero.png")
            assert not np.array_equal(second, first)
            np.testing.assert_array_equal(seen(answer), second)
            manifest.write_text("[[asset]\n")  # broken: the last good picture stays
            manifest.write_text(MANIFEST.format(prompt="a red dragon", seed=1))
            np.testing.assert_array_equal(seen(visit.asks("swapped", {"count": 2})), first)
    assert said == []
