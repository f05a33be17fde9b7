"""Plain PNG files, one for each sprite."""

import io
from collections.abc import Sequence

from PIL import Image

from limner.atlas.sprites import Pixels, Sprite
from limner.exporters.files import Files


def encoded(pixels: Pixels) -> bytes:
    """RGBA pixels as PNG bytes."""
    out = io.BytesIO()
    Image.fromarray(pixels).save(out, format="PNG", optimize=False)
    return out.getvalue()


def write_png(sprites: Sequence[Sprite], stem: str) -> Files:
    return {f"{sprite.name}.png": encoded(sprite.pixels) for sprite in sprites}
