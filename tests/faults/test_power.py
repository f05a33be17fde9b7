"""The power goes at any moment of a busy server, on a disk that keeps nothing but what was synced.

`FAULT_CUTS=400 FAULT_SEED=7 pytest tests/faults/test_power.py` tries so many moments.
"""

import asyncio
import hashlib
import random
import shutil
import sqlite3
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from limner.v1 import generation_pb2
from limner.v1 import generation_service_pb2 as wire
from tests.server.conftest import Opened
from tests.server.test_service import process

from .busy import SEEDS, Acknowledged, keep_busy
from .conftest import SEED, rounds
from .disk import Machine, Op, Record, built, environment, mark, records

Generation = generation_pb2.Generation


@pytest.fixture
def shim(tmp_path: Path) -> Path:
    return built(tmp_path)


async def recorded(
    settings: dict[str, Any], tmp_path: Path, shim: Path, monkeypatch: pytest.MonkeyPatch
) -> list[Record]:
    """All that a busy server does to its files, with what it acknowledged in between."""
    root, log = tmp_path / "disk", tmp_path / "record"
    root.mkdir()
    with monkeypatch.context() as patched:
        for key, value in environment(shim, root, log).items():
            patched.setenv(key, value)
        opening = process({**settings, "data_dir": str(root / "data")})
        server, client = await opening.__aenter__()
    try:
        known = Acknowledged(note=lambda words: mark(log, words))
        await keep_busy(client, random.Random(SEED), known, "p", rounds("CREATES", 60), 8)
    finally:
        server.kill()
        await opening.__aexit__(None, None, None)
    return list(records(log))


def lost(folder: Path, told: Sequence[str]) -> list[str]:
    """What is wrong with a data folder after the power came back: nothing should be."""
    database = folder / "data" / "limner.db"
    if not database.exists():
        return ["the database"] if told else []
    with closing(sqlite3.connect(database)) as connection:
        (sound,) = connection.execute("PRAGMA integrity_check").fetchone()
        if not connection.execute("SELECT 1 FROM sqlite_master WHERE name = 'asset_changes'").fetchone():
            return ["the tables"] if told else []
        jobs = dict(connection.execute("SELECT id, state FROM generations").fetchall())
        assets = dict(connection.execute("SELECT id, digest FROM assets").fetchall())
    wrong = [] if sound == "ok" else [str(sound)]
    for words in told:
        what, resource = words.split()[:2]
        name = resource.partition("/")[2]
        if what == "create" and name not in jobs:
            wrong.append(words)
        if what == "cancel" and jobs.get(name) != "CANCELLED":
            wrong.append(words)
        if what == "delete" and name in assets:
            wrong.append(words)
    for digest in set(assets.values()):
        blob = folder / "data" / "assets" / digest[:2] / digest[2:]
        if not blob.exists() or hashlib.sha256(blob.read_bytes()).hexdigest() != digest:
            wrong.append(f"blob {digest}")
    return wrong


async def test_a_power_cut_at_any_moment_loses_nothing_that_was_acknowledged(
    settings: dict[str, Any], opened: Opened, tmp_path: Path, shim: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    done = await recorded(settings, tmp_path, shim, monkeypatch)
    root = tmp_path / "disk"
    chance = random.Random(SEED)
    count = rounds("CUTS", 40)
    cuts = sorted(chance.sample(range(len(done)), min(count, len(done))))
    machine, told, at = Machine(), [], 0
    print(
        f"seed {SEED}: {len(done)} records, {sum(each.op is Op.SYNCED for each in done)} syncs, {len(cuts)} power cuts"
    )
    for number, cut in enumerate([*cuts, len(done)]):
        for record in done[at:cut]:
            machine.do(record)
            if record.op is Op.MARK:
                told.append(record.first)
        at = cut
        for kept, dice in (("nothing", None), ("some", chance)):
            left = tmp_path / f"left-{number}-{kept}"
            machine.lose_power(root, left, dice)
            assert lost(left, told) == [], f"cut {cut}, of what was not synced {kept} is left"
            if number < len(cuts):
                shutil.rmtree(left)
    assert len(told) > 20
    await drawn_to_the_same_bytes(tmp_path / f"left-{len(cuts)}-nothing", opened, tmp_path)


async def drawn_to_the_same_bytes(left: Path, opened: Opened, tmp_path: Path) -> None:
    """The server goes on with what is left, and every picture is that of an undisturbed run."""
    async with opened(data_dir=str(tmp_path / "calm")) as client:
        made = await asyncio.gather(
            *(client.create(seed=seed, steps=steps) for seed in range(SEEDS) for steps in (2, 4, 20))
        )
        calm = {(await client.ended(each.name)).assets[0].digest for each in made}
    async with opened(data_dir=str(left / "data")) as client:
        listed = await client.generations.ListGenerations(wire.ListGenerationsRequest(page_size=500))
        ended = [await client.ended(each.name) for each in listed.generations]
        states = {each.state for each in ended}
        assert states <= {Generation.STATE_SUCCEEDED, Generation.STATE_CANCELLED}
        for each in ended:
            for asset in each.assets:
                assert asset.digest in calm
                assert hashlib.sha256(await client.read(asset.name)).hexdigest() == asset.digest
