"""The faults that a caller can do something about, with the status code that each one answers.

Everything else is a fault of ours: it stays a bug and becomes INTERNAL at the edge.
"""

from __future__ import annotations

from typing import ClassVar, NamedTuple

import grpc


class FieldViolation(NamedTuple):
    """One field of a request that is wrong. `description` says what is allowed."""

    field: str
    description: str


class LimnerError(Exception):
    """A fault that the caller can do something about; the message says what.

    `violations` names the fields at fault, where there are any. `retry_after_s` says when trying again makes
    sense; None means that trying again changes nothing.
    """

    code: ClassVar[grpc.StatusCode] = grpc.StatusCode.INTERNAL

    def __init__(
        self,
        message: str,
        *,
        violations: tuple[FieldViolation, ...] = (),
        retry_after_s: float | None = None,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.violations = violations
        self.retry_after_s = retry_after_s


class InvalidRequestError(LimnerError):
    """One or more fields of the request are wrong; the message lists them all."""

    code = grpc.StatusCode.INVALID_ARGUMENT

    def __init__(self, *violations: FieldViolation) -> None:
        super().__init__("; ".join(f"{field}: {text}" for field, text in violations), violations=violations)

    @classmethod
    def of(cls, field: str, description: str) -> InvalidRequestError:
        """The error for a single field."""
        return cls(FieldViolation(field, description))

    def under(self, prefix: str) -> InvalidRequestError:
        """What is wrong with an image brief, under the names of the brief that it is part of: `image.prompt` as `<prefix>prompt`."""
        return InvalidRequestError(
            *(FieldViolation(f"{prefix}{field.removeprefix('image.')}", text) for field, text in self.violations)
        )


class NotFoundError(LimnerError):
    """The named thing does not exist, or belongs to somebody else."""

    code = grpc.StatusCode.NOT_FOUND


class AlreadyExistsError(LimnerError):
    """The chosen name is taken by something different."""

    code = grpc.StatusCode.ALREADY_EXISTS


class FailedPreconditionError(LimnerError):
    """The thing is not in a state that allows this."""

    code = grpc.StatusCode.FAILED_PRECONDITION


class ResourceExhaustedError(LimnerError):
    """A queue, a quota or the disk is full."""

    code = grpc.StatusCode.RESOURCE_EXHAUSTED


class UnauthenticatedError(LimnerError):
    """No valid key came with the request."""

    code = grpc.StatusCode.UNAUTHENTICATED


class PermissionDeniedError(LimnerError):
    """The key is valid and does not allow this."""

    code = grpc.StatusCode.PERMISSION_DENIED


class GenerationCancelledError(LimnerError):
    """Somebody stopped the generation."""

    code = grpc.StatusCode.CANCELLED


class DeadlineExceededError(LimnerError):
    """The time limit passed before the end."""

    code = grpc.StatusCode.DEADLINE_EXCEEDED


class UnavailableError(LimnerError):
    """The server is starting or stopping; the same request works later."""

    code = grpc.StatusCode.UNAVAILABLE


class UnimplementedError(LimnerError):
    """This server does not do that yet."""

    code = grpc.StatusCode.UNIMPLEMENTED


class DataLossError(LimnerError):
    """Stored bytes are missing or damaged."""

    code = grpc.StatusCode.DATA_LOSS


class NetworkLostError(LimnerError):
    """The process of a network ended while it drew this, and again when that was tried once more."""


class LeaseLostError(LimnerError):
    """Somebody else ended or took over the job; what this worker drew for it is dropped."""

    code = grpc.StatusCode.ABORTED


class ConfigError(ValueError):
    """A setting is unknown or out of range; the message names the key and what is allowed. Stops the start."""


class FolderInUseError(ConfigError):
    """Another server has the data folder."""
