"""Bad input: a named field, what to do, nothing stored, and the server still serves."""

import io
import struct
import zlib

import grpc
import pytest
from google.protobuf import any_pb2
from google.rpc import error_details_pb2
from grpc_status import rpc_status
from PIL import Image

from limner.v1 import asset_service_pb2 as assets
from limner.v1 import asset_service_pb2_grpc, briefs_pb2, generation_pb2, generation_service_pb2_grpc
from limner.v1 import generation_service_pb2 as wire

ImageBrief, Sampling = briefs_pb2.ImageBrief, briefs_pb2.Sampling


def png(width: int, height: int) -> bytes:
    """A PNG header that promises width × height pixels, over almost no data: a decompression bomb."""

    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    header = struct.pack(">IIBBBBB", width, height, 8, 6, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(b"\0" * 64)) + chunk(b"IEND", b"")
    )


def truncated() -> bytes:
    out = io.BytesIO()
    Image.effect_noise((64, 64), 50).convert("RGBA").save(out, format="PNG")
    return out.getvalue()[:-200]


BAD = {
    "empty prompt": (ImageBrief(prompt=""), "image.prompt"),
    "long prompt": (ImageBrief(prompt="dragon " * 1000), "image.prompt"),
    "only control characters": (ImageBrief(prompt="\x00\x01\x7f\n"), "image.prompt"),
    "only emoji": (ImageBrief(prompt="🐉🔥"), "image.prompt"),
    "unknown model": (ImageBrief(prompt="x", model="models/nobody"), "image.model"),
    "path for a model": (ImageBrief(prompt="x", model="../../etc/passwd"), "image.model"),
    "size 0": (ImageBrief(prompt="x", width=0), "image.width"),
    "size 33": (ImageBrief(prompt="x", width=33), "image.width"),
    "size 100,000": (ImageBrief(prompt="x", width=100_000), "image.width"),
    "not square": (ImageBrief(prompt="x", width=64, height=32), "image.height"),
    "NaN guidance": (
        ImageBrief(prompt="x", sampling=Sampling(guidance_scale=float("nan"))),
        "image.sampling.guidance_scale",
    ),
    "no steps": (ImageBrief(prompt="x", sampling=Sampling(steps=0)), "image.sampling.steps"),
    "unknown sampler": (ImageBrief(prompt="x", sampling=Sampling(sampler="magic")), "image.sampling.sampler"),
    "negative seed": (ImageBrief(prompt="x", seed=-1), "image.seed"),
    "large seed": (ImageBrief(prompt="x", seed=2**53), "image.seed"),
    "no candidates": (ImageBrief(prompt="x", candidates=0), "image.candidates"),
    "unknown style": (ImageBrief(prompt="x", style="cubist"), "image.style"),
    "truncated reference": (ImageBrief(prompt="x", reference_png=truncated()), "image.reference_png"),
    "decompression bomb": (ImageBrief(prompt="x", reference_png=png(50_000, 50_000)), "image.reference_png"),
    "not a picture": (ImageBrief(prompt="x", reference_png=b"GIF89a"), "image.reference_png"),
}


def fields_of(fault: grpc.aio.AioRpcError) -> list[str]:
    status = rpc_status.from_call(fault)
    found: list[str] = []
    for detail in status.details if status else []:
        assert isinstance(detail, any_pb2.Any)
        request = error_details_pb2.BadRequest()
        if detail.Unpack(request):
            found += [violation.field for violation in request.field_violations]
    return found


@pytest.fixture
def stub(channel: grpc.aio.Channel) -> generation_service_pb2_grpc.GenerationServiceStub:
    return generation_service_pb2_grpc.GenerationServiceStub(channel)


async def test_bad_briefs_are_refused_by_field_and_nothing_is_stored(
    stub: generation_service_pb2_grpc.GenerationServiceStub,
) -> None:
    for name, (brief, field) in BAD.items():
        with pytest.raises(grpc.aio.AioRpcError) as refused:
            await stub.CreateGeneration(wire.CreateGenerationRequest(generation=generation_pb2.Generation(image=brief)))
        assert (refused.value.code(), fields_of(refused.value)) == (grpc.StatusCode.INVALID_ARGUMENT, [field]), name
    listed = await stub.ListGenerations(wire.ListGenerationsRequest())
    assert list(listed.generations) == []


async def test_a_request_without_a_brief_names_it(stub: generation_service_pb2_grpc.GenerationServiceStub) -> None:
    with pytest.raises(grpc.aio.AioRpcError) as refused:
        await stub.CreateGeneration(wire.CreateGenerationRequest())
    assert fields_of(refused.value) == ["generation.brief"]


async def test_a_message_of_10_mb_is_refused_and_the_server_serves_on(
    stub: generation_service_pb2_grpc.GenerationServiceStub,
) -> None:
    brief = ImageBrief(prompt="dragon" * 1_700_000)
    with pytest.raises(grpc.aio.AioRpcError) as refused:
        await stub.CreateGeneration(wire.CreateGenerationRequest(generation=generation_pb2.Generation(image=brief)))
    assert refused.value.code() is grpc.StatusCode.RESOURCE_EXHAUSTED
    await stub.ListGenerations(wire.ListGenerationsRequest())


@pytest.mark.parametrize("name", ["generations/../../etc", "assets/1", "", "generations/" + "x" * 5000], ids=range(4))
async def test_a_name_that_is_no_generation_is_refused(
    stub: generation_service_pb2_grpc.GenerationServiceStub, name: str
) -> None:
    with pytest.raises(grpc.aio.AioRpcError) as refused:
        await stub.GetGeneration(wire.GetGenerationRequest(name=name))
    assert refused.value.code() in (grpc.StatusCode.INVALID_ARGUMENT, grpc.StatusCode.NOT_FOUND)


async def test_an_unknown_export_format_and_a_stem_that_climbs_are_refused(channel: grpc.aio.Channel) -> None:
    stub = asset_service_pb2_grpc.AssetServiceStub(channel)
    name = f"assets/{'0' * 32}-1"
    for request, field in (
        (assets.ExportAssetsRequest(names=[name], format="word"), "format"),
        (assets.ExportAssetsRequest(names=[name], format="png", stem="../up"), "stem"),
        (assets.ExportAssetsRequest(format="png"), "names"),
        (assets.ExportAssetsRequest(names=["assets/../x"], format="png"), "names"),
    ):
        with pytest.raises(grpc.aio.AioRpcError) as refused:
            [chunk async for chunk in stub.ExportAssets(request)]
        assert fields_of(refused.value) == [field]


UNFINISHED_BRIEFS = ["character", "texture", "scene", "animation", "edit", "variation", "blend", "upscale"]


async def test_exactly_these_briefs_are_still_to_come(stub: generation_service_pb2_grpc.GenerationServiceStub) -> None:
    answers = []
    for field in generation_pb2.Generation.DESCRIPTOR.oneofs_by_name["brief"].fields:
        generation = generation_pb2.Generation()
        getattr(generation, field.name).SetInParent()
        with pytest.raises(grpc.aio.AioRpcError) as refused:
            await stub.CreateGeneration(wire.CreateGenerationRequest(generation=generation))
        if refused.value.code() is grpc.StatusCode.UNIMPLEMENTED:
            answers.append(field.name)
    assert answers == UNFINISHED_BRIEFS


async def test_exactly_these_methods_are_still_to_come(channel: grpc.aio.Channel) -> None:
    stub = asset_service_pb2_grpc.AssetServiceStub(channel)
    with pytest.raises(grpc.aio.AioRpcError) as watch:
        [change async for change in stub.WatchAssets(assets.WatchAssetsRequest())]
    with pytest.raises(grpc.aio.AioRpcError) as rate:
        await stub.RateAsset(assets.RateAssetRequest())
    assert [fault.value.code() for fault in (watch, rate)] == [grpc.StatusCode.UNIMPLEMENTED] * 2
