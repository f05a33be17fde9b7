"""What every call of ours goes through: an id, an owner, a strict parse, a line in the log and a figure."""

import asyncio
import logging
import re
import time
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import contextmanager, suppress
from functools import partial
from typing import Any

import grpc
from prometheus_client import Histogram

from limner.server import access
from limner.server.errors import LimnerError, UnavailableError
from limner.server.logs import request_id
from limner.server.parsing import parsed
from limner.server.services.answering import Context, refuse

log = logging.getLogger("limner.server.calls")
OURS = "/limner.v1."
CLIENT_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")
CODES = {code.value[0]: code.name for code in grpc.StatusCode}
Parse = Callable[[Callable[[bytes], Any], Any], Any]  # raises InvalidRequestError
Continuation = Callable[[grpc.HandlerCallDetails], Awaitable[Any]]


class Edge(grpc.aio.ServerInterceptor):
    """Wraps the methods of `limner.v1`; the standard services pass as they are.

    A stream whose reader takes nothing for `stall_s` seconds is given up: nothing more is made for it, and should the reader
    wake, it finds UNAVAILABLE after what was on its way, as if the server had gone, and resumes.
    """

    def __init__(
        self, authenticator: access.Authenticator, seconds: Histogram, stall_s: float = 60.0, parse: Parse = parsed
    ) -> None:
        self._authenticator, self._seconds, self._stall_s = authenticator, seconds, stall_s
        self._parse = parse
        self._ending: set[asyncio.Task[None]] = set()

    async def intercept_service(self, continuation: Continuation, handler_call_details: grpc.HandlerCallDetails) -> Any:
        handler = await continuation(handler_call_details)
        method = handler_call_details.method
        if handler is None or not method.startswith(OURS):
            return handler
        return self.wrapped(method.rpartition("/")[2], handler)

    def wrapped(self, name: str, handler: Any) -> Any:
        """The handler of a method of ours with everything around it; takes what `parse` reads."""
        if handler.response_streaming:
            return grpc.unary_stream_rpc_method_handler(
                self._streaming(name, handler), None, handler.response_serializer
            )
        return grpc.unary_unary_rpc_method_handler(self._unary(name, handler), None, handler.response_serializer)

    def _unary(self, name: str, handler: Any) -> Callable[[bytes, Context], Awaitable[Any]]:
        async def answer(content: bytes, context: Context) -> Any:
            with self._observed(name, context):
                request = await self._admitted(name, handler, content, context)
                return await handler.unary_unary(request, context)

        return answer

    def _streaming(self, name: str, handler: Any) -> Callable[[bytes, Context], AsyncIterator[Any]]:
        async def answer(content: bytes, context: Context) -> AsyncIterator[Any]:
            with self._observed(name, context):
                request = await self._admitted(name, handler, content, context)
                loop, call = asyncio.get_running_loop(), asyncio.current_task()
                with access.caller.get().answering(partial(self._end, call, context)):
                    async for reply in handler.unary_stream(request, context):
                        stalled = loop.call_later(self._stall_s, self._give_up, call, context)
                        try:
                            yield reply  # comes back when the reply is on its way
                        finally:
                            stalled.cancel()

        return answer

    def _give_up(self, call: "asyncio.Task[Any] | None", context: Context) -> None:
        fault = f"nothing was read for {self._stall_s:g} s; resume after the last sequence that arrived"
        self._end(call, context, UnavailableError(fault))

    def _end(self, call: "asyncio.Task[Any] | None", context: Context, reason: LimnerError) -> None:
        """Cancel the call and leave its status where the reader will find it."""
        task = asyncio.create_task(_left(context, reason))
        self._ending.add(task)
        task.add_done_callback(self._ending.discard)
        if call is not None:
            call.cancel()

    async def _admitted(self, name: str, handler: Any, content: bytes, context: Context) -> Any:
        """The request of a known owner who may use the method; ends the call when there is none."""
        try:
            metadata = dict(context.invocation_metadata() or ())
            access.admit(await self._authenticator(metadata, certified(context)), name)
            return self._parse(handler.request_deserializer, content)
        except Exception as error:
            await refuse(context, error)
            raise

    @contextmanager
    def _observed(self, name: str, context: Context) -> Iterator[None]:
        identity = chosen_id(dict(context.invocation_metadata() or ()).get("x-request-id"))
        request_id.set(identity)
        context.set_trailing_metadata((("x-request-id", identity),))
        began, code = time.perf_counter(), "OK"
        try:
            yield
        except (asyncio.CancelledError, GeneratorExit):
            code = "CANCELLED"
            raise
        except grpc.aio.AbortError:
            code = _named(context.code())
            raise
        finally:
            seconds = time.perf_counter() - began
            self._seconds.labels(name, code).observe(seconds)
            log.info("call", extra={"method": name, "code": code, "duration_ms": round(seconds * 1000, 3)})


async def _left(context: Context, reason: LimnerError) -> None:
    with suppress(grpc.aio.AbortError):
        await refuse(context, reason)


def certified(context: Context) -> str:
    """The common name in the client's certificate, which TLS has verified; empty where there is none."""
    names = context.auth_context().get("x509_common_name", ()) if hasattr(context, "auth_context") else ()
    return next(iter(names), b"").decode("utf-8", "replace")


def chosen_id(given: str | bytes | None) -> str:
    """The client's id when it is a plain word, else a new one."""
    return given if isinstance(given, str) and CLIENT_ID.fullmatch(given) else uuid.uuid4().hex


def _named(code: Any) -> str:
    return code.name if isinstance(code, grpc.StatusCode) else CODES.get(code, "UNKNOWN")
