"""How figures move: for each action, the pose at every phase of its cycle.

The phase runs from 0 to 1. Looping actions are periodic in it, so they close by construction; the others end where they end.
Lengths are shares of the figure's height.
"""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from limner.atlas.puppets import Pose

Motion = Callable[[float], Pose]


@dataclass(frozen=True, slots=True)
class Action:
    """A movement, whether it loops, and how long its frames show unless somebody says."""

    motion: Motion
    loops: bool
    duration_ms: int


def idle(phase: float) -> Pose:
    """Breathing."""
    return Pose(stretch=1 - 0.035 * (1 - math.cos(math.tau * phase)) / 2)


def walk(phase: float) -> Pose:
    return _strides(phase, reach=0.10, knee=0.06, bob=0.035, lean=0.0)


def run(phase: float) -> Pose:
    return _strides(phase, reach=0.17, knee=0.12, bob=0.07, lean=0.10)


def _strides(phase: float, reach: float, knee: float, bob: float, lean: float) -> Pose:
    """Legs half a cycle apart: a foot that comes forward is lifted, one that goes back bears the body, lowest at full reach."""
    angle = math.tau * phase
    feet = [(reach * math.sin(turn), knee * max(0.0, math.cos(turn))) for turn in (angle, angle + math.pi)]
    return Pose(lift=bob * math.cos(angle) ** 2, lean=lean, left_foot=feet[0], right_foot=feet[1])


def jump(phase: float) -> Pose:
    """Crouch, fly, land."""
    if phase < 0.2:
        return Pose(stretch=1 - 0.18 * math.sin(math.pi * phase / 0.2))
    if phase < 0.8:
        flight = (phase - 0.2) / 0.6
        return Pose(lift=0.45 * 4 * flight * (1 - flight), stretch=1 + 0.06 * math.sin(math.tau * flight))
    return Pose(stretch=1 - 0.16 * math.sin(math.pi * (phase - 0.8) / 0.2))


def attack(phase: float) -> Pose:
    """Draw back, lunge, recover."""
    if phase < 0.3:
        back = _eased(phase / 0.3)
        return Pose(lean=-0.14 * back, sway=-0.04 * back)
    if phase < 0.5:
        lunge = _eased((phase - 0.3) / 0.2)
        return Pose(lean=-0.14 + 0.42 * lunge, sway=-0.04 + 0.20 * lunge, right_foot=(0.12 * lunge, 0.0))
    rest = 1 - _eased((phase - 0.5) / 0.5)
    return Pose(lean=0.28 * rest, sway=0.16 * rest, right_foot=(0.12 * rest, 0.0))


def cast(phase: float) -> Pose:
    """Gather, rise, hold trembling, settle."""
    rise = math.sin(math.pi * phase)
    tremble = 0.015 * math.sin(math.tau * 4 * phase) * rise
    return Pose(lift=0.05 * rise, stretch=1 + 0.06 * rise, lean=-0.06 * rise, sway=tremble)


def hurt(phase: float) -> Pose:
    """A flash and a step back that wears off."""
    left = (1 - phase) ** 2
    return Pose(sway=-0.12 * math.sin(math.pi * phase), lean=-0.16 * left, flash=0.7 * left)


def die(phase: float) -> Pose:
    """Stagger, then fall over and lie."""
    if phase < 0.25:
        return Pose(lean=-0.2 * phase / 0.25, flash=0.6 * (1 - phase / 0.25))
    fall = min(1.0, (phase - 0.25) / 0.5)
    return Pose(turn=-90 * fall * fall, lean=-0.2 * (1 - fall), sway=0.5 * fall)


def _eased(share: float) -> float:
    return (1 - math.cos(math.pi * share)) / 2


ACTIONS: Mapping[str, Action] = {
    "idle": Action(idle, True, 150),
    "walk": Action(walk, True, 100),
    "run": Action(run, True, 70),
    "jump": Action(jump, False, 80),
    "attack": Action(attack, False, 70),
    "cast": Action(cast, True, 90),
    "hurt": Action(hurt, False, 80),
    "die": Action(die, False, 100),
}


def phases(action: Action, frames: int) -> list[float]:
    """The phase of each frame: around the cycle, or from the start to the end."""
    steps = frames if action.loops else max(1, frames - 1)
    return [number / steps for number in range(frames)]
