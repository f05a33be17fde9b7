"""The addon's client in Godot 4.6 against servers that are odd in a known way."""

import socket

from tests.consumers.browser import Chromium
from tests.godot.addon import LOST, run
from tests.godot.stand_in import refused, standing_in, unary

SERVER = "ServerService/GetServer"
LIST = "GenerationService/ListGenerations"


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as opened:
        port: int = opened.getsockname()[1]
        return port


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
        f"The server at {closed.address} refuses the key (no such key). Set the right one in the settings; `limner keys create` on the server makes one.",
        f"What answers at {other.address} is no Limner server. Check the address in the settings.",
        "0.10.0",
    ]
    assert fine.keys == ["Bearer lk_1"] * 2
