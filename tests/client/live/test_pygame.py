"""pygame-ce shows the new picture, without a window."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

os.environ["PYGAME_HIDE_SUPPORT_PROMPT"] = "1"
import pygame

from limner.client.live.pygame import LiveSurface
from tests.client.live.live_art import Looked, png, rgba


@pytest.fixture(params=[False, True], ids=["no display", "display"])
def live(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Looked]:
    monkeypatch.setenv("SDL_VIDEODRIVER", "dummy")
    (tmp_path / "hero.png").write_bytes(png(6, 4, 1))
    if request.param:
        pygame.display.init()
        pygame.display.set_mode((16, 16))
    with Looked(tmp_path) as live:
        yield live
    pygame.display.quit()


def shown(surface: pygame.Surface) -> bytes:
    return pygame.image.tobytes(surface, "RGBA")


def test_the_same_surface_shows_the_new_picture(live: Looked) -> None:
    hero = LiveSurface(live, "hero.png")
    held, frame = hero.surface, hero.surface.subsurface((2, 0, 2, 4))
    assert shown(held) == rgba(png(6, 4, 1))
    (live.folder.folder / "hero.png").write_bytes(png(6, 4, 2))
    assert live.frame() == ["hero.png"]
    assert hero.surface is held
    assert shown(held) == rgba(png(6, 4, 2))
    assert shown(frame) == shown(held.subsurface((2, 0, 2, 4)))
    assert hero.changes == 1


def test_a_picture_of_another_size_is_another_surface(live: Looked) -> None:
    hero = LiveSurface(live, "hero.png")
    (live.folder.folder / "hero.png").write_bytes(png(9, 2, 3))
    live.frame()
    assert hero.surface.get_size() == (9, 2)
    assert shown(hero.surface) == rgba(png(9, 2, 3))
