"""What decides an asset, as one digest: equal digests give equal bytes."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, replace
from functools import lru_cache
from pathlib import Path
from typing import Any

from limner.client.frame_choices import FrameChoices
from limner.client.project.contents import Contents, digest_of
from limner.client.project.inside import within
from limner.client.project.manifest import Drawing, Recipe, Source, Wanted

FORM = 1  # of the facts below; a new number makes everything stale
FACTS = json.JSONEncoder(sort_keys=True, ensure_ascii=False)


def picture_request(
    wanted: Wanted, requests: Mapping[str, str], repainted: Mapping[str, Path], contents: Contents
) -> str:
    """Of the picture alone. By the names of assets: `requests` of those that it may start from, `repainted` the files that
    took the place of drawings.

    Raises ManifestError for a file that is not there, and for a base that cannot be drawn.
    """
    facts: dict[str, Any] = {"form": FORM, "files": digests_of(wanted, contents)}
    if wanted.name in repainted:
        facts["repainted"] = contents.digest(repainted[wanted.name])
    elif isinstance(wanted.art, Source):
        facts["cut"] = dict(cut_of(wanted.art.choices))
    elif isinstance(wanted.art, Recipe):
        facts |= {"kind": wanted.art.kind, "prompt": wanted.art.prompt, "seed": wanted.art.seed}
        facts["choices"] = dict(wanted.art.choices)
    else:
        drawing = replace(wanted.art, reference=None, mask=None, palette=None, base=None)
        facts |= {key: value for key, value in asdict(drawing).items() if value is not None}
        if (base := wanted.art.base) is not None:
            if base not in requests:
                raise wanted.origin.error(
                    "name", f"{wanted.name!r} starts from {base!r}, which is broken", "mend that one"
                )
            facts["base"] = requests[base]
    return digest_of(FACTS.encode(facts).encode())


@lru_cache(maxsize=64)
def cut_of(choices: FrameChoices) -> Mapping[str, Any]:
    """The facts of a cut; most assets of a project are cut alike."""
    return asdict(choices)


def digests_of(wanted: Wanted, contents: Contents) -> dict[str, str]:
    """The digests of the files that decide the picture, by their keys. Raises ManifestError for one that is not there."""
    found = {}
    for key, path in wanted.art.files.items():
        digest = contents.digest(path)
        if digest is None:
            raise wanted.origin.error(key, f"{key} is not there: {path}", "correct the path or make the file")
        found[key] = digest
    return found


def whole_request(wanted: Wanted, root: Path, picture: str) -> str:
    """Of the picture and of everything that is written."""
    outputs = [[out.file_format, within(root, out.folder), *out.choices] for out in wanted.outputs]
    tiled = wanted.art.tile if isinstance(wanted.art, Drawing) else None
    facts = {"form": FORM, "picture": picture, "name": wanted.name, "outputs": outputs, "tile": tiled}
    return digest_of(FACTS.encode(facts).encode())
