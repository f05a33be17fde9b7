"""The files of Studio, served from the package."""

from limner.server.web import asgi
from limner.server.web.asgi import Receive, Scope, Send


class Pages:
    """Answers everything that is no method of a service."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await asgi.refuse(send, 404, "not_found", f"there is nothing at {scope['path'][:200]}")
