"""The network that turns figures, as it is shipped."""

import numpy as np
import pytest

from limner.generators.frames import CANVAS, DIRECTIONS, ENTRIES, FrameModel, angle_of, entries_of, placed
from limner.server.catalogue import WEIGHTS


@pytest.fixture(scope="module")
def model() -> FrameModel:
    return FrameModel(WEIGHTS / "frames")


def goblin() -> np.ndarray:
    """A green head with a black outline and white eyes on a blue body, 20 × 26 pixels."""
    pixels = np.zeros((32, 32, 4), np.uint8)
    for box, colour in (
        ((6, 6, 26, 20), (20, 20, 20)),
        ((7, 7, 25, 19), (80, 170, 40)),
        ((9, 19, 23, 32), (20, 20, 20)),
        ((10, 20, 22, 31), (30, 60, 160)),
        ((11, 12, 13, 15), (250, 250, 250)),
        ((19, 12, 21, 15), (250, 250, 250)),
    ):
        left, top, right, bottom = box
        pixels[top:bottom, left:right] = (*colour, 255)
    return pixels


def colours(pictures: list[np.ndarray]) -> set[tuple[int, ...]]:
    return {tuple(pixel) for picture in pictures for pixel in picture.reshape(-1, 4).tolist()}


@pytest.mark.parametrize("direction", DIRECTIONS)
def test_frames_have_no_colour_that_the_figure_has_not(model: FrameModel, direction: str) -> None:
    frames = model(goblin(), "walk", 4, direction)
    assert [frame.shape for frame in frames] == [(CANVAS, CANVAS, 4)] * 4
    assert colours(frames) <= colours([goblin()])
    assert all(frame[..., 3].any() for frame in frames)


def test_a_figure_seen_from_behind_has_no_eyes(model: FrameModel) -> None:
    white = [
        sum(
            (frame == 250).all(axis=2, where=[True, True, True, False]).sum()
            for frame in model(goblin(), "idle", 2, side)
        )
        for side in ("south", "north")
    ]
    assert white[1] < white[0]


def test_frames_do_not_depend_on_how_many_there_are(model: FrameModel) -> None:
    """The first and the middle frame of a cycle of 32 in two calls are those of a cycle of 2."""
    short, long = (model(goblin(), "walk", count, "east") for count in (2, 32))
    assert (short[0] != long[0]).any(axis=2).mean() < 0.001
    assert (short[1] != long[16]).any(axis=2).mean() < 0.001


def test_equal_calls_give_equal_bytes(model: FrameModel) -> None:
    one, two = (np.stack(model(goblin(), "attack", 3, "west")).tobytes() for _ in range(2))
    assert one == two


def test_the_phase_goes_round_or_ends() -> None:
    assert [angle_of("walk", number, 4) for number in range(4)] == [0, np.pi / 2, np.pi, 3 * np.pi / 2]
    assert [angle_of("die", number, 3) for number in range(3)] == [0, np.pi / 2, np.pi]
    assert angle_of("die", 0, 1) == 0


def test_as_many_pixels_show_as_are_expected_to() -> None:
    """Three pixels of 0.4 each, that were all clear by themselves, together are one that shows: the first of them."""
    scores = np.full((1, ENTRIES + 1, 1, 3), -1e4, np.float32)
    scores[:, 5], scores[:, ENTRIES] = np.log(0.4), np.log(0.6)
    assert entries_of(scores).tolist() == [[[5, ENTRIES, ENTRIES]]]
    scores[:, 7, 0, 2] = np.log(3.6)  # of five parts 3.6: the likeliest shows
    assert entries_of(scores).tolist() == [[[5, ENTRIES, 7]]]


def test_a_figure_stands_at_the_bottom_in_the_middle() -> None:
    put = placed(goblin())
    rows, columns = np.flatnonzero(put[..., 3].any(axis=1)), np.flatnonzero(put[..., 3].any(axis=0))
    assert (rows[0], rows[-1], columns[0], columns[-1]) == (CANVAS - 26, CANVAS - 1, 14, 33)
    assert (put[rows[0] :, 14:34] == goblin()[6:, 6:26]).all()


def test_what_has_no_figure_or_too_large_a_one_is_refused(model: FrameModel) -> None:
    with pytest.raises(ValueError, match="clear"):
        model(np.zeros((32, 32, 4), np.uint8), "idle", 1, "north")
    with pytest.raises(ValueError, match="49 × 10 pixels"):
        model(np.full((10, 49, 4), 255, np.uint8), "idle", 1, "north")
    noise = np.random.default_rng(0).integers(0, 256, (10, 10, 4), np.uint8)
    noise[..., 3] = 255
    with pytest.raises(ValueError, match="100 colours"):
        model(noise, "idle", 1, "north")
