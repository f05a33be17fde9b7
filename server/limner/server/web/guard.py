"""Who may come in from a browser: pages of this machine, of the server itself, and of configured places.

Programs send no `Origin` and are not asked. A page elsewhere gets no answer at all, even to requests that browsers send
without asking first. On loopback the `Host` is checked too, or a page could name its own host as this machine (DNS
rebinding) and be of the same origin.
"""

import ipaddress
from urllib.parse import urlsplit

from limner.server.web import asgi
from limner.server.web.asgi import Application, Message, Receive, Scope, Send

ALLOWED_HEADERS = (
    b"Authorization, Connect-Accept-Encoding, Connect-Content-Encoding, Connect-Protocol-Version, Connect-Timeout-Ms, "
    b"Content-Encoding, Content-Type, Grpc-Timeout, X-Grpc-Web, X-Request-Id, X-User-Agent"
)
EXPOSED_HEADERS = (
    b"Connect-Content-Encoding, Content-Encoding, Grpc-Message, Grpc-Status, Grpc-Status-Details-Bin, X-Request-Id"
)
ALWAYS = [(b"x-content-type-options", b"nosniff"), (b"referrer-policy", b"no-referrer"), (b"vary", b"Origin")]


class Guard:
    """Lets requests through to `inner` that come from where they may."""

    def __init__(self, inner: Application, host: str, origins: tuple[str, ...], hosts: tuple[str, ...]) -> None:
        self._inner = inner
        self._origins = {origin.rstrip("/").lower() for origin in origins}
        self._hosts = {name.lower() for name in hosts}
        self._any_host = not hosts and not is_loopback(host)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        host, origin = asgi.header(scope, b"host").lower(), asgi.header(scope, b"origin").lower()
        if not self._may_name(host):
            fault = f"{host[:100]!r} is not a name of this server; add it to web_hosts, or use localhost"
            await asgi.refuse(send, 421, "permission_denied", fault)
        elif origin and not self._may_ask(origin, host):
            fault = f"pages of {origin[:100]!r} may not use this server; add it to web_origins"
            await asgi.refuse(send, 403, "permission_denied", fault, ALWAYS)
        elif origin and scope["method"] == "OPTIONS":
            await asgi.answer(send, 204, b"text/plain", b"", [*ALWAYS, *_preflight(origin)])
        else:
            await self._inner(scope, receive, _adding(send, origin))

    def _may_name(self, host: str) -> bool:
        name = host_name(host)
        return self._any_host or name in self._hosts or is_loopback(name)

    def _may_ask(self, origin: str, host: str) -> bool:
        if origin in self._origins:
            return True
        try:
            place = urlsplit(origin)
        except ValueError:
            return False
        return place.scheme in ("http", "https") and (place.netloc == host or is_loopback(host_name(place.netloc)))


def host_name(host: str) -> str:
    """The name in `name:port`, with the brackets of IPv6 taken off."""
    try:
        return urlsplit(f"//{host}").hostname or ""
    except ValueError:
        return ""


def is_loopback(name: str) -> bool:
    """The name is of this machine itself."""
    if name == "localhost" or name.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(name.strip("[]")).is_loopback
    except ValueError:
        return False


def _preflight(origin: str) -> list[tuple[bytes, bytes]]:
    return [
        (b"access-control-allow-origin", origin.encode()),
        (b"access-control-allow-methods", b"GET, POST"),
        (b"access-control-allow-headers", ALLOWED_HEADERS),
        (b"access-control-allow-private-network", b"true"),
        (b"access-control-max-age", b"7200"),
    ]


def _adding(send: Send, origin: str) -> Send:
    """Sends with the headers that every answer has."""
    extra = list(ALWAYS)
    if origin:
        extra.append((b"access-control-allow-origin", origin.encode()))
        extra.append((b"access-control-expose-headers", EXPOSED_HEADERS))

    async def adding(message: Message) -> None:
        if message["type"] == "http.response.start":
            message = {**message, "headers": [*message["headers"], *extra]}
        await send(message)

    return adding
