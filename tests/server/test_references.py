"""Drawing from a given picture, through the real server."""

import io
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from limner.v1 import briefs_pb2

from .conftest import Client


def png(pixels: NDArray[np.uint8]) -> bytes:
    out = io.BytesIO()
    Image.fromarray(pixels).save(out, format="PNG")
    return out.getvalue()


async def drawn(client: Client, **fields: Any) -> NDArray[np.uint8]:
    ended = await client.ended((await client.create(**fields)).name)
    content = await client.read(ended.assets[0].name)
    return np.asarray(Image.open(io.BytesIO(content)))


async def test_a_masked_edit_leaves_every_byte_outside_the_mask(client: Client) -> None:
    before = np.random.default_rng(0).integers(0, 256, (64, 64, 4), np.uint8)
    mask = np.zeros((64, 64, 4), np.uint8)
    mask[..., 3] = 255
    mask[10:40, 20:30] = 255
    after = await drawn(client, width=64, reference_png=png(before), mask_png=png(mask), strength=0.8)
    changed = (after != before).any(axis=2)
    assert changed.any()
    assert not changed[mask[..., 0] == 0].any()


async def test_the_reference_and_the_strength_decide_the_picture(client: Client) -> None:
    one, other = (np.random.default_rng(seed).integers(0, 256, (32, 32, 4), np.uint8) for seed in (1, 2))
    first = await drawn(client, reference_png=png(one), raw=True)
    assert not np.array_equal(first, await drawn(client, reference_png=png(other), raw=True))
    assert not np.array_equal(first, await drawn(client, reference_png=png(one), strength=0.2, raw=True))
    np.testing.assert_array_equal(first, await drawn(client, reference_png=png(one), raw=True))


async def test_a_palette_is_held_to(client: Client) -> None:
    palette = briefs_pb2.Palette(colours=[0x102030, 0xF0E0D0, 0x808000])
    picture = await drawn(client, palette=palette)
    visible = {tuple(int(value) for value in pixel) for pixel in picture[picture[..., 3] > 0][:, :3]}
    assert visible <= {(0x10, 0x20, 0x30), (0xF0, 0xE0, 0xD0), (0x80, 0x80, 0x00)}


async def test_tiling_is_a_request_of_its_own(client: Client) -> None:
    plain, tiled = await drawn(client, raw=True), await drawn(client, raw=True, tile_x=True, tile_y=True)
    assert plain.shape == tiled.shape
