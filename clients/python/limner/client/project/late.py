"""What only building needs, imported when it is first needed: numpy and the formats take a quarter of a second.

Its functions run in threads; one at a time imports.
"""

from __future__ import annotations

import threading
from pathlib import Path
from typing import TYPE_CHECKING

from limner.client.project.manifest import Source, Wanted

if TYPE_CHECKING:
    from limner.client.pictures import Note
    from limner.client.project.drawn_art import Picture

_importing = threading.Lock()


def prepare() -> None:
    """Import it now, before somebody waits for it."""
    with _importing:
        import limner.client.project.exports  # noqa: F401  # that is all


def files_of(root: Path, wanted: Wanted, picture: Picture | None, note: Note, keep: Path | None) -> dict[str, bytes]:
    """As `exports.files_of`."""
    prepare()
    from limner.client.project import exports

    return exports.files_of(root, wanted, picture, note, keep)


def first_frame(art: Source, note: Note) -> bytes:
    """As `exports.first_frame`."""
    prepare()
    from limner.client.project import exports

    return exports.first_frame(art, note)
