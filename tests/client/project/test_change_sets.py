"""Changes on the disk as sets: nothing lost, nothing that is not ours."""

import asyncio
import logging
import os
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest
from watchdog.events import FileClosedEvent, FileMovedEvent, FileSystemEvent

from limner.client.project import change_sets
from limner.client.project.change_sets import OVERFLOW, ChangeSet, Gathering, watching
from limner.exporters.files import STAGED

Sets = AsyncIterator[ChangeSet]


async def told(sets: Sets, *wanted: Path) -> set[Path]:
    """All files of the sets up to the one with which every wanted path was told."""
    found: set[Path] = set()
    async with asyncio.timeout(30):
        while not found >= set(wanted):
            changes = await anext(sets)
            found |= changes.files | changes.folders
    return found


def saved_by_rename(path: Path) -> None:
    """As editors save: a new file takes the place of the old one."""
    fresh = path.with_name(f".{path.name}.swp")
    fresh.write_text("new")
    fresh.replace(path)


@pytest.mark.parametrize(
    "act",
    [
        lambda path: path.write_text("new"),
        saved_by_rename,
        lambda path: path.unlink(),
        lambda path: path.rename(path.with_name("other.toml")),
        lambda path: (path.parent.parent / "outside/moved.toml").replace(path),
        lambda path: os.link(path.parent.parent / "outside/moved.toml", path.with_name("linked.toml")),
    ],
    ids=["write", "rename over", "delete", "rename", "move in", "link"],
)
async def test_every_way_to_change_a_file_is_told(tmp_path: Path, act: Callable[[Path], object]) -> None:
    for name in ("outside", "project"):
        (tmp_path / name).mkdir()
    (tmp_path / "outside/moved.toml").write_text("moved")
    path = tmp_path / "project/x.toml"
    path.write_text("old")
    async with watching(tmp_path / "project") as sets:
        act(path)
        wanted = path.with_name("linked.toml") if path.with_name("linked.toml").exists() else path
        found = await told(sets, wanted)
    names = {path.name for path in found}
    assert names <= {"x.toml", "other.toml", "linked.toml"}


async def test_changes_close_together_are_one_set(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(change_sets, "QUIET_S", 0.5)
    async with watching(tmp_path) as sets:
        (tmp_path / "a").write_text("1")
        (tmp_path / "b").write_text("1")
        (tmp_path / "a").write_text("2")
        assert (await anext(sets)).files == {tmp_path / "a", tmp_path / "b"}


async def test_changes_that_never_pause_are_told_all_the_same(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(change_sets, "QUIET_S", 3600.0)
    monkeypatch.setattr(change_sets, "LONGEST_S", 0.05)
    async with watching(tmp_path) as sets:
        (tmp_path / "a").write_text("1")
        assert (await anext(sets)).files == {tmp_path / "a"}


async def test_what_limner_writes_itself_is_told_and_makes_no_save_wait(tmp_path: Path) -> None:
    gathering = Gathering(tmp_path, asyncio.Event(), asyncio.get_running_loop(), polls=False)
    save, lock = tmp_path / "x.asset.toml", tmp_path / "limner.lock"

    def gathered(event: FileSystemEvent) -> float:
        gathering.on_any_event(event)
        return gathering.last

    saved = gathered(FileClosedEvent(str(save)))
    assert gathered(FileMovedEvent(str(tmp_path / f"{STAGED}abc"), str(lock))) == saved
    assert gathered(FileClosedEvent(str(save))) > saved
    assert gathering.taken() == ChangeSet(frozenset({save, lock}))
    assert gathered(FileMovedEvent(str(tmp_path / f"{STAGED}abc"), str(lock))) > saved


async def test_temporary_files_and_hidden_folders_say_nothing(tmp_path: Path) -> None:
    for folder in (".git", "node_modules", "art"):
        (tmp_path / folder).mkdir()
    async with watching(tmp_path) as sets:
        for name in (
            "x.toml~",
            ".x.toml.swp",
            "4913",
            "#x.toml#",
            ".#x.toml",
            "x.tmp",
            "~$x.toml",
            "x.toml___jb_tmp___",
        ):
            (tmp_path / "art" / name).write_text("temporary")
        (tmp_path / ".git/index").write_text("git")
        (tmp_path / "node_modules/x.asset.toml").write_text("other people's")
        (tmp_path / "art/x.toml").write_text("ours")
        assert await told(sets, tmp_path / "art/x.toml") == {tmp_path / "art/x.toml"}


async def test_a_thousand_saves_at_once_are_all_told(tmp_path: Path) -> None:
    paths = [tmp_path / f"{number % 7}/{number}.toml" for number in range(1000)]
    for folder in range(7):
        (tmp_path / str(folder)).mkdir()
    async with watching(tmp_path) as sets:
        await asyncio.to_thread(lambda: [path.write_text("x") for path in paths])
        assert await told(sets, *paths) == set(paths)


async def test_folders_that_come_and_go_are_told_as_folders(tmp_path: Path) -> None:
    project, outside = tmp_path / "project", tmp_path / "outside"
    project.mkdir()
    (outside / "art/deep").mkdir(parents=True)
    (outside / "art/deep/x.toml").write_text("x")
    async with watching(project) as sets:
        (outside / "art").rename(project / "art")
        await told(sets, project / "art")
        (project / "art/deep/y.toml").write_text("y")  # watched since
        await told(sets, project / "art/deep/y.toml")
        (project / "art").rename(outside / "away")
        await told(sets, project / "art")


async def test_a_circle_of_links_ends(tmp_path: Path) -> None:
    (tmp_path / "art").mkdir()
    (tmp_path / "art/circle").symlink_to(tmp_path)
    for poll in (False, True):
        async with watching(tmp_path, poll=poll) as sets:
            (tmp_path / "art/x.toml").write_text(str(poll))
            assert await told(sets, tmp_path / "art/x.toml") <= {tmp_path / "art/x.toml"}


async def test_polling_tells_what_a_network_drive_does_not(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(change_sets, "POLL_S", 0.02)
    (tmp_path / "old.toml").write_text("1")
    async with watching(tmp_path, poll=True) as sets:
        (tmp_path / "new.toml").write_text("1")
        await told(sets, tmp_path / "new.toml")
        (tmp_path / "old.toml").write_text("longer")
        await told(sets, tmp_path / "old.toml")


async def test_events_that_the_kernel_dropped_make_everything_suspect(tmp_path: Path) -> None:
    async with watching(tmp_path) as sets:
        logging.getLogger(OVERFLOW).warning("Inotify queue overflowed; reconciling recursive watches below %r", b"x")
        assert await anext(sets) == ChangeSet(frozenset(), everything=True)


async def test_a_folder_that_is_not_there_cannot_be_watched(tmp_path: Path) -> None:
    with pytest.raises(change_sets.WatchError, match="cannot be watched"):
        async with watching(tmp_path / "no"):
            pass
