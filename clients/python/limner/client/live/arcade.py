"""Arcade: a texture that changes when its picture does."""

from __future__ import annotations

import weakref

import arcade
from PIL import Image

from limner.client.live.feed import Live
from limner.client.live.pictures import Picture


class LiveTexture:
    """A picture as an `arcade.Texture`; the sprites that `paint` was called for always wear the newest one.

    Arcade's textures never change, so a change makes a new one and hands it to those sprites.
    """

    def __init__(self, live: Live, name: str) -> None:
        self.name = name
        self.changes = 0
        self._sprites: weakref.WeakSet[arcade.BasicSprite] = weakref.WeakSet()
        self.texture = texture_of(live.follow(name, self._apply))

    def paint(self, sprite: arcade.BasicSprite) -> None:
        """Give a sprite the texture, now and after every change, for as long as the sprite lives."""
        sprite.texture = self.texture
        self._sprites.add(sprite)

    def _apply(self, picture: Picture) -> None:
        self.texture = texture_of(picture)
        for sprite in self._sprites:
            sprite.texture = self.texture
        self.changes += 1


def texture_of(picture: Picture) -> arcade.Texture:
    """The picture as a texture of its own."""
    return arcade.Texture(Image.frombytes("RGBA", picture.size, picture.rgba))
