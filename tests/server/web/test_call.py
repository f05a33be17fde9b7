"""A service that sets its status instead of aborting is understood over HTTP as over gRPC."""

from functools import partial
from typing import Any

import grpc
import httpx
import pytest

from limner.v1 import server_service_pb2, server_service_pb2_grpc

from .conftest import SERVER, door_of


class Setting(server_service_pb2_grpc.ServerServiceServicer):
    """Sets a code and words, and returns."""

    def __init__(self, code: grpc.StatusCode | None) -> None:
        self.code = code
        self.seen: tuple[Any, str] | None = None

    async def GetServer(self, request: Any, context: Any) -> server_service_pb2.GetServerResponse:  # noqa: N802
        if self.code is not None:
            context.set_code(self.code)
            context.set_details("there is no such thing; list them")
        self.seen = (context.code(), context.details())
        return server_service_pb2.GetServerResponse(version="1")


@pytest.mark.parametrize(
    ("code", "status", "answer"),
    [
        (None, 200, {"version": "1"}),
        (grpc.StatusCode.OK, 200, {"version": "1"}),
        (grpc.StatusCode.NOT_FOUND, 404, {"code": "not_found", "message": "there is no such thing; list them"}),
        (grpc.StatusCode.CANCELLED, 499, {"code": "canceled", "message": "there is no such thing; list them"}),
    ],
)
async def test_a_status_that_a_method_sets_is_the_answers(
    code: grpc.StatusCode | None, status: int, answer: dict[str, str]
) -> None:
    service = Setting(code)
    door = door_of(partial(server_service_pb2_grpc.add_ServerServiceServicer_to_server, service))
    door.start()
    async with httpx.AsyncClient(base_url=f"http://{door.address}", timeout=120, trust_env=False) as web:
        response = await web.post(f"{SERVER}/GetServer", json={})
    await door.stop(0)
    assert (response.status_code, response.json()) == (status, answer)
    assert service.seen == (code, "there is no such thing; list them" if code else "")
