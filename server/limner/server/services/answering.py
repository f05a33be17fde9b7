"""One place that turns faults into status codes."""

import functools
import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any, TypeVar

import grpc
from google.protobuf import any_pb2, duration_pb2
from google.rpc import code_pb2, error_details_pb2, status_pb2
from grpc_status import rpc_status

from limner.server.errors import LimnerError
from limner.server.logs import request_id

log = logging.getLogger(__name__)
Reply = TypeVar("Reply")
Context = grpc.aio.ServicerContext[Any, Any]
Unary = Callable[[Any, Any, Context], Awaitable[Reply]]
Streaming = Callable[[Any, Any, Context], AsyncIterator[Reply]]


def unary(method: Unary[Reply]) -> Unary[Reply]:
    """A method that answers once."""

    @functools.wraps(method)
    async def answer(self: Any, request: Any, context: Context) -> Reply:
        try:
            return await method(self, request, context)
        except Exception as error:
            await refuse(context, error)
            raise

    return answer


def streaming(method: Streaming[Reply]) -> Streaming[Reply]:
    """A method that answers with a stream."""

    @functools.wraps(method)
    async def answer(self: Any, request: Any, context: Context) -> AsyncIterator[Reply]:
        try:
            async for reply in method(self, request, context):
                yield reply
        except Exception as error:
            await refuse(context, error)
            raise

    return answer


async def refuse(context: Context, error: Exception) -> None:
    """End the call with the error's status; what is not ours to tell becomes INTERNAL with an id for the log."""
    if isinstance(error, grpc.aio.AbortError):
        return
    if not isinstance(error, LimnerError):
        log.error("a call failed", exc_info=error)
        fault = f"a fault of the server; its log has it under {request_id.get()}"
        await context.abort(grpc.StatusCode.INTERNAL, fault)
    assert isinstance(error, LimnerError)
    status = rpc_status.to_status(status_of(error))
    trailing = (*(status.trailing_metadata or ()), ("x-request-id", request_id.get()))
    await context.abort(status.code, status.details or "", trailing)


def status_of(error: LimnerError) -> status_pb2.Status:
    """The status with its field violations and the time to try again."""
    status = status_pb2.Status(code=code_pb2.Code.Value(error.code.name), message=str(error))
    if error.violations:
        fields = [
            error_details_pb2.BadRequest.FieldViolation(field=violation.field, description=violation.description)
            for violation in error.violations
        ]
        status.details.append(_packed(error_details_pb2.BadRequest(field_violations=fields)))
    if error.retry_after_s is not None:
        delay = duration_pb2.Duration()
        delay.FromNanoseconds(round(error.retry_after_s * 1e9))
        status.details.append(_packed(error_details_pb2.RetryInfo(retry_delay=delay)))
    return status


def _packed(message: Any) -> any_pb2.Any:
    packed = any_pb2.Any()
    packed.Pack(message)
    return packed
