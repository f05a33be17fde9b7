"""One call over HTTP, seen by the services as they see a call over gRPC."""

import asyncio
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import grpc
from connectrpc.code import Code
from connectrpc.errors import ConnectError
from connectrpc.request import RequestContext
from google.rpc import status_pb2

from limner.server.web.details import Detail

Metadata = Iterable[tuple[str, str | bytes]]
DETAILS = "grpc-status-details-bin"  # where gRPC carries the field violations
MISSPELT = {"CANCELLED": "CANCELED"}  # Connect writes it with one L


class Call:
    """What `grpc.aio.ServicerContext` is to a service, of a request over HTTP."""

    def __init__(self, context: RequestContext[Any, Any]) -> None:
        self._context = context
        self._task = asyncio.current_task()
        self._code: grpc.StatusCode | None = None
        self._message = ""
        self._details: Sequence[Detail] = ()
        self._stopped = False

    def invocation_metadata(self) -> tuple[tuple[str, str], ...]:
        """The request's headers, names in lower case."""
        return tuple((name.lower(), value) for name, value in self._context.request_headers.allitems())

    def peer(self) -> str:
        return self._context.client_address or ""

    def code(self) -> grpc.StatusCode | None:
        """The status that ended the call, if one did."""
        return self._code

    def details(self) -> str:
        """What the status says in words."""
        return self._message

    def set_code(self, code: grpc.StatusCode) -> None:
        """The status that the call ends with when the method returns."""
        self._code = code

    def set_details(self, details: str) -> None:
        """The words of that status."""
        self._message = details

    def set_trailing_metadata(self, metadata: Metadata) -> None:
        """Send text as headers; only errors have details, and those go into the error."""
        for name, value in metadata:
            if isinstance(value, str):
                self._context.response_headers[name] = value

    async def abort(self, code: grpc.StatusCode, details: str = "", trailing_metadata: Metadata = ()) -> None:
        """End the call with a status. Raises grpc.aio.AbortError."""
        self._code, self._message = code, details
        self._stopped |= asyncio.current_task() is not self._task  # ended from outside: its task is cancelled next
        found = dict(trailing_metadata)
        status = found.pop(DETAILS, b"")
        if isinstance(status, bytes) and status:
            self._details = [Detail.of(packed) for packed in status_pb2.Status.FromString(status).details]
        self.set_trailing_metadata(found.items())
        raise grpc.aio.AbortError(details)

    def stop(self) -> None:
        """End the call from outside, as a server that goes down: the client may come back."""
        self._stopped = True
        self._code, self._message = grpc.StatusCode.UNAVAILABLE, "the server is stopping; try again in a moment"
        if self._task is not None:
            self._task.cancel()

    @contextmanager
    def answered(self) -> Iterator[None]:
        """Turn what ends the call, or the status it was given, into Connect's error. Raises ConnectError."""
        try:
            yield
            if self._code not in (None, grpc.StatusCode.OK):
                raise self._error()
        except grpc.aio.AbortError as error:
            raise self._error() from error
        except asyncio.CancelledError as error:
            if not self._stopped or self._task is None:
                raise  # the client is gone, or its deadline has passed
            self._task.uncancel()
            raise self._error() from error

    def _error(self) -> ConnectError:
        name = self._code.name if self._code is not None else "UNKNOWN"
        return ConnectError(Code[MISSPELT.get(name, name)], self._message, self._details)
