"""ktx-parse, in Node: reads KTX2 files and says what is in them."""

import base64
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from tests.consumers.browser import EngineError
from tests.consumers.site import FOLDERS

BESIDE = os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", "")])
NODE = shutil.which("node", path=BESIDE)  # it comes with the environment
SCRIPT = Path(__file__).parent / "scripts" / "ktx2.mjs"


def ktx2_reports(files: Sequence[bytes], folder: Path) -> list[dict[str, Any]]:
    """What each file holds, the bytes of its levels (from the largest) among it; `folder` is for the files on the way.

    Raises EngineError with the parser's own words when it cannot read one.
    """
    if NODE is None or not FOLDERS["npm"].is_dir():
        pytest.skip("ktx-parse is not installed: make engines")
    paths = [folder / f"{number}.ktx2" for number in range(len(files))]
    for path, content in zip(paths, files, strict=True):
        path.write_bytes(content)
    done = subprocess.run([NODE, str(SCRIPT), *map(str, paths)], capture_output=True, text=True, timeout=60)
    if done.returncode:
        raise EngineError(done.stderr)
    answers: list[dict[str, Any]] = json.loads(done.stdout)
    for answer in answers:
        for level in answer["levels"]:
            level["content"] = base64.b64decode(level["content"])
    return answers
