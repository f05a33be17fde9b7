"""The frame network's art, batches and figures."""

import io
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import torch
from PIL import Image

from limner.generators.frames import CANVAS, ENTRIES
from limner.training import moves
from limner.training.frame_batches import FrameBatches, nearest_present
from limner.training.frame_network import FrameConfig, FrameNetwork, example_inputs
from limner.training.frames_evaluation import Clip, figures
from limner.training.frames_run import frame_loss
from limner.training.moves import scale2x

TINY = FrameConfig(thin=16, wide=24, blocks=1, heads=2, condition=16, features=8)


def clip(subject: str, action: str, direction: str, count: int = 4) -> dict[str, object]:
    """A block of 10 × 16 pixels that goes up by one pixel a frame, its face (a white pixel) where it looks."""
    strip = np.zeros((32, 32 * count, 4), np.uint8)
    for frame in range(count):
        figure = strip[:, 32 * frame : 32 * frame + 32]
        figure[10 - frame : 26 - frame, 11:21] = (40, 80, len(subject), 255)
        figure[12 - frame, {"down": 15, "right": 20, "left": 11}[direction]] = (255, 255, 255, 255)
    png = io.BytesIO()
    Image.fromarray(strip).save(png, "PNG")
    return {
        "id": f"{subject} {action} {direction}",
        "source": "puny-world",
        "category": "character",
        "subject": subject,
        "action": action,
        "direction": direction,
        "frames": count,
        "width": 32,
        "height": 32,
        "png": png.getvalue(),
    }


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Six figures that idle and walk, and two still pictures of people."""
    folder = tmp_path_factory.mktemp("data")
    subjects = [f"figure {number}" for number in range(6)]
    rows = [
        clip(s, action, side) for s in subjects for action in ("idle", "walk") for side in ("down", "right", "left")
    ]
    pq.write_table(pa.Table.from_pylist(rows), folder / "clips.parquet")
    moves.build(folder / "clips.parquet", folder)
    still = np.zeros((2, 32, 32, 4), np.uint8)
    still[:, 4:32, 10:22] = (120, 60, 30, 255)
    np.save(folder / "pictures.npy", still)
    ones = np.ones(2, np.int64)
    np.savez(folder / "rows.npz", kind=ones, style=ones, held_out=np.zeros(2, bool))
    return folder


def test_figures_are_packed_on_one_canvas_with_their_feet_on_the_ground(data: Path) -> None:
    rows = np.load(data / "moves.npz")
    assert rows["frames"].shape == (6 * 6 * 4, CANVAS, CANVAS)
    first = rows["frames"][0]
    shown = [np.flatnonzero((first > 0).any(axis=axis)) for axis in (1, 0)]
    assert (shown[0][0], shown[0][-1], shown[1][0], shown[1][-1]) == (16, 47, 14, 33)  # 20 × 32: drawn twice as large
    assert rows["rests"][0].tolist() == [0, -1, 8, -1, -1, -1, 4, -1]
    assert rows["angle"][:4].tolist() == pytest.approx([0, np.pi / 2, np.pi, 3 * np.pi / 2])


def test_held_out_figures_never_come_in_a_batch(data: Path) -> None:
    """Each figure of the fixture is blue by another number, and colours are turned alike: here only the first is left to train on."""
    batches = FrameBatches(data, seed=3)
    batches.held_out[:] = [False, *[True] * 5]
    batches._training, batches._weight = np.array([0]), np.array([1.0])
    asked: list[int] = []
    finished = batches._headed

    def headed(figure: int, start: int, goal: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        asked.extend((figure, int(batches.figure[start]), int(batches.figure[goal])))
        return finished(figure, start, goal)

    batches._headed = headed  # type: ignore[method-assign]
    batches.next(40)
    assert set(asked) == {0}


def test_a_batch_is_right_by_what_it_shows(data: Path) -> None:
    """Every entry of the target is one of the reference's, and equal seeds give equal batches."""
    one, two = (FrameBatches(data, seed=5).next(24) for _ in range(2))
    for left, right in zip((*one.inputs, one.target), (*two.inputs, two.target), strict=True):
        assert torch.equal(left, right)
    present = one.members.sum(dim=(2, 3)) > 0
    for known, target in zip(present, one.target, strict=True):
        assert all(entry == ENTRIES or known[entry] for entry in target.unique().tolist())
    shows = one.reference[:, 3] > 0
    assert torch.equal(one.members.sum(dim=1) > 0, shows)
    assert ((one.direction >= 0) & (one.direction < 8)).all()


def test_a_colour_that_the_reference_has_not_becomes_the_nearest_that_it_has() -> None:
    palette = np.zeros((ENTRIES, 3), np.uint8)
    palette[:4] = [(0, 0, 0), (200, 0, 0), (255, 255, 255), (190, 10, 0)]
    found = nearest_present(np.array([[1, 2], [0, 3]], np.uint8), np.array([[4, 3], [0, 1]], np.uint8), palette)
    assert found.tolist() == [[1, 2], [ENTRIES, 0]]
    assert (nearest_present(np.zeros((2, 2), np.uint8), np.ones((2, 2), np.uint8), palette) == ENTRIES).all()


def test_scale2x_keeps_slanted_edges_slanted() -> None:
    assert scale2x(np.array([[1, 0], [0, 0]], np.uint8)).tolist() == [
        [1, 1, 0, 0],
        [1, 0, 0, 0],
        [0, 0, 0, 0],
        [0, 0, 0, 0],
    ]
    assert (scale2x(np.full((3, 2), 7, np.uint8)) == 7).all()


def test_the_network_cannot_use_a_colour_that_is_not_there_and_does_not_mind_their_order() -> None:
    torch.manual_seed(0)
    network = FrameNetwork(TINY).eval()
    for block in network.modules():  # what starts at zero would say nothing
        for weight in block.parameters(recurse=False):
            torch.nn.init.normal_(weight, std=0.1)
    inputs = example_inputs()
    scores = network(*inputs.values())
    assert (scores[:, 6:ENTRIES] < -1e3).all()
    order = torch.randperm(ENTRIES)
    turned = network(*(inputs | {"members": inputs["members"][:, order]}).values())
    assert torch.allclose(turned[:, :ENTRIES], scores[:, order], atol=1e-4)
    assert torch.allclose(turned[:, ENTRIES], scores[:, ENTRIES], atol=1e-4)


def test_a_small_network_learns_one_picture() -> None:
    torch.manual_seed(0)
    network, inputs = FrameNetwork(TINY), example_inputs()
    target = torch.full((2, CANVAS, CANVAS), ENTRIES)
    target[0, 20:40, 10:30], target[1, 5:15, 5:40] = 2, 4
    optimiser = torch.optim.AdamW(network.parameters(), lr=3e-3)
    losses = []
    for _ in range(40):
        loss = frame_loss(network(*inputs.values()), target, inputs["reference"])
        optimiser.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        optimiser.step()
        losses.append(float(loss.detach()))
    assert losses[-1] < losses[0] / 4


def test_the_figures_of_an_animation_are_exact() -> None:
    """Of four red pixels one is missed and one is beside; one that stays is lost in one of two frames."""
    empty = np.zeros((4, 4, 4), np.uint8)
    true = empty.copy()
    true[1, :4] = (255, 0, 0, 255)
    moved = true.copy()
    moved[1, 0], moved[2, 0] = 0, (255, 0, 0, 255)
    still = Clip(true, "walk", "south", [true, true])
    assert figures([true, true], still) == {"error": 0, "flicker": 0, "closure": 1}
    # two frames show 4 + 5 pixels; two of them are wrong in red and alpha, by 1 of 4 channels each
    assert figures([true, moved], still) == {"error": pytest.approx(2 * 2 / 4 / 9), "flicker": 0.25, "closure": 1}
