"""Where pictures come from, as the feed sees it."""

from __future__ import annotations

import threading
from typing import NamedTuple, Protocol

from limner.client.live.pictures import Picture


class Arrived(NamedTuple):
    """A picture that changed."""

    name: str
    picture: Picture


class Sink(Protocol):
    """What a source hands its findings to; callable from any thread."""

    def put(self, arrived: Arrived) -> None:
        """Take a picture that changed."""

    def say(self, message: str) -> None:
        """Tell the person who runs the game what is wrong and what to do."""


class Source(Protocol):
    """Gives pictures by name and says when one changes."""

    def load(self, name: str) -> Picture:
        """The picture as it is now. Raises PictureError or OSError."""

    def run(self, sink: Sink, stopping: threading.Event) -> None:
        """Look for changes, on a thread of the feed's, until `stopping` is set."""
