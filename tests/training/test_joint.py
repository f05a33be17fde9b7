"""The joint embedding: exact losses, and the files against the towers."""

import json
import math
from pathlib import Path

import numpy as np
import pytest
import torch

from limner.generators.cards import ModelError
from limner.generators.request import KINDS
from limner.generators.scoring import JointEmbedding, alignment
from limner.generators.text_encoder import TextFeatures
from limner.training import joint_files
from limner.training.joint import Joint, JointConfig, content_loss, contrastive_loss
from limner.training.loop import Loop

SMALL = JointConfig(widths=(8, 8, 16), embedding=8, hidden=16)


def test_the_contrastive_loss_of_two_pairs_at_right_angles_is_known() -> None:
    unit = torch.eye(2)
    loss = contrastive_loss(unit, unit, torch.tensor([1, 2]), torch.tensor(3.0))
    assert float(loss) == pytest.approx(math.log(1 + math.exp(-3.0)))


def test_pairs_with_equal_captions_are_right_answers_in_equal_shares() -> None:
    same = torch.tensor([[1.0, 0.0], [1.0, 0.0]])
    loss = contrastive_loss(same, same, torch.tensor([5, 5]), torch.tensor(10.0))
    assert float(loss) == pytest.approx(math.log(2))


def test_the_content_loss_is_the_mean_squared_distance() -> None:
    assert float(content_loss(torch.tensor([[1.0, 0.0], [0.0, 1.0]]), torch.tensor([[0.0, 1.0], [0.0, 1.0]]))) == 1.0


def test_a_stopped_run_goes_on_where_it_was(tmp_path: Path) -> None:
    torch.manual_seed(0)
    layer = torch.nn.Linear(3, 3)
    loop = Loop(tmp_path, {"layer": layer}, budget_s=1e-9, save_every_s=60)
    seen = []
    loop.run(lambda: (0.5, 7), lambda: seen.append("look"), look_every_s=60)
    again = torch.nn.Linear(3, 3)
    resumed = Loop(tmp_path, {"layer": again}, budget_s=1e-9, save_every_s=60)
    assert resumed.resume(torch.device("cpu"))
    assert (resumed.step, resumed.samples, resumed.seconds > 0) == (1, 7, True)
    assert torch.equal(again.weight, layer.weight)
    resumed.run(lambda: pytest.fail("the budget is spent"), lambda: None, look_every_s=60)
    assert seen == ["look"]


def test_rates_rise_over_the_warm_up_and_fall_at_the_end(tmp_path: Path) -> None:
    loop = Loop(tmp_path, {}, budget_s=100, save_every_s=60)
    assert loop.rate(warm_up=10) == pytest.approx(0.1)
    loop.step, loop.seconds = 50, 50.0
    assert loop.rate(warm_up=10) == 1.0
    loop.seconds = 100.0
    assert loop.rate(warm_up=10) == pytest.approx(0.02)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A model folder with small random towers."""
    torch.manual_seed(1)
    towers = Joint(SMALL)
    for parameter in towers.parameters():
        torch.nn.init.normal_(parameter, std=0.3)
    errors = joint_files.export_towers(towers, tmp_path)
    assert max(errors.values()) < 0.02
    card = {"size": 32, "kinds": list(KINDS), "files": joint_files.digests(tmp_path)}
    (tmp_path / "card.json").write_text(json.dumps(card))
    return tmp_path


def features(count: int) -> TextFeatures:
    rng = np.random.default_rng(3)
    tokens = rng.normal(size=(count, 5, 1280)).astype(np.float32)
    pooled = rng.normal(size=(count, 512)).astype(np.float32)
    return TextFeatures(tokens, np.ones((count, 5), np.bool_), pooled)


@pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::torch.jit.TracerWarning")
def test_a_meaning_has_the_same_bits_alone_and_among_others(folder: Path) -> None:
    joint, three = JointEmbedding(folder), features(3)
    alone = joint.meanings(TextFeatures(three.tokens[1:2], three.mask[1:2], three.pooled[1:2]))[0]
    among = joint.meanings(three)[1]
    assert alone.embedding.tobytes() == among.embedding.tobytes()
    assert alone.kind == among.kind
    assert float(np.linalg.norm(alone.embedding)) == pytest.approx(1, abs=1e-3)


@pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::torch.jit.TracerWarning")
def test_an_enlarged_picture_means_what_the_small_one_means(folder: Path) -> None:
    joint = JointEmbedding(folder)
    picture = np.random.default_rng(4).uniform(-1, 1, (4, 32, 32)).astype(np.float32)
    small, large = joint.embedding(picture), joint.embedding(picture.repeat(2, 1).repeat(2, 2))
    assert alignment(small, large) == pytest.approx(1, abs=1e-3)
    with pytest.raises(ValueError, match="multiple of 32"):
        joint.embedding(picture[:, :16, :16])


def test_a_folder_without_a_card_is_refused_by_name(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="restore the folder"):
        JointEmbedding(tmp_path)
