"""Who asks, and how much they may. The defaults let everybody in; keys and their limits plug in here."""

from collections.abc import Mapping
from contextvars import ContextVar
from typing import Protocol

LOCAL = "local"
owner: ContextVar[str] = ContextVar("owner", default=LOCAL)  # of the call that this task answers


class Authenticator(Protocol):
    """Tells from a call's metadata who asks; everything that they make is theirs alone."""

    async def __call__(self, metadata: Mapping[str, str | bytes]) -> str:
        """The owner. Raises UnauthenticatedError or PermissionDeniedError."""


class Quota(Protocol):
    """Says whether an owner may have more."""

    async def __call__(self, owner: str, pictures: int) -> None:
        """Admit a generation of so many pictures. Raises ResourceExhaustedError with the time to come back."""


async def everybody(metadata: Mapping[str, str | bytes]) -> str:
    """Every caller is the same owner: right for a server that only this machine reaches."""
    return LOCAL


async def unlimited(owner: str, pictures: int) -> None:
    """No limit but those of the whole server."""
