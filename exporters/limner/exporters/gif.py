"""An animated GIF: binary alpha, one palette for all frames."""

import io
from collections.abc import Sequence

import numpy as np
from PIL import Image

from limner.atlas.sprites import AtlasError, Pixels, SpriteSet
from limner.exporters.files import Files
from limner.exporters.options import ExportOptions

CLEAR = 255  # the palette's place for what is transparent


def write_gif(art: SpriteSet, stem: str, options: ExportOptions) -> Files:
    sprites = art.sprites
    if len({sprite.size for sprite in sprites}) > 1:
        odd = next(sprite.name for sprite in sprites if sprite.size != sprites[0].size)
        raise AtlasError(f"frame {odd!r} has another size than the first; GIF frames share one")
    frames = _indexed([sprite.pixels for sprite in sprites])
    out = io.BytesIO()
    durations = [max(20, sprite.duration_ms) for sprite in sprites]  # browsers slow down anything faster
    frames[0].save(
        out,
        format="GIF",
        save_all=True,
        append_images=frames[1:],
        duration=durations,
        loop=0,
        transparency=CLEAR,
        disposal=2,
        optimize=False,
    )
    return {f"{stem}.gif": out.getvalue()}


def _indexed(pictures: Sequence[Pixels]) -> list[Image.Image]:
    """The frames on one palette of 255 colours, with the transparent place beside them."""
    strip = np.concatenate(list(pictures), axis=1)
    reduced = Image.fromarray(np.ascontiguousarray(strip[..., :3])).quantize(255, dither=Image.Dither.NONE)
    indices = np.where(strip[..., 3] >= 128, np.asarray(reduced), np.uint8(CLEAR)).astype(np.uint8)
    palette = (reduced.getpalette() or [])[: 255 * 3]
    palette += [0] * (768 - len(palette))
    frames = []
    for part in np.split(indices, len(pictures), axis=1):
        frame = Image.frombytes("P", (part.shape[1], part.shape[0]), part.tobytes())
        frame.putpalette(palette)
        frames.append(frame)
    return frames
