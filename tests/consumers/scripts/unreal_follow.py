"""Unreal's editor with stand-ins: imports two files, follows changes, and says what became of the assets.

Argument: a JSON file with `url` and `folder`. Says `following` when a change may come, then the answer as JSON.
"""

import hashlib
import json
import sys
import time
from pathlib import Path
from typing import Any

import unreal

PATIENCE_S = 60.0


def main(asked: dict[str, Any]) -> None:
    from limner_unreal import dialogs, importing, settings
    from limner_unreal.reloading import RELOADING

    unreal.SAVED = Path(asked["folder"]) / "Saved"
    settings.write(settings.Settings(url=asked["url"]))
    importing.imported([Path(asked["folder"], name) for name in ("hero.png", "rock.png")], "/Game/Art")
    before = contents()
    dialogs.follow()
    wait(lambda: ("log", "Limner: follows changes") in unreal.LOG)
    print("following", flush=True)
    wait(lambda: any("anew" in message for _, message in unreal.LOG))
    dialogs.follow()
    assert not RELOADING.running
    assert not unreal.tick(), "nobody looks at frames any more"
    print(json.dumps({"before": before, "after": contents(), "said": unreal.LOG}))


def wait(done: Any) -> None:
    """Let frames go round."""
    end = time.monotonic() + PATIENCE_S
    while not done():
        assert time.monotonic() < end, unreal.LOG
        assert unreal.tick()
        time.sleep(1 / 60)


def contents() -> dict[str, str]:
    return {path: hashlib.sha256(asset.content).hexdigest() for path, asset in unreal.ASSETS.items()}


main(json.loads(Path(sys.argv[1]).read_text()))
