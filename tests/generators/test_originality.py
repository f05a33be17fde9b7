"""Copies are found whatever was done to them, and other pictures are not taken for copies."""

import numpy as np
import pytest
from numpy.typing import NDArray

from limner.generators.imagen import premultiplied
from limner.generators.originality import Known, Limits, known_of, load_training, orientations, reduced
from limner.generators.scoring import JointEmbedding
from limner.generators.signatures import Planes, packed, plain, planes, unpacked
from limner.server.catalogue import WEIGHTS

Pictures = NDArray[np.uint8]
LIMITS = Limits(same=0.015, alike=0.05, meaning=0.15)


@pytest.fixture(scope="module")
def joint() -> JointEmbedding:
    return JointEmbedding(WEIGHTS / "joint")


def figures(count: int) -> Pictures:
    """Blobs of coarse blocks in several greys and colours, each another one."""
    rng = np.random.default_rng(8)
    blocks = rng.integers(0, 256, (count, 6, 6, 4), dtype=np.uint8)
    blocks[..., 3] = np.where(rng.random((count, 6, 6)) < 0.7, 255, 0)
    drawn = np.zeros((count, 32, 32, 4), np.uint8)
    drawn[:, 4:28, 4:28] = blocks.repeat(4, axis=1).repeat(4, axis=2)
    return drawn


@pytest.fixture(scope="module")
def art() -> Pictures:
    return figures(40)


@pytest.fixture(scope="module")
def known(art: Pictures, joint: JointEmbedding) -> Known:
    return known_of(art, joint.embeddings(premultiplied(art)))


@pytest.mark.parametrize("edit", ["none", "mirrored", "shifted", "enlarged"])
def test_a_copy_is_found_by_its_number(known: Known, art: Pictures, joint: JointEmbedding, edit: str) -> None:
    for number in (0, 17, 39):
        copy = {
            "none": art[number],
            "mirrored": art[number][:, ::-1],
            "shifted": np.roll(art[number], (1, 2), axis=(0, 1)),
            "enlarged": art[number].repeat(4, axis=0).repeat(4, axis=1),
        }[edit]
        near = known.nearest(copy, joint)
        assert near.row == number
        assert near.look < 0.02  # what 4 bits a cell leave
        assert LIMITS.crossed(near)


def test_another_figure_is_no_copy(known: Known, joint: JointEmbedding) -> None:
    for picture in figures(44)[40:]:
        assert not LIMITS.crossed(known.nearest(picture, joint))


def test_a_picture_of_one_colour_is_a_copy_of_none(joint: JointEmbedding) -> None:
    square = np.full((1, 32, 32, 4), 255, np.uint8)
    near = known_of(square, joint.embeddings(premultiplied(square))).nearest(square[0], joint)
    assert near.plain
    assert not LIMITS.crossed(near)


def test_where_nothing_is_known_nothing_is_near(art: Pictures, joint: JointEmbedding) -> None:
    empty = known_of(art[:0], np.zeros((0, 128), np.float32))
    near = empty.nearest(art[0], joint)
    assert (near.row, near.look) == (-1, 1.0)
    assert not LIMITS.crossed(near)


def test_packing_keeps_shade_to_a_fifteenth_and_cover_to_a_sixth(art: Pictures) -> None:
    whole = planes(art)
    rows = packed(whole)
    assert rows.shape == (40, 48)
    kept = unpacked(rows)
    most = np.abs(whole.shade).max(axis=1, keepdims=True)
    assert np.abs(kept.shade - whole.shade / most).max() <= 0.5 / 7 + 1e-6
    assert np.abs(kept.cover - whole.cover).max() <= 0.5 / 3 + 1e-6


def test_only_shade_that_differs_makes_a_picture_more_than_plain() -> None:
    flat = Planes(np.zeros((1, 64), np.float32), np.ones((1, 64), np.float32))
    drawn = flat._replace(shade=np.tile(np.array([0.1, -0.1], np.float32), 32)[None])
    assert (plain(flat)[0], plain(drawn)[0]) == (True, False)


def test_an_embedding_does_not_depend_on_what_runs_beside_it(art: Pictures, joint: JointEmbedding) -> None:
    for picture in art[:4]:
        both = premultiplied(orientations(picture))
        np.testing.assert_array_equal(joint.pair(*both)[0], joint.embedding(both[0]))


def test_a_size_that_is_no_multiple_is_refused() -> None:
    with pytest.raises(ValueError, match="a multiple of 32"):
        reduced(np.zeros((33, 33, 4), np.uint8))


def test_the_packaged_index_fits_its_card_and_four_mebibytes() -> None:
    known, limits = load_training(WEIGHTS / "joint")
    assert len(known) > 40_000
    assert limits.same < limits.alike < 0.2
    assert (WEIGHTS / "joint" / "originality.npz").stat().st_size < 4 * 2**20
