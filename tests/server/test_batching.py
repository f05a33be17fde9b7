"""The batcher over a network with known answers, held still by events instead of time."""

import asyncio
import threading

import numpy as np
import pytest

from limner.server.batching import Answer, Batcher, Rows


class Doubler:
    """A network that doubles x, remembers its batches, and runs only when it is let."""

    def __init__(self) -> None:
        self.batches: list[list[float]] = []
        self.started = threading.Semaphore(0)
        self.go = threading.Semaphore(0)

    def __call__(self, rows: Rows) -> Answer:
        self.batches.append([float(value) for value in rows["x"]])
        self.started.release()
        self.go.acquire()
        if -1.0 in self.batches[-1]:
            raise ValueError("no negative rows")
        return np.asarray(rows["x"], np.float32) * 2


def row(*values: float) -> Rows:
    return {"x": np.array(values, np.float32)}


async def started(network: Doubler) -> None:
    await asyncio.to_thread(network.started.acquire)


async def test_rows_that_come_during_a_call_share_the_next_interactive_ones_first() -> None:
    network = Doubler()
    batcher = Batcher(network, max_rows=3)
    first = asyncio.create_task(batcher(row(1.0)))
    await started(network)
    later = [
        asyncio.create_task(batcher(row(2.0), bulk=True)),
        asyncio.create_task(batcher(row(3.0))),
        asyncio.create_task(batcher(row(4.0, 5.0))),
    ]
    await asyncio.sleep(0)
    for _ in range(3):
        network.go.release()
    answers = await asyncio.gather(first, *later)
    assert network.batches == [[1.0], [3.0, 4.0, 5.0], [2.0]]
    assert [answer.tolist() for answer in answers] == [[2.0], [4.0], [6.0], [8.0, 10.0]]
    assert (batcher.tally.calls, batcher.tally.rows) == (3, 5)
    await batcher.close()


async def test_a_cancelled_caller_takes_its_rows_along() -> None:
    network = Doubler()
    batcher = Batcher(network, max_rows=8)
    first, gone, stays = (asyncio.create_task(batcher(row(value))) for value in (1.0, 2.0, 3.0))
    await started(network)
    gone.cancel()
    network.go.release()
    network.go.release()
    await asyncio.wait([first, gone, stays])
    assert network.batches[0][0] == 1.0
    assert [2.0] not in network.batches
    assert stays.result().tolist() == [6.0]
    await batcher.close()


async def test_a_failed_call_fails_its_own_callers_and_no_others() -> None:
    network = Doubler()
    batcher = Batcher(network, max_rows=1)
    bad, good = asyncio.create_task(batcher(row(-1.0))), asyncio.create_task(batcher(row(7.0)))
    network.go.release()
    network.go.release()
    assert (await good).tolist() == [14.0]
    with pytest.raises(ValueError, match="negative"):
        await bad
    await batcher.close()
