"""PNG bytes as images that are packed into the .blend file."""

from __future__ import annotations

import bpy


def packed(name: str, png: bytes, *, colour: bool = True) -> bpy.types.Image:
    """An image of these very bytes; `colour` is false for maps that hold numbers."""
    image = bpy.data.images.new(name, 1, 1, alpha=True)
    image.pack(data=png, data_len=len(png))
    image.source = "FILE"
    image.colorspace_settings.name = "sRGB" if colour else "Non-Color"
    image.alpha_mode = "STRAIGHT" if colour else "CHANNEL_PACKED"
    return image
