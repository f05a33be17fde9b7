"""Order, loops and beats of animations, with exact answers."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from limner.atlas.loops import beat_ms, check_timing, loop_closure, played, resampled
from limner.atlas.sprites import AtlasError, Direction, FrameTag, Pixels, Sprite


def grey(level: int) -> Pixels:
    return np.full((2, 3, 4), (level, level, level, 255), np.uint8)


@pytest.mark.parametrize(
    ("direction", "order"),
    [("forward", (2, 3, 4, 5)), ("reverse", (5, 4, 3, 2)), ("ping-pong", (2, 3, 4, 5, 4, 3))],
)
def test_a_tag_plays_in_its_direction(direction: Direction, order: tuple[int, ...]) -> None:
    assert played(FrameTag(name="walk", first=2, last=5, direction=direction)) == order


@pytest.mark.parametrize(("last", "order"), [(0, (0,)), (1, (0, 1))])
def test_ping_pong_shows_no_end_twice(last: int, order: tuple[int, ...]) -> None:
    assert played(FrameTag(name="bob", first=0, last=last, direction="ping-pong")) == order


def test_a_loop_that_steps_back_as_it_stepped_forward_is_closed() -> None:
    assert loop_closure([grey(0), grey(10), grey(20), grey(10)]) == pytest.approx(1)


def test_a_loop_that_jumps_back_counts_its_steps() -> None:
    assert loop_closure([grey(0), grey(10), grey(20), grey(30)]) == pytest.approx(3)


def test_a_loop_that_ends_as_it_starts_has_no_step_at_its_end() -> None:
    assert loop_closure([grey(0), grey(10), grey(0)]) == 0


@pytest.mark.parametrize("frames", [[], [grey(7)], [grey(7)] * 3])
def test_frames_without_motion_are_a_closed_loop(frames: list[Pixels]) -> None:
    assert loop_closure(frames) == 1


def test_colours_that_nobody_sees_do_not_open_a_loop() -> None:
    hidden = grey(200)
    hidden[..., 3] = 0
    clear = np.zeros_like(hidden)
    assert loop_closure([clear, grey(10), hidden]) == 0


def test_a_loop_of_several_sizes_is_refused() -> None:
    with pytest.raises(AtlasError, match="align"):
        loop_closure([grey(0), np.zeros((1, 1, 4), np.uint8)])


def test_uneven_frames_take_as_many_beats_as_they_last() -> None:
    assert resampled([100, 50, 200], 50) == (0, 0, 1, 2, 2, 2, 2)


def test_a_beat_longer_than_everything_shows_one_frame() -> None:
    assert resampled([10, 10], 1000) == (1,)


@given(st.lists(st.integers(1, 500), min_size=1, max_size=30))
def test_the_common_beat_keeps_every_duration(durations: list[int]) -> None:
    step = beat_ms(durations)
    order = resampled(durations, step)
    assert [order.count(frame) * step for frame in range(len(durations))] == durations
    assert list(order) == sorted(order)


@pytest.mark.parametrize(
    ("duration", "tags", "message"),
    [
        (0, [], "'a' shows for 0 ms"),
        (70_000, [], "use 1 to 65535"),
        (100, [FrameTag(name="run", first=0, last=2)], "'run' is 0 to 2; the frames are 0 to 1"),
        (100, [FrameTag(name="run", first=1, last=0)], "'run' is 1 to 0"),
        (100, [FrameTag(name="run", first=0, last=0), FrameTag(name="run", first=1, last=1)], "two frame tags"),
    ],
)
def test_times_and_tags_that_cannot_be_are_refused(duration: int, tags: list[FrameTag], message: str) -> None:
    sprites = [Sprite(name=name, pixels=grey(0), duration_ms=duration) for name in "ab"]
    with pytest.raises(AtlasError, match=message):
        check_timing(sprites, tags)
