"""A figure of known parts, moved: where its pixels must be."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from limner.atlas.puppets import Figure, Pose, figure, posed
from limner.atlas.sprites import AtlasError, Pixels

HEAD, TRUNK, LEFT, RIGHT, STAFF = (1, 1, 1, 255), (2, 2, 2, 255), (3, 3, 3, 255), (4, 4, 4, 255), (5, 5, 5, 255)


def man() -> Pixels:
    """Twenty rows high, two legs below the hip, a staff beside him."""
    pixels = np.zeros((32, 32, 4), np.uint8)
    pixels[8:12, 12:18], pixels[12:22, 11:19] = HEAD, TRUNK
    pixels[22:28, 11:14], pixels[22:28, 16:19] = LEFT, RIGHT
    pixels[9:28, 21] = STAFF
    return pixels


def box(pixels: Pixels, colour: tuple[int, ...]) -> tuple[int, int, int, int]:
    """First and last row, first and last column of a colour."""
    rows, columns = np.nonzero((pixels == colour).all(axis=-1))
    return rows.min(), rows.max(), columns.min(), columns.max()


@pytest.fixture
def puppet() -> Figure:
    return figure(man())


def test_the_figure_is_found_on_a_canvas_with_room_to_jump_and_lunge(puppet: Figure) -> None:
    assert puppet.pixels.shape == (48, 48, 4)
    assert (puppet.top, puppet.ground, puppet.hip) == (24, 44, 38)
    assert puppet.two_legged


def test_a_figure_at_rest_is_the_picture_itself(puppet: Figure) -> None:
    assert (posed(puppet, Pose()) == puppet.pixels).all()
    assert (puppet.pixels[16:, 8:40] == man()).all()


def test_lift_and_sway_move_every_pixel_alike(puppet: Figure) -> None:
    moved = posed(puppet, Pose(lift=0.25, sway=0.1))  # five pixels up, two to the right
    assert (moved == np.roll(puppet.pixels, (-5, 2), axis=(0, 1))).all()


def test_feet_stay_where_a_figure_leans_or_is_squashed(puppet: Figure) -> None:
    leaning = posed(puppet, Pose(lean=0.3))
    assert box(leaning, LEFT)[1] == 43
    assert box(leaning, HEAD)[2] > box(puppet.pixels, HEAD)[2] + 3
    squashed = posed(puppet, Pose(stretch=0.5))
    assert (box(squashed, HEAD)[0], box(squashed, LEFT)[1]) == (34, 43)


def test_a_foot_swings_from_the_hip_and_nothing_else_moves(puppet: Figure) -> None:
    stepped = posed(puppet, Pose(left_foot=(-0.2, 0.0)))
    top, bottom, first, last = box(stepped, LEFT)
    assert (top, bottom) == (38, 43)
    assert first == box(puppet.pixels, LEFT)[2] - 4  # the sole
    assert last == box(puppet.pixels, LEFT)[3]  # where it hangs from the hip
    for colour in (HEAD, TRUNK, RIGHT, STAFF):
        assert box(stepped, colour) == box(puppet.pixels, colour)


def test_a_fallen_figure_lies_on_the_ground_whole(puppet: Figure) -> None:
    lying = posed(puppet, Pose(turn=-90, sway=0.5))
    rows, columns = np.nonzero(lying[..., 3])
    assert rows.max() == puppet.ground - 1
    assert (rows.max() - rows.min() + 1, columns.max() - columns.min() + 1) == (11, 20)
    assert (lying[..., 3] > 0).sum() == (puppet.pixels[..., 3] > 0).sum()


def test_a_flash_whitens_what_is_seen_and_nothing_else(puppet: Figure) -> None:
    white = posed(puppet, Pose(flash=1.0))
    assert (white[..., 3] == puppet.pixels[..., 3]).all()
    assert set(white[white[..., 3] > 0][:, :3].ravel()) == {255}


shares = st.floats(-0.4, 0.4)


@given(st.builds(Pose, lift=shares, sway=shares, lean=shares, stretch=st.floats(0.5, 1.5), turn=st.floats(-90, 90), left_foot=st.tuples(shares, shares), right_foot=st.tuples(shares, shares)))  # fmt: skip
def test_no_pose_makes_a_new_colour(pose: Pose) -> None:
    moved = posed(figure(man()), pose)
    assert {tuple(pixel) for pixel in moved.reshape(-1, 4)} <= {HEAD, TRUNK, LEFT, RIGHT, STAFF, (0, 0, 0, 0)}


def test_what_is_wider_than_high_has_no_legs_to_part() -> None:
    slime = np.zeros((16, 16, 4), np.uint8)
    slime[10:15, 2:14] = LEFT
    found = figure(slime)
    assert not found.two_legged
    assert (posed(found, Pose(left_foot=(0.3, 0.0))) == found.pixels).all()


def test_a_clear_picture_holds_no_figure() -> None:
    with pytest.raises(AtlasError, match="figure"):
        figure(np.zeros((8, 8, 4), np.uint8))
