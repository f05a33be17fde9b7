"""Rectangles of whole pixels, origin top left."""

from typing import NamedTuple


class Size(NamedTuple):
    """A width and a height in pixels."""

    width: int
    height: int


class Point(NamedTuple):
    """A place in pixels; halves are allowed, pixel (0, 0) covers 0 to 1."""

    x: float
    y: float


class Box(NamedTuple):
    """A rectangle of whole pixels. `right` and `bottom` are the first pixels outside it."""

    x: int
    y: int
    width: int
    height: int

    @property
    def right(self) -> int:
        return self.x + self.width

    @property
    def bottom(self) -> int:
        return self.y + self.height

    def meets(self, other: "Box") -> bool:
        """Whether the two share a pixel."""
        return self.x < other.right and other.x < self.right and self.y < other.bottom and other.y < self.bottom

    def holds(self, other: "Box") -> bool:
        """Whether `other` lies inside."""
        return self.x <= other.x and self.y <= other.y and other.right <= self.right and other.bottom <= self.bottom
