"""What answers at which path: the services, a health page, and the files of Studio."""

import asyncio
from collections.abc import Callable

from limner.server.web import asgi
from limner.server.web.asgi import Application, Message, Receive, Scope, Send
from limner.server.web.connect import Services

OURS = "/limner.v1."
UNARY = ("application/json", "application/proto")
STREAM = ("application/connect+json", "application/connect+proto")
GRPC_WEB = ("application/grpc-web", "application/grpc-web+proto", "application/grpc-web+json")
CLOSE = [(b"connection", b"close")]
SLOWEST = 16 << 10  # bytes a second of a request's body; who sends more slowly than that only wants to stay


class Site:
    """Sends every request where it belongs."""

    def __init__(
        self, services: Services, pages: Application, serving: Callable[[], bool], max_bytes: int, stall_s: float
    ) -> None:
        self._services, self._pages, self._serving = services, pages, serving
        self._max_bytes, self._stall_s = max_bytes, stall_s

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        path = scope["path"]
        if path.startswith(OURS):
            await self._call(scope, receive, send)
        elif path == "/healthz":
            await self._health(send)
        else:
            await self._pages(scope, receive, send)

    async def _health(self, send: Send) -> None:
        status, word = (200, b"SERVING") if self._serving() else (503, b"NOT_SERVING")
        await asgi.answer(
            send, status, b"application/json", b'{"status":"%s"}' % word, [(b"cache-control", b"no-store")]
        )

    async def _call(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a method, or say in Connect's words what is wrong with the request around it."""
        path = scope["path"]
        if path not in self._services.endpoints:
            await asgi.refuse(send, 404, "unimplemented", f"no method {path[:200]}; see proto/limner/v1")
        elif scope["method"] != "POST":
            await asgi.refuse(send, 405, "unimplemented", "send a POST", [(b"allow", b"POST")])
        elif (fault := self._of_kind(scope)) is not None:
            await asgi.refuse(
                send, 415, "invalid_argument", fault, [(b"accept-post", ", ".join(UNARY + STREAM).encode())]
            )
        elif int(asgi.header(scope, b"content-length") or 0) > self._max_bytes + 5:  # a stream's envelope has 5
            fault = f"the message has more than {self._max_bytes} bytes; send less, or raise max_message_bytes"
            await asgi.refuse(send, 413, "resource_exhausted", fault, CLOSE)
        else:
            await self._timed(scope, receive, send)

    def _of_kind(self, scope: Scope) -> str | None:
        """What is wrong with the content type, if anything."""
        kind = asgi.header(scope, b"content-type").partition(";")[0].strip().lower()
        kinds = STREAM if self._services.streams(scope["path"]) else UNARY
        if kind in kinds or kind in GRPC_WEB:
            return None
        return f"content-type {kind[:80]!r}; this method takes {' or '.join(kinds)}"

    async def _timed(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a method; a client that neither sends nor reads for `stall_s` seconds is given up."""
        patience = Patience(receive, send, self._stall_s)
        await self._services(scope, patience.receive, patience.send)


class Patience:
    """A connection whose client has `stall_s` seconds for each piece that it sends or reads, and for a request as many and a
    second for every `SLOWEST` bytes of it.
    """

    def __init__(self, receive: Receive, send: Send, stall_s: float) -> None:
        self._receive, self._send, self._stall_s = receive, send, stall_s
        self._reading, self._late = True, False
        self._until = asyncio.get_running_loop().time() + stall_s  # the next piece is there

    async def receive(self) -> Message:
        """The next piece of the request; when it does not come, as if the client had gone."""
        if not self._reading:
            return await self._receive()  # comes when the client goes
        try:
            async with asyncio.timeout_at(min(self._until, asyncio.get_running_loop().time() + self._stall_s)):
                message = await self._receive()
        except TimeoutError:
            self._late = True
            return {"type": "http.disconnect"}
        self._until += len(message.get("body", b"")) / SLOWEST
        self._reading = bool(message.get("more_body", False))
        return message

    async def send(self, message: Message) -> None:
        """Raises TimeoutError when what was sent before is not read."""
        if self._late and message["type"] == "http.response.start":
            message = {**message, "headers": [*message["headers"], *CLOSE]}
        async with asyncio.timeout(self._stall_s):
            await self._send(message)
