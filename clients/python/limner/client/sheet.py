"""A contact sheet: pictures in a grid, each with a number and its prompt, or a gloss of it where no font has the letters."""

from __future__ import annotations

import io
from collections.abc import Sequence

from PIL import Image, ImageDraw, ImageFont

from limner.client.fonts import font_for

CELL, GAP, CAPTION = 192, 16, 22  # pixels
PAPER, INK = (32, 34, 40), (225, 225, 230)
TEXT = 14  # height of letters
Font = ImageFont.FreeTypeFont | ImageFont.ImageFont


def contact_sheet(pictures: Sequence[tuple[str, bytes]], glosses: Sequence[str] = (), columns: int = 4) -> bytes:
    """A PNG of all pictures, (caption, PNG) each; small ones are enlarged by whole factors, so pixels stay square.

    `glosses` say the captions in Latin letters, for machines without a font for the caption's own.
    """
    rows = -(-len(pictures) // columns)
    width = GAP + columns * (CELL + GAP)
    sheet = Image.new("RGB", (width, GAP + rows * (CELL + CAPTION + GAP)), PAPER)
    draw, latin = ImageDraw.Draw(sheet), ImageFont.load_default(TEXT)
    foreign = font_for("".join(caption for caption, _ in pictures if not caption.isascii()), TEXT)
    for index, (caption, png) in enumerate(pictures):
        left = GAP + index % columns * (CELL + GAP)
        top = GAP + index // columns * (CELL + CAPTION + GAP)
        picture = fitted(png)
        sheet.paste(picture, (left + (CELL - picture.width) // 2, top + (CELL - picture.height) // 2), picture)
        draw.text((left, top + CELL + 2), f"{index + 1}", INK, latin)
        text, font = caption, latin
        if not caption.isascii():
            text, font = (caption, foreign) if foreign else (glosses[index] if glosses else caption, latin)
        draw.text((left + 24, top + CELL + 2), shortened(text, font), INK, font)
    target = io.BytesIO()
    sheet.save(target, "PNG")
    return target.getvalue()


def shortened(caption: str, font: Font) -> str:
    """As much of a caption as fits under its picture."""
    while font.getlength(caption) > CELL - 24:
        caption = caption[:-1]
    return caption


def fitted(png: bytes) -> Image.Image:
    """A picture as large as fits into a cell, by a whole factor where it is smaller."""
    with Image.open(io.BytesIO(png)) as opened:
        picture = opened.convert("RGBA")
    factor = CELL // max(picture.size)
    if factor >= 1:
        return picture.resize((picture.width * factor, picture.height * factor), Image.Resampling.NEAREST)
    picture.thumbnail((CELL, CELL))
    return picture
