"""Panda3D's software renderer shows the new picture, into memory."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from panda3d import core

from limner.atlas.sprites import Pixels
from limner.client.live.panda3d import LiveTexture
from tests.client.live.live_art import Looked, png, rgba

SIDE = 32


class Stage:
    """A square that wears one texture, seen from the front, drawn on the processor."""

    def __init__(self) -> None:
        core.load_prc_file_data("", "load-display p3tinydisplay")
        pipe = core.GraphicsPipeSelection.get_global_ptr().make_pipe("TinyOffscreenGraphicsPipe", "p3tinydisplay")
        self.engine = core.GraphicsEngine.get_global_ptr()
        self.picture = core.Texture()
        frame = core.FrameBufferProperties()
        frame.set_rgba_bits(8, 8, 8, 8)
        window = core.WindowProperties.size(SIDE, SIDE)
        self.buffer = self.engine.make_output(pipe, "stage", 0, frame, window, core.GraphicsPipe.BF_refuse_window)
        self.buffer.add_render_texture(self.picture, core.GraphicsOutput.RTM_copy_ram)
        lens = core.OrthographicLens()
        lens.set_film_size(2, 2)
        lens.set_near_far(-10, 10)
        root = core.NodePath("root")
        camera = root.attach_new_node(core.Camera("camera", lens))
        self.buffer.make_display_region().set_camera(camera)
        maker = core.CardMaker("card")
        maker.set_frame(-1, 1, -1, 1)
        self.card = root.attach_new_node(maker.generate())

    def drawn(self) -> Pixels:
        """(SIDE, SIDE, 4), rows from the top."""
        self.engine.render_frame()
        raw = np.frombuffer(self.picture.get_ram_image_as("RGBA"), np.uint8)
        return raw.reshape(SIDE, SIDE, 4)[::-1]


@pytest.fixture(scope="module")
def stage() -> Iterator[Stage]:
    stage = Stage()
    yield stage
    stage.engine.remove_all_windows()


def seen(stage: Stage, width: int, height: int) -> Pixels:
    """The colours in the middle of each of width × height fields: at their edges the rasteriser is a pixel off."""
    drawn = stage.drawn()[..., :3]
    return drawn[SIDE // height // 2 :: SIDE // height, SIDE // width // 2 :: SIDE // width]


def colours(content: bytes, width: int, height: int) -> Pixels:
    return np.frombuffer(rgba(content), np.uint8).reshape(height, width, 4)[..., :3]


def test_a_node_shows_the_new_picture_of_any_size(stage: Stage, tmp_path: Path) -> None:
    path = tmp_path / "hero.png"
    path.write_bytes(png(4, 2, 1))
    with Looked(tmp_path) as live:
        hero = LiveTexture(live, "hero.png")
        stage.card.set_texture(hero.texture)
        np.testing.assert_array_equal(seen(stage, 4, 2), colours(png(4, 2, 1), 4, 2))
        path.write_bytes(png(4, 2, 2))
        live.frame()
        np.testing.assert_array_equal(seen(stage, 4, 2), colours(png(4, 2, 2), 4, 2))
        path.write_bytes(png(8, 8, 3))
        live.frame()
        np.testing.assert_array_equal(seen(stage, 8, 8), colours(png(8, 8, 3), 8, 8))
    assert hero.texture.get_magfilter() == core.SamplerState.FT_nearest
    assert hero.changes == 2
