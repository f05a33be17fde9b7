"""Plain PNG files, one for each sprite. Provenance travels in a text chunk."""

import io

from PIL import Image
from PIL.PngImagePlugin import PngInfo

from limner.atlas.sprites import Pixels, Provenance, SpriteSet
from limner.exporters.files import Files, distinct, file_name
from limner.exporters.options import ExportOptions
from limner.exporters.provenance import as_text

CHUNK = "limner:provenance"  # the keyword of the iTXt chunk; its text is a JSON object


def encoded(pixels: Pixels, provenance: Provenance | None = None) -> bytes:
    """RGBA pixels as PNG bytes."""
    out, text = io.BytesIO(), PngInfo()
    if provenance:
        text.add_itxt(CHUNK, as_text(provenance))
    Image.fromarray(pixels).save(out, format="PNG", optimize=False, pnginfo=text)
    return out.getvalue()


def write_png(art: SpriteSet, stem: str, options: ExportOptions) -> Files:
    names = distinct(file_name(sprite.name) for sprite in art.sprites)
    return {
        f"{name}.png": encoded(sprite.pixels, art.provenance) for name, sprite in zip(names, art.sprites, strict=True)
    }
