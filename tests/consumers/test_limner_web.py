"""The client of `clients/web` in Chromium: it comes back after a lost connection, and says plainly what is wrong."""

import base64
import json
import subprocess
import sysconfig
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from limner.client.testing import flat_picture
from tests.consumers.browser import Chromium, Visit
from tests.consumers.flat_door import FlatDoor
from tests.consumers.served import PATIENCE_S, served
from tests.consumers.site import WEB

CLIENT = WEB.parents[1]
ESBUILD = CLIENT / "node_modules" / ".bin" / "esbuild"
SCRIPTS = Path(sysconfig.get_path("scripts"))
NOBODY = "http://127.0.0.1:9"

pytestmark = pytest.mark.skipif(not (WEB / "index.js").exists(), reason="clients/web is not built: make engines")


@contextmanager
def client(browser: Chromium, url: str, key: str | None = None) -> Iterator[Visit]:
    """A page with a connection to the server at `url`."""
    with browser.visits("limner_web", {}, []) as visit:
        visit.asks("connect", {"url": url} if key is None else {"url": url, "key": key})
        yield visit


def test_a_drawing_outlives_the_server(browser: Chromium) -> None:
    with FlatDoor() as world, client(browser, world.url) as visit:
        visit.asks("draws", {"image": {"prompt": "wait for the server", "seed": 5}})
        assert world.watched.wait(PATIENCE_S)
        world.watched.clear()
        world.stop()
        world.start()
        assert world.watched.wait(PATIENCE_S), "it follows the same generation again"
        (name,) = world.generations
        world.release(name)
        (picture,) = visit.asks("drawn")["answer"]
        assert base64.b64decode(picture) == flat_picture("wait for the server", 5, 32)
        assert len(world.created) == 1


def test_a_full_server_is_asked_again(browser: Chromium) -> None:
    with FlatDoor() as world, client(browser, world.url) as visit:
        visit.asks("draws", {"image": {"prompt": "full house", "seed": 5}})
        (picture,) = visit.asks("drawn")["answer"]
        assert base64.b64decode(picture) == flat_picture("full house", 5, 32)
        assert world.refused == {"full house"}


def test_who_stops_waiting_cancels(browser: Chromium) -> None:
    with FlatDoor() as world, client(browser, world.url) as visit:
        visit.asks("draws", {"image": {"prompt": "wait for ever"}})
        assert world.watched.wait(PATIENCE_S)
        visit.asks("stops")
        assert visit.asks("drawn")["reason"] == "cancelled"
        (generation,) = world.generations.values()
        assert generation.state == generation.STATE_CANCELLED


def test_a_server_that_is_absent_is_said_to_be_that(browser: Chromium) -> None:
    with client(browser, NOBODY) as visit:
        fault = visit.asks("describes")
    assert (fault["name"], fault["reason"]) == ("LimnerError", "absent")
    assert fault["message"].startswith(f"no Limner server answers at {NOBODY} (")
    assert fault["message"].endswith("; start one with: limner serve --web HOST:PORT")


def test_a_server_that_is_too_old_is_said_to_be_that(browser: Chromium) -> None:
    with FlatDoor(old=True) as world, client(browser, world.url) as visit:
        assert visit.asks("describes") == {"answer": "0.0.0-flat"}, "what it knows still works"
        fault = visit.asks("exports", {"names": ["assets/1"], "format": "png"})
        assert fault["reason"] == "too-old"
        assert fault["message"].startswith(f"the Limner server at {world.url} is too old for this (")
        assert fault["message"].endswith("); update it")


@pytest.mark.parametrize("key", [None, "lm_wrong_wrong"], ids=["none", "wrong"])
def test_a_refused_key_is_said_to_be_that(browser: Chromium, tmp_path: Path, key: str | None) -> None:
    with served(tmp_path, access="keys") as server, client(browser, server.url, key) as visit:
        visit.asks("draws", {"image": {"prompt": "a red dragon"}})
        fault = visit.asks("drawn")
    assert fault["reason"] == "key"
    assert fault["message"].startswith(f"the Limner server at {server.url} refuses the key (")
    assert fault["message"].endswith("); give `key` a valid one")


def node(script: str) -> Any:
    """What a script says that has the pauses of the client."""
    if not ESBUILD.exists():
        pytest.skip("esbuild is not installed: make engines")
    source = (CLIENT / "src" / "pauses.ts").read_text(encoding="utf-8")
    made = subprocess.run([ESBUILD, "--loader=ts"], input=source, capture_output=True, text=True, check=True)
    command = [str(SCRIPTS / "node"), "--input-type=module"]
    done = subprocess.run(command, input=made.stdout + script, capture_output=True, text=True, check=True)
    return json.loads(done.stdout)


def test_pauses_double_up_to_ten_seconds_and_start_again_after_news() -> None:
    said = node("""
        const longest = new Pauses(() => 1), shortest = new Pauses(() => 0);
        const taken = (pauses) => Array.from({ length: 8 }, () => pauses.taken());
        const before = [taken(longest), taken(shortest)];
        longest.renew();
        console.log(JSON.stringify([...before, longest.taken()]));
    """)
    assert said == [
        [250, 500, 1000, 2000, 4000, 8000, 10000, 10000],
        [125, 250, 500, 1000, 2000, 4000, 5000, 5000],
        250,
    ]


def test_a_connection_that_is_silent_for_a_minute_is_given_up() -> None:
    said = node("""
        const { mock } = await import('node:test');
        mock.timers.enable({ apis: ['setTimeout'] });
        const silence = new Silence(new AbortController().signal);
        const seen = [];
        for (const ms of [59_999, 0, 59_999, 1]) {
          mock.timers.tick(ms);
          if (ms === 0) silence.broken();
          seen.push([silence.signal.aborted, silence.long]);
        }
        console.log(JSON.stringify(seen));
    """)
    assert said == [[False, False], [False, False], [False, False], [True, True]]
