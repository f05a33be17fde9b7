"""The addon's client in Godot 4.6 against servers that are odd in a known way."""

import base64
import socket
from typing import Any

from tests.consumers.browser import Chromium
from tests.godot.addon import LOST, run
from tests.godot.stand_in import Said, refused, standing_in, stream, unary

SERVER = "ServerService/GetServer"
LIST = "GenerationService/ListGenerations"


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as opened:
        port: int = opened.getsockname()[1]
        return port


def event(sequence: int, progress: float) -> dict[str, Any]:
    generation = {"name": "generations/1", "progress": progress}
    return {"event": {"sequence": str(sequence), "generation": generation}}


def change(sequence: int) -> dict[str, Any]:
    return {"change": {"kind": "KIND_PUBLISHED"}, "sequence": str(sequence)}


def b64(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


def test_a_server_that_is_absent_too_old_closed_or_something_else_is_told_in_a_sentence(browser: Chromium) -> None:
    absent = f"http://127.0.0.1:{free_port()}"
    with (
        standing_in({SERVER: [unary({"version": "0.0.9"})]}) as old,
        standing_in(
            {SERVER: [unary({"version": "1.0"})], LIST: [refused(401, "unauthenticated", "no such key")]}
        ) as closed,
        standing_in({}) as other,
        standing_in({SERVER: [unary({"version": "0.10.0", "extensions": ["x"]})], LIST: [unary({})]}) as fine,
    ):
        addresses = [absent, old.address, closed.address, other.address, fine.address]
        answer = run(browser, "checks", {"addresses": addresses, "key": "lk_1"}, expected=LOST)
    assert answer.said["codes"] == ["absent", "too_old", "unauthenticated", "unreadable", ""]
    assert answer.said["messages"] == [
        f"No Limner server answers at {absent}. Start one with `limner serve --web {absent[7:]}`, or change the address in the settings.",
        f"The server at {old.address} is Limner 0.0.9; this addon needs 0.1.0 or newer. Update the server.",
        f"The server at {closed.address} refuses the key; set the right one in the settings. It says: no such key",
        f"What answers at {other.address} is no Limner server. Check the address in the settings.",
        "0.10.0",
    ]
    assert fine.keys == ["Bearer lk_1"] * 2


def test_a_stream_that_is_cut_goes_on_after_the_last_event_that_was_seen(browser: Chromium) -> None:
    watch, changes, create = (
        "GenerationService/WatchGeneration",
        "AssetService/WatchAssets",
        "GenerationService/CreateGeneration",
    )
    replies = {
        watch: [
            stream(event(1, 0.1), event(2, 0.2), cut=True),
            Said(status=503, pieces=(b"{}",)),
            stream(event(2, 0.2), event(3, 0.3), end={"error": {"code": "unavailable", "message": "drains"}}),
            stream(event(4, 1.0), split=3),
        ],
        changes: [stream({"sequence": "7"}, change(8)), stream({"sequence": "8"}, change(9), end={"error": {"code": "permission_denied", "message": "not you"}})],
        "AssetService/ReadAsset": [stream({"data": b64("one ")}, {"data": b64("two")}, split=1)],
        "AssetService/ExportAssets": [
            stream({"path": "a.png", "data": b64("a")}, {"path": "a.png", "data": b64("b")}, {"path": "d/e.json", "data": ""})
        ],
        create: [Said(pieces=(b'{"generation"',), cut=True), unary({"generation": {"name": "generations/2"}})],
    }  # fmt: skip
    with standing_in(replies) as server:
        said = run(browser, "stream", {"address": server.address}, expected=LOST).said
    assert said["seen"] == [["1", 0.1], ["2", 0.2], ["3", 0.3], ["4", 1.0]]
    assert said["lost"] == ["cut", "unavailable", "unavailable"]
    assert said["waits"] == [0.25, 0.5, 0.25], "twice as long each time, and short again once something came"
    assert said["changes"] == ["7", "8", "9"], "a sign of life is no news"
    assert said["over"] == ["", "permission_denied", "not you"]
    assert said["bytes"] == "one two"
    assert said["files"] == {"a.png": "ab", "d/e.json": ""}
    assert said["created"] == "generations/2"
    asked = [(method, message) for method, message in server.asked if method in (watch, changes)]
    follow = {"name": "generations/1", "previews": True}
    assert asked == [
        (watch, {**follow, "afterSequence": "0"}),
        (watch, {**follow, "afterSequence": "2"}),
        (watch, {**follow, "afterSequence": "2"}),
        (watch, {**follow, "afterSequence": "3"}),
        (changes, {"kinds": ["KIND_PUBLISHED"], "project": "game"}),
        (changes, {"kinds": ["KIND_PUBLISHED"], "project": "game", "afterSequence": "8"}),
    ]
    first, second = (message for method, message in server.asked if method == create)
    assert first == second, "the same request id, so that nothing is drawn twice"
