"""ktx-parse, in Node: reads KTX2 files and says what is in them."""

import base64
import json
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from tests.consumers.browser import EngineError

SCRIPT = Path(__file__).parent / "scripts" / "ktx2.mjs"


def ktx2_reports(files: Sequence[bytes], folder: Path) -> list[dict[str, Any]]:
    """What each file holds, the bytes of its levels (from the largest) among it; `folder` is for the files on the way.

    Raises EngineError with the parser's own words when it cannot read one.
    """
    paths = [folder / f"{number}.ktx2" for number in range(len(files))]
    for path, content in zip(paths, files, strict=True):
        path.write_bytes(content)
    done = subprocess.run(["node", str(SCRIPT), *map(str, paths)], capture_output=True, text=True, timeout=60)
    if done.returncode:
        raise EngineError(done.stderr)
    answers: list[dict[str, Any]] = json.loads(done.stdout)
    for answer in answers:
        for level in answer["levels"]:
            level["content"] = base64.b64decode(level["content"])
    return answers
