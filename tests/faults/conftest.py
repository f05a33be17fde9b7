"""The server's own fixtures, for tests that break things. `FAULT_SEED` and `FAULT_…` counts make the long forms."""

import os

from tests.server.conftest import models, opened, settings

__all__ = ["models", "opened", "settings"]
SEED = int(os.environ.get("FAULT_SEED", "2026"))


def rounds(name: str, short: int) -> int:
    """How often: `FAULT_<NAME>`, or the few of the normal suite."""
    return int(os.environ.get(f"FAULT_{name}", short))
