"""Step-level batching: rows of every running generation share one network call, whatever their noise level.

A request joins at the next call and leaves after its own last one. While one call runs, the rows of the next gather; an idle
request goes at once. Interactive rows go ahead of bulk rows. Rows never influence one another, so neither do requests.
"""

import asyncio
import time
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

Rows = Mapping[str, NDArray[np.generic]]
Answer = NDArray[np.float32]
Network = Callable[[Rows], Answer]


@dataclass(slots=True)
class Tally:
    """What the batcher did since it started."""

    calls: int = 0
    rows: int = 0
    compute_s: float = 0.0
    queue_s: float = 0.0


@dataclass(slots=True, order=True)
class _Waiting:
    """Some rows and who waits for them; ordered by priority, then by arrival."""

    bulk: bool
    number: int
    rows: Rows = field(compare=False)
    count: int = field(compare=False)
    arrived: float = field(compare=False)
    answer: asyncio.Future[Answer] = field(compare=False)


class Batcher:
    """Collects rows for one network and calls it in a thread of its own, one call at a time."""

    def __init__(self, network: Network, max_rows: int) -> None:
        self._network = network
        self._max_rows = max_rows
        self._waiting: list[_Waiting] = []
        self._arrivals = 0
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="network")
        self._running: asyncio.Task[None] | None = None
        self._closed = False
        self.tally = Tally()

    async def __call__(self, rows: Rows, bulk: bool = False) -> Answer:
        """The network's answer to `rows`. A caller that is cancelled takes its rows with it.

        Raises what the network raised for the call that these rows were in, and RuntimeError after `close`.
        """
        if self._closed:
            raise RuntimeError("the batcher is closed; open the model again")
        answer: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()
        count = len(next(iter(rows.values())))
        self._arrivals += 1
        self._waiting.append(_Waiting(bulk, self._arrivals, rows, count, time.monotonic(), answer))
        if self._running is None:
            self._running = asyncio.create_task(self._run())
        return await answer

    async def close(self) -> None:
        """Wait for the call in flight, whose rows get their answers; rows that still wait are cancelled."""
        self._closed = True
        for waiting in self._waiting:
            waiting.answer.cancel()
        self._waiting.clear()
        if self._running is not None:
            await self._running
        self._thread.shutdown()

    async def _run(self) -> None:
        loop = asyncio.get_running_loop()
        while batch := self._taken():
            began = time.monotonic()
            try:
                answers = await loop.run_in_executor(self._thread, self._network, _stacked(batch))
            except Exception as error:
                for waiting in batch:
                    if not waiting.answer.done():
                        waiting.answer.set_exception(error)
                continue
            self._count(batch, began)
            at = 0
            for waiting in batch:
                if not waiting.answer.done():
                    waiting.answer.set_result(answers[at : at + waiting.count])
                at += waiting.count
            await asyncio.sleep(0)  # let the answered ask their next question before the batch is taken
        self._running = None

    def _taken(self) -> list[_Waiting]:
        """The next batch: as many as fit, at least one."""
        self._waiting = sorted(waiting for waiting in self._waiting if not waiting.answer.done())
        batch: list[_Waiting] = []
        room = self._max_rows
        for waiting in self._waiting:
            if batch and waiting.count > room:
                break
            batch.append(waiting)
            room -= waiting.count
        self._waiting = self._waiting[len(batch) :]
        return batch

    def _count(self, batch: list[_Waiting], began: float) -> None:
        self.tally.calls += 1
        self.tally.rows += sum(waiting.count for waiting in batch)
        self.tally.compute_s += time.monotonic() - began
        self.tally.queue_s += sum(began - waiting.arrived for waiting in batch)


def _stacked(batch: list[_Waiting]) -> Rows:
    if len(batch) == 1:
        return batch[0].rows
    return {name: np.concatenate([waiting.rows[name] for waiting in batch]) for name in batch[0].rows}
