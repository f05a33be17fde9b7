"""What a job is: the server's word for a generation, its life, its results. Values only."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import IntEnum, StrEnum
from typing import Generic, TypeVar

Item = TypeVar("Item")

Clock = Callable[[], float]
"""The time in seconds since 1970. `time.time` outside tests."""


class State(StrEnum):
    """Where a job is in its life."""

    QUEUED = "QUEUED"
    RUNNING = "RUNNING"
    SUCCEEDED = "SUCCEEDED"
    FAILED = "FAILED"
    CANCELLED = "CANCELLED"

    @property
    def ended(self) -> bool:
        return not TRANSITIONS[self]


TRANSITIONS: dict[State, frozenset[State]] = {
    State.QUEUED: frozenset({State.RUNNING, State.FAILED, State.CANCELLED}),
    State.RUNNING: frozenset({State.QUEUED, State.SUCCEEDED, State.FAILED, State.CANCELLED}),
    State.SUCCEEDED: frozenset(),
    State.FAILED: frozenset(),
    State.CANCELLED: frozenset(),
}
"""Where each state may lead. RUNNING leads back to QUEUED when its worker dies or drains."""


def sources(target: State) -> frozenset[State]:
    """The states that may lead to `target`."""
    return frozenset(state for state, targets in TRANSITIONS.items() if target in targets)


class Priority(IntEnum):
    """Who goes first; the lower number."""

    INTERACTIVE = 0
    BULK = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class NewJob:
    """A checked request, ready to be queued."""

    owner: str  # the key's owner; "" when the server asks for no key
    brief: bytes  # what to draw, serialised by the edge; everything that decides the pixels, seed included
    fingerprint: str  # digest of what the client sent, before defaults: decides if a repeated request is the same
    model: str  # model id
    seed: int  # in [0, 2^53)
    request_id: str | None = None  # chosen by the client, unique for the owner
    priority: Priority = Priority.INTERACTIVE
    deadline: float | None = None  # time (as of the clock) after which it fails with DEADLINE_EXCEEDED
    cache_key: str | None = None  # digest of everything that decides the pixels; None: neither look up nor remember


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """What is known of one drawn file, besides its bytes."""

    content_type: str
    width: int
    height: int
    seed: int
    candidate: int  # from 0, in the order of drawing
    model: str
    model_digest: str
    scores: Mapping[str, float] = field(default_factory=dict)
    qa: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Drawn:
    """A picture with its bytes, as the drawing function returns it."""

    content: bytes
    picture: Picture


@dataclass(frozen=True, slots=True)
class Stored:
    """A picture whose bytes are in the blob store."""

    digest: str  # sha256 of the bytes, in hex
    size_bytes: int
    picture: Picture


@dataclass(frozen=True, slots=True, kw_only=True)
class Asset:
    """A stored picture that somebody owns."""

    id: str
    generation_id: str
    owner: str
    rank: int  # from 1, best first
    digest: str
    size_bytes: int
    picture: Picture
    cached: bool  # taken from the cache of an equal request
    create_time: float
    stars: int | None = None  # in [1, 5]


@dataclass(frozen=True, slots=True)
class Failure:
    """Why a job failed: the name of a canonical status code, and what to do about it."""

    code: str
    message: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """One request for art, from the moment it is accepted until its assets are ready."""

    id: str
    number: int  # rises with every accepted job; the order of acceptance
    owner: str
    request_id: str | None
    state: State
    priority: Priority
    brief: bytes
    model: str
    seed: int
    cache_key: str | None
    cached: bool  # answered from the cache
    create_time: float
    start_time: float | None = None
    end_time: float | None = None
    deadline: float | None = None
    attempt: int = 0  # how many times drawing began
    sequence: int = 0  # of the last event
    progress: float = 0.0  # in [0, 1]
    queue_position: int = 0  # jobs that go before this one; counted when read, 0 in listings of ended jobs
    failure: Failure | None = None  # in the state FAILED
    assets: tuple[Asset, ...] = ()  # in the state SUCCEEDED, by rank


@dataclass(frozen=True, slots=True)
class Page(Generic[Item]):
    """Some of a list's items. `next_page_token` is empty after the last page."""

    items: tuple[Item, ...]
    next_page_token: str = ""
