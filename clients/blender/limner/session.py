"""The drawing that is going on. Its thread never touches Blender; a timer on the main thread takes what it found."""

from __future__ import annotations

from collections.abc import Callable

import bpy

from .drawing import Drawing, Finished, Progress

EVERY_S = 0.1
Use = Callable[[Finished], None]


class Session:
    """At most one drawing at a time, and what the panel shows of it."""

    def __init__(self) -> None:
        self.share = 0.0
        self.text = ""
        self.error = ""
        self._drawing: Drawing | None = None
        self._use: Use = lambda _: None

    @property
    def running(self) -> bool:
        return self._drawing is not None

    def start(self, drawing: Drawing, use: Use) -> None:
        """Begin; `use` gets the pictures on the main thread."""
        self.share, self.text, self.error = 0.0, "Asking…", ""
        self._drawing, self._use = drawing, use
        drawing.start()
        if not bpy.app.timers.is_registered(self.tick):
            bpy.app.timers.register(self.tick, first_interval=EVERY_S)

    def cancel(self) -> None:
        if self._drawing:
            self.text = "Cancelling…"
            self._drawing.cancel()

    def close(self) -> None:
        """The add-on goes: what runs is cancelled, what arrives is not used."""
        self.cancel()
        self._drawing = None
        if bpy.app.timers.is_registered(self.tick):
            bpy.app.timers.unregister(self.tick)

    def tick(self) -> float | None:
        """Take what has happened; the pause to the next call, None at the end."""
        if not self._drawing:
            return None
        for event in self._drawing.poll():
            if isinstance(event, Progress):
                self.share, self.text = event.share, event.text
            else:
                self._end(event)
        redraw()
        return EVERY_S if self._drawing else None

    def _end(self, finished: Finished) -> None:
        self._drawing = None
        self.text = "Cancelled" if finished.cancelled else ""
        if finished.error and not finished.cancelled:
            self.error = finished.error
        elif finished.pictures:
            self._use(finished)
            self.share, self.text = 1.0, "Done"


def redraw() -> None:
    """Show what the panel says now."""
    for window in bpy.context.window_manager.windows:
        for area in window.screen.areas:
            if area.type in ("VIEW_3D", "NODE_EDITOR"):
                area.tag_redraw()


SESSION = Session()
