"""Images that follow their files: what `limner watch` builds is seen in the scene at once. The thread never touches Blender."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import bpy

from .following import Changed, Connected, Following, Lost, News, Reset
from .session import redraw

EVERY_S = 0.2


class Reloading:
    """At most one following at a time, and what the panel says of it."""

    def __init__(self) -> None:
        self.text = ""
        self.error = ""
        self.reloaded = 0  # images, so far
        self._following: Following | None = None

    @property
    def running(self) -> bool:
        return self._following is not None

    def start(self, following: Following) -> None:
        self.text, self.error, self.reloaded = "Connecting…", "", 0
        self._following = following
        following.start()
        if not bpy.app.timers.is_registered(self.tick):
            bpy.app.timers.register(self.tick, first_interval=EVERY_S, persistent=True)

    def stop(self) -> None:
        if self._following:
            self._following.stop()
        self._following = None
        self.text = self.error = ""
        if bpy.app.timers.is_registered(self.tick):
            bpy.app.timers.unregister(self.tick)

    def tick(self) -> float | None:
        """Take what has happened; the pause to the next call, None at the end."""
        if not self._following:
            return None
        news = self._following.poll()
        for event in news:
            self._take(event)
        if news:
            redraw()
        return EVERY_S if self._following else None

    def _take(self, event: News) -> None:
        if isinstance(event, Connected):
            self.text, self.error = "Following changes", ""
        elif isinstance(event, Lost):
            self.text, self.error = "", event.message
            if event.final:
                self._following = None
        elif isinstance(event, Changed):
            self._reload(list(images_of(event.path)))
        elif isinstance(event, Reset):
            self._reload([image for image in bpy.data.images if from_file(image)])

    def _reload(self, images: list[bpy.types.Image]) -> None:
        for image in images:
            image.reload()
            self.reloaded += 1


def images_of(path: Path) -> Iterator[bpy.types.Image]:
    """The images that show this file; a file that was removed is left as it was seen last."""
    if not path.exists():
        return
    for image in bpy.data.images:
        if from_file(image) and os.path.realpath(bpy.path.abspath(image.filepath, library=image.library)) == str(path):
            yield image


def from_file(image: bpy.types.Image) -> bool:
    """Not one that is packed into the .blend file or made in Blender."""
    return image.source == "FILE" and bool(image.filepath) and not image.packed_file


RELOADING = Reloading()
