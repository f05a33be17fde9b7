"""Plain PNG files, one for each sprite. Provenance travels in a text chunk."""

import io
import json

from PIL import Image
from PIL.PngImagePlugin import PngInfo

from limner.atlas.sprites import Pixels, Provenance, SpriteSet
from limner.exporters.files import Files
from limner.exporters.options import ExportOptions

CHUNK = "limner:provenance"  # the keyword of the iTXt chunk; its text is a JSON object


def encoded(pixels: Pixels, provenance: Provenance | None = None) -> bytes:
    """RGBA pixels as PNG bytes."""
    out, text = io.BytesIO(), PngInfo()
    if provenance:
        text.add_itxt(CHUNK, json.dumps(dict(provenance), ensure_ascii=False, sort_keys=True))
    Image.fromarray(pixels).save(out, format="PNG", optimize=False, pnginfo=text)
    return out.getvalue()


def write_png(art: SpriteSet, stem: str, options: ExportOptions) -> Files:
    return {f"{sprite.name}.png": encoded(sprite.pixels, art.provenance) for sprite in art.sprites}
