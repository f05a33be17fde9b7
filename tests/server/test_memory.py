"""How the process takes memory."""

import ctypes
import platform
import subprocess
import sys

import pytest

from limner.server import memory


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="a setting of glibc")
def test_glibc_takes_the_number_of_arenas() -> None:
    program = "import sys; from limner.server.memory import few_arenas; sys.exit(0 if few_arenas() else 1)"
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0


def test_a_c_library_without_the_setting_is_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ctypes, "CDLL", lambda name: object())
    assert memory.few_arenas() is False


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="a call of glibc")
def test_glibc_returns_what_was_freed_and_others_are_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    assert memory.give_back() in (True, False)  # there may be nothing to return
    monkeypatch.setattr(ctypes, "CDLL", lambda name: object())
    assert memory.give_back() is False
