"""Step-level batching: trajectories at whatever noise level share one network call.

A trajectory is a generator that yields questions (`Step`) and returns a picture. All that are under way live in the network's
own thread, which gathers their questions, calls the network, and sends every answer on: between two calls nobody waits for the
event loop. A new trajectory joins at the next call; one that was cancelled leaves there. Interactive ones go ahead of bulk
ones. Rows never influence one another, so neither do trajectories.
"""

import asyncio
import threading
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from limner.generators.imagen import Drawing, Step
from limner.server.errors import NetworkLostError

Rows = Mapping[str, NDArray[np.generic]]
Answer = NDArray[np.float32]
Network = Callable[[Rows], Answer]
Report = Callable[[Step], None]
Told = tuple[Callable[..., Any], tuple[Any, ...]]  # a call for the event loop


@dataclass(slots=True)
class Tally:
    """What the batcher did since it started."""

    calls: int = 0
    rows: int = 0
    compute_s: float = 0.0
    queue_s: float = 0.0


@dataclass(slots=True, eq=False)
class _Ride:
    """A trajectory under way. Once it has joined, the network's thread alone touches it, but for `gone`."""

    drawing: Drawing
    report: Report
    bulk: bool
    end: "asyncio.Future[Answer]"
    asked: float  # when its question came
    number: int = 0  # of its question, in the order of asking
    step: Step | None = None
    gone: bool = False  # nobody waits for it any more

    @property
    def rows(self) -> Rows:
        assert self.step is not None
        return self.step.rows

    @property
    def count(self) -> int:
        return len(next(iter(self.rows.values())))


class Batcher:
    """Draws trajectories with one network, which it calls in a thread of its own, one call at a time."""

    def __init__(self, network: Network, max_rows: int) -> None:
        """`max_rows` go into one call; a trajectory that asks for more at once is answered by several."""
        self._network = network
        self._max_rows = max_rows
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="network")
        self._lock = threading.Lock()  # over the next three
        self._joining: list[_Ride] = []
        self._running = False
        self._closed = False
        self._rides: list[_Ride] = []  # of the network's thread
        self._questions = 0
        self.tally = Tally()

    async def __call__(self, drawing: Drawing, report: Report, bulk: bool = False) -> Answer:
        """What the trajectory returns. `report` hears of every step, on the event loop.

        A caller that is cancelled takes its trajectory along. Raises what the network raised for a call that it was in, or what the
        trajectory raised, and RuntimeError after `close`.
        """
        loop = asyncio.get_running_loop()
        ride = _Ride(drawing, report, bulk, loop.create_future(), time.monotonic())
        with self._lock:
            if self._closed:
                raise RuntimeError("the batcher is closed; open the model again")
            self._joining.append(ride)
            if not self._running:
                self._running = True
                self._thread.submit(self._run, loop)
        try:
            return await ride.end
        finally:
            ride.gone = True

    async def close(self) -> None:
        """Wait for the call in flight; trajectories that it does not end are cancelled."""
        with self._lock:
            self._closed = True
            for ride in self._joining:
                ride.end.cancel()
        await asyncio.to_thread(self._thread.shutdown)

    def _run(self, loop: asyncio.AbstractEventLoop) -> None:
        """Call the network until nobody asks any more."""
        while self._joined(loop):
            batch = self._taken()
            began = time.monotonic()
            answers = self._outcomes(batch)
            self._count(batch, began)
            self._send(batch, answers, loop)

    def _joined(self, loop: asyncio.AbstractEventLoop) -> bool:
        """Take in who came and leave out who went; False where nobody is left."""
        with self._lock:
            fresh, self._joining = self._joining, []
            rides = [ride for ride in (*self._rides, *fresh) if not ride.gone]
            if self._closed:
                _on_loop(loop, [(ride.end.cancel, ()) for ride in rides])
                rides = []
            self._running = bool(rides)
        told: list[Told] = []
        self._rides = [ride for ride in rides if ride not in fresh or self._asks(ride, None, told)]
        _on_loop(loop, told)
        return bool(self._rides) or (bool(rides) and self._joined(loop))

    def _asks(self, ride: _Ride, answer: Answer | None, told: list[Told]) -> bool:
        """Send a trajectory its answer; False where that was its last."""
        try:
            ride.step = next(ride.drawing) if answer is None else ride.drawing.send(answer)
        except StopIteration as end:
            told.append((_settled, (ride.end, end.value)))
            return False
        except Exception as error:
            told.append((_settled, (ride.end, error)))
            return False
        self._questions += 1
        ride.number, ride.asked = self._questions, time.monotonic()
        told.append((ride.report, (ride.step,)))
        return True

    def _taken(self) -> list[_Ride]:
        """The next batch: as many as fit, at least one."""
        batch: list[_Ride] = []
        room = self._max_rows
        for ride in sorted(self._rides, key=lambda ride: (ride.bulk, ride.number)):
            if batch and ride.count > room:
                break
            batch.append(ride)
            room -= ride.count
        return batch

    def _outcomes(self, batch: Sequence[_Ride]) -> list[Answer | Exception]:
        """What each trajectory is answered. Where the network was lost they ask once more, each alone: whoever ends it again fails alone."""
        try:
            answers = self._answered(_stacked([ride.rows for ride in batch]))
        except NetworkLostError:
            return [self._once_more(ride) for ride in batch]
        except Exception as error:
            return [error] * len(batch)
        ends = np.cumsum([ride.count for ride in batch])
        return [answers[end - ride.count : end] for ride, end in zip(batch, ends, strict=True)]

    def _once_more(self, ride: _Ride) -> Answer | Exception:
        try:
            return self._answered(ride.rows)
        except Exception as error:
            return error

    def _answered(self, rows: Rows) -> Answer:
        """The network's answer, by as many calls as it takes."""
        count = len(next(iter(rows.values())))
        if count <= self._max_rows:
            return self._network(rows)
        starts = range(0, count, self._max_rows)
        pieces = [{name: row[at : at + self._max_rows] for name, row in rows.items()} for at in starts]
        return np.concatenate([self._network(piece) for piece in pieces])

    def _send(
        self, batch: Sequence[_Ride], answers: Sequence[Answer | Exception], loop: asyncio.AbstractEventLoop
    ) -> None:
        """Give every trajectory of the batch its answer; those that end leave."""
        told: list[Told] = []
        left: set[_Ride] = set()
        for ride, own in zip(batch, answers, strict=True):
            if isinstance(own, Exception):
                told.append((_settled, (ride.end, own)))
                left.add(ride)
            elif not ride.gone and not self._asks(ride, own, told):
                left.add(ride)
        self._rides = [ride for ride in self._rides if ride not in left]
        _on_loop(loop, told)

    def _count(self, batch: Sequence[_Ride], began: float) -> None:
        self.tally.calls += 1
        self.tally.rows += sum(ride.count for ride in batch)
        self.tally.compute_s += time.monotonic() - began
        self.tally.queue_s += sum(began - ride.asked for ride in batch)


def _on_loop(loop: asyncio.AbstractEventLoop, told: Iterable[Told]) -> None:
    """Call all of them on the event loop, which is woken once."""
    calls = list(told)
    if calls and not loop.is_closed():
        loop.call_soon_threadsafe(_called, calls)


def _called(calls: Iterable[Told]) -> None:
    for call, values in calls:
        call(*values)


def _settled(end: "asyncio.Future[Answer]", value: Answer | Exception) -> None:
    if end.done():
        return
    if isinstance(value, Exception):
        end.set_exception(value)
    else:
        end.set_result(value)


def _stacked(rows: Sequence[Rows]) -> Rows:
    if len(rows) == 1:
        return rows[0]
    return {name: np.concatenate([each[name] for each in rows]) for name in rows[0]}
