"""The services over Connect and gRPC-Web. What the beta library `connectrpc` asks for stays in this package."""

from collections.abc import AsyncIterator, Callable, Iterable, Iterator, Mapping
from contextlib import aclosing, contextmanager
from typing import Any

import grpc
from connectrpc.method import IdempotencyLevel, MethodInfo, StreamType
from connectrpc.request import RequestContext
from connectrpc.server import ConnectASGIApplication, Endpoint
from google.protobuf import descriptor_pool
from google.protobuf.message import Message
from google.protobuf.message_factory import GetMessageClass

from limner.server.interceptors import Edge
from limner.server.web.call import Call
from limner.server.web.messages import Binary, Json, Sent

Add = Callable[[Any], None]  # registers one service, as generated code does


class Handlers:
    """Collects the methods that generated code registers with a gRPC server."""

    def __init__(self) -> None:
        self.found: dict[str, Any] = {}

    def add_generic_rpc_handlers(self, handlers: Iterable[grpc.GenericRpcHandler]) -> None:
        """Nothing: the same methods come with their names."""

    def add_registered_method_handlers(self, service: str, handlers: Mapping[str, Any]) -> None:
        self.found |= {f"/{service}/{name}": handler for name, handler in handlers.items()}


class Services(ConnectASGIApplication[None]):
    """An ASGI application that answers the methods of the registered services, each call through `edge`."""

    path = ""

    def __init__(self, services: Iterable[Add], edge: Edge, max_bytes: int) -> None:
        handlers = Handlers()
        for add in services:
            add(handlers)
        self._edge = edge
        self._calls: set[Call] = set()
        self.endpoints: dict[str, Any] = {
            path: self._endpoint(path, handler) for path, handler in handlers.found.items()
        }
        codecs: list[Any] = [Binary(), Json()]
        super().__init__(service=None, endpoints=lambda _: self.endpoints, read_max_bytes=max_bytes, codecs=codecs)

    def streams(self, path: str) -> bool:
        """The method answers with a stream."""
        return self.endpoints[path].method.stream_type is StreamType.SERVER_STREAM

    def stop(self) -> None:
        """End what is still being answered as UNAVAILABLE."""
        for call in self._calls:
            call.stop()

    def _endpoint(self, path: str, handler: Any) -> Any:
        service, _, name = path.removeprefix("/").rpartition("/")
        wrapped = self._edge.wrapped(name, handler)
        streams = bool(handler.response_streaming)
        request, reply = _messages(service, name)
        method = MethodInfo(
            name=name,
            service_name=service,
            input=request,
            output=reply,
            idempotency_level=IdempotencyLevel.UNKNOWN,
            stream_type=StreamType.SERVER_STREAM if streams else StreamType.UNARY,
        )
        if streams:
            return Endpoint.server_stream(method, self._streaming(wrapped.unary_stream))
        return Endpoint.unary(method, self._unary(wrapped.unary_unary))

    def _unary(self, answer: Any) -> Any:
        async def answered(sent: Sent, context: RequestContext[Any, Any]) -> Any:
            with self._call(context) as call:
                return await answer(sent, call)

        return answered

    def _streaming(self, answer: Any) -> Any:
        async def answered(sent: Sent, context: RequestContext[Any, Any]) -> AsyncIterator[Any]:
            with self._call(context) as call:
                async with aclosing(answer(sent, call)) as replies:
                    async for reply in replies:
                        yield reply

        return answered

    @contextmanager
    def _call(self, context: RequestContext[Any, Any]) -> Iterator[Call]:
        call = Call(context)
        self._calls.add(call)
        try:
            with call.answered():
                yield call
        finally:
            self._calls.discard(call)


def _messages(service: str, name: str) -> tuple[type[Message], type[Message]]:
    """The classes of a method's request and reply."""
    method = descriptor_pool.Default().FindServiceByName(service).methods_by_name[name]
    return GetMessageClass(method.input_type), GetMessageClass(method.output_type)
