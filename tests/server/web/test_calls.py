"""The services over HTTP: Connect in JSON and bytes, gRPC-Web, streams, errors."""

import asyncio
import base64
import gzip
import hashlib
import json
from collections.abc import Mapping

import grpc
import httpx
import pytest
from google.rpc import error_details_pb2

from limner.server.access import Caller
from limner.server.config import ServerConfig
from limner.server.errors import UnauthenticatedError
from limner.server.service import running
from limner.v1 import generation_service_pb2, server_service_pb2
from tests.server.conftest import Client, asked

from .conftest import ASSETS, END, GENERATIONS, SERVER, STREAM, Entered, brief, envelope, streamed


async def test_a_sentence_becomes_bytes_over_json_alone(web: httpx.AsyncClient) -> None:
    created = await web.post(f"{GENERATIONS}/CreateGeneration", json={**brief(), "requestId": "once"})
    assert created.status_code == 200
    assert created.headers["content-type"] == "application/json"
    name = created.json()["generation"]["name"]
    events, end = await streamed(web, f"{GENERATIONS}/WatchGeneration", {"name": name})
    assert end == {}
    last = events[-1]["event"]["generation"]
    assert last["state"] == "STATE_SUCCEEDED"
    asset = last["assets"][0]
    chunks, _ = await streamed(web, f"{ASSETS}/ReadAsset", {"name": asset["name"]})
    content = b"".join(base64.b64decode(chunk["data"]) for chunk in chunks)
    assert hashlib.sha256(content).hexdigest() == asset["digest"]
    again = await web.post(f"{GENERATIONS}/CreateGeneration", json={**brief(), "requestId": "once"})
    assert again.json()["generation"]["name"] == name


async def test_both_doors_open_on_the_same_room(settings: dict[str, object]) -> None:
    async with (
        running(ServerConfig.of({**settings, "web": "127.0.0.1:0"})) as server,
        grpc.aio.insecure_channel(server.address) as channel,
        httpx.AsyncClient(base_url=f"http://{server.web}", timeout=120, trust_env=False) as web,
    ):
        client = Client.of(channel)
        generation = await client.ended((await client.create()).name)
        request = generation_service_pb2.GetGenerationRequest(name=generation.name)
        over_grpc = await client.generations.GetGeneration(request)
        sent = request.SerializeToString()
        kind = {"content-type": "application/proto"}
        answer = await web.post(f"{GENERATIONS}/GetGeneration", content=sent, headers=kind)
        assert answer.headers["content-type"] == "application/proto"
        assert generation_service_pb2.GetGenerationResponse.FromString(answer.content) == over_grpc


async def test_grpc_web_is_answered_with_its_trailers_in_the_body(web: httpx.AsyncClient) -> None:
    kind = {"content-type": "application/grpc-web+proto", "x-grpc-web": "1"}
    answer = await web.post(f"{SERVER}/GetServer", content=envelope(b""), headers=kind)
    assert answer.headers["content-type"] == "application/grpc-web+proto"
    size = int.from_bytes(answer.content[1:5], "big")
    message = server_service_pb2.GetServerResponse.FromString(answer.content[5 : 5 + size])
    assert "png" in message.export_formats
    assert answer.content[5 + size] == 0x80
    assert b"grpc-status: 0" in answer.content[10 + size :]


async def test_a_request_may_be_compressed(web: httpx.AsyncClient) -> None:
    headers = {"content-type": "application/json", "content-encoding": "gzip"}
    answer = await web.post(f"{SERVER}/GetServer", content=gzip.compress(b"{}"), headers=headers)
    assert answer.json()["version"]


async def test_a_bomb_of_zeros_is_refused_at_the_size_of_a_message(entered: Entered) -> None:
    async with entered(max_message_bytes=65536) as web:
        headers = {"content-type": "application/json", "content-encoding": "gzip"}
        answer = await web.post(f"{SERVER}/GetServer", content=gzip.compress(bytes(10_000_000)), headers=headers)
        assert (answer.status_code, answer.json()["code"]) == (429, "resource_exhausted")


async def test_a_wrong_field_is_named_in_bytes_and_in_words(web: httpx.AsyncClient) -> None:
    answer = await web.post(f"{GENERATIONS}/CreateGeneration", json=brief(width=33))
    assert answer.status_code == 400
    error = answer.json()
    assert error["code"] == "invalid_argument"
    detail = error["details"][0]
    assert detail["type"] == "google.rpc.BadRequest"
    assert detail["debug"]["fieldViolations"][0]["field"] == "image.width"
    packed = base64.b64decode(detail["value"] + "==")
    violation = error_details_pb2.BadRequest.FromString(packed).field_violations[0]
    assert (violation.field, violation.description) == (
        "image.width",
        detail["debug"]["fieldViolations"][0]["description"],
    )


async def test_a_stream_ends_with_its_error(web: httpx.AsyncClient) -> None:
    messages, end = await streamed(web, f"{GENERATIONS}/WatchGeneration", {"name": "generations/none"})
    assert messages == []
    assert end["error"]["code"] == "not_found"


@pytest.mark.parametrize(
    ("content", "field"),
    [
        (b'{"generation": {"image": {"promt": "a"}}}', "image.promt"),
        (b'{"generation": {"image": {"width": "wide"}}}', "width"),
        (b'{"generation": {"image": {"prompt": "a"}, "edit": {}}}', "generation.brief"),
        (b'{"generation": {"image": {"view": "UP"}}}', "image.view"),
        (b'{"generation": {"image": {"seed": 1.5}}}', "image.seed"),
        (b"not json", "request"),
        (b"\xff\xfe", "request"),
        (b"[" * 100_000, "request"),
        (b"", "generation.brief"),
    ],
    ids=[
        "unknown name",
        "wrong type",
        "two briefs",
        "no choice",
        "no whole number",
        "no JSON",
        "no UTF-8",
        "deep",
        "empty",
    ],
)
async def test_json_that_is_no_request_is_refused_by_name(web: httpx.AsyncClient, content: bytes, field: str) -> None:
    headers = {"content-type": "application/json"}
    answer = await web.post(f"{GENERATIONS}/CreateGeneration", content=content, headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (400, "invalid_argument")
    assert answer.json()["details"][0]["debug"]["fieldViolations"][0]["field"] == field


async def test_two_briefs_in_bytes_are_refused_as_over_grpc(web: httpx.AsyncClient) -> None:
    sent = asked().SerializeToString()
    twice = sent + generation_service_pb2.CreateGenerationRequest(generation={"edit": {}}).SerializeToString()
    answer = await web.post(
        f"{GENERATIONS}/CreateGeneration", content=twice, headers={"content-type": "application/proto"}
    )
    assert (answer.status_code, answer.json()["code"]) == (400, "invalid_argument")


@pytest.mark.parametrize(
    "kind", ["text/plain", "application/x-www-form-urlencoded", "application/grpc", "", STREAM["content-type"]]
)
async def test_a_content_type_of_another_protocol_is_refused(web: httpx.AsyncClient, kind: str) -> None:
    answer = await web.post(f"{SERVER}/GetServer", content=b"{}", headers={"content-type": kind})
    assert answer.status_code == 415
    assert "application/json" in answer.json()["message"]


async def test_what_is_not_there_is_said_in_the_words_of_connect(web: httpx.AsyncClient) -> None:
    assert (await web.post("/limner.v1.NoService/Get", json={})).json()["code"] == "unimplemented"
    assert (await web.post("/limner.v1.ServerService/Nothing", json={})).status_code == 404
    answer = await web.get(f"{SERVER}/GetServer")
    assert (answer.status_code, answer.headers["allow"]) == (405, "POST")


async def test_a_message_beyond_the_limit_is_refused_before_it_is_read(entered: Entered) -> None:
    async with entered(max_message_bytes=65536) as web:
        answer = await web.post(
            f"{SERVER}/GetServer", content=bytes(65536 + 100), headers={"content-type": "application/json"}
        )
        assert (answer.status_code, answer.json()["code"]) == (413, "resource_exhausted")
        assert answer.headers["connection"] == "close"
        assert "max_message_bytes" in answer.json()["message"]

        async def endless() -> object:
            for _ in range(100):
                yield bytes(1024)

        answer = await web.post(f"{SERVER}/GetServer", content=endless(), headers={"content-type": "application/json"})  # type: ignore[arg-type]
        assert (answer.status_code, answer.json()["code"]) == (429, "resource_exhausted")


async def test_a_deadline_ends_a_watch(entered: Entered) -> None:
    async with entered() as web:
        created = await web.post(f"{GENERATIONS}/CreateGeneration", json=brief(steps=200))
        body = envelope(json.dumps({"name": created.json()["generation"]["name"]}).encode())
        headers = {**STREAM, "connect-timeout-ms": "1"}
        answer = await web.post(f"{GENERATIONS}/WatchGeneration", content=body, headers=headers)
        last = answer.content[answer.content.index(b'{"error"') - 5 :]  # a busy machine may tell how far it is before
        assert last[0] == END
        assert json.loads(last[5:])["error"]["code"] == "deadline_exceeded"


async def test_the_key_comes_in_the_authorization_header(entered: Entered) -> None:
    async def keyed(metadata: Mapping[str, str | bytes], certificate: str) -> Caller:
        if metadata.get("authorization") != "Bearer lm_right":
            raise UnauthenticatedError("send a key as Authorization: Bearer KEY")
        return Caller(owner="ann")

    async with entered(keyed) as web:
        refused = await web.post(f"{SERVER}/GetServer", json={})
        assert (refused.status_code, refused.json()["code"]) == (401, "unauthenticated")
        right = {"authorization": "Bearer lm_right"}
        assert (await web.post(f"{SERVER}/GetServer", json={}, headers=right)).status_code == 200


async def test_every_answer_has_the_id_of_its_request(web: httpx.AsyncClient) -> None:
    chosen = {"x-request-id": "mine-1"}
    for method, request in (("GetServer", {}), ("GetServer", {"unknown": 1})):
        answer = await web.post(f"{SERVER}/{method}", json=request, headers=chosen)
        assert answer.headers["x-request-id"] == "mine-1"


async def test_health_is_told_without_a_key(entered: Entered) -> None:
    async with entered() as web:
        answer = await web.get("/healthz")
        assert (answer.status_code, answer.json()) == (200, {"status": "SERVING"})


async def test_many_calls_share_one_connection(web: httpx.AsyncClient) -> None:
    answers = await asyncio.gather(*(web.post(f"{SERVER}/GetServer", json={}) for _ in range(50)))
    assert {answer.status_code for answer in answers} == {200}
