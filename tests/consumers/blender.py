"""Blender, without a window: opens a glTF file and reports its materials."""

import json
import subprocess
from pathlib import Path
from typing import Any

from tests.consumers.browser import EngineError

PROGRAM = "blender"
SCRIPT = Path(__file__).parent / "scripts" / "blender_report.py"


def blender_reports(glb: bytes, folder: Path) -> dict[str, Any]:
    """What Blender knows of a GLB's materials and meshes; `folder` is for the files on the way.

    Raises EngineError with Blender's own words when it cannot read the file.
    """
    scene, report = folder / "scene.glb", folder / "report.json"
    scene.write_bytes(glb)
    command = [PROGRAM, "--background", "--factory-startup", "--python-exit-code", "1", "--python", str(SCRIPT)]
    done = subprocess.run([*command, "--", str(scene), str(report)], capture_output=True, text=True, timeout=120)
    if done.returncode or not report.exists():
        raise EngineError(done.stdout + done.stderr)
    answer: dict[str, Any] = json.loads(report.read_text())
    return answer
