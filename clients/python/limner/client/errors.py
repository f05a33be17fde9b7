"""What can go wrong, one class for each thing that a caller handles differently."""

from __future__ import annotations

from typing import NamedTuple


class FieldViolation(NamedTuple):
    """One field of the request that the server refused."""

    field: str
    description: str


class LimnerError(Exception):
    """A fault that the caller can do something about; the message says what."""


class UnreachableError(LimnerError):
    """No server answers at the address."""


class InvalidRequestError(LimnerError):
    """The request breaks a rule; `violations` names the fields."""

    def __init__(self, message: str, violations: tuple[FieldViolation, ...] = ()) -> None:
        super().__init__(message)
        self.violations = violations

    def __str__(self) -> str:
        message = super().__str__()
        missing = [f"{field}: {why}" for field, why in self.violations if why not in message]
        return "\n".join([message, *missing])


class NotFoundError(LimnerError):
    """The server has nothing of that name, or it is somebody else's."""


class AlreadyExistsError(LimnerError):
    """The request id was used before, for another request."""


class CredentialsError(LimnerError):
    """The key is missing, unreadable, unknown, or not allowed to do this."""


class OverloadedError(LimnerError):
    """A queue or a quota is full. Try again after `retry_after_s` seconds; None means that waiting does not help."""

    def __init__(self, message: str, retry_after_s: float | None = None) -> None:
        super().__init__(message)
        self.retry_after_s = retry_after_s


class DeadlineError(LimnerError):
    """The server did not answer in time."""


class NotSupportedError(LimnerError):
    """The server is not able to do this, or what it needs is not installed."""


class ServerError(LimnerError):
    """A fault of the server's own."""


class GenerationFailedError(LimnerError):
    """The server gave the generation up. `name` is the generation, `code` the canonical status code."""

    def __init__(self, name: str, code: str, message: str) -> None:
        super().__init__(f"{name} failed ({code}): {message}")
        self.name = name
        self.code = code


class GenerationCancelledError(LimnerError):
    """Somebody cancelled the generation. `name` is the generation."""

    def __init__(self, name: str) -> None:
        super().__init__(f"{name} was cancelled")
        self.name = name
