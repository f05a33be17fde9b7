"""pygame-ce: a surface that changes when its picture does."""

from __future__ import annotations

import pygame

from limner.client.live.feed import Live
from limner.client.live.pictures import Picture


class LiveSurface:
    """A picture as a surface with an alpha channel.

    A picture of the same size is painted into the surface that the game has already, so everything that holds it, and every
    `subsurface` of it, shows the new one; another size makes another `surface`. `changes` counts both, for whoever keeps
    scaled copies.
    """

    def __init__(self, live: Live, name: str) -> None:
        self.name = name
        self.changes = 0
        self.surface = surface_of(live.follow(name, self._apply))

    def _apply(self, picture: Picture) -> None:
        fresh = surface_of(picture)
        if fresh.get_size() == self.surface.get_size():
            self.surface.fill((0, 0, 0, 0))
            self.surface.blit(fresh, (0, 0), special_flags=pygame.BLEND_RGBA_ADD)  # onto nothing: an exact copy
        else:
            self.surface = fresh
        self.changes += 1


def surface_of(picture: Picture) -> pygame.Surface:
    """The picture as a surface of 32 bits, converted to the display's order of channels where there is one."""
    surface = pygame.image.frombytes(picture.rgba, picture.size, "RGBA")
    return surface.convert_alpha() if pygame.display.get_init() and pygame.display.get_surface() else surface
