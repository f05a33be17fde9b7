"""From gRPC's status codes and their details to our errors: the only place that knows both."""

from __future__ import annotations

from collections.abc import Iterable

import grpc
from google.rpc import error_details_pb2, status_pb2

from limner.client.errors import (
    AlreadyExistsError,
    CredentialsError,
    DeadlineError,
    FieldViolation,
    InvalidRequestError,
    LimnerError,
    NotFoundError,
    NotSupportedError,
    OverloadedError,
    ServerError,
    UnreachableError,
)

ERRORS: dict[grpc.StatusCode, type[LimnerError]] = {
    grpc.StatusCode.UNAVAILABLE: UnreachableError,
    grpc.StatusCode.INVALID_ARGUMENT: InvalidRequestError,
    grpc.StatusCode.OUT_OF_RANGE: InvalidRequestError,
    grpc.StatusCode.FAILED_PRECONDITION: InvalidRequestError,
    grpc.StatusCode.NOT_FOUND: NotFoundError,
    grpc.StatusCode.ALREADY_EXISTS: AlreadyExistsError,
    grpc.StatusCode.UNAUTHENTICATED: CredentialsError,
    grpc.StatusCode.PERMISSION_DENIED: CredentialsError,
    grpc.StatusCode.RESOURCE_EXHAUSTED: OverloadedError,
    grpc.StatusCode.DEADLINE_EXCEEDED: DeadlineError,
    grpc.StatusCode.UNIMPLEMENTED: NotSupportedError,
}
UNKNOWN_METHOD = "Method not found!"  # what gRPC's own library says of a method that a server has not


def error_of(fault: grpc.aio.AioRpcError) -> LimnerError:
    """Our error for a failed call, with its field violations or its retry delay."""
    message = fault.details() or fault.code().name
    if message == UNKNOWN_METHOD:
        message = "the server is too old for this; update it"
    kind = ERRORS.get(fault.code(), ServerError)
    status = details(fault.trailing_metadata())
    if kind is InvalidRequestError:
        return InvalidRequestError(message, violations(status))
    if kind is OverloadedError:
        return OverloadedError(message, retry_after_s(status))
    return kind(message)


def details(metadata: Iterable[tuple[str, str | bytes]] | None) -> status_pb2.Status:
    """The rich status that came with a call; empty where none did."""
    for key, value in metadata or ():
        if key == "grpc-status-details-bin" and isinstance(value, bytes):
            return status_pb2.Status.FromString(value)
    return status_pb2.Status()


def violations(status: status_pb2.Status) -> tuple[FieldViolation, ...]:
    """The fields at fault."""
    found = []
    for detail in status.details:
        refused = error_details_pb2.BadRequest()
        if detail.Unpack(refused):
            found += [FieldViolation(each.field, each.description) for each in refused.field_violations]
    return tuple(found)


def retry_after_s(status: status_pb2.Status) -> float | None:
    """When to try again, in seconds; None where the server does not say."""
    for detail in status.details:
        retry = error_details_pb2.RetryInfo()
        if detail.Unpack(retry):
            return float(retry.retry_delay.ToTimedelta().total_seconds())
    return None
