"""Every method against hostile messages. `FUZZ_MESSAGES=100000 pytest tests/server/test_fuzz.py` tries so many in all."""

import logging
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import grpc
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from limner.server import embedded
from limner.v1 import server_service_pb2

from .fuzzing import damaged, messages, methods

METHODS = methods()
EACH = max(12, int(os.environ.get("FUZZ_MESSAGES", "0")) // (2 * len(METHODS)))
FAIR = {
    grpc.StatusCode.OK, grpc.StatusCode.INVALID_ARGUMENT, grpc.StatusCode.NOT_FOUND, grpc.StatusCode.UNIMPLEMENTED,
    grpc.StatusCode.FAILED_PRECONDITION, grpc.StatusCode.OUT_OF_RANGE,
}  # fmt: skip
HANGS = {"WatchAssets"}  # a stream that waits for what happens
profile = settings(
    max_examples=EACH, deadline=None, derandomize="FUZZ_MESSAGES" not in os.environ,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.function_scoped_fixture],
)  # fmt: skip


@pytest.fixture(scope="module")
def channel(tmp_path_factory: pytest.TempPathFactory) -> Iterator[grpc.Channel]:
    folder: Path = tmp_path_factory.mktemp("fuzzed")
    with embedded.start({"data_dir": folder}) as server, grpc.insecure_channel(server.address) as found:
        yield found


def code_of(channel: Any, path: str, streams: bool, content: bytes) -> grpc.StatusCode:
    """How a call with these bytes ends."""
    hangs = path.rpartition("/")[2] in HANGS
    limit_s = 0.05 if hangs else 60.0
    try:
        if streams:
            for _ in channel.unary_stream(path)(content, timeout=limit_s):
                pass
        else:
            channel.unary_unary(path)(content, timeout=limit_s)
    except grpc.RpcError as error:
        code: grpc.StatusCode = error.code()
        return grpc.StatusCode.OK if hangs and code is grpc.StatusCode.DEADLINE_EXCEEDED else code
    return grpc.StatusCode.OK


def judged(channel: Any, path: str, streams: bool, content: bytes, log: pytest.LogCaptureFixture) -> None:
    """The call ends as it may, no fault of ours is in the log, and the server goes on."""
    log.clear()
    assert code_of(channel, path, streams, content) in FAIR
    faults = [record.getMessage() for record in log.records if record.levelno >= logging.ERROR]
    assert faults == []
    assert b"\n" not in "".join(record.getMessage() for record in log.records).encode()


@pytest.mark.parametrize(("path", "descriptor", "streams"), METHODS, ids=[path for path, _, _ in METHODS])
def test_any_message_of_a_method_s_own_type_is_answered_or_refused(
    path: str, descriptor: Any, streams: bool, channel: Any, caplog: pytest.LogCaptureFixture
) -> None:
    @profile
    @given(messages(descriptor))
    def tried(message: Any) -> None:
        if "dry_run" in descriptor.fields_by_name:
            message.dry_run = True  # what is right would be drawn for minutes
        judged(channel, path, streams, message.SerializeToString(), caplog)

    tried()
    channel.unary_unary("/limner.v1.ServerService/GetServer")(server_service_pb2.GetServerRequest().SerializeToString())


@pytest.mark.parametrize(("path", "descriptor", "streams"), METHODS, ids=[path for path, _, _ in METHODS])
def test_bytes_that_are_no_message_are_answered_or_refused(
    path: str, descriptor: Any, streams: bool, channel: Any, caplog: pytest.LogCaptureFixture
) -> None:
    dry = b"" if "dry_run" not in descriptor.fields_by_name else _dry(descriptor)

    @profile
    @given(damaged(descriptor))
    def tried(content: bytes) -> None:
        judged(channel, path, streams, content + dry, caplog)

    tried()


def _dry(descriptor: Any) -> bytes:
    """`dry_run: true` on the wire; put last, it counts unless the bytes before it break off."""
    tag = descriptor.fields_by_name["dry_run"].number << 3
    assert tag < 128
    return bytes([tag, 1])


@given(st.data())
@settings(max_examples=50, deadline=None)
def test_what_the_fuzzer_makes_is_a_message_of_its_type(found: st.DataObject) -> None:
    _, descriptor, _ = found.draw(st.sampled_from(METHODS))
    message = found.draw(messages(descriptor))
    assert type(message).FromString(message.SerializeToString()) == message or "nan" in str(message)
