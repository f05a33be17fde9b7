"""A server, once something has to be drawn."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager

from limner.client.access import DEFAULT_HOST, DEFAULT_PORT, PATIENCE_S, reached
from limner.client.aio import AsyncClient
from limner.client.options import Settings

Connect = Callable[[], Awaitable[AsyncClient]]


@asynccontextmanager
async def connecting(settings: Settings, *, serves: bool = False) -> AsyncIterator[Connect]:
    """A function that gives a client of the server; its first call looks for one, or starts one that ends with the context.

    With `serves`, one that is started listens where engines look for it. The call raises what looking for a server does.
    """
    looking = asyncio.Lock()
    found: list[AsyncClient] = []
    async with AsyncExitStack() as stack:
        server = reached(settings, listen=f"{DEFAULT_HOST}:{DEFAULT_PORT}" if serves else None)

        async def connect() -> AsyncClient:
            async with looking:
                if not found:
                    address = await asyncio.to_thread(server.__enter__)
                    stack.push_async_callback(asyncio.to_thread, server.__exit__, None, None, None)
                    client = AsyncClient(address, key_file=settings.key_file, patience_s=PATIENCE_S)
                    found.append(await stack.enter_async_context(client))
            return found[0]

        yield connect
