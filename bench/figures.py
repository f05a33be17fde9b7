"""What a measurement gives."""

from typing import NamedTuple


class Figure(NamedTuple):
    """One figure: `goal` is None where the issue names none."""

    value: float
    unit: str
    goal: float | None
    higher_is_better: bool
