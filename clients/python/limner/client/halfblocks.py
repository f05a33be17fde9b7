"""Pictures in a terminal: every character shows two pixels, one above the other."""

from __future__ import annotations

import io

from PIL import Image
from rich.color import Color
from rich.style import Style
from rich.text import Text

UPPER, LOWER = "▀", "▄"
Pixel = tuple[int, int, int, int]


def half_blocks(png: bytes, columns: int = 48) -> Text:
    """A PNG as text, at most `columns` wide; what is more than half transparent stays empty."""
    with Image.open(io.BytesIO(png)) as opened:
        picture = opened.convert("RGBA")
    if picture.width > columns:
        picture = picture.resize((columns, max(1, picture.height * columns // picture.width)), Image.Resampling.BOX)
    text = Text(no_wrap=True)
    for y in range(0, picture.height, 2):
        for x in range(picture.width):
            lower = picture.getpixel((x, y + 1)) if y + 1 < picture.height else (0, 0, 0, 0)
            text.append(*cell(pixel(picture.getpixel((x, y))), pixel(lower)))
        text.append("\n")
    return text


def pixel(value: object) -> Pixel:
    """A pixel of an RGBA picture."""
    assert isinstance(value, tuple)
    red, green, blue, alpha = value
    return red, green, blue, alpha


def cell(upper: Pixel, lower: Pixel) -> tuple[str, Style]:
    """The character and the colors that show two pixels."""
    top, bottom = color(upper), color(lower)
    if top is None and bottom is None:
        return " ", Style.null()
    if top is None:
        return LOWER, Style(color=bottom)
    return UPPER, Style(color=top, bgcolor=bottom)


def color(shown: Pixel) -> Color | None:
    """The color of a pixel; none where it is more than half transparent."""
    red, green, blue, alpha = shown
    return Color.from_rgb(red, green, blue) if alpha >= 128 else None
