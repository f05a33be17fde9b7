"""The engines, started once for all tests that need them."""

import shutil
from collections.abc import Iterator

import pytest

from tests.consumers.browser import PROGRAM, Chromium, chromium
from tests.consumers.site import FOLDERS, serving


@pytest.fixture(scope="session")
def browser() -> Iterator[Chromium]:
    if shutil.which(PROGRAM) is None:
        pytest.skip(f"{PROGRAM} is not installed: apt-get install {PROGRAM}")
    if not FOLDERS["npm"].is_dir():
        pytest.skip("the engines are not installed: make engines")
    with serving() as site, chromium(site) as started:
        yield started
