"""What a command shows: progress and previews for people, JSON lines for programs."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from types import TracebackType
from typing import Self

import typer
from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.text import Text

from limner.client.halfblocks import half_blocks
from limner.client.options import Settings
from limner.v1.generation_pb2 import GenerationEvent


class Screen:
    """A progress bar with a preview above it, where a person looks; a context manager.

    Results go to stdout, progress to the terminal only: nothing of it is left when the command is done.
    """

    def __init__(self, settings: Settings, title: str, total: int = 1) -> None:
        self.settings = settings
        self._previews = sys.stdout.isatty() and not settings.json and not settings.quiet
        console = Console(stderr=not self._previews)
        self._truecolor = console.color_system == "truecolor"
        columns = [TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn()]
        self._progress = Progress(*columns, *([MofNCompleteColumn()] if total > 1 else []))
        self._task = self._progress.add_task(title, total=total)
        self._live = Live(self._progress, console=console, transient=True, refresh_per_second=8)
        self._shown = console.is_terminal and not settings.json and not settings.quiet

    def __enter__(self) -> Self:
        if self._shown:
            self._live.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._live.stop()

    @property
    def wants_previews(self) -> bool:
        """A person sees this, on a terminal with colors enough."""
        return self._previews and self._truecolor

    def follow(self, event: GenerationEvent) -> None:
        """Show how far one generation is."""
        generation = event.generation
        waits = f" (behind {generation.queue_position})" if generation.queue_position else ""
        state = generation.State.Name(generation.state).removeprefix("STATE_").lower()
        self._progress.update(self._task, completed=generation.progress, description=state + waits)
        if event.preview_png and self.wants_previews:
            self._live.update(Group(half_blocks(event.preview_png), self._progress))

    def advance(self) -> None:
        """One more of several things is done."""
        self._progress.advance(self._task)

    def say(self, line: RenderableType) -> None:
        """A line for people, on stdout; none with --json or --quiet."""
        if not self.settings.json and not self.settings.quiet:
            Console(soft_wrap=True, highlight=False).print(line)

    def result(self, facts: Mapping[str, object], line: str) -> None:
        """One result: an object for programs, or a line for people."""
        if self.settings.json:
            print(json.dumps(facts, ensure_ascii=False), flush=True)
        else:
            self.say(Text(line))

    def picture(self, png: bytes) -> None:
        """A finished picture, where the terminal can."""
        if self.wants_previews:
            self.say(half_blocks(png))


def warn(settings: Settings, line: str) -> None:
    """A line on stderr about what was changed on the way; none with --quiet."""
    if not settings.quiet:
        typer.echo(f"limner: {line}", err=True)
