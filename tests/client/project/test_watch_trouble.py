"""Whatever happens to the files, the folders, the server and the clock, the watching goes on and nothing is lost."""

import asyncio
import os
import shutil
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from limner.client.project import change_sets
from limner.client.project import watch as watching
from limner.client.project.lock_file import LockFile
from limner.client.testing import FlatWorld, flat_color

from .test_build import TWO, color, files, paint
from .watched import until, watched


def reseeded(seed: int) -> str:
    """The project's manifest with another key."""
    return TWO.replace("seed = 1", f"seed = {seed}")


async def test_a_server_that_dies_while_it_draws_is_asked_again_when_it_is_back(
    world: FlatWorld, project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with watched(world, project, monkeypatch) as game:
        (project / "y.asset.toml").write_text('[[asset]]\nname = "y"\nprompt = "wait for it"\nseed = 4')
        await asyncio.to_thread(world.watched.wait, 30)
        await asyncio.to_thread(world.stop)
        (project / "x.asset.toml").write_text(reseeded(3))
        await asyncio.to_thread(world.start)
        assert await game.published("key.png") == ["key"]
        await asyncio.to_thread(world.release, "generations/3")
        assert await game.published("y.png") == ["y"]
    assert color(project / "y.png") == flat_color("wait for it", 4)
    assert [asked.generation.image.prompt for asked in world.created].count("wait for it") == 1


async def test_a_manifest_deleted_while_its_asset_is_drawn_ends_nothing(
    world: FlatWorld, project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with watched(world, project, monkeypatch) as game:
        (project / "y.asset.toml").write_text('[[asset]]\nname = "y"\nprompt = "wait for it"')
        await asyncio.to_thread(world.watched.wait, 30)
        (project / "y.asset.toml").unlink()
        (project / "x.asset.toml").write_text(reseeded(3))
        assert await game.published("key.png") == ["key"]
        await asyncio.to_thread(world.release, "generations/3")
        (project / "x.asset.toml").write_text(reseeded(4))
        assert "key" in await game.published("key.png")
        assert game.said.empty()
    assert color(project / "key.png") == flat_color("a key", 4)


async def test_a_manifest_that_comes_to_write_outside_is_refused_and_the_rest_goes_on(
    world: FlatWorld, project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    outside = project.parent / f"{project.name}-outside"
    outside.mkdir()
    (project / "link").symlink_to(outside)
    (project / "art").mkdir()
    async with watched(world, project, monkeypatch) as game:
        for out in (f"../{outside.name}", "link", "art/../../escaped", str(outside)):
            (project / "y.asset.toml").write_text(f'[[asset]]\nname = "y"\nprompt = "y"\nout = "{out}"')
            assert (await game.complaint()).startswith(f"{project}/y.asset.toml:4:1: out {out!r} ")
        (project / "y.asset.toml").write_text('[[asset]]\nname = "y"\nprompt = "y"\nout = "art"')
        assert await game.published("art/y.png") == ["y"]
        shutil.rmtree(project / "art")
        (project / "art").symlink_to(outside)  # a link that takes the place of a folder which was right
        assert "is a link that leaves" in await game.complaint()
        (project / "x.asset.toml").write_text(reseeded(3))
        assert await game.published("key.png") == ["key"]
    assert files(outside) == {}
    assert not (project.parent / "escaped").exists()


async def test_circles_of_links_in_the_project_and_in_a_source_end(
    world: FlatWorld, project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    paint(project / "raw/walk-01.png", (1, 2, 3, 255))
    (project / "raw/circle").symlink_to(project)
    (project / "circle").symlink_to(project)
    (project / "y.asset.toml").write_text('[[asset]]\nname = "y"\nsource = "raw"\nformats = ["png-sequence"]')
    async with watched(world, project, monkeypatch, ("key.png", "hat.png")) as game:
        paint(project / "raw/walk-02.png", (4, 5, 6, 255))
        await game.published("y/y-0002.png")
        assert game.said.empty()


@pytest.mark.parametrize("poll", [False, True], ids=["events", "polling"])
async def test_a_clock_that_jumps_loses_no_save_and_delays_none(
    world: FlatWorld, project: Path, monkeypatch: pytest.MonkeyPatch, poll: bool
) -> None:
    monkeypatch.setattr(change_sets, "POLL_S", 0.05)
    now, asking = time.time(), set()

    def told() -> float:
        asking.add(sys._getframe(1).f_globals["__name__"])
        return now

    monkeypatch.setattr(time, "time", told)  # it stands still, and says who looks at it
    async with watched(world, project, monkeypatch, poll=poll) as game:
        for seed, jump_s in ((3, -7 * 86400.0), (4, 7 * 86400.0), (5, -3600.0)):
            fresh = project / ".fresh"
            fresh.write_text(reseeded(seed))
            os.utime(fresh, (now + jump_s, now + jump_s))  # as the file system dates it, by the same clock
            fresh.replace(project / "x.asset.toml")
            assert await game.published("key.png") == ["key"]
            assert color(project / "key.png") == flat_color("a key", seed)
    assert not {name for name in asking if name.startswith(("limner.client.project", "watchdog"))}


def by_backup(path: Path, text: str) -> None:
    """As Vim and Kate save: the old file becomes a backup, which goes when the new one is written."""
    path.rename(path.with_name(f"{path.name}~"))
    path.with_name("4913").write_text("")
    path.with_name("4913").unlink()
    path.write_text(text)
    path.with_name(f"{path.name}~").unlink()


def by_exchange(path: Path, text: str) -> None:
    """As JetBrains' editors save: a new file is written, the old one steps aside, the new one takes its place."""
    fresh, old = path.with_name(f"{path.name}___jb_tmp___"), path.with_name(f"{path.name}___jb_old___")
    fresh.write_text(text)
    path.rename(old)
    fresh.rename(path)
    old.unlink()


def by_windows_name(path: Path, text: str) -> None:
    """As Windows replaces files: over a file of its own naming."""
    fresh = path.with_name(f"{path.name}~RF1a2b3c.TMP")
    fresh.write_text(text)
    fresh.replace(path)


def in_pieces(path: Path, text: str) -> None:
    """As an editor that flushes: the file is there, half written, before it is closed."""
    with path.open("w") as file:
        for letter in text:
            file.write(letter)
            file.flush()


@pytest.mark.parametrize(
    ("save", "poll"),
    [
        *((save, False) for save in (by_backup, by_exchange, by_windows_name, in_pieces)),
        *((save, True) for save in (by_backup, by_exchange, by_windows_name)),  # who polls may see half a file
    ],
)
async def test_every_way_that_editors_save_is_one_change(
    world: FlatWorld, project: Path, monkeypatch: pytest.MonkeyPatch, save: Callable[[Path, str], None], poll: bool
) -> None:
    monkeypatch.setattr(change_sets, "POLL_S", 0.05)
    async with watched(world, project, monkeypatch, poll=poll) as game:
        save(project / "x.asset.toml", reseeded(6))
        assert await game.published("key.png") == ["key"]
        assert game.said.empty()
    assert sorted(asked.generation.image.seed for asked in world.created) == [1, 2, 6]
    assert LockFile.read(project).entries.keys() == {"x.asset.toml#key", "x.asset.toml#hat"}


async def test_references_nested_includes_and_folders_of_frames_are_followed(
    world: FlatWorld, project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    paint(project / "style/sketch.png")
    (project / "style/base.toml").write_text("[defaults]\nsteps = 3")
    (project / "style/all.toml").write_text('include = ["base.toml"]')
    for name in ("a", "b"):
        paint(project / f"raw/{name}.png", (1, 2, 3, 255))
    (project / "y.asset.toml").write_text(
        'include = ["style/all.toml"]\n[[asset]]\nname = "y"\nprompt = "y"\nreference = "style/sketch.png"\n'
        '[[asset]]\nname = "frames"\nsource = "raw"\nset = { scale = 2 }\nout = "frames"\n'
    )
    async with watched(world, project, monkeypatch, ("key.png", "hat.png", "y.png", "frames/a.png")) as game:
        paint(project / "style/sketch.png", (1, 1, 1, 255))
        await until(lambda: len(world.created) == 4, game)
        (project / "style/base.toml").write_text("[defaults]\nsteps = 5")
        await until(lambda: len(world.created) == 5, game)
        paint(project / "raw/c.png", (4, 5, 6, 255))
        assert await game.published("frames/c.png") == ["frames"]
        (project / "raw/a.png").unlink()
        await game.published("frames/a.png")
    assert not (project / "frames/a.png").exists()
    first, painted, stepped = (
        asked.generation.image for asked in world.created if asked.generation.image.prompt == "y"
    )
    assert first.reference_png != painted.reference_png == stepped.reference_png
    assert (painted.sampling.steps, stepped.sampling.steps) == (3, 5)


async def test_a_palette_that_goes_is_told_and_is_taken_up_when_it_is_back(
    world: FlatWorld, project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    paint(project / "dusk.png")
    (project / "y.asset.toml").write_text('[[asset]]\nname = "y"\nprompt = "y"\npalette = "dusk.png"')
    async with watched(world, project, monkeypatch, ("key.png", "hat.png", "y.png")) as game:
        before = (project / "y.png").read_bytes()
        (project / "dusk.png").rename(project / "dawn.png")
        assert "y.asset.toml:4:1: palette is not there" in await game.complaint()
        assert (project / "y.png").read_bytes() == before
        paint(project / "dusk.png", (5, 5, 5, 255))
        await until(lambda: len(world.created) == 4, game)


async def test_a_manifest_that_moves_takes_its_asset_along_and_is_followed_where_it_is(
    world: FlatWorld, project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    built: asyncio.Queue[str] = asyncio.Queue()
    monkeypatch.setattr(watching, "tell_built", lambda screen, one: built.put_nowait(one.key))
    (project / "y.asset.toml").write_text('[[asset]]\nname = "y"\nprompt = "y"\nseed = 1\nout = "."')
    async with watched(world, project, monkeypatch, ("key.png", "hat.png", "y.png")) as game:
        (project / "y.asset.toml").rename(project / "z.asset.toml")
        (project / "maps").mkdir()
        (project / "z.asset.toml").rename(project / "maps/z.asset.toml")
        assert await game.published("maps/y.png") == ["y"]
        (project / "maps").rename(project / "levels")
        async with asyncio.timeout(30):
            while await built.get() != "levels/z.asset.toml#y":  # its file came along, as it would be written: not told
                pass
        (project / "levels/z.asset.toml").write_text('[[asset]]\nname = "y"\nprompt = "y"\nseed = 2\nout = "."')
        await game.published("levels/y.png")
        assert game.said.empty()
    assert [asked.generation.image.prompt for asked in world.created].count("y") == 2  # once for each seed
    assert color(project / "levels/y.png") == flat_color("y", 2)
    assert color(project / "y.png") == flat_color("y", 1)
