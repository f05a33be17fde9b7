"""Movements close where they loop, and rest where they end."""

from dataclasses import astuple

import numpy as np
import pytest

from limner.atlas.motions import ACTIONS, phases


def flat(name: str, phase: float) -> list[float]:
    """All numbers of a pose."""
    found: list[float] = []
    for value in astuple(ACTIONS[name].motion(phase)):
        found.extend(value if isinstance(value, tuple) else [value])
    return found


@pytest.mark.parametrize("name", [name for name, action in ACTIONS.items() if action.loops])
def test_a_looping_action_comes_back_to_its_first_pose(name: str) -> None:
    assert flat(name, 1.0) == pytest.approx(flat(name, 0.0), abs=1e-9)
    assert phases(ACTIONS[name], 4) == [0.0, 0.25, 0.5, 0.75]


@pytest.mark.parametrize("name", ACTIONS)
def test_no_action_jumps_between_neighbouring_moments(name: str) -> None:
    poses = np.array([flat(name, phase) for phase in np.linspace(0, 1, 2001)])
    poses[:, 4] /= 90  # degrees
    assert np.abs(np.diff(poses, axis=0)).max() < 0.02


def test_feet_of_a_walk_are_half_a_cycle_apart_and_one_is_on_the_ground() -> None:
    for phase in np.linspace(0, 1, 50):
        one, other = ACTIONS["walk"].motion(phase), ACTIONS["walk"].motion(phase + 0.5)
        assert one.left_foot == pytest.approx(other.right_foot)
        assert min(one.left_foot[1], one.right_foot[1]) == 0


@pytest.mark.parametrize("name", ["jump", "attack", "hurt"])
def test_an_action_that_ends_ends_at_rest(name: str) -> None:
    rest = [0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0]
    last = flat(name, phases(ACTIONS[name], 8)[-1])
    last[-3:-1] = [0.0, 0.0] if name == "attack" else last[-3:-1]
    assert last == pytest.approx(rest, abs=1e-9)


def test_one_frame_of_an_action_is_its_start() -> None:
    assert phases(ACTIONS["die"], 1) == [0.0]
