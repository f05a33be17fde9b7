"""How a command gets a server: the named one, the one that listens here, or one of its own."""

from __future__ import annotations

import asyncio
import os
import socket
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from importlib.metadata import entry_points
from pathlib import Path
from typing import Any, Protocol

import typer

from limner.client.errors import (
    GenerationCancelledError,
    InvalidRequestError,
    LimnerError,
    NotSupportedError,
    ServerError,
    UnreachableError,
)
from limner.client.options import Settings

DEFAULT_HOST, DEFAULT_PORT = "127.0.0.1", 50051
PATIENCE_S = 60.0  # a server may restart under a running command
FAILED, USAGE, UNREACHABLE, CANCELLED = 1, 2, 3, 130


class Embedded(Protocol):
    """A server inside this process."""

    address: str

    def stop(self) -> None: ...


class UsageError(LimnerError):
    """The command line, or a file that it names, is not as it must be."""


@contextmanager
def exits() -> Iterator[None]:
    """Turn errors into a line on stderr and the exit code that scripts look for."""
    try:
        yield
    except (UsageError, InvalidRequestError) as error:
        leave(error, USAGE)
    except UnreachableError as error:
        leave(error, UNREACHABLE)
    except GenerationCancelledError as error:
        leave(error, CANCELLED)
    except LimnerError as error:
        leave(error, FAILED)
    except OSError as error:  # a full disk, a folder that may not be written
        leave(error, FAILED)
    except KeyboardInterrupt:
        leave("cancelled", CANCELLED)


def leave(reason: object, code: int) -> None:
    """End the command with a reason and a code."""
    typer.echo(f"limner: {reason}", err=True)
    raise typer.Exit(code)


def run(settings: Settings, work: Callable[[Any], Awaitable[None]]) -> None:
    """Do `work` with an AsyncClient, wherever the server is."""

    async def session(address: str) -> None:
        from limner.client.aio import AsyncClient
        from limner.client.connection import Identity

        identity = Identity.read(os.environ)
        async with AsyncClient(address, key_file=settings.key_file, patience_s=PATIENCE_S, identity=identity) as client:
            await first_fault(work(client))

    with exits(), reached(settings) as address:
        asyncio.run(session(address))


async def first_fault(work: Awaitable[None]) -> None:
    """Await `work`; of the faults that end several tasks at once, raise the first."""
    try:
        await work
    except* (LimnerError, OSError) as faults:
        first: BaseException = faults
        while isinstance(first, BaseExceptionGroup):
            first = first.exceptions[0]
        raise first from None


@contextmanager
def reached(settings: Settings, listen: str | None = None) -> Iterator[str]:
    """The address of a server that listens; one is started where none is named and none listens, at `listen` or a free port."""
    if settings.server:
        yield checked(settings.server)
    elif listening(DEFAULT_HOST, DEFAULT_PORT):
        yield f"{DEFAULT_HOST}:{DEFAULT_PORT}"
    else:
        with server_faults(ServerError):
            embedded: Embedded = server_part("embedded")({"listen": listen} if listen else {})
        try:
            yield embedded.address
        finally:
            embedded.stop()


def checked(server: str) -> str:
    """The address itself. Raises UsageError where it is none, UnreachableError where nothing listens."""
    host, _, port = server.removeprefix("https://").removeprefix("http://").rpartition(":")
    if not host or not port.isdecimal() or not 0 < int(port) < 65536:
        raise UsageError(f"--server {server}: write HOST:PORT, such as 127.0.0.1:50051")
    if not listening(host.strip("[]"), int(port)):
        raise UnreachableError(f"nothing answers at {server}; start a server with `limner serve`")
    return server


def listening(host: str, port: int) -> bool:
    """Something accepts connections there."""
    try:
        socket.create_connection((host, port), timeout=3).close()
    except OSError:
        return False
    return True


@contextmanager
def server_faults(kind: type[LimnerError]) -> Iterator[None]:
    """Turn the server half's own errors into `kind`. They are known by their home: we may not import them."""
    try:
        yield
    except Exception as error:
        if type(error).__module__ != "limner.server.errors":
            raise
        raise kind(str(error)) from error


def run_server(config: Path | None, listen: str | None, web: str | None, insecure: bool) -> None:
    """Run the server half in this process until it is told to stop."""
    with exits(), server_faults(UsageError):
        server_part("serve")(config_path=config, listen=listen, web=web, insecure=insecure)


def server_part(name: str) -> Callable[..., Any]:
    """A function of the server half, found by its entry point. Raises NotSupportedError where it is not installed."""
    advice = 'the server is not installed here; install it with: pip install "limner[server]"'
    for entry in entry_points(group="limner.server", name=name):
        try:
            part: Callable[..., Any] = entry.load()
        except ModuleNotFoundError as error:
            raise NotSupportedError(f"{advice} (no module {error.name})") from error
        return part
    raise NotSupportedError(advice)
