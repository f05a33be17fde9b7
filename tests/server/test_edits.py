"""Edits and variations of what the server drew before."""

import io
from typing import Any

import grpc
import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from limner.v1 import briefs_pb2, generation_pb2, generation_service_pb2

from .conftest import WORLD, Client


def pixels(content: bytes) -> NDArray[np.uint8]:
    return np.asarray(Image.open(io.BytesIO(content)))


def mask(side: int) -> bytes:
    """White in the left half."""
    halves = np.zeros((side, side, 4), np.uint8)
    halves[..., 3] = 255
    halves[:, : side // 2] = 255
    out = io.BytesIO()
    Image.fromarray(halves).save(out, format="PNG")
    return out.getvalue()


def image(**fields: Any) -> briefs_pb2.ImageBrief:
    brief = briefs_pb2.ImageBrief(prompt="a dragon", model=f"models/{WORLD}", seed=3, **fields)
    brief.sampling.steps = 4
    return brief


async def created(client: Client, generation: generation_pb2.Generation) -> generation_pb2.Generation:
    request = generation_service_pb2.CreateGenerationRequest(generation=generation)
    return await client.ended((await client.generations.CreateGeneration(request)).generation.name)


async def test_an_edit_keeps_the_sources_bytes_outside_the_mask(client: Client) -> None:
    source = (await client.ended((await client.create(width=64)).name)).assets[0]
    edit = briefs_pb2.EditBrief(source=source.name, mask_png=mask(64), image=image())
    ended = await created(client, generation_pb2.Generation(edit=edit))
    assert ended.edit.source == source.name
    before, after = pixels(await client.read(source.name)), pixels(await client.read(ended.assets[0].name))
    changed = (before != after).any(axis=2)
    assert changed[:, :32].any()
    assert not changed[:, 32:].any()


async def test_variations_are_four_pictures_of_the_sources_size_and_words(client: Client) -> None:
    source = (await client.ended((await client.create(width=64, prompt="a blue slime")).name)).assets[0]
    variation = briefs_pb2.VariationBrief(source=source.name, model=f"models/{WORLD}", seed=1)
    ended = await created(client, generation_pb2.Generation(variation=variation))
    assert [(asset.width, asset.height) for asset in ended.assets] == [(64, 64)] * 4
    assert len({asset.digest for asset in ended.assets}) == 4
    of_a_variation = briefs_pb2.VariationBrief(source=ended.assets[0].name, model=f"models/{WORLD}", candidates=1)
    again = await created(client, generation_pb2.Generation(variation=of_a_variation))
    assert len(again.assets) == 1


@pytest.mark.parametrize(
    ("generation", "field"),
    [
        (generation_pb2.Generation(edit=briefs_pb2.EditBrief(image=image())), "edit.source"),
        (generation_pb2.Generation(edit=briefs_pb2.EditBrief(source="assets/../x", image=image())), "edit.source"),
        (
            generation_pb2.Generation(variation=briefs_pb2.VariationBrief(source=f"assets/{'0' * 32}-1")),
            "variation.source",
        ),
    ],
    ids=["no source", "path as source", "source that is not there"],
)
async def test_a_source_that_cannot_be_is_refused_by_field(
    client: Client, generation: generation_pb2.Generation, field: str
) -> None:
    with pytest.raises(grpc.aio.AioRpcError) as refused:
        await client.generations.CreateGeneration(generation_service_pb2.CreateGenerationRequest(generation=generation))
    assert refused.value.code() == grpc.StatusCode.INVALID_ARGUMENT
    assert field in str(refused.value.details())


async def test_a_bad_edit_is_refused_under_the_names_of_the_edit(client: Client) -> None:
    source = (await client.ended((await client.create()).name)).assets[0]
    for brief, field in (
        (briefs_pb2.EditBrief(source=source.name, image=image(strength=2.0)), "edit.image.strength"),
        (briefs_pb2.EditBrief(source=source.name, image=image(), mask_png=mask(64)), "edit.image.mask_png"),
        (briefs_pb2.EditBrief(source=source.name, image=image(reference_png=mask(32))), "edit.image.reference_png"),
    ):
        request = generation_service_pb2.CreateGenerationRequest(generation=generation_pb2.Generation(edit=brief))
        with pytest.raises(grpc.aio.AioRpcError) as refused:
            await client.generations.CreateGeneration(request)
        assert field in str(refused.value.details())
