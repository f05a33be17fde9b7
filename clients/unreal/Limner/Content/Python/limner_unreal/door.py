"""The Connect protocol over HTTP/1.1 with the standard library alone: for programs that bring their own Python.

Blocks its caller, so it belongs on a thread. The add-on for Blender and the plugin for Unreal hold the same copy of this file.
"""

from __future__ import annotations

import http.client
import json
import random
import ssl
import struct
import threading
import urllib.error
import urllib.request
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

Message = dict[str, Any]

LOOPBACK = ("127.0.0.1", "localhost", "::1")
END_OF_STREAM = 0b10
LARGEST_BYTES = 64 << 20
REASONS = {
    "unavailable": "absent",
    "unimplemented": "too-old",
    "unauthenticated": "key",
    "permission_denied": "key",
    "invalid_argument": "invalid",
    "resource_exhausted": "busy",
    "not_found": "gone",
    "canceled": "cancelled",
}
BROKEN = (OSError, http.client.HTTPException)  # urllib.error.URLError is an OSError


class DoorError(Exception):
    """A call failed; the message says what to do. `reason`: one of REASONS' values, or `failed`."""

    def __init__(self, reason: str, message: str) -> None:
        super().__init__(message)
        self.reason = reason

    @property
    def passing(self) -> bool:
        """The same call may work in a moment."""
        return self.reason in ("absent", "busy")


class StoppedError(Exception):
    """The caller wanted no more."""


class Pauses:
    """Pauses between attempts that double up to a limit, each cut by chance so that many clients do not come back at once."""

    FIRST_S = 0.25
    LONGEST_S = 10.0

    def __init__(self) -> None:
        self.renew()

    def renew(self) -> None:
        """Start again: the server has answered."""
        self._next_s = self.FIRST_S

    def wait(self, stopping: threading.Event) -> None:
        """Wait for the next attempt. Raises StoppedError."""
        pause_s = self._next_s * random.uniform(0.5, 1.0)
        self._next_s = min(2 * self._next_s, self.LONGEST_S)
        if stopping.wait(pause_s):
            raise StoppedError


class Door:
    """A server's HTTP door, such as `http://127.0.0.1:8080`. `timeout_s` bounds the silence between two pieces of an answer."""

    def __init__(self, url: str, key: str = "", *, timeout_s: float = 30.0) -> None:
        self.url = url.strip().rstrip("/")
        parts = urlsplit(self.url)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise DoorError("invalid", f"{url!r} is no address of a server; write it as http://127.0.0.1:8080")
        self._key = key.strip()
        self.timeout_s = timeout_s
        handlers: list[urllib.request.BaseHandler] = [urllib.request.HTTPSHandler(context=ssl.create_default_context())]
        self.local = parts.hostname in LOOPBACK
        if self.local:
            handlers.append(urllib.request.ProxyHandler({}))  # a proxy cannot reach this machine
        self._opener = urllib.request.build_opener(*handlers)

    def call(self, method: str, request: Message) -> Message:
        """The answer of a unary method, such as `ServerService/GetServer`. Raises DoorError."""
        try:
            with self._opened(method, "application/json", json.dumps(request).encode()) as response:
                answer: Message = json.loads(response.read(LARGEST_BYTES))
                return answer
        except BROKEN as fault:
            raise self._lost(fault) from fault
        except ValueError as fault:
            raise DoorError(
                "failed", f"{self.url} does not speak Limner's language; is it `limner serve --web`?"
            ) from fault

    def stream(self, method: str, request: Message) -> Iterator[Message]:
        """The messages of a server-streaming method. Raises DoorError, also when the connection breaks before the end."""
        content = json.dumps(request).encode()
        try:
            with self._opened(method, "application/connect+json", enveloped(content)) as response:
                while True:
                    flags, size = struct.unpack(">BI", exactly(response, 5))
                    if size > LARGEST_BYTES:
                        raise DoorError(
                            "failed", f"{self.url} sent a message of {size} bytes; the most is {LARGEST_BYTES}"
                        )
                    message: Message = json.loads(exactly(response, size))
                    if flags & END_OF_STREAM:
                        if error := message.get("error"):
                            raise self._told(error)
                        return
                    yield message
        except BROKEN as fault:
            raise self._lost(fault) from fault

    def _opened(self, method: str, kind: str, content: bytes) -> Any:
        headers = {"Content-Type": kind, "Connect-Protocol-Version": "1"}
        if self._key:
            headers["Authorization"] = f"Bearer {self._key}"
        request = urllib.request.Request(f"{self.url}/limner.v1.{method}", content, headers)
        try:
            return self._opener.open(request, timeout=self.timeout_s)
        except urllib.error.HTTPError as fault:
            with fault:
                raise self._refused(fault.code, fault.read(1 << 20)) from fault

    def _refused(self, status: int, content: bytes) -> DoorError:
        try:
            error: Message = json.loads(content)
            return self._told(error)
        except (ValueError, AttributeError):
            code = {404: "unimplemented", 401: "unauthenticated", 403: "permission_denied", 503: "unavailable"}.get(
                status, ""
            )
            return self._told({"code": code, "message": f"HTTP status {status}"})

    def _told(self, error: Message) -> DoorError:
        """What a person reads."""
        message = str(error.get("message", "")) or "no reason given"
        reason = REASONS.get(str(error.get("code")), "failed")
        if reason == "too-old":
            message = f"the Limner server at {self.url} is too old for this ({message}); update it"
        elif reason == "key":
            message = f"the Limner server at {self.url} refuses the key ({message}); enter a valid one"
        return DoorError(reason, message)

    def _lost(self, fault: Exception) -> DoorError:
        why = getattr(fault, "reason", None) or fault
        return DoorError(
            "absent", f"no Limner server answers at {self.url} ({why}); start one with: limner serve --web HOST:PORT"
        )


def enveloped(content: bytes) -> bytes:
    """One message of a stream: flags, length, bytes."""
    return struct.pack(">BI", 0, len(content)) + content


def exactly(response: Any, size: int) -> bytes:
    """That many bytes. Raises ConnectionResetError when the connection ends before."""
    content: bytes = response.read(size)
    if len(content) < size:
        raise ConnectionResetError("the connection ended in the middle of an answer")
    return content
