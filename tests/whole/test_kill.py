"""Kill −9 in the middle of 50 generations: all 50 finish, none twice, with the bytes of an undisturbed run."""

import asyncio
import os
import signal
import subprocess
import sys
from pathlib import Path

from limner.client import AsyncClient
from limner.v1 import briefs_pb2, generation_pb2

PROGRAM = "from pathlib import Path; from limner.server.service import serve; serve(config_path=Path({config!r}), listen=None, web=None)"
COUNT = 50
Generation = generation_pb2.Generation


def start(folder: Path) -> tuple[subprocess.Popen[str], str]:
    """A server process on a free port, and its address."""
    config = folder / "limner.toml"
    config.write_text(f'listen = "127.0.0.1:0"\ndata_dir = "{folder / "data"}"\ngrace_s = 0.0\n')
    process = subprocess.Popen(
        [sys.executable, "-c", PROGRAM.format(config=str(config))], stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    with process.stdout as said:
        return process, said.readline().split()[-1]


def brief(seed: int) -> briefs_pb2.ImageBrief:
    return briefs_pb2.ImageBrief(prompt="a green potion", seed=seed, sampling=briefs_pb2.Sampling(steps=4))


async def create_all(address: str) -> None:
    async with AsyncClient(address) as client:
        await asyncio.gather(*(client.create(brief(seed), request_id=f"r{seed}") for seed in range(COUNT)))


async def killed_when_some_are_done(process: subprocess.Popen[str], address: str) -> None:
    """Kill the server the moment that one generation has ended; most still run."""
    async with AsyncClient(address, patience_s=0.0) as client:
        first = await client.create(brief(0), request_id="r0")
        await client.wait(first.name)
        os.kill(process.pid, signal.SIGKILL)
    process.wait()


async def results(address: str) -> dict[int, list[bytes]]:
    """The pictures of each seed when every generation has ended."""
    async with AsyncClient(address) as client:
        names = [generation.name async for generation in client.generations()]
        ended = [await client.wait(name) for name in names]
        assert {generation.state for generation in ended} == {Generation.STATE_SUCCEEDED}
        assert len(ended) == COUNT
        return {generation.seed: [await client.read(asset.name) for asset in generation.assets] for generation in ended}


def test_a_killed_server_finishes_everything_once_with_the_same_bytes(tmp_path: Path) -> None:
    (tmp_path / "calm").mkdir()
    (tmp_path / "killed").mkdir()
    process, address = start(tmp_path / "calm")
    asyncio.run(create_all(address))
    calm = asyncio.run(results(address))
    process.terminate()
    assert process.wait() == 0

    process, address = start(tmp_path / "killed")
    asyncio.run(create_all(address))
    asyncio.run(killed_when_some_are_done(process, address))
    process, address = start(tmp_path / "killed")
    assert asyncio.run(results(address)) == calm
    process.terminate()
    assert process.wait() == 0
