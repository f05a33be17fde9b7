"""`limner watch`: a save becomes a file and a message, whatever way it was saved, and nothing stops the watching."""

import asyncio
import json
import signal
import subprocess
import sys
import sysconfig
from pathlib import Path

import pytest

from limner.client.project import change_sets
from limner.client.project.lock_file import LockFile
from limner.client.testing import FlatWorld, flat_color

from .test_build import TWO, color, paint
from .watched import until, watched

LIMNER = str(Path(sysconfig.get_path("scripts"), "limner"))


@pytest.mark.parametrize("poll", [False, True], ids=["events", "polling"])
async def test_a_save_becomes_a_file_and_a_message(
    world: FlatWorld, project: Path, monkeypatch: pytest.MonkeyPatch, poll: bool
) -> None:
    monkeypatch.setattr(change_sets, "POLL_S", 0.05)
    async with watched(world, project, monkeypatch, poll=poll) as game:
        (project / "x.asset.toml").write_text(TWO.replace("seed = 1", "seed = 5000"))
        assert await game.published("key.png") == ["key"]
        publication = world.changes[-1].publication
        assert color(project / "key.png") == flat_color("a key", 5000)
        assert (publication.project, publication.folder, publication.key) == (
            project.name,
            str(project),
            "x.asset.toml#key",
        )
        assert (list(publication.formats), publication.asset) == (["png"], "assets/3")
    entry = LockFile.read(project).entries["x.asset.toml#key"]
    assert publication.files[0].digest == entry.outputs["key.png"]


async def test_only_what_depends_on_a_file_is_built_when_it_changes(
    world: FlatWorld, project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    paint(project / "dusk.png")
    (project / "style.toml").write_text('[defaults]\npalette = "dusk.png"')
    (project / "y.asset.toml").write_text('include = ["style.toml"]\n[[asset]]\nprompt = "y"\nseed = 1')
    async with watched(world, project, monkeypatch, ("key.png", "hat.png", "y.png")) as game:
        paint(project / "fresh.png", (1, 2, 3, 255))
        (project / "fresh.png").replace(project / "dusk.png")
        await until(lambda: len(world.created) == 4, game)
        (project / "style.toml").write_text('[defaults]\npalette = "dusk.png"\nsteps = 3')
        await until(lambda: len(world.created) == 5, game)
        (project / "x.asset.toml").write_text(TWO.replace("seed = 2", "seed = 9"))
        assert await game.published("hat.png") == ["hat"]
    assert [asked.generation.image.prompt for asked in world.created[3:]] == ["y", "y", "a hat"]
    assert world.created[4].generation.image.sampling.steps == 3


async def test_a_broken_manifest_is_told_and_the_last_good_asset_stays(
    world: FlatWorld, project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with watched(world, project, monkeypatch) as game:
        before = (project / "key.png").read_bytes()
        (project / "x.asset.toml").write_text(TWO.replace("seed = 1", "seed = one"))
        assert f"{project}/x.asset.toml:4:8: no TOML: Invalid value; correct it" in await game.complaint()
        assert (project / "key.png").read_bytes() == before
        (project / "y.asset.toml").write_text('[[asset]]\nprompt = "y"')
        assert await game.published("y.png") == ["y"]
        (project / "x.asset.toml").write_text(TWO.replace("seed = 1", "seed = 11"))
        assert await game.published("key.png") == ["key"]
        assert game.said.empty()


async def test_a_picture_painted_over_is_the_source_at_once(
    world: FlatWorld, project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (project / "x.asset.toml").write_text(
        '[[asset]]\nname = "hero"\nprompt = "a hero"\nformats = ["png", "godot-spriteframes"]\nout = "{format}"'
    )
    async with watched(world, project, monkeypatch, ("png/hero.png",)) as game:
        paint(project / "png/hero.png", (1, 2, 3, 255))
        await game.published("png/hero.png", "godot-spriteframes/hero.png")
        assert color(project / "godot-spriteframes/hero.png") == (1, 2, 3, 255)
        (project / "png/hero.png").unlink()
        await game.published("png/hero.png", "godot-spriteframes/hero.png")
        assert color(project / "png/hero.png") != (1, 2, 3, 255)


@pytest.mark.parametrize("poll", [False, True], ids=["events", "polling"])
async def test_what_somebody_deletes_or_moves_in_is_seen(
    world: FlatWorld, project: Path, monkeypatch: pytest.MonkeyPatch, poll: bool
) -> None:
    monkeypatch.setattr(change_sets, "POLL_S", 0.05)
    outside = project.parent / f"{project.name}-outside"
    (outside / "deep").mkdir(parents=True)
    (outside / "deep/z.asset.toml").write_text('[[asset]]\nprompt = "z"')
    async with watched(world, project, monkeypatch, poll=poll) as game:
        (project / "x.asset.toml").write_text(TWO.replace("seed = 1", "seed = 9"))
        assert await game.published("key.png") == ["key"]  # who polls has seen the pictures by now
        (project / "hat.png").unlink()
        assert await game.published("hat.png") == ["hat"]
        outside.rename(project / "more")
        assert await game.published("more/deep/z.png") == ["z"]
        (project / "more/deep/z.asset.toml").unlink()
        (project / "x.asset.toml").write_text(TWO.replace("seed = 1", "seed = 3"))
        assert await game.published("key.png") == ["key"]
        assert (project / "more/deep/z.png").exists()


async def test_a_burst_of_saves_loses_nothing_and_builds_nothing_twice(
    world: FlatWorld, project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    manifests = [project / f"{number}.asset.toml" for number in range(40)]
    async with watched(world, project, monkeypatch) as game:

        def save() -> None:
            for seed in range(5):
                for path in manifests:
                    path.write_text(f'[[asset]]\nprompt = "{path.stem[:-6]}"\nseed = {seed}')

        await asyncio.to_thread(save)
        while any(
            not path.with_name(f"{path.stem[:-6]}.png").exists()
            or color(path.with_name(f"{path.stem[:-6]}.png")) != flat_color(path.stem[:-6], 4)
            for path in manifests
        ):
            assert game.said.empty()
            await game.published_next()
    asked = [(each.generation.image.prompt, each.generation.image.seed) for each in world.created]
    assert len(asked) == len(set(asked))


async def test_a_missing_file_is_told_once_and_built_when_it_comes(
    world: FlatWorld, project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (project / "y.asset.toml").write_text('[[asset]]\nname = "y"\nsource = "raw/y.png"')
    async with watched(world, project, monkeypatch) as game:
        assert "y.asset.toml:3:1: source is not there" in await game.complaint()
        (project / "raw").mkdir()
        paint(project / "raw/y.png", (1, 2, 3, 255))
        assert await game.published("y.png") == ["y"]


async def test_changes_wait_for_a_server_that_is_away(
    world: FlatWorld, project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    paint(project / "raw.png", (1, 2, 3, 255))
    (project / "y.asset.toml").write_text('[[asset]]\nname = "y"\nsource = "raw.png"')
    async with watched(world, project, monkeypatch, ("key.png", "hat.png", "y.png")) as game:
        await asyncio.to_thread(world.stop)
        paint(project / "raw.png", (4, 5, 6, 255))
        (project / "x.asset.toml").write_text(TWO.replace("seed = 1", "seed = 77"))
        await asyncio.to_thread(world.start)
        assert sorted(await game.published("y.png", "key.png")) == ["key", "y"]
        assert color(project / "y.png") == (4, 5, 6, 255)


async def test_a_lock_that_a_pull_brought_is_used(
    world: FlatWorld, project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with watched(world, project, monkeypatch):
        pass
    lock = LockFile.read(project)
    (project / "key.png").unlink()
    async with watched(world, project, monkeypatch, ("key.png",)) as game:
        pulled = LockFile({**lock.entries, "z.asset.toml#z": lock.entries["x.asset.toml#key"]})
        (project / "fresh").write_bytes(pulled.content())
        (project / "fresh").replace(project / "limner.lock")
        (project / "x.asset.toml").write_text(TWO.replace("seed = 1", "seed = 6"))
        assert await game.published("key.png") == ["key"]
    assert "z.asset.toml#z" in LockFile.read(project).entries


def test_the_command_watches_until_ctrl_c(world: FlatWorld, project: Path) -> None:
    command = [LIMNER, "watch", str(project), "--json", "--server", world.address]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as running:
        assert running.stdout is not None
        states = sorted(json.loads(running.stdout.readline())["state"] for _ in range(3))
        second = subprocess.run(command, capture_output=True, text=True, check=False)
        running.send_signal(signal.SIGINT)
        _, said = running.communicate(timeout=60)
    assert states == ["built", "built", "watching"]
    assert (second.returncode, f"limner watch (process {running.pid}) works here already" in second.stderr) == (1, True)
    assert (running.returncode, said) == (130, "limner: cancelled\n")
    assert len(LockFile.read(project).entries) == 2


def test_the_watching_begins_before_anything_heavy_is_imported() -> None:
    program = "import limner.client.cli, limner.client.project.watch, sys; print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout.split()
    assert not {"numpy", "limner.exporters.registry", "limner.atlas.sprites"} & set(loaded)
