"""The process of a network: behind its walls it opens sessions and runs them, one message after the other, until nobody asks.

Started as `python -m limner.server.worker.child TASK`, where TASK says in JSON which memory it shares and what it may read.
"""

import contextlib
import json
import os
import select
import signal
import sys
import threading
from functools import partial
from pathlib import Path
from typing import IO

import numpy as np
from numpy.typing import NDArray

from limner.generators.cards import ModelError
from limner.generators.graphs import checked_graph
from limner.generators.sessions import Opener, Session, open_session
from limner.server.memory import few_arenas, give_back
from limner.server.worker import sandbox
from limner.server.worker.channel import Block, ChannelError, Message, RoomError, receive, send


class Child:
    """What has been opened here, and the answer that waits for room."""

    def __init__(self, block: Block, opener: Opener) -> None:
        self._block, self._opener = block, opener
        self._sessions: list[Session] = []
        self._waiting: list[NDArray[np.generic]] = []

    def answer(self, message: Message) -> Message:
        """`open` a file, `run` a session, or `fetch` what had no room."""
        match message["do"]:
            case "open":
                return self._open(message)
            case "run":
                return self._run(message)
            case "fetch":
                self._block.follow(message["size"])
                return self._put(0)
        raise ChannelError(f"cannot {message['do']}")

    def _open(self, message: Message) -> Message:
        path, sha256, threads, device = (message[name] for name in ("path", "sha256", "threads", "device"))
        try:
            self._sessions.append(self._opener(Path(path), sha256, threads, device, beside=message["beside"]))
        except ModelError as error:
            return {"refused": str(error)}
        give_back()  # the file itself, and what the runtime made of it on the way
        return {}

    def _run(self, message: Message) -> Message:
        self._block.follow(message["size"])
        feeds = {name: self._block.seen(place) for name, place in message["feeds"].items()}
        try:
            self._waiting = self._sessions[message["session"]].run(message["outputs"], feeds)
        except Exception as error:  # onnxruntime raises its own types without a common base
            return {"fault": str(error)}
        return self._put(message["free"])

    def _put(self, at: int) -> Message:
        try:
            places, _ = self._block.put(self._waiting, at)
        except RoomError as error:
            return {"room": error.args[0] - at}
        self._waiting = []
        return {"places": places}


def serve(opener: Opener | None = None) -> None:
    """Answer until the server has gone. `opener` opens the files; another one than ONNX Runtime's is for tests."""
    requests, replies = _own_pipes()
    task = json.loads(sys.argv[1])
    block = Block(task["block"], task["size"])
    _warm()
    walls = sandbox.NONE
    if task["sandbox"]:
        walls = sandbox.enter([Path(path) for path in task["readable"]], task["memory_bytes"])
    threading.Thread(target=_end_with, args=(requests.fileno(),), daemon=True).start()
    child = Child(block, opener or partial(open_session, max_bytes=task["max_model_bytes"]))
    send(replies, {"walls": walls})
    with contextlib.suppress(ChannelError):
        while True:
            send(replies, child.answer(receive(requests)))


def _own_pipes() -> tuple[IO[bytes], IO[bytes]]:
    """The pipes to the server, out of reach of whatever a library prints."""
    if hasattr(signal, "SIGINT"):
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # the server decides when it is over
    requests, replies = os.fdopen(os.dup(0), "rb"), os.fdopen(os.dup(1), "wb")
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.dup2(2, 1)
    os.close(nothing)
    return requests, replies


def _warm() -> None:
    """Import all that will be needed: behind the walls no module can be read."""
    few_arenas()
    import onnxruntime

    onnxruntime.get_available_providers()
    np.frombuffer(b"").astype("<f4")
    with contextlib.suppress(ModelError):
        checked_graph(Path(), b"")


def _end_with(pipe: int) -> None:
    """End this process as soon as the server has gone, also in the middle of a call."""
    watched = select.poll()
    watched.register(pipe, 0)  # the other side's end alone
    watched.poll()
    os._exit(0)


if __name__ == "__main__":
    serve()
