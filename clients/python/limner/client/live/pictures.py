"""A decoded picture, ready for an engine."""

from __future__ import annotations

import io
import warnings
from typing import NamedTuple

from PIL import Image, UnidentifiedImageError

FORMATS = ("PNG", "WEBP", "GIF", "JPEG", "BMP", "TGA")
MOST_PIXELS = 8192 * 8192


class PictureError(ValueError):
    """Bytes that are no picture, or one that is too large; the message says which."""


class Picture(NamedTuple):
    """A picture of straight (not premultiplied) RGBA: 4 bytes a pixel, rows from the top."""

    width: int
    height: int
    rgba: bytes

    @property
    def size(self) -> tuple[int, int]:
        return self.width, self.height

    @property
    def flipped(self) -> Picture:
        """The same picture with its rows from the bottom, as OpenGL counts them."""
        row = 4 * self.width
        rows = (self.rgba[start : start + row] for start in range(len(self.rgba) - row, -1, -row))
        return self._replace(rgba=b"".join(rows))


def decoded(content: bytes) -> Picture:
    """The picture in a file's bytes, an animation's first frame. Raises PictureError."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)  # the limit here is our own
            with Image.open(io.BytesIO(content), formats=FORMATS) as opened:
                if opened.width * opened.height > MOST_PIXELS:
                    raise PictureError(f"{opened.width} × {opened.height} pixels are too many; 8192 × 8192 is the most")
                rgba = opened.convert("RGBA")
    except UnidentifiedImageError as error:
        raise PictureError(f"no picture of {', '.join(FORMATS[:-1])} or {FORMATS[-1]}") from error
    except (OSError, ValueError, SyntaxError, EOFError, Image.DecompressionBombError) as error:
        raise PictureError(str(error)) from error
    return Picture(rgba.width, rgba.height, rgba.tobytes())
