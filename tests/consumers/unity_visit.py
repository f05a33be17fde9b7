"""The package for Unity, compiled against thin stand-ins of the engine's API and run by Mono: a main loop without an editor."""

import json
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tests.consumers.browser import EngineError

COMPILER, PROGRAM = "mcs", "mono"
ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "clients" / "unity"
STAND_INS = ROOT / "tests" / "consumers" / "unity"


def compiled(folder: Path) -> Path:
    """The package and the stand-ins as a program. Warnings are errors. Raises EngineError."""
    program = folder / "visit.exe"
    sources = [*PACKAGE.rglob("*.cs"), *STAND_INS.glob("*.cs")]
    command = [COMPILER, "-langversion:7", "-warnaserror", f"-out:{program}", "-r:System.Web.Extensions.dll"]
    done = subprocess.run([*command, *map(str, sources)], capture_output=True, text=True, timeout=120)
    if done.returncode:
        raise EngineError(done.stdout + done.stderr)
    return program


class Unity:
    """The running program; its working folder is the Unity project."""

    def __init__(self, process: subprocess.Popen[str], project: Path) -> None:
        self.project = project
        self._process = process

    def asks(self, question: str, rest: str = "") -> dict[str, Any]:
        """What it answers. Raises EngineError where it gave up."""
        assert self._process.stdin
        assert self._process.stdout
        self._process.stdin.write(f"{question} {rest}\n")
        self._process.stdin.flush()
        line = self._process.stdout.readline()
        if not line:
            assert self._process.stderr
            raise EngineError(self._process.stderr.read())
        answer: dict[str, Any] = json.loads(line)
        return answer


@contextmanager
def unity(program: Path, project: Path) -> Iterator[Unity]:
    (project / "Assets").mkdir(parents=True)
    pipe = subprocess.PIPE
    command = [PROGRAM, str(program)]
    with subprocess.Popen(command, cwd=project, stdin=pipe, stdout=pipe, stderr=pipe, text=True) as process:
        try:
            yield Unity(process, project)
        finally:
            process.kill()
