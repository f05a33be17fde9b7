"""PixiJS 8 in Chromium: loads sprite sheets through its asset loader and draws frames of them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from limner.atlas.geometry import Size
from limner.atlas.sprites import Pixels
from tests.consumers.browser import Chromium, pixels
from tests.consumers.phaser import Placed


@dataclass(frozen=True, slots=True, kw_only=True)
class PixiAnswer:
    """What PixiJS drew (premultiplied), and what it knows of frames and animations."""

    pixels: Pixels
    frames: Mapping[str, Mapping[str, Any]]
    animations: Mapping[str, Sequence[str]]


def pixi_draws(
    browser: Chromium,
    files: Mapping[str, bytes],
    sheets: Sequence[str],
    placed: Sequence[Placed],
    size: Size,
    textures: Sequence[str] = (),
) -> PixiAnswer:
    """The frames drawn on a clear canvas of `size`, once the sheets and what they link to are loaded.

    `textures`, single files, are frames of their paths.
    """
    question = {
        "width": size.width,
        "height": size.height,
        "sheets": list(sheets),
        "textures": list(textures),
        "draw": [one._asdict() for one in placed],
    }
    answer = browser.asks("pixi", files, question)
    return PixiAnswer(pixels=pixels(answer), frames=answer["frames"], animations=answer["animations"])
