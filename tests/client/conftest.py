from collections.abc import Iterator

import pytest

from limner.client.testing import FlatWorld


@pytest.fixture
def world() -> Iterator[FlatWorld]:
    with FlatWorld() as world:
        yield world
