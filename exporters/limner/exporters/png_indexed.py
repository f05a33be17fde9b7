"""Indexed PNG, one for each sprite, all on one palette: small files, and a palette that a game can swap.

Exact as long as all sprites together have no more colours than the palette; else the nearest ones are merged. Place 0 is clear.
"""

import io

from PIL import Image
from PIL.PngImagePlugin import PngInfo

from limner.atlas.palettes import indexed
from limner.atlas.sprites import SpriteSet
from limner.exporters.files import Files, distinct, file_name
from limner.exporters.options import ExportOptions
from limner.exporters.png import CHUNK
from limner.exporters.provenance import as_text


def write_png_indexed(art: SpriteSet, stem: str, options: ExportOptions) -> Files:
    pictures, palette = indexed([sprite.pixels for sprite in art.sprites], options.colours)
    bits = next(bits for bits in (1, 2, 4, 8) if len(palette) <= 1 << bits)
    names = distinct(file_name(sprite.name) for sprite in art.sprites)
    files: Files = {}
    for name, places in zip(names, pictures, strict=True):
        picture = Image.frombytes("P", (places.shape[1], places.shape[0]), places.tobytes())
        picture.putpalette(palette[:, :3].tobytes())
        text = PngInfo()
        if art.provenance:
            text.add_itxt(CHUNK, as_text(art.provenance))
        out = io.BytesIO()
        picture.save(out, format="PNG", bits=bits, transparency=palette[:, 3].tobytes(), pnginfo=text)
        files[f"{name}.png"] = out.getvalue()
    return files
