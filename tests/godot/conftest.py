"""The engine and the servers that the addon is tried with."""

from tests.consumers.conftest import browser

__all__ = ["browser"]
