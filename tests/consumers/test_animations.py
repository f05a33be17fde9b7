"""Chromium decodes the animations that were exported: the container is ours, the decoder is not."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pytest

from limner.atlas.sprites import FrameTag, Pixels, Sprite, SpriteSet
from limner.exporters import export
from tests.consumers.browser import Chromium, pixels
from tests.consumers.pictures import corners, framed


def few(pixels: Pixels) -> Pixels:
    """The picture in the 64 colours that a GIF's palette has room for."""
    return pixels & np.array([0xC0, 0xC0, 0xC0, 0xFF], np.uint8)


DURATIONS = (50, 120, 120, 30, 200, 70)
FRAMES = tuple(
    Sprite(name=f"f{number}", pixels=picture, duration_ms=duration)
    for number, (picture, duration) in enumerate(
        zip(
            [
                framed(few(corners(9, 7, 1)), 2, 3, 4, 5),
                framed(few(corners(11, 6, 2)), 1, 4, 3, 5),  # pixels become clear again
                framed(few(corners(11, 6, 2)), 1, 4, 3, 5),  # nothing changes
                np.zeros((15, 15, 4), np.uint8),  # nothing to see
                few(corners(15, 15, 3)),
                framed(few(corners(1, 1, 4)), 14, 14, 0, 0),  # one pixel, at an odd place
            ],
            DURATIONS,
            strict=True,
        )
    )
)
ART = SpriteSet(sprites=FRAMES, frame_tags=(FrameTag(name="all", first=0, last=5),))


def decoded(answer: Mapping[str, Any]) -> list[Pixels]:
    return [pixels({**answer, **frame}) for frame in answer["frames"]]


@pytest.mark.parametrize(
    ("name", "content_type"), [("apng", "image/png"), ("webp", "image/webp"), ("gif", "image/gif")]
)
def test_every_frame_and_duration_is_as_it_was(browser: Chromium, name: str, content_type: str) -> None:
    ((path, content),) = export(name, ART, "art").items()
    answer = browser.asks("animation", {"art": content}, {"url": "/files/art", "type": content_type})
    assert answer["loops"], path
    assert [frame["duration_ms"] for frame in answer["frames"]] == list(DURATIONS)
    for frame, sprite in zip(decoded(answer), FRAMES, strict=True):
        clear = sprite.pixels[..., 3:] == 0
        np.testing.assert_array_equal(np.where(clear, 0, frame), sprite.pixels, err_msg=sprite.name)
        np.testing.assert_array_equal(frame[..., 3], sprite.pixels[..., 3], err_msg=sprite.name)


BLOCK = 16
COLOURS = np.array([[200, 40, 40, 255], [40, 180, 60, 255], [50, 60, 200, 255], [0, 0, 0, 0]], np.uint8)


def blocks(turn: int) -> Pixels:
    """Three blocks of a colour and a clear one, in an order of their own for each turn."""
    order = np.roll(np.arange(4), turn).reshape(2, 2)
    return COLOURS[order].repeat(BLOCK, axis=0).repeat(BLOCK, axis=1)


def middles(frame: Pixels) -> Pixels:
    """(2, 2, 4): the pixel in the middle of each block, where no neighbour runs in."""
    return frame[BLOCK // 2 :: BLOCK, BLOCK // 2 :: BLOCK]


@pytest.mark.parametrize(("name", "background"), [("webm", (0, 0, 0, 0)), ("mp4", (0, 0, 0, 255))])
def test_a_video_shows_each_frame_for_its_time(browser: Chromium, name: str, background: tuple[int, ...]) -> None:
    sprites = tuple(
        Sprite(name=f"f{turn}", pixels=blocks(turn), duration_ms=duration)
        for turn, duration in enumerate((100, 300, 150, 250))
    )
    ((_, content),) = export(name, SpriteSet(sprites=sprites), "art").items()
    question = {"url": f"/files/art.{name}", "type": f"video/{name}", "times": [0.05, 0.25, 0.475, 0.675]}
    answer = browser.asks("animation", {f"art.{name}": content}, question)
    assert answer["duration_ms"] == pytest.approx(800, abs=1)
    for frame, sprite in zip(decoded(answer), sprites, strict=True):
        expected = np.where(middles(sprite.pixels)[..., 3:] == 0, np.array(background), middles(sprite.pixels))
        np.testing.assert_allclose(middles(frame).astype(int), expected, atol=12, err_msg=sprite.name)
