"""Limner's Python SDK: ask a server for game art, follow it being drawn, read and export it.

Names are imported when first used, so that `limner --help` does not wait for gRPC.
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from limner.client.aio import AsyncClient as AsyncClient
    from limner.client.aio import Drawn as Drawn
    from limner.client.connection import Identity as Identity
    from limner.client.errors import AlreadyExistsError as AlreadyExistsError
    from limner.client.errors import CredentialsError as CredentialsError
    from limner.client.errors import DeadlineError as DeadlineError
    from limner.client.errors import FieldViolation as FieldViolation
    from limner.client.errors import GenerationCancelledError as GenerationCancelledError
    from limner.client.errors import GenerationFailedError as GenerationFailedError
    from limner.client.errors import InvalidRequestError as InvalidRequestError
    from limner.client.errors import LimnerError as LimnerError
    from limner.client.errors import NotFoundError as NotFoundError
    from limner.client.errors import NotSupportedError as NotSupportedError
    from limner.client.errors import OverloadedError as OverloadedError
    from limner.client.errors import ServerError as ServerError
    from limner.client.errors import UnreachableError as UnreachableError
    from limner.client.sync import Client as Client

_HOMES = {
    "AlreadyExistsError": "errors",
    "AsyncClient": "aio",
    "Client": "sync",
    "CredentialsError": "errors",
    "DeadlineError": "errors",
    "Drawn": "aio",
    "FieldViolation": "errors",
    "GenerationCancelledError": "errors",
    "GenerationFailedError": "errors",
    "Identity": "connection",
    "InvalidRequestError": "errors",
    "LimnerError": "errors",
    "NotFoundError": "errors",
    "NotSupportedError": "errors",
    "OverloadedError": "errors",
    "ServerError": "errors",
    "UnreachableError": "errors",
}
__all__ = sorted(_HOMES)


def __getattr__(name: str) -> object:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
