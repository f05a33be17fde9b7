"""Bad input: a named field and a fix, nothing stored, the server goes on."""

import asyncio
import io
import struct
import zlib
from pathlib import Path
from typing import Any

import grpc
import pytest
from google.rpc import error_details_pb2
from grpc_status import rpc_status
from PIL import Image

from limner.v1 import asset_service_pb2, briefs_pb2, generation_pb2
from limner.v1 import generation_service_pb2 as wire

from .conftest import WORLD, Client, Opened, asked, write_world

INVALID = grpc.StatusCode.INVALID_ARGUMENT


def violated(error: grpc.aio.AioRpcError) -> dict[str, str]:
    """The fields that a refusal names, each with its fix."""
    status = rpc_status.from_call(error)
    found = error_details_pb2.BadRequest()
    for detail in status.details if status else ():
        if detail.Unpack(found):
            return {violation.field: violation.description for violation in found.field_violations}
    return {}


def png(side: int = 4, colour: tuple[int, int, int, int] = (255, 255, 255, 255)) -> bytes:
    out = io.BytesIO()
    Image.new("RGBA", (side, side), colour).save(out, format="PNG")
    return out.getvalue()


def bomb() -> bytes:
    """A few bytes that claim 100,000 × 100,000 pixels."""

    def chunk(kind: bytes, content: bytes) -> bytes:
        return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))

    header = struct.pack(">IIBBBBB", 100_000, 100_000, 8, 6, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(bytes(1000))) + chunk(b"IEND", b"")
    )


BRIEFS: dict[str, tuple[dict[str, Any], str]] = {
    "empty prompt": ({"prompt": ""}, "image.prompt"),
    "spaces alone": ({"prompt": " \t\n"}, "image.prompt"),
    "control characters alone": ({"prompt": "\x00\x01\x1b"}, "image.prompt"),
    "emoji alone": ({"prompt": "🐉🔥"}, "image.prompt"),
    "10 MB prompt": ({"prompt": "dragon " * 1_500_000}, "image.prompt"),
    "long negative prompt": ({"negative_prompt": "x" * 2001}, "image.negative_prompt"),
    "unknown model": ({"model": "models/nobody"}, "image.model"),
    "path as model": ({"model": "../../etc/passwd"}, "image.model"),
    "width 0": ({"width": 0}, "image.width"),
    "width 33": ({"width": 33}, "image.width"),
    "width 100,000": ({"width": 100_000}, "image.width"),
    "height unlike width": ({"width": 32, "height": 64}, "image.height"),
    "seed below 0": ({"seed": -1}, "image.seed"),
    "seed of 2^53": ({"seed": 2**53}, "image.seed"),
    "no candidates": ({"candidates": 0}, "image.candidates"),
    "unknown kind": ({"kind": "../ghost"}, "image.kind"),
    "unknown style": ({"style": "baroque"}, "image.style"),
    "no steps": ({"steps": 0}, "image.sampling.steps"),
    "truncated reference": ({"reference_png": png(64)[:-30]}, "image.reference_png"),
    "reference that is no picture": ({"reference_png": b"hello"}, "image.reference_png"),
    "decompression bomb": ({"reference_png": bomb()}, "image.reference_png"),
    "strength 0": ({"reference_png": png(), "strength": 0.0}, "image.strength"),
    "strength above 1": ({"reference_png": png(), "strength": 1.5}, "image.strength"),
    "strength without reference": ({"strength": 0.5}, "image.strength"),
    "mask without reference": ({"mask_png": png()}, "image.mask_png"),
    "transparent reference": ({"reference_png": png(32, (9, 9, 9, 0))}, "image.reference_png"),
    "mask of another size": ({"reference_png": png(32), "mask_png": png(64)}, "image.mask_png"),
    "mask with nothing white": ({"reference_png": png(32), "mask_png": png(32, (0, 0, 0, 255))}, "image.mask_png"),
    "masked reference of another size": ({"reference_png": png(48), "mask_png": png(48)}, "image.reference_png"),
    "palette of one colour": ({"palette": briefs_pb2.Palette(colours=[1])}, "image.palette.colours"),
    "colour beyond white": ({"palette": briefs_pb2.Palette(colours=[1, 0x1000000])}, "image.palette.colours"),
    "two palettes": ({"palette": briefs_pb2.Palette(colours=[1, 2], png=png())}, "image.palette"),
    "empty palette": ({"palette": briefs_pb2.Palette()}, "image.palette"),
    "transparent palette": ({"palette": briefs_pb2.Palette(png=png(8, (9, 9, 9, 0)))}, "image.palette.png"),
    "truncated mask": ({"reference_png": png(), "mask_png": png(64)[:-30]}, "image.mask_png"),
}


@pytest.mark.parametrize(("fields", "field"), BRIEFS.values(), ids=BRIEFS.keys())
async def test_a_bad_brief_is_refused_by_field(client: Client, fields: dict[str, Any], field: str) -> None:
    with pytest.raises(grpc.aio.AioRpcError) as refused:
        await client.create("chosen", **fields)
    assert refused.value.code() == INVALID
    assert set(violated(refused.value)) == {field}
    assert len(violated(refused.value)[field]) > 10
    await assert_nothing_stored(client)


@pytest.mark.parametrize("field", ["guidance_scale", "dynamic_threshold", "guidance_sigma_max", "guidance_sigma_min"])
@pytest.mark.parametrize("value", [float("nan"), -1.0])
async def test_a_number_that_is_none_is_refused_by_field(client: Client, field: str, value: float) -> None:
    request = asked()
    setattr(request.generation.image.sampling, field, value)
    with pytest.raises(grpc.aio.AioRpcError) as refused:
        await client.generations.CreateGeneration(request)
    assert refused.value.code() == INVALID
    (named,) = violated(refused.value)
    assert named.startswith("image.sampling.")
    await assert_nothing_stored(client)


async def test_everything_that_is_wrong_is_told_at_once(client: Client) -> None:
    with pytest.raises(grpc.aio.AioRpcError) as refused:
        await client.create(prompt="", width=33, seed=-1)
    assert set(violated(refused.value)) == {"image.prompt", "image.width", "image.seed"}


async def test_no_brief_is_refused(client: Client) -> None:
    with pytest.raises(grpc.aio.AioRpcError) as refused:
        await client.generations.CreateGeneration(wire.CreateGenerationRequest())
    assert (refused.value.code(), set(violated(refused.value))) == (INVALID, {"generation.brief"})


@pytest.mark.parametrize("apart", [False, True], ids=["in one generation", "in two that protobuf merges"])
async def test_two_briefs_are_refused_although_protobuf_would_keep_the_last(client: Client, apart: bool) -> None:
    image, texture = asked().generation, generation_pb2.Generation(texture=briefs_pb2.TextureBrief())
    parts = [image.SerializeToString(), texture.SerializeToString()]
    parts = parts if apart else [b"".join(parts)]
    two = b"".join(b"\x0a" + varint(len(part)) + part for part in parts)  # field 1, length, content
    call: Any = client.channel.unary_unary("/limner.v1.GenerationService/CreateGeneration")
    with pytest.raises(grpc.aio.AioRpcError) as refused:
        await call(two)
    assert refused.value.code() == INVALID
    assert violated(refused.value) == {"generation.brief": "image and texture are all set; set exactly one"}
    await assert_nothing_stored(client)


def varint(number: int) -> bytes:
    return bytes([number]) if number < 0x80 else bytes([number & 0x7F | 0x80]) + varint(number >> 7)


async def test_bytes_that_are_no_message_are_the_fault_of_the_caller(client: Client) -> None:
    call: Any = client.channel.unary_unary("/limner.v1.GenerationService/CreateGeneration")
    with pytest.raises(grpc.aio.AioRpcError) as refused:
        await call(b"\xff\xff\xff")
    assert refused.value.code() == INVALID


@pytest.mark.parametrize("name", ["", "generations/", "generations/../x", "../../etc/passwd", "generations/ä" * 99])
async def test_a_name_that_is_no_generation_is_refused(client: Client, name: str) -> None:
    for method, request in (
        (client.generations.GetGeneration, wire.GetGenerationRequest(name=name)),
        (client.generations.CancelGeneration, wire.CancelGenerationRequest(name=name)),
    ):
        with pytest.raises(grpc.aio.AioRpcError) as refused:
            await method(request)
        assert (refused.value.code(), set(violated(refused.value))) == (INVALID, {"name"})


async def test_an_unknown_generation_is_not_found(client: Client) -> None:
    with pytest.raises(grpc.aio.AioRpcError) as refused:
        await client.generations.GetGeneration(wire.GetGenerationRequest(name="generations/" + "0" * 32))
    assert refused.value.code() == grpc.StatusCode.NOT_FOUND


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"format": "../gif"}, "format"),
        ({"format": "psd"}, "format"),
        ({"stem": "../../etc/cron"}, "stem"),
        ({"names": []}, "names"),
        ({"names": ["assets/../../secret"]}, "names"),
    ],
)
async def test_a_bad_export_is_refused_by_field(client: Client, fields: dict[str, Any], field: str) -> None:
    values = {"names": ["assets/" + "0" * 32 + "-1"], "format": "png", "stem": "hero"} | fields
    with pytest.raises(grpc.aio.AioRpcError) as refused:
        async for _ in client.assets.ExportAssets(asset_service_pb2.ExportAssetsRequest(**values)):
            pass
    assert (refused.value.code(), set(violated(refused.value))) == (INVALID, {field})


@pytest.mark.parametrize(("size", "token", "field"), [(-1, "", "page_size"), (9, "x", "page_token")])
async def test_a_bad_page_is_refused_by_field(client: Client, size: int, token: str, field: str) -> None:
    with pytest.raises(grpc.aio.AioRpcError) as refused:
        await client.generations.ListGenerations(wire.ListGenerationsRequest(page_size=size, page_token=token))
    assert (refused.value.code(), set(violated(refused.value))) == (INVALID, {field})


async def test_a_corrupt_model_fails_its_own_generations_and_no_others(
    opened: Opened, tmp_path: Path, models: Path
) -> None:
    folder = tmp_path / "more" / "broken"
    write_world(folder)
    (folder / "unet.onnx").write_bytes(b"not a network")
    async with opened(model_dirs=[str(models), str(folder.parent)]) as client:
        broken = await client.ended((await client.create(model="models/broken")).name)
        assert broken.error.code == "FAILED_PRECONDITION"
        assert not broken.assets
        assert "restore the model folder" in broken.error.message
        whole = await client.ended((await client.create()).name)
        assert whole.assets[0].model == f"models/{WORLD}"


async def test_a_full_store_refuses_and_says_what_to_do(opened: Opened) -> None:
    async with opened(quota_bytes=1) as client:
        await client.ended((await client.create()).name)  # the first one fits until it is weighed
        with pytest.raises(grpc.aio.AioRpcError) as refused:
            await client.create(seed=8)
    assert refused.value.code() == grpc.StatusCode.RESOURCE_EXHAUSTED
    assert "delete assets" in str(refused.value.details())


async def test_10_000_creates_at_once_are_accepted_or_told_when_to_come_back(opened: Opened) -> None:
    async with opened(max_queued=50, max_running=4) as client:
        answers = await asyncio.gather(
            *(client.create(seed=seed, steps=1) for seed in range(10_000)), return_exceptions=True
        )
        accepted = [answer for answer in answers if not isinstance(answer, BaseException)]
        refused = [answer for answer in answers if isinstance(answer, grpc.aio.AioRpcError)]
        assert len(accepted) + len(refused) == 10_000
        assert {error.code() for error in refused} == {grpc.StatusCode.RESOURCE_EXHAUSTED}
        status = rpc_status.from_call(refused[0])
        retry = error_details_pb2.RetryInfo()
        assert status is not None
        assert status.details[0].Unpack(retry)
        assert retry.retry_delay.ToMilliseconds() > 0
        ended = [await client.ended(generation.name) for generation in accepted]
    assert {generation.state for generation in ended} == {generation_pb2.Generation.STATE_SUCCEEDED}


async def test_a_watcher_that_never_reads_harms_nobody(client: Client) -> None:
    name = (await client.create(steps=100)).name
    idle = [
        client.generations.WatchGeneration(wire.WatchGenerationRequest(name=name, previews=True)) for _ in range(20)
    ]
    assert (await client.ended(name)).state == generation_pb2.Generation.STATE_SUCCEEDED
    assert (await client.ended((await client.create(seed=9)).name)).assets
    for call in idle:
        call.cancel()


async def assert_nothing_stored(client: Client) -> None:
    listed = await client.generations.ListGenerations(wire.ListGenerationsRequest())
    assert not listed.generations
