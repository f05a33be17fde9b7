"""A contact sheet: pictures in a grid, each with a number and, where a font has the letters, its prompt."""

from __future__ import annotations

import io
from collections.abc import Sequence

from PIL import Image, ImageDraw, ImageFont

CELL, GAP, CAPTION = 192, 16, 22  # pixels
PAPER, INK = (32, 34, 40), (225, 225, 230)
FONTS = ("NotoSansCJK-Regular.ttc", "wqy-microhei.ttc", "DroidSansFallbackFull.ttf", "msyh.ttc", "PingFang.ttc")
Font = ImageFont.FreeTypeFont | ImageFont.ImageFont


def contact_sheet(pictures: Sequence[tuple[str, bytes]], columns: int = 4) -> bytes:
    """A PNG of all pictures, (caption, PNG) each; small ones are enlarged by whole factors, so pixels stay square."""
    rows = -(-len(pictures) // columns)
    width = GAP + columns * (CELL + GAP)
    sheet = Image.new("RGB", (width, GAP + rows * (CELL + CAPTION + GAP)), PAPER)
    draw, latin, chinese = ImageDraw.Draw(sheet), ImageFont.load_default(14), chinese_font()
    for index, (caption, png) in enumerate(pictures):
        left = GAP + index % columns * (CELL + GAP)
        top = GAP + index // columns * (CELL + CAPTION + GAP)
        picture = fitted(png)
        sheet.paste(picture, (left + (CELL - picture.width) // 2, top + (CELL - picture.height) // 2), picture)
        draw.text((left, top + CELL + 2), f"{index + 1}", INK, latin)
        if font := latin if caption.isascii() else chinese:
            draw.text((left + 24, top + CELL + 2), shortened(caption, font), INK, font)
    target = io.BytesIO()
    sheet.save(target, "PNG")
    return target.getvalue()


def chinese_font() -> Font | None:
    """A font of this machine that has Chinese letters; None where there is none. Some of them have no Latin ones."""
    for name in FONTS:
        try:
            return ImageFont.truetype(name, 14)
        except OSError:
            continue
    return None


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
