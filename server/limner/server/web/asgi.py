"""The words of ASGI that the door uses, and whole answers."""

import json
from collections.abc import Awaitable, Callable, Iterable, MutableMapping
from typing import Any

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Application = Callable[[Scope, Receive, Send], Awaitable[None]]
Headers = Iterable[tuple[bytes, bytes]]


def header(scope: Scope, name: bytes) -> str:
    """The first header of that name (lower case), or nothing."""
    return next((value.decode("latin-1") for key, value in scope["headers"] if key == name), "")


async def answer(send: Send, status: int, kind: bytes, content: bytes, headers: Headers = ()) -> None:
    """A whole answer."""
    sizes = [(b"content-type", kind), (b"content-length", str(len(content)).encode())]
    await send({"type": "http.response.start", "status": status, "headers": [*sizes, *headers]})
    await send({"type": "http.response.body", "body": content})


async def refuse(send: Send, status: int, code: str, message: str, headers: Headers = ()) -> None:
    """An error as Connect writes them; `code` is one of Connect's."""
    content = json.dumps({"code": code, "message": message}, ensure_ascii=False).encode()
    await answer(send, status, b"application/json", content, headers)
