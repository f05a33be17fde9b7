"""Arcade shows the new picture, without a window, in an environment of its own."""

import json
import os
import subprocess
from ctypes.util import find_library
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from tests.client.live.live_art import png, rgba

ROOT = Path(__file__).parents[3]
CLIENT = ROOT / "clients" / "python"  # it needs nothing else of ours
CONSUMERS = ROOT / "tests" / "consumers"
PYTHON = CONSUMERS / ".arcade" / "bin" / "python"
SIDE = 64


def drawn(size: tuple[int, int], content: bytes) -> NDArray[np.uint8]:
    """A sprite in the middle of a black window."""
    stage = np.zeros((SIDE, SIDE, 3), np.uint8)
    width, height = size
    left, top = (SIDE - width) // 2, (SIDE - height) // 2
    picture = np.frombuffer(rgba(content), np.uint8).reshape(height, width, 4)
    stage[top : top + height, left : left + width] = picture[..., :3]
    return stage


@pytest.mark.skipif(not find_library("EGL"), reason="needs EGL: apt-get install mesa-utils libgl1-mesa-dri")
@pytest.mark.skipif(not PYTHON.exists(), reason="Arcade is not installed: make engines")
def test_sprites_wear_the_new_picture_of_any_size(tmp_path: Path) -> None:
    sizes = [(8, 8), (8, 8), (20, 12)]
    contents = [png(*size, seed, opaque=True) for seed, size in enumerate(sizes)]
    for name, content in zip(("hero.png", "2.png", "3.png"), contents, strict=True):
        (tmp_path / name).write_bytes(content)
    command = [str(PYTHON), str(CONSUMERS / "scripts" / "arcade_live.py"), str(tmp_path), "2.png", "3.png"]
    env = os.environ | {"PYTHONPATH": str(CLIENT)}
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, env=env)
    assert done.returncode == 0, done.stderr
    answers = [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]
    assert [tuple(answer["size"]) for answer in answers] == sizes
    for answer, size, content in zip(answers, sizes, contents, strict=True):
        shown = np.frombuffer(bytes.fromhex(answer["rgba"]), np.uint8).reshape(SIDE, SIDE, 4)
        np.testing.assert_array_equal(shown[..., :3], drawn(size, content))
