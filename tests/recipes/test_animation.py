"""One figure, its frames."""

import io
from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from PIL import Image

from limner.atlas.loops import loop_closure
from limner.atlas.sprites import AtlasError
from limner.generators.frames import placed
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


class Turner(NoisePainter):
    """Draws every side as the figure itself, or as a block of its first colour; counts what it is asked for."""

    def __init__(self, *, knows: bool) -> None:
        super().__init__()
        self.knows = knows
        self.turned: list[tuple[str, int, str]] = []

    async def frames(self, figure: np.ndarray, action: str, count: int, direction: str) -> list[np.ndarray]:
        self.turned.append((action, count, direction))
        frame = placed(figure)
        if not self.knows:
            frame[8:40, 8:40] = (90, 60, 30, 255)
        return [frame] * count


async def test_a_figure_that_the_network_knows_is_moved_by_it_and_another_one_by_the_puppet() -> None:
    asked = replace(plan(man(), "walk", 4), direction="north")
    knows, strange = Turner(knows=True), Turner(knows=False)
    moved, turned = [await draw(asked, painter) for painter in (knows, strange)]
    assert knows.turned == [("idle", 1, "south"), ("walk", 4, "north")]
    assert strange.turned == [("idle", 1, "south"), ("idle", 1, "north")]
    assert len({frame.tobytes() for frame in moved.frames}) == 1
    assert len({frame.tobytes() for frame in turned.frames}) > 1, "the puppet bobs"
    assert {frame.shape for frame in (*moved.frames, *turned.frames)} == {(48, 48, 4)}
