"""Who asks, what they may do, and how much. The defaults let everybody in; keys and their limits plug in here.

Nothing here knows how a call came: the gRPC door and the HTTP door ask the same questions.
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Protocol

from limner.server.errors import LimnerError, PermissionDeniedError

LOCAL = "local"


class Scope(StrEnum):
    """What a key may do. ADMIN may do everything."""

    GENERATE = "generate"  # create, cancel, rate and delete
    READ = "read"  # look at what is there
    ADMIN = "admin"


READING = frozenset(
    {"GetGeneration", "ListGenerations", "WatchGeneration", "GetAsset", "ListAssets", "ReadAsset", "ExportAssets"}
    | {"WatchAssets", "ListModels", "GetModel", "GetServer"}
)
"""The methods that change nothing. Every other one, and every new one, needs GENERATE."""


def scope_of(method: str) -> Scope:
    """What a method asks for."""
    return Scope.READ if method in READING else Scope.GENERATE


End = Callable[[LimnerError], None]  # ends a call that is being answered, with a status


@dataclass(frozen=True, slots=True)
class Caller:
    """Who asks. `ends` has one entry for each call of theirs that is being answered."""

    owner: str = LOCAL
    scopes: frozenset[Scope] = frozenset({Scope.ADMIN})
    key: str = ""  # the key's id; empty without one
    calls_per_minute: float | None = None
    pictures_per_day: float | None = None
    ends: set[End] = field(default_factory=set, compare=False)

    def check(self, method: str) -> None:
        """Raise PermissionDeniedError where the caller may not use a method."""
        if not self.may(method):
            raise PermissionDeniedError(f"this key may not `{scope_of(method)}`; {method} needs a key with that scope")

    def may(self, method: str) -> bool:
        """The caller may use a method."""
        return bool(self.scopes & {scope_of(method), Scope.ADMIN})

    @contextmanager
    def answering(self, end: End) -> Iterator[None]:
        """While a call is being answered: `end` is called when the caller is let in no longer."""
        self.ends.add(end)
        try:
            yield
        finally:
            self.ends.discard(end)

    def put_out(self, reason: LimnerError) -> None:
        """End every call of this caller."""
        for end in list(self.ends):
            end(reason)


NOBODY = Caller()
caller: ContextVar[Caller] = ContextVar("caller", default=NOBODY)  # of the call that this task answers
owner: ContextVar[str] = ContextVar("owner", default=LOCAL)  # the same caller's name


def admit(found: Caller, method: str) -> None:
    """Let a caller use a method in this task. Raises PermissionDeniedError."""
    found.check(method)
    caller.set(found)
    owner.set(found.owner)


class Authenticator(Protocol):
    """Tells from a call who asks; everything that they make is theirs alone."""

    async def __call__(self, metadata: Mapping[str, str | bytes], certificate: str) -> Caller:
        """The caller. `certificate` is the name in a verified client certificate, empty without one.

        Raises UnauthenticatedError, and ResourceExhaustedError for one who calls too often.
        """


class Quota(Protocol):
    """Says whether an owner may have more."""

    async def __call__(self, owner: str, pictures: int) -> None:
        """Admit a generation of so many pictures. Raises ResourceExhaustedError with the time to come back."""


async def everybody(metadata: Mapping[str, str | bytes], certificate: str) -> Caller:
    """Every caller is the same owner: right for a server that only this machine reaches."""
    return Caller()


async def unlimited(owner: str, pictures: int) -> None:
    """No limit but those of the whole server."""
