"""Which pages may use the door, and by which names it is called."""

from collections.abc import AsyncIterator

import httpx
import pytest

from limner.server.web.guard import host_name, is_loopback

from .conftest import GENERATIONS, SERVER, brief, lobby

METHOD = f"{SERVER}/GetServer"


@pytest.fixture
async def hall() -> AsyncIterator[httpx.AsyncClient]:
    async with lobby() as client:
        yield client


@pytest.mark.parametrize(
    "origin", ["http://localhost:8000", "http://127.0.0.1:5173", "https://[::1]:9", "http://game.localhost"]
)
async def test_a_page_of_this_machine_may_call(hall: httpx.AsyncClient, origin: str) -> None:
    asked = await hall.options(METHOD, headers={"origin": origin, "access-control-request-method": "POST"})
    assert asked.status_code == 204
    assert asked.headers["access-control-allow-origin"] == origin
    assert "Connect-Timeout-Ms" in asked.headers["access-control-allow-headers"]
    answer = await hall.post(METHOD, json={}, headers={"origin": origin})
    assert answer.status_code == 200
    assert answer.headers["access-control-allow-origin"] == origin
    assert "X-Request-Id" in answer.headers["access-control-expose-headers"]


@pytest.mark.parametrize(
    "origin",
    [
        "https://evil.example",
        "null",
        "http://localhost.evil.example",
        "file://",
        "http://127.0.0.1.evil.example",
        "http://[::1",
    ],
)
async def test_a_page_of_another_place_changes_nothing(web: httpx.AsyncClient, origin: str) -> None:
    answer = await web.post(f"{GENERATIONS}/CreateGeneration", json=brief(), headers={"origin": origin})
    assert (answer.status_code, answer.json()["code"]) == (403, "permission_denied")
    assert "access-control-allow-origin" not in answer.headers
    assert (await web.options(METHOD, headers={"origin": origin})).status_code == 403
    listed = await web.post(f"{GENERATIONS}/ListGenerations", json={})
    assert listed.json() == {}


async def test_a_configured_page_may_call_and_no_other() -> None:
    async with lobby(web_origins=["https://Game.example"]) as web:
        answer = await web.post(METHOD, json={}, headers={"origin": "https://game.example"})
        assert answer.headers["access-control-allow-origin"] == "https://game.example"
        assert (await web.post(METHOD, json={}, headers={"origin": "http://game.example"})).status_code == 403


@pytest.mark.parametrize(
    "host", ["evil.example", "evil.example:80", "127.0.0.1.evil.example", "[::1", "", "localhost.evil"]
)
async def test_a_name_that_was_pointed_at_this_machine_is_refused(hall: httpx.AsyncClient, host: str) -> None:
    answer = await hall.post(METHOD, json={}, headers={"host": host})
    assert (answer.status_code, answer.json()["code"]) == (421, "permission_denied")
    assert (await hall.get("/healthz", headers={"host": host})).status_code == 421


async def test_a_configured_name_is_answered_and_its_own_pages_may_call() -> None:
    async with lobby(web_hosts=["art.example"]) as web:
        headers = {"host": "art.example:8080", "origin": "http://art.example:8080"}
        assert (await web.post(METHOD, json={}, headers=headers)).status_code == 200
        assert (await web.post(METHOD, json={}, headers={"host": "evil.example"})).status_code == 421


async def test_answers_are_never_taken_for_something_else(hall: httpx.AsyncClient) -> None:
    for answer in (await hall.post(METHOD, json={}), await hall.get("/healthz")):
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert "server" not in answer.headers


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("localhost", True), ("127.0.0.1", True), ("127.9.9.9", True), ("::1", True), ("[::1]", True), ("a.localhost", True),
        ("0.0.0.0", False), ("10.0.0.1", False), ("localhost.example", False), ("2130706433", False), ("", False),
    ],
)  # fmt: skip
def test_loopback_is_told_by_name_and_number(name: str, expected: bool) -> None:
    assert is_loopback(name) is expected


@pytest.mark.parametrize(
    ("host", "name"), [("a:80", "a"), ("[::1]:80", "::1"), ("A.b", "a.b"), ("u@h:1", "h"), ("", "")]
)
def test_the_name_of_a_host_has_no_port(host: str, name: str) -> None:
    assert host_name(host) == name
