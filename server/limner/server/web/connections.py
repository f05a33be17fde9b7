"""One connection of the HTTP door, within limits: how many there are, how long and how large the head of a request may be.

What uvicorn leaves to a proxy in front is done here, because most servers of games have none.
"""

import asyncio
from dataclasses import dataclass
from typing import Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

HEAD_S = 10.0  # from a connection, or the first byte of a request, to the end of the request's head
HEAD_BYTES = 32 << 10  # of a request's line and headers
LINGER_S = 1.0  # for the reason to arrive: to close while more comes in is to take it back
PIPELINED = 8  # requests that wait behind the one being answered
FULL = (b"503 Service Unavailable", b"unavailable", b"too many connections; close some, or come back in a second")
LONG = (b"431 Request Header Fields Too Large", b"resource_exhausted", b"the headers have more than 32 KiB; send less")
LATE = (b"408 Request Timeout", b"deadline_exceeded", b"the head of a request came too slowly; send it again")
MANY = (b"429 Too Many Requests", b"resource_exhausted", b"too many requests wait; read the answers first")


@dataclass(frozen=True, slots=True)
class Limits:
    """What a door bears."""

    connections: int
    head_s: float = HEAD_S


class Connection(HttpToolsProtocol):
    """A connection that is closed, with a reason, when its client goes beyond the limits."""

    def __init__(self, limits: Limits, **uvicorn: Any) -> None:
        super().__init__(**uvicorn)
        self._limits = limits
        self._timer: asyncio.TimerHandle | None = None  # runs while a head is waited for
        self._head = 0  # bytes of the head so far
        self._refused = False

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn has it
        if len(self.connections) >= self._limits.connections:
            self.transport = transport
            self._refuse(FULL)
            return
        super().connection_made(transport)
        self._await_head()

    def connection_lost(self, exc: Exception | None) -> None:
        self._head_ended()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        if self._refused:
            return
        if self._timer is None and (self.cycle is None or self.cycle.response_complete) and not self.pipeline:
            self._await_head()
        self._head += len(data)
        super().data_received(data)
        if self._timer is None:
            self._head = 0
        elif self._head > HEAD_BYTES:
            self._refuse(LONG)

    def on_message_begin(self) -> None:
        super().on_message_begin()
        if self._timer is None:
            self._await_head()

    def on_headers_complete(self) -> None:
        self._head_ended()
        if self._refused:
            return
        if len(self.url) + sum(len(name) + len(value) for name, value in self.headers) > HEAD_BYTES:
            self._refuse(LONG)
        elif len(self.pipeline) >= PIPELINED:
            self._refuse(MANY)
        else:
            super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        if not self._refused:
            super().on_body(body)

    def on_message_complete(self) -> None:
        if not self._refused:
            super().on_message_complete()

    def _await_head(self) -> None:
        self._head = 0
        self._timer = self.loop.call_later(self._limits.head_s, self._refuse, LATE)

    def _head_ended(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _refuse(self, why: tuple[bytes, bytes, bytes]) -> None:
        """Say why, where nothing is being answered, and close."""
        if self._refused or self.transport.is_closing():
            return
        self._refused = True
        self._head_ended()
        status, code, words = why
        if self.cycle is None or self.cycle.response_complete:
            content = b'{"code":"%s","message":"%s"}' % (code, words)
            head = b"HTTP/1.1 %s\r\ncontent-type: application/json\r\ncontent-length: %d\r\n" % (status, len(content))
            self.transport.write(head + b"connection: close\r\n\r\n" + content)
        if why is not FULL and self.transport.can_write_eof():
            self.transport.write_eof()
            self.loop.call_later(LINGER_S, self.transport.close)
        else:
            self.transport.close()
