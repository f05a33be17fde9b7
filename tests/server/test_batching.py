"""The batcher with a network whose answers are known: twice the row."""

import asyncio
import threading
from collections.abc import Callable
from typing import TypeVar

import numpy as np
import pytest
from numpy.typing import NDArray

from limner.generators.imagen import Drawing, Step
from limner.server.batching import Answer, Batcher, Rows
from limner.server.errors import NetworkLostError

T = TypeVar("T")


class Doubling:
    """Answers twice its rows. A closed gate holds the call in flight; `calls` are the rows of each call, in order."""

    def __init__(self) -> None:
        self.calls: list[list[float]] = []
        self.gate = threading.Event()
        self.gate.set()
        self.entered = threading.Semaphore(0)

    def __call__(self, rows: Rows) -> Answer:
        x = np.asarray(rows["x"], np.float32)
        self.calls.append(x.tolist())
        self.entered.release()
        self.gate.wait()
        if (x < 0).any():
            raise ArithmeticError("a negative row")
        return x * 2


def rows(*values: float) -> dict[str, NDArray[np.generic]]:
    return {"x": np.array(values, np.float32)}


def trajectory(*values: float, steps: int = 1) -> Drawing:
    """Doubles its values so often, a question each."""
    x = np.array(values, np.float32)
    for number in range(steps):
        x = yield Step(rows(*x), number, steps, None)
    return x


def unheard(step: Step) -> None:
    """Nobody listens."""


async def asked(batcher: Batcher, *values: float, bulk: bool = False) -> list[float]:
    answer: list[float] = (await batcher(trajectory(*values), unheard, bulk)).tolist()
    return answer


@pytest.fixture
def network() -> Doubling:
    return Doubling()


async def held(network: Doubling, batcher: Batcher) -> asyncio.Task[list[float]]:
    """A call of one row, 0, that stays in the network until the gate opens."""
    network.gate.clear()
    first = asyncio.create_task(asked(batcher, 0))
    await asyncio.to_thread(network.entered.acquire)
    return first


async def queued(*questions: Callable[[], asyncio.Task[T]]) -> list[asyncio.Task[T]]:
    """Ask all, and let each reach the batcher."""
    tasks = [question() for question in questions]
    await asyncio.sleep(0)
    return tasks


async def test_an_idle_batcher_calls_at_once_with_one_row(network: Doubling) -> None:
    batcher = Batcher(network, max_rows=8)
    assert await asked(batcher, 3) == [6]
    assert network.calls == [[3]]
    await batcher.close()


async def test_rows_that_come_during_a_call_share_the_next_one_and_each_asker_gets_its_own(network: Doubling) -> None:
    batcher = Batcher(network, max_rows=8)
    first = await held(network, batcher)
    tasks = await queued(
        lambda: asyncio.create_task(asked(batcher, 1, 2)),
        lambda: asyncio.create_task(asked(batcher, 3)),
        lambda: asyncio.create_task(asked(batcher, 4, 5)),
    )
    network.gate.set()
    assert await asyncio.gather(first, *tasks) == [[0], [2, 4], [6], [8, 10]]
    assert network.calls == [[0], [1, 2, 3, 4, 5]]
    assert (batcher.tally.calls, batcher.tally.rows) == (2, 6)
    await batcher.close()


async def test_interactive_rows_go_ahead_of_bulk_rows_and_equals_keep_their_order(network: Doubling) -> None:
    batcher = Batcher(network, max_rows=2)
    first = await held(network, batcher)
    tasks = await queued(
        lambda: asyncio.create_task(asked(batcher, 1, bulk=True)),
        lambda: asyncio.create_task(asked(batcher, 2)),
        lambda: asyncio.create_task(asked(batcher, 3, bulk=True)),
        lambda: asyncio.create_task(asked(batcher, 4)),
    )
    network.gate.set()
    await asyncio.gather(first, *tasks)
    assert network.calls == [[0], [2, 4], [1, 3]]
    await batcher.close()


async def test_rows_of_one_question_stay_together_and_nobody_overtakes(network: Doubling) -> None:
    batcher = Batcher(network, max_rows=3)
    first = await held(network, batcher)
    tasks = await queued(
        lambda: asyncio.create_task(asked(batcher, 1, 2)),
        lambda: asyncio.create_task(asked(batcher, 3, 4)),
        lambda: asyncio.create_task(asked(batcher, 5)),
        lambda: asyncio.create_task(asked(batcher, 6, 7, 8, 9)),
    )
    network.gate.set()
    await asyncio.gather(first, *tasks)
    assert network.calls == [[0], [1, 2], [3, 4, 5], [6, 7, 8], [9]]  # what does not fit at all is cut
    await batcher.close()


async def test_a_cancelled_asker_leaves_before_the_next_call_and_touches_no_other(network: Doubling) -> None:
    batcher = Batcher(network, max_rows=8)
    first = await held(network, batcher)
    gone, stays = await queued(
        lambda: asyncio.create_task(asked(batcher, 1)), lambda: asyncio.create_task(asked(batcher, 2))
    )
    gone.cancel()
    first.cancel()  # in flight: its answer is dropped
    await asyncio.wait([gone, first])
    network.gate.set()
    assert await stays == [4]
    assert network.calls == [[0], [2]]
    await batcher.close()


async def test_a_fault_reaches_those_in_the_call_and_nobody_else(network: Doubling) -> None:
    batcher = Batcher(network, max_rows=2)
    first = await held(network, batcher)
    tasks = await queued(
        lambda: asyncio.create_task(asked(batcher, -1)),
        lambda: asyncio.create_task(asked(batcher, 1)),
        lambda: asyncio.create_task(asked(batcher, 2)),
    )
    network.gate.set()
    bad, beside, later = await asyncio.gather(*tasks, return_exceptions=True)
    assert await first == [0]
    assert isinstance(bad, ArithmeticError)
    assert isinstance(beside, ArithmeticError)
    assert later == [4]
    assert await asked(batcher, 5) == [10]
    await batcher.close()


async def test_trajectories_under_way_keep_every_call_full_and_one_that_comes_joins_the_next_call(
    network: Doubling,
) -> None:
    batcher = Batcher(network, max_rows=8)
    first = await held(network, batcher)
    drawings = [batcher(trajectory(value, steps=5), unheard) for value in range(1, 9)]
    tasks = await queued(*(lambda drawing=drawing: asyncio.create_task(drawing) for drawing in drawings))
    network.gate.set()
    assert [end.tolist() for end in await asyncio.gather(*tasks)] == [[32 * value] for value in range(1, 9)]
    await first
    assert [len(call) for call in network.calls] == [1, 8, 8, 8, 8, 8]
    await batcher.close()


async def test_every_step_is_told_on_the_loop_in_order(network: Doubling) -> None:
    batcher, heard = Batcher(network, max_rows=8), []

    def report(step: Step) -> None:
        heard.append((step.number, asyncio.get_running_loop() is loop))

    loop = asyncio.get_running_loop()
    await batcher(trajectory(1, steps=3), report)
    assert heard == [(0, True), (1, True), (2, True)]
    await batcher.close()


async def test_a_fault_of_a_trajectory_is_its_own(network: Doubling) -> None:
    def broken(after: int) -> Drawing:
        for number in range(after):
            yield Step(rows(1), number, 2, None)
        raise ZeroDivisionError

    batcher = Batcher(network, max_rows=8)
    first = await held(network, batcher)
    tasks = await queued(
        lambda: asyncio.create_task(batcher(broken(0), unheard)),
        lambda: asyncio.create_task(batcher(broken(1), unheard)),
        lambda: asyncio.create_task(batcher(trajectory(3), unheard)),
    )
    network.gate.set()
    one, two, whole = await asyncio.gather(*tasks, return_exceptions=True)
    assert isinstance(one, ZeroDivisionError)
    assert isinstance(two, ZeroDivisionError)
    assert isinstance(whole, np.ndarray)
    assert whole.tolist() == [6]
    await first
    with pytest.raises(ZeroDivisionError):
        await batcher(broken(0), unheard)  # nobody else is there
    assert await asked(batcher, 5) == [10]
    await batcher.close()


async def test_closing_answers_the_call_in_flight_and_cancels_the_rest(network: Doubling) -> None:
    batcher = Batcher(network, max_rows=1)
    first = await held(network, batcher)
    (waiting,) = await queued(lambda: asyncio.create_task(asked(batcher, 1)))
    closing = asyncio.create_task(batcher.close())
    await asyncio.wait([waiting])
    network.gate.set()
    await closing
    assert waiting.cancelled()
    assert await first == [0]
    with pytest.raises(RuntimeError, match="closed"):
        await asked(batcher, 2)


async def test_the_loop_answers_others_while_the_network_runs(network: Doubling) -> None:
    batcher = Batcher(network, max_rows=1)
    first = await held(network, batcher)
    assert await asyncio.to_thread(lambda: 42) == 42  # a round trip of the loop, the network still busy
    assert not first.done()
    network.gate.set()
    assert await first == [0]
    await batcher.close()


class Fragile(Doubling):
    """Is lost over every call with a 13 in it; `losses` more calls are lost whatever is in them."""

    def __init__(self, losses: int = 0) -> None:
        super().__init__()
        self.losses = losses

    def __call__(self, rows: Rows) -> Answer:
        answer = super().__call__(rows)
        if 13 in rows["x"] or self.losses > 0:
            self.losses -= 1
            raise NetworkLostError("lost")
        return answer


async def test_a_trajectory_that_loses_the_network_twice_fails_alone() -> None:
    network = Fragile()
    batcher = Batcher(network, max_rows=8)
    first = await held(network, batcher)
    tasks = await queued(
        lambda: asyncio.create_task(asked(batcher, 1, 2)),
        lambda: asyncio.create_task(asked(batcher, 13)),
        lambda: asyncio.create_task(asked(batcher, 3)),
    )
    network.gate.set()
    found = await asyncio.gather(first, *tasks, return_exceptions=True)
    assert found[:2] + found[3:] == [[0], [2, 4], [6]]
    assert isinstance(found[2], NetworkLostError)
    assert network.calls == [[0], [1, 2, 13, 3], [1, 2], [13], [3]]
    assert await asked(batcher, 4) == [8]
    await batcher.close()


async def test_a_call_that_was_lost_once_is_made_again_and_nobody_notices() -> None:
    network = Fragile(losses=1)
    batcher = Batcher(network, max_rows=8)
    assert await asked(batcher, 5) == [10]
    assert network.calls == [[5], [5]]
    await batcher.close()
