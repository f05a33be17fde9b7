"""A stand-in for a server that is too old, refuses keys, breaks connections or is something else: it says what it is told to."""

import json
import struct
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event, Thread
from typing import Any

Message = Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """One reply. A cut one breaks its connection, after the client called `Cue`."""

    status: int = 200
    kind: str = "application/json"
    pieces: Sequence[bytes] = ()
    cut: bool = False


def unary(message: Message, status: int = 200) -> Said:
    return Said(status=status, pieces=(json.dumps(message).encode(),))


def refused(status: int, code: str, message: str) -> Said:
    return unary({"code": code, "message": message}, status)


def stream(*messages: Message, end: Message | None = None, cut: bool = False, split: int = 1 << 20) -> Said:
    """Envelopes, the last one with `end`, in pieces of at most `split` bytes."""
    content = b"".join(envelope(message) for message in messages)
    if not cut:
        content += envelope(end or {}, flags=2)
    pieces = tuple(content[at : at + split] for at in range(0, len(content), split))
    return Said(kind="application/connect+json", pieces=pieces, cut=cut)


def envelope(message: Message, flags: int = 0) -> bytes:
    content = json.dumps(message).encode()
    return struct.pack(">BI", flags, len(content)) + content


@dataclass(slots=True)
class StandIn:
    """Answers each call of a method with the next reply of its list, and the last one again and again."""

    replies: Mapping[str, Sequence[Said]]
    address: str = ""
    asked: list[tuple[str, Any]] = field(default_factory=list)  # method and message of every call
    keys: list[str] = field(default_factory=list)
    cue: Event = field(default_factory=Event)

    def reply(self, method: str) -> Said:
        known = self.replies.get(method)
        if known is None:
            return Said(status=404, kind="text/html", pieces=(b"<h1>Not found</h1>",))
        times = sum(name == method for name, _ in self.asked)
        return known[min(times, len(known)) - 1]


@contextmanager
def standing_in(replies: Mapping[str, Sequence[Said]]) -> Iterator[StandIn]:
    """A stand-in on a free port of loopback, until the block ends."""
    stand_in = StandIn(replies)

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_OPTIONS(self) -> None:
            self.send_response(204)
            self._allow()
            self.send_header("Content-Length", "0")
            self.end_headers()

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            streamed = self.headers["Content-Type"] == "application/connect+json"
            method = self.path.removeprefix("/limner.v1.")
            if method == "Cue":
                stand_in.cue.set()
                self._say(unary({}))
                return
            stand_in.asked.append((method, json.loads(body[5:] if streamed else body)))
            stand_in.keys.append(self.headers.get("Authorization", ""))
            self._say(stand_in.reply(method))

        def _say(self, said: Said) -> None:
            self.send_response(said.status)
            self._allow()
            self.send_header("Content-Type", said.kind)
            self.send_header("Transfer-Encoding", "chunked")
            self.end_headers()
            for piece in said.pieces:
                self.wfile.write(b"%x\r\n%b\r\n" % (len(piece), piece))
                self.wfile.flush()
            if said.cut:
                stand_in.cue.wait(30)
                self.close_connection = True
            else:
                self.wfile.write(b"0\r\n\r\n")

        def _allow(self) -> None:
            self.send_header("Access-Control-Allow-Origin", "*")
            self.send_header("Access-Control-Allow-Headers", "*, Authorization")

        def log_message(self, *args: object) -> None:
            """Keep the tests' output to itself."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    stand_in.address = f"http://127.0.0.1:{server.server_port}"
    thread = Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield stand_in
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
