"""What happens to generations, told to those who watch.

Of a generation that another process draws, its watchers hear the changes of state, within a second; progress and previews
stay in the process that draws.

A watcher that does not read costs one state and one preview, never more: progress is replaced by newer progress, states are kept.
"""

import asyncio
from collections import defaultdict, deque
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass

from limner.server.jobs import ENDED, Job, State, StoredAsset

ATTEMPT = 1_000_000  # sequences of one attempt: they rise across restarts although progress is not stored


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """One thing that happened. `preview` is a PNG; `assets` are those of a success that was just stored."""

    sequence: int
    job: Job
    progress: float
    preview: bytes = b""
    candidate: int = 0
    assets: tuple[StoredAsset, ...] = ()


class Mailbox:
    """Events for one watcher: all changes of state, the newest progress, the newest preview of each candidate."""

    def __init__(self, previews: bool) -> None:
        self.previews = previews
        self._newest = 0
        self._states: deque[Event] = deque()
        self._progress: dict[int, Event] = {}
        self._filled = asyncio.Event()

    def put(self, event: Event, state: bool) -> None:
        if event.sequence <= self._newest:
            return  # told before
        self._newest = event.sequence
        if state:
            self._states.append(event)
            self._progress.clear()
        else:
            self._progress[event.candidate] = event
        self._filled.set()

    async def get(self) -> Event:
        while not self._states and not self._progress:
            self._filled.clear()
            await self._filled.wait()
        if self._states:
            return self._states.popleft()
        oldest = min(self._progress, key=lambda candidate: self._progress[candidate].sequence)
        return self._progress.pop(oldest)


class Watching:
    """Who watches which generation. `stored` hears of every success's assets, watched or not."""

    def __init__(self, stored: Callable[[tuple[StoredAsset, ...]], None] = lambda assets: None) -> None:
        self._stored = stored
        self._mailboxes: dict[str, set[Mailbox]] = defaultdict(set)
        self._sequence: dict[str, int] = {}
        self._latest: dict[str, Event] = {}

    def previewed(self, job_id: str) -> bool:
        """Somebody watches and wants to see pictures on the way."""
        return any(mailbox.previews for mailbox in self._mailboxes.get(job_id, ()))

    def watched_ids(self) -> list[str]:
        return list(self._mailboxes)

    def latest(self, job: Job) -> Event:
        """The last event of a generation; made from what is stored when nothing happened since the start."""
        event = self._latest.get(job.id)
        if event is not None and (event.job.state, event.job.attempt) == (job.state, job.attempt):
            return event
        return Event(sequence=sequence_of(job), job=job, progress=float(job.state in ENDED))

    def tell_stored(self, job: Job) -> None:
        """Tell a change of state that another process made; harmless when it was told before."""
        self.forget(job)
        for mailbox in self._mailboxes.get(job.id, ()):
            mailbox.put(self.latest(job), state=True)

    def forget(self, job: Job) -> None:
        """Drop what was recorded: from here on another process knows better."""
        self._sequence.pop(job.id, None)
        self._latest.pop(job.id, None)

    def tell(
        self,
        job: Job,
        progress: float,
        preview: bytes = b"",
        candidate: int = 0,
        state: bool = False,
        assets: tuple[StoredAsset, ...] = (),
    ) -> None:
        """Record an event and put it into every mailbox."""
        if assets:
            self._stored(assets)
        first = job.attempt * ATTEMPT + 1
        sequence = max(first, self._sequence.get(job.id, 0) + 1)
        if job.state in ENDED:
            sequence = sequence_of(job)
            self.forget(job)
        else:
            self._sequence[job.id] = sequence
        event = Event(
            sequence=sequence, job=job, progress=progress, preview=preview, candidate=candidate, assets=assets
        )
        if job.state not in ENDED:
            self._latest[job.id] = event
        for mailbox in self._mailboxes.get(job.id, ()):
            mailbox.put(event, state)

    async def events(
        self, job_id: str, read: Callable[[], Awaitable[Job]], after: int, previews: bool
    ) -> AsyncIterator[Event]:
        """What happened after sequence `after`, then what happens, up to the end of the generation.

        It is read when the mailbox is there already: what happens during the reading is not missed. Raises what `read` does.
        """
        mailbox = Mailbox(previews)
        self._mailboxes[job_id].add(mailbox)
        try:
            job = await read()
            now = self.latest(job)
            if now.sequence > after:
                yield now
            if job.state in ENDED:
                return
            while True:
                event = await mailbox.get()
                if event.sequence > max(after, now.sequence):
                    yield event
                if event.job.state in ENDED:
                    return
        finally:
            self._mailboxes[job_id].discard(mailbox)
            if not self._mailboxes[job_id]:
                del self._mailboxes[job_id]


def sequence_of(job: Job) -> int:
    """The sequence of a change of state, known without a record: it can be told after a restart, and by another process."""
    first, last = job.attempt * ATTEMPT + 1, job.attempt * ATTEMPT + ATTEMPT - 1
    if job.state in ENDED:
        return last
    return last - 1 if job.state is State.QUEUED and job.attempt else first  # it waits again, after all progress
