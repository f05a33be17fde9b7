"""The files of Studio, as they are served."""

import re
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest

from limner.server.web import pages

from .conftest import lobby

FOLDER = Path(pages.__file__).parent / "studio"


@pytest.fixture
async def hall() -> AsyncIterator[httpx.AsyncClient]:
    async with lobby() as client:
        yield client


async def test_the_page_comes_with_rules_that_let_nothing_in_from_elsewhere(hall: httpx.AsyncClient) -> None:
    answer = await hall.get("/")
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert answer.content == (FOLDER / "index.html").read_bytes()
    rules = dict(rule.strip().split(" ", 1) for rule in answer.headers["content-security-policy"].split(";"))
    assert rules["default-src"] == rules["frame-ancestors"] == rules["base-uri"] == "'none'"
    assert rules["script-src"] == rules["style-src"] == rules["connect-src"] == "'self'"


async def test_every_file_is_served_with_its_kind(hall: httpx.AsyncClient) -> None:
    kinds = {"html": "text/html", "css": "text/css", "js": "text/javascript", "svg": "image/svg+xml"}
    for path in FOLDER.iterdir():
        answer = await hall.get(f"/{path.name}")
        assert answer.status_code == 200
        assert answer.headers["content-type"].partition(";")[0] == kinds[path.suffix[1:]]
        assert answer.content == path.read_bytes()


async def test_an_unchanged_file_is_not_sent_again(hall: httpx.AsyncClient) -> None:
    tag = (await hall.get("/studio.js")).headers["etag"]
    again = await hall.get("/studio.js", headers={"if-none-match": tag})
    assert (again.status_code, again.content) == (304, b"")
    assert (await hall.get("/studio.css", headers={"if-none-match": tag})).status_code == 200


async def test_the_head_of_a_file_has_no_body(hall: httpx.AsyncClient) -> None:
    answer = await hall.head("/")
    assert answer.status_code == 200
    assert int(answer.headers["content-length"]) == (FOLDER / "index.html").stat().st_size
    assert answer.content == b""


@pytest.mark.parametrize(
    "path", ["/../pages.py", "/%2e%2e/pages.py", "/studio/../../pages.py", "/nothing", "/index.html/"]
)
async def test_nothing_else_is_served(hall: httpx.AsyncClient, path: str) -> None:
    answer = await hall.get(path)
    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")


async def test_pages_are_only_read(hall: httpx.AsyncClient) -> None:
    answer = await hall.post("/", content=b"x")
    assert (answer.status_code, answer.headers["allow"]) == (405, "GET, HEAD")


def test_the_page_has_no_inline_code_and_no_style_of_its_own() -> None:
    text = (FOLDER / "index.html").read_text(encoding="utf-8")
    assert re.findall(r"<script(?![^>]*\bsrc=)", text) == []
    assert re.findall(r"<style|\sstyle=|\son\w+=|javascript:", text) == []
    assert re.findall(r"https?://", text) == []


def test_every_module_that_is_imported_is_there() -> None:
    named = set()
    for path in FOLDER.glob("*.js"):
        named |= set(re.findall(r'from "\./([\w.]+)"', path.read_text(encoding="utf-8")))
    assert named
    assert named <= {path.name for path in FOLDER.glob("*.js")}
