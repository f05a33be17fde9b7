"""Panda3D: a texture that changes when its picture does."""

from __future__ import annotations

from panda3d.core import SamplerState, Texture

from limner.client.live.feed import Live
from limner.client.live.pictures import Picture


class LiveTexture:
    """A picture as a `Texture`, whose pixels are replaced in place: every node that wears it shows the new ones.

    `pixelated` keeps the pixels sharp; `srgb` is for colours in a renderer that works in linear light. Both outlast changes.
    """

    def __init__(self, live: Live, name: str, *, pixelated: bool = True, srgb: bool = False) -> None:
        self.name = name
        self.changes = 0
        self.texture = Texture(name)
        self._format = Texture.F_srgb_alpha if srgb else Texture.F_rgba
        self._upload(live.follow(name, self._apply))
        if pixelated:
            self.texture.set_magfilter(SamplerState.FT_nearest)
            self.texture.set_minfilter(SamplerState.FT_nearest)

    def _apply(self, picture: Picture) -> None:
        self._upload(picture)
        self.changes += 1

    def _upload(self, picture: Picture) -> None:
        if (self.texture.get_x_size(), self.texture.get_y_size()) != picture.size:
            self.texture.setup_2d_texture(*picture.size, Texture.T_unsigned_byte, self._format)
        self.texture.set_ram_image_as(picture.flipped.rgba, "RGBA")
