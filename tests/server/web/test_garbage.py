"""The HTTP door against bytes that are no HTTP, and requests that are nearly right: an answer or an end, never a fault of ours."""

import asyncio
import logging
import os
import random

import pytest

from .test_connections import knock, standing, visited

TRIES = max(150, int(os.environ.get("FUZZ_MESSAGES", "0")) // 50)
SEED = int(os.environ.get("FAULT_SEED", "2026"))
PATHS = (
    b"/", b"*", b"//", b"/../../etc/passwd", b"/%2e%2e/%2e%2e/etc/passwd", b"/..%5c..%5cwindows", b"/%00", b"/%ff%fe", b"/\xff",
    b"http://169.254.169.254/", b"localhost:80", b"/healthz?" + b"a" * 3000, b"/limner.v1.ServerService/GetServer", b"/studio.js/..", b"",
)  # fmt: skip
METHODS = (b"GET", b"POST", b"HEAD", b"OPTIONS", b"CONNECT", b"TRACE", b"PUT", b"get", b"")
HEADERS = (
    b"Host: localhost", b"Host: evil.example", b"Content-Length: 5", b"Content-Length: -1", b"Content-Length: 99999999999999999999",
    b"Transfer-Encoding: chunked", b"Transfer-Encoding: chunked, chunked", b"Content-Type: application/json", b"Content-Encoding: gzip",
    b"Content-Type: application/connect+json", b"Origin: null", b"Origin: http://[", b"Upgrade: h2c", b"Connection: upgrade", b"Expect: 100-continue",
    b"Connect-Timeout-Ms: x", b"Connect-Protocol-Version: 9", b"X: \x00", b"X-Request-Id: a\x0bb", b"Content-Encoding: nonsense", b": x", b" folded",
)  # fmt: skip
BODIES = (
    b"",
    b"hello",
    b"{}",
    b"5\r\nhello\r\n0\r\n\r\n",
    b"fffffffff\r\n",
    b"\x00\xff\xff\xff\xff",
    b"\x1f\x8b\x08\x00",
    b"{" * 500,
)


def request(chance: random.Random) -> bytes:
    line = b"%s %s HTTP/%s" % (
        chance.choice(METHODS), chance.choice(PATHS), chance.choice((b"1.1", b"1.1", b"1.1", b"1.0", b"9.9", b""))
    )  # fmt: skip
    headers = chance.sample(HEADERS, chance.randrange(6))
    content = b"\r\n".join([line, *headers, b"", chance.choice(BODIES)])
    if chance.random() < 0.3 and content:
        at = chance.randrange(len(content))
        content = content[:at] + chance.randbytes(3) + content[at + 1 :]
    return content


async def test_garbage_is_answered_or_closed_and_the_door_stays_open(caplog: pytest.LogCaptureFixture) -> None:
    chance = random.Random(SEED)
    async with standing(head_s=0.2, stall_s=0.2) as door:
        for _ in range(TRIES // 10):
            await asyncio.gather(*(thrown(door, request(chance)) for _ in range(10)))
        await visited(door)
    faults = [record for record in caplog.records if record.levelno >= logging.ERROR]
    assert [record.getMessage() for record in faults] == []


async def thrown(door: object, content: bytes) -> None:
    """Send it, and wait for an end."""
    reader, writer = await knock(door, content)  # type: ignore[arg-type]
    writer.write_eof()
    try:
        answer = await asyncio.wait_for(reader.read(), 30)
        assert b"HTTP/1.1 500" not in answer, content
    except ConnectionResetError:
        pass
    finally:
        writer.close()
