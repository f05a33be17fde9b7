"""Numbered PNG files, a folder for each animation, and one JSON that says how long each shows.

`<stem>-<tag>/<stem>-<tag>-0001.png` … in playing order, so that whatever reads a numbered sequence plays it as it was meant.
"""

import json

from limner.atlas.sprites import Provenance, SpriteSet
from limner.exporters.animations import Animation, animations
from limner.exporters.files import Files
from limner.exporters.options import ExportOptions
from limner.exporters.png import encoded


def write_png_sequence(art: SpriteSet, stem: str, options: ExportOptions) -> Files:
    files: Files = {}
    for animation in animations(art, stem):
        paths = [f"{animation.base}-{number:04}.png" for number in range(1, len(animation.frames) + 1)]
        for path, frame in zip(paths, animation.frames, strict=True):
            files[f"{animation.name}/{path}"] = encoded(frame.pixels, art.provenance)
        files[f"{animation.name}/{animation.base}.json"] = _listed(animation, paths, art.provenance)
    return files


def _listed(animation: Animation, paths: list[str], provenance: Provenance) -> bytes:
    frames = [
        {"file": path, "name": frame.name, "duration": frame.duration_ms}
        for path, frame in zip(paths, animation.frames, strict=True)
    ]
    meta: dict[str, object] = {"app": "limner", "tag": animation.title, "loop": animation.loop}
    if provenance:
        meta["provenance"] = dict(provenance)
    return json.dumps({"frames": frames, "meta": meta}, indent=1, ensure_ascii=False).encode()
