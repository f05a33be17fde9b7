"""`limner batch`: many pictures, as fast as the server can, resumed where it was stopped."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator
from pathlib import Path

from limner.client.access import FAILED, exits, leave, run
from limner.client.aio import AsyncClient
from limner.client.batch_file import Line, append_result, left_over, picture_path, read_lines
from limner.client.drawing import facts_of
from limner.client.errors import CredentialsError, LimnerError, UnreachableError
from limner.client.folders import made, write_into
from limner.client.options import Settings
from limner.client.screen import Screen

WINDOW = 32  # requests in flight: more than a network call holds, so that every call is full


def draw_batch(settings: Settings, file: Path, out: Path) -> None:
    """Draw every line that is not done yet; a failed line is told and the others go on."""
    with exits():
        lines = read_lines(file)
        results = made(out) / "results.jsonl"
        todo = list(left_over(lines, results))
    skipped = len(lines) - len(todo)
    failed: list[str] = []

    async def work(client: AsyncClient) -> None:
        with Screen(settings, "drawing", total=len(todo)) as screen:
            queue = iter(todo)
            async with asyncio.TaskGroup() as workers:
                for _ in range(min(WINDOW, len(todo))):
                    workers.create_task(draw_lines(client, queue, results, screen, failed))

    if todo:
        run(settings, work)
    Screen(settings, "").say(f"{len(todo) - len(failed)} drawn, {skipped} skipped, {len(failed)} failed: {results}")
    if failed:
        leave(f"{len(failed)} failed: {', '.join(failed[:10])}", FAILED)


async def draw_lines(
    client: AsyncClient, queue: Iterator[Line], results: Path, screen: Screen, failed: list[str]
) -> None:
    """One worker: take the next line until there is none."""
    for line in queue:
        result = await draw_line(client, line, results)
        append_result(results, result)
        if result["state"] == "failed":
            failed.append(line.id)
        screen.advance()
        if screen.settings.json:
            screen.result(result, "")


async def draw_line(client: AsyncClient, line: Line, results: Path) -> dict[str, object]:
    """Draw and write one picture; its result. What would fail every other line too is raised."""
    start = time.monotonic()
    try:
        (drawn,) = await client.draw(line.brief, bulk=True)
    except (UnreachableError, CredentialsError):
        raise
    except LimnerError as error:
        return {"id": line.id, "state": "failed", "error": str(error), "request": line.request}
    path = picture_path(results.parent, line)
    write_into(path.parent, {path.name: drawn.content})
    facts = facts_of(drawn, path, time.monotonic() - start)
    return {"id": line.id, "state": "succeeded", **facts, "request": line.request}
