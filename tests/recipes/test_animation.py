"""One figure, its frames."""

import io
from itertools import pairwise

import numpy as np
import pytest
from PIL import Image

from limner.atlas.loops import loop_closure
from limner.atlas.sprites import AtlasError
from limner.generators.request import ImageRequest
from limner.recipes.animation import AnimationPlan, draw, drawings, network_calls

from .painters import NoisePainter


def png(pixels: np.ndarray) -> bytes:
    out = io.BytesIO()
    Image.fromarray(pixels).save(out, format="PNG")
    return out.getvalue()


def man(side: int = 32) -> np.ndarray:
    pixels = np.zeros((side, side, 4), np.uint8)
    pixels[side // 4 :, side // 3 : -side // 3] = (90, 60, 30, 255)
    pixels[side // 4 : side // 2, side // 3] = (250, 200, 10, 255)  # a nose to the left
    return pixels


def plan(picture: np.ndarray, action: str = "walk", frames: int = 8, mirrored: bool = False) -> AnimationPlan:
    return AnimationPlan(
        request=None, picture_png=png(picture), action=action, frames=frames, duration_ms=100, mirrored=mirrored
    )


async def test_a_given_figure_moves_in_its_own_colours_and_nothing_is_drawn() -> None:
    painter = NoisePainter()
    made = await draw(plan(man()), painter)
    assert (len(made.frames), made.frames[0].shape, made.palette_exactness) == (8, (48, 48, 4), 1.0)
    assert painter.asked == []
    assert len({frame.tobytes() for frame in made.frames}) > 4
    around = [*made.frames, made.frames[0]]
    steps = [np.abs(one.astype(int) - other).mean() for one, other in pairwise(around)]
    assert steps[-1] <= max(steps[:-1])  # where the cycle closes nothing jumps
    assert made.closure == pytest.approx(loop_closure(made.frames))
    assert (drawings(plan(man())), network_calls(plan(man()))) == (0, 0)


async def test_a_mirrored_figure_is_the_mirrored_frames() -> None:
    east = await draw(plan(man(), "idle"), NoisePainter())
    west = await draw(plan(man(), "idle", mirrored=True), NoisePainter())
    assert all((one == other[:, ::-1]).all() for one, other in zip(east.frames, west.frames, strict=True))


async def test_a_drawn_figure_is_cleaned_before_it_moves() -> None:
    request = ImageRequest(prompt="a goblin", seed=3, steps=4)
    asked = AnimationPlan(request=request, action="die", frames=5, duration_ms=80)
    made = await draw(asked, NoisePainter())
    assert (len(made.frames), made.closure, made.fit) == (5, None, 0.5)
    assert set(np.unique(made.frames[2][..., 3])) <= {0, 255}
    assert (drawings(asked), network_calls(asked)) == (4, 4)


async def test_a_picture_without_a_figure_is_told() -> None:
    with pytest.raises(AtlasError, match="figure"):
        await draw(plan(np.zeros((16, 16, 4), np.uint8)), NoisePainter())
