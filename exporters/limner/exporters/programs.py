"""Programs that some formats need and that pip cannot bring."""

import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path

from limner.exporters.files import ExportError

LIMIT_S = 600.0


def run(program: str, arguments: Sequence[str], target: Path, remedy: str) -> None:
    """Run a program that writes `target`. Raises ExportError where it is missing (with the remedy) or leaves no target."""
    found = shutil.which(program)
    if found is None:
        raise ExportError(f"the program {program!r} is missing; {remedy}")
    try:
        done = subprocess.run([found, *arguments], capture_output=True, text=True, timeout=LIMIT_S, cwd=target.parent)
    except subprocess.TimeoutExpired as error:
        raise ExportError(f"{program} took longer than {LIMIT_S:.0f} s; give it a smaller picture") from error
    if done.returncode or not target.exists():
        said = (done.stderr.strip() or done.stdout.strip()).splitlines()[-1:]
        raise ExportError(f"{program} failed: {' '.join(said) or f'status {done.returncode}'}; {remedy}")
