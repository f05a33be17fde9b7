"""The drawing that is going on. Its thread never touches Unreal; the editor's tick takes what it found."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from typing import Any

import unreal

from .drawing import Drawing, Finished, Progress

Use = Callable[[Finished], None]
TOLD = 0.25  # of the whole, between two lines in the log


class Session:
    """At most one drawing at a time."""

    def __init__(self) -> None:
        self._drawing: Drawing | None = None
        self._use: Use = lambda _: None
        self._tick: Any = None
        self._told = 0.0

    @property
    def running(self) -> bool:
        return self._drawing is not None

    def start(self, drawing: Drawing, use: Use) -> None:
        """Begin; `use` gets the pictures on the editor's thread."""
        self._drawing, self._use, self._told = drawing, use, 0.0
        drawing.start()
        self._tick = unreal.register_slate_post_tick_callback(self.tick)

    def cancel(self) -> None:
        if self._drawing:
            self._drawing.cancel()

    def tick(self, _seconds: float) -> None:
        """Take what has happened."""
        for event in self._drawing.poll() if self._drawing else ():
            if isinstance(event, Progress):
                self._tell(event)
            else:
                self._end(event)

    def _tell(self, event: Progress) -> None:
        if event.share - self._told >= TOLD or event.share == 0:
            self._told = event.share
            unreal.log(f"Limner: {event.text} {event.share:.0%}")

    def _end(self, finished: Finished) -> None:
        self._drawing = None
        unreal.unregister_slate_post_tick_callback(self._tick)
        if finished.cancelled:
            unreal.log("Limner: cancelled")
        elif finished.error:
            unreal.log_error(f"Limner: {finished.error}")
            with contextlib.suppress(RuntimeError):  # an editor without a window has no dialogs
                unreal.EditorDialog.show_message("Limner", finished.error, unreal.AppMsgType.OK)
        else:
            self._use(finished)


SESSION = Session()
