"""What the server tells of a picture that is near the training art."""

from pathlib import Path

import numpy as np
import pytest

from limner.generators import originality
from limner.generators.imagen import premultiplied
from limner.generators.originality import Limits, Origins, known_of
from limner.generators.scoring import JointEmbedding
from limner.recipes.references import decoded

from .conftest import Opened


async def test_a_picture_that_is_known_is_flagged_and_another_one_is_not(
    opened: Opened, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with opened() as client:
        first = await client.ended((await client.create()).name)
        assert first.assets[0].qa.training_distance > 0
        assert not first.warnings
        pixels = decoded(await client.read(first.assets[0].name))[None]

    def only_that_one(folder: Path) -> Origins:
        embeddings = JointEmbedding(folder).embeddings(premultiplied(np.ascontiguousarray(pixels[:, :, ::-1])))
        known = known_of(np.ascontiguousarray(pixels[:, :, ::-1]), embeddings)
        return Origins(known, Limits(same=0.2, alike=0.2, meaning=0.15))  # noise is kept less exactly than art

    monkeypatch.setattr(originality, "load_training", only_that_one)
    async with opened() as client:
        again = await client.ended((await client.create(candidates=2)).name)
        told = [warning for warning in again.warnings if "looks much like one that the model learnt from" in warning]
        assert len(told) == 1, [(asset.candidate, asset.qa.training_distance) for asset in again.assets]
        flagged = min(again.assets, key=lambda asset: asset.qa.training_distance)
        assert flagged.candidate == 0
        assert told[0].startswith(f"picture {flagged.rank} ")


async def test_an_operator_may_switch_the_comparison_off(opened: Opened) -> None:
    async with opened(originality="off") as client:
        ended = await client.ended((await client.create()).name)
    assert not ended.assets[0].qa.HasField("training_distance")
