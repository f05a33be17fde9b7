"""Assets that follow the files they were imported from: what `limner watch` builds is imported anew. The thread never touches Unreal."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import unreal

from .following import Changed, Connected, Following, Lost, News, Reset
from .importing import task_of

CONTENT = "/Game"


class Reloading:
    """At most one following at a time."""

    def __init__(self) -> None:
        self._following: Following | None = None
        self._tick: Any = None

    @property
    def running(self) -> bool:
        return self._following is not None

    def start(self, following: Following) -> None:
        self._following = following
        following.start()
        self._tick = unreal.register_slate_post_tick_callback(self.tick)

    def stop(self) -> None:
        if self._following:
            self._following.stop()
            self._following = None
            unreal.unregister_slate_post_tick_callback(self._tick)
            unreal.log("Limner: follows changes no more")

    def tick(self, _seconds: float) -> None:
        """Take what has happened."""
        changed: set[Path] | None = set()  # None: any file
        for event in self._following.poll() if self._following else ():
            if isinstance(event, Changed) and changed is not None:
                changed.add(event.path)
            elif isinstance(event, Reset):
                changed = None
            else:
                self._say(event)
        if changed or changed is None:
            reimport(changed)

    def _say(self, event: News) -> None:
        if isinstance(event, Connected):
            unreal.log("Limner: follows changes")
        elif isinstance(event, Lost):
            unreal.log_warning(f"Limner: {event.message}")
            if event.final:
                self.stop()


def reimport(changed: set[Path] | None) -> None:
    """Import the assets of these files anew, in their places; None is every file."""
    tasks = [task for source, task in sources() if source.exists() and (changed is None or source in changed)]
    if tasks:
        unreal.AssetToolsHelpers.get_asset_tools().import_asset_tasks(tasks)
        unreal.log(f"Limner: imported {len(tasks)} assets anew")


def sources() -> Iterator[tuple[Path, unreal.AssetImportTask]]:
    """The file of each imported texture of the project, and the task that imports it again."""
    for path in unreal.EditorAssetLibrary.list_assets(CONTENT, recursive=True, include_folder=False):
        asset = unreal.EditorAssetLibrary.load_asset(path)
        if not isinstance(asset, unreal.Texture2D):
            continue
        file = asset.get_editor_property("asset_import_data").get_first_filename()
        if file:
            folder, _, name = path.partition(".")[0].rpartition("/")
            task = task_of(Path(file), folder)
            task.destination_name = name
            yield Path(os.path.realpath(file)), task


RELOADING = Reloading()
