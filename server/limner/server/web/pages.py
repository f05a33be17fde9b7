"""Studio: the page that the server itself serves, from files in the package."""

import hashlib
from dataclasses import dataclass
from importlib.resources import files
from typing import Self

from limner.server.web import asgi
from limner.server.web.asgi import Receive, Scope, Send

FIRST = "index.html"
KINDS = {
    "html": b"text/html; charset=utf-8",
    "css": b"text/css; charset=utf-8",
    "js": b"text/javascript; charset=utf-8",
    "svg": b"image/svg+xml",
}
RULES = (  # a page that is all ours: nothing inline, nothing from elsewhere, in nobody's frame
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob:; connect-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'"
)


@dataclass(frozen=True, slots=True)
class File:
    """A file as it is sent. `tag` changes when the bytes do."""

    kind: bytes
    content: bytes
    tag: bytes

    @classmethod
    def of(cls, name: str, content: bytes) -> Self:
        digest = hashlib.sha256(content).hexdigest()[:32]
        return cls(KINDS[name.rpartition(".")[2]], content, f'"{digest}"'.encode())


class Pages:
    """Answers everything that is no method of a service. The files are read once."""

    def __init__(self) -> None:
        folder = files("limner.server.web").joinpath("studio")
        found = {item.name: item.read_bytes() for item in folder.iterdir() if item.name.rpartition(".")[2] in KINDS}
        self._files = {f"/{name}": File.of(name, content) for name, content in found.items()}
        self._files["/"] = self._files[f"/{FIRST}"]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        file = self._files.get(scope["path"])
        if file is None:
            await asgi.refuse(send, 404, "not_found", f"there is nothing at {scope['path'][:200]}")
        elif scope["method"] not in ("GET", "HEAD"):
            await asgi.refuse(send, 405, "unimplemented", "send a GET", [(b"allow", b"GET, HEAD")])
        else:
            await self._send(scope, send, file)

    async def _send(self, scope: Scope, send: Send, file: File) -> None:
        headers = [
            (b"etag", file.tag),
            (b"cache-control", b"no-cache"),
            (b"content-security-policy", RULES.encode()),
            (b"cross-origin-opener-policy", b"same-origin"),
            (b"cross-origin-resource-policy", b"same-origin"),
        ]
        if asgi.header(scope, b"if-none-match") == file.tag.decode():
            await send({"type": "http.response.start", "status": 304, "headers": headers})
            await send({"type": "http.response.body", "body": b""})
        else:
            await asgi.answer(send, 200, file.kind, file.content, headers)
