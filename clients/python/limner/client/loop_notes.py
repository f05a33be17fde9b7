"""What an animator wants to hear before a loop goes into the game: whether it jumps where it starts again."""

from __future__ import annotations

from collections.abc import Sequence

from limner.atlas.aligning import aligned
from limner.atlas.loops import check_timing, loop_closure, played
from limner.atlas.sprites import AtlasError, FrameTag, SpriteSet
from limner.client.pictures import Note
from limner.exporters import Exporter, Keeps

JUMP = 2.0  # a last step that is more than this many times the others is seen
FEWEST = 3  # frames; two step there and back alike


def note_jumps(art: SpriteSet, exporter: Exporter, name: str, note: Note) -> None:
    """Say which looping animations jump. Sets of pictures that are no animation are left alone."""
    try:
        check_timing(art.sprites, art.frame_tags)
        frames = aligned(art.sprites)
    except AtlasError:
        return  # the exporter says what is wrong
    for tag in _loops(art, exporter, name):
        order = played(tag)
        closure = loop_closure([frames[number].pixels for number in order]) if len(order) >= FEWEST else 1.0
        if closure > JUMP:
            note(f"{tag.name}: jumps where it starts again: that step is {closure:.1f} times the others (1 is smooth)")


def _loops(art: SpriteSet, exporter: Exporter, name: str) -> Sequence[FrameTag]:
    """The tags that loop; all frames where there is no tag and the format holds nothing but animations."""
    if art.frame_tags:
        return [tag for tag in art.frame_tags if tag.loop]
    moving = Keeps.FRAME_TAGS in exporter.keeps and not exporter.keeps & (Keeps.TRIM | Keeps.PIVOT)
    return [FrameTag(name=name, first=0, last=len(art.sprites) - 1)] if moving and art.sprites else []
