"""Several programs, one data folder: one server, as long as any of them needs it."""

import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import grpc
import pytest
from grpc_health.v1 import health_pb2, health_pb2_grpc

from limner.server import embedded, folder
from limner.server.errors import ConfigError, FolderInUseError
from limner.v1 import generation_pb2, generation_service_pb2_grpc
from limner.v1 import generation_service_pb2 as wire

from .conftest import asked

PROGRAM = "import sys; from limner.server import embedded; s = embedded.start({'data_dir': sys.argv[1]}); print(s.address, flush=True); sys.stdin.read(); s.stop()"


def serving(address: str) -> bool:
    """A server answers there, now or in a moment."""
    with grpc.insecure_channel(address) as channel:
        request = health_pb2.HealthCheckRequest()
        reply = health_pb2_grpc.HealthStub(channel).Check(request, wait_for_ready=True, timeout=60)
    return bool(reply.status == health_pb2.HealthCheckResponse.SERVING)


def test_a_second_program_uses_the_firsts_server_and_goes_on_when_that_ends(settings: dict[str, Any]) -> None:
    first = embedded.start(settings)
    with embedded.start(settings) as second:
        assert second.address == first.address
        with grpc.insecure_channel(first.address) as channel:
            stub = generation_service_pb2_grpc.GenerationServiceStub(channel)
            name = stub.CreateGeneration(asked(steps=3)).generation.name
            first.stop()
            events = stub.WatchGeneration(wire.WatchGenerationRequest(name=name), wait_for_ready=True, timeout=60)
            states = [reply.event.generation.state for reply in events]
            assert states[-1] == generation_pb2.Generation.STATE_SUCCEEDED
        assert serving(second.address)
    assert folder.published(Path(settings["data_dir"])) is None


def test_a_killed_programs_place_is_taken(tmp_path: Path) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", PROGRAM, str(tmp_path)], stdout=subprocess.PIPE, stdin=subprocess.PIPE, text=True
    ) as first:
        assert first.stdout is not None
        address = first.stdout.readline().strip()
        with embedded.start({"data_dir": tmp_path}) as second:
            assert second.address == address
            os.kill(first.pid, signal.SIGKILL)
            first.wait()
            assert serving(address)


def test_a_program_that_has_the_folder_and_never_answers_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(embedded, "PATIENCE_S", 0.0)
    with folder.locked(tmp_path), pytest.raises(ConfigError, match=r"does not answer; end it"):
        embedded.start({"data_dir": tmp_path})


def test_a_folder_has_one_holder_whose_address_ends_with_it(tmp_path: Path) -> None:
    with folder.locked(tmp_path):
        assert (folder.free(tmp_path), folder.published(tmp_path)) == (False, None)
        folder.publish(tmp_path, "0.0.0.0:50051")
        assert folder.published(tmp_path) == "127.0.0.1:50051"
        with pytest.raises(FolderInUseError, match="another server"), folder.locked(tmp_path):
            pass
        assert folder.published(tmp_path) == "127.0.0.1:50051"
    assert (folder.free(tmp_path), folder.published(tmp_path)) == (True, None)
