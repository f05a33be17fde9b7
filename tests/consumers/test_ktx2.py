"""KTX2 files say what the specification wants, to a parser that is not ours, and their blocks decode to the maps."""

import base64
import json
from pathlib import Path

import numpy as np
import pytest
import texture2ddecoder
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from limner.atlas.channels import orm
from limner.atlas.materials import MapName, Material
from limner.atlas.mipmaps import Encoding, mip_chain
from limner.exporters import Files, export
from limner.exporters.gpu_formats import NAMINGS, BlockFormat, Texture
from limner.exporters.ktx2_container import container, packed
from limner.exporters.options import ExportOptions, TextureOptions
from tests.consumers.browser import EngineError
from tests.consumers.ktx2 import ktx2_reports
from tests.consumers.surfaces import stone

BT709, LINEAR, SRGB = 1, 1, 2
COLOUR, RED, GREEN, ALPHA, LINEAR_ALPHA = 0, 0, 1, 15, 31
UASTC, ETC1S = 166, 163
BASIS_LZ, ZSTANDARD = 1, 2


def maps_of(material: Material) -> dict[str, tuple[NDArray[np.uint8], Encoding]]:
    maps = material.maps
    return {
        "albedo": (maps["albedo"], "srgb"),
        "normal": (maps["normal"], "normal"),
        "orm": (orm(material), "linear"),
        "height": (maps["height"], "linear"),
        "emission": (maps["emission"], "srgb"),
    }


def decoded(blocks: bytes, width: int, height: int, block_format: str, channels: int) -> NDArray[np.uint8]:
    decoder = getattr(texture2ddecoder, f"decode_{block_format}")
    bgra = np.frombuffer(decoder(blocks, width, height), np.uint8).reshape(height, width, 4)
    return bgra[..., [2, 1, 0, 3]][..., :channels]


@pytest.mark.parametrize(
    ("colour", "model", "vulkan", "samples", "steep"),
    [
        ("bc1", 128, (132, 131), [(COLOUR, 0, 63)], 120),
        ("bc3", 130, (138, 137), [(LINEAR_ALPHA, 0, 63), (COLOUR, 64, 63)], 120),
        ("bc7", 134, (146, 145), [(COLOUR, 0, 127)], 50),
    ],
)
def test_every_map_and_level_decodes_to_its_pixels(
    colour: str, model: int, vulkan: tuple[int, int], samples: list[tuple[int, int, int]], steep: int, tmp_path: Path
) -> None:
    material = stone(side=128)
    files = export("ktx2", material, "rock", ExportOptions(texture=TextureOptions(colour=colour)))  # type: ignore[arg-type]
    assert list(files) == [f"rock_{name}.ktx2" for name in maps_of(material)]
    formats = {"normal": ("bc5", 132, 141, 2), "height": ("bc4", 131, 139, 1)}
    for answer, (name, (pixels, encoding)) in zip(
        ktx2_reports(list(files.values()), tmp_path), maps_of(material).items(), strict=True
    ):
        srgb = encoding == "srgb"
        format_, model_, number, channels = formats.get(name, (colour, model, vulkan[0 if srgb else 1], 3))
        descriptor = answer["descriptor"]
        assert (answer["vkFormat"], answer["typeSize"], answer["scheme"], answer["size"]) == (
            number,
            1,
            0,
            [128, 128, 0],
        )
        assert (descriptor["model"], descriptor["transfer"]) == (model_, SRGB if srgb else LINEAR)
        assert (descriptor["primaries"], descriptor["flags"], descriptor["block"]) == (BT709, 0, [3, 3, 0, 0])
        if name not in formats:
            wanted = [(channel if srgb else channel & ALPHA, *rest) for channel, *rest in samples]
            assert [(one["channel"], one["offset"], one["length"]) for one in descriptor["samples"]] == wanted
        assert {(one["lower"], one["upper"]) for one in descriptor["samples"]} == {(0, 2**32 - 1)}
        for level, picture in zip(answer["levels"], mip_chain(pixels, encoding), strict=True):
            height, width = picture.shape[:2]
            found = decoded(level["content"], width, height, format_, channels)
            error = found.astype(float) - np.atleast_3d(picture)[..., :channels]
            assert np.sqrt(np.square(error).mean()) <= 2 + steep / width, (  # blocks hold few colours of a slope
                name,
                width,
            )  # a block holds few colours of a steep slope


def test_alpha_survives_bc3_and_bc7(tmp_path: Path) -> None:
    albedo = stone(side=16).maps["albedo"].copy()
    albedo[..., 3] = np.arange(16, dtype=np.uint8) * 17
    material = Material(name="fade", maps={"albedo": albedo})
    for colour in ("bc3", "bc7"):
        (content,) = export("ktx2", material, "f", ExportOptions(texture=TextureOptions(colour=colour))).values()
        (answer,) = ktx2_reports([content], tmp_path)
        found = decoded(answer["levels"][0]["content"], 16, 16, colour, 4)
        assert np.abs(found[..., 3].astype(int) - albedo[..., 3]).max() <= 9


def test_a_file_says_who_wrote_it_which_way_is_up_and_where_it_comes_from(tmp_path: Path) -> None:
    material = Material(name="x", maps={"albedo": stone().maps["albedo"]}, provenance={"seed": "7", "model": "α"})
    (answer,) = ktx2_reports(list(export("ktx2", material, "x").values()), tmp_path)
    notes = answer["notes"]
    said = base64.b64decode(notes.pop("limner:provenance")).rstrip(b"\0")
    assert json.loads(said) == {"seed": "7", "model": "α"}
    assert notes == {"KTXorientation": "rd", "KTXwriter": "Limner"}


@pytest.mark.parametrize("size", [(1, 1), (5, 7), (3, 64)])
def test_any_size_has_all_its_levels(size: tuple[int, int], tmp_path: Path) -> None:
    height, width = size
    albedo = np.full((height, width, 4), (200, 100, 50, 255), np.uint8)
    (answer,) = ktx2_reports(list(export("ktx2", Material(name="x", maps={"albedo": albedo}), "x").values()), tmp_path)
    assert answer["size"] == [width, height, 0]
    assert answer["counts"] == [0, 1, max(size).bit_length()]
    for number, level in enumerate(answer["levels"]):
        sides = max(1, width >> number), max(1, height >> number)
        assert np.abs(decoded(level["content"], *sides, "bc7", 3).astype(int) - (200, 100, 50)).max() <= 1


@settings(max_examples=6, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    drafts=st.lists(
        st.tuples(
            st.sampled_from(sorted(NAMINGS)),
            st.integers(1, 70),
            st.integers(1, 70),
            st.dictionaries(st.text("abcxyzé:", min_size=1, max_size=9), st.binary(min_size=1, max_size=9), max_size=4),
        ),
        min_size=1,
        max_size=8,
    )
)
def test_any_container_reads_back_to_what_was_put_in(
    drafts: list[tuple[BlockFormat, int, int, dict[str, bytes]]], tmp_path: Path
) -> None:
    textures, files = [], []
    for number, (block_format, width, height, notes) in enumerate(drafts):
        count = max(width, height).bit_length()
        blocks = [-(-max(1, width >> level) // 4) * -(-max(1, height >> level) // 4) for level in range(count)]
        rng = np.random.default_rng(number)
        levels = [rng.bytes(many * NAMINGS[block_format].block_bytes) for many in blocks]
        srgb = bool(number % 2 and NAMINGS[block_format].vulkan_srgb)
        textures.append(Texture(format=block_format, srgb=srgb, opaque=True, width=width, height=height, levels=levels))
        files.append(packed(container(textures[-1], {f"x{key}": value for key, value in notes.items()})))
    for texture, (*_, notes), answer in zip(textures, drafts, ktx2_reports(files, tmp_path), strict=True):
        assert answer["size"] == [texture.width, texture.height, 0]
        assert [level["content"] for level in answer["levels"]] == list(texture.levels)
        assert [level["plain"] for level in answer["levels"]] == list(map(len, texture.levels))
        assert answer["notes"].keys() == {f"x{key}" for key in notes}
        assert answer["descriptor"]["transfer"] == (SRGB if texture.srgb else LINEAR)


def test_a_broken_file_is_refused_by_the_parser(tmp_path: Path) -> None:
    (content,) = export("ktx2", Material(name="x", maps={"albedo": stone().maps["albedo"]}), "x").values()
    with pytest.raises(EngineError, match="KTX 2"):
        ktx2_reports([b"PNG" + content[3:]], tmp_path)


def basis_files(kind: str, material: Material, basisu: str) -> Files:
    texture = TextureOptions(ktx2=kind, basisu=basisu)  # type: ignore[arg-type]
    return export("ktx2", material, "rock", ExportOptions(texture=texture))


@pytest.mark.parametrize(("kind", "model", "scheme"), [("uastc", UASTC, ZSTANDARD), ("etc1s", ETC1S, BASIS_LZ)])
def test_what_basisu_made_is_whole_after_our_notes_went_in(
    kind: str, model: int, scheme: int, basisu: str, tmp_path: Path
) -> None:
    maps: dict[MapName, NDArray[np.uint8]] = {
        "albedo": stone(side=32).maps["albedo"],
        "height": stone(side=32).maps["height"],
    }
    files = basis_files(kind, Material(name="rock", maps=maps, provenance={"seed": "7"}), basisu)
    for answer, transfer in zip(ktx2_reports(list(files.values()), tmp_path), (SRGB, LINEAR), strict=True):
        descriptor = answer["descriptor"]
        assert (answer["vkFormat"], answer["scheme"], descriptor["model"]) == (0, scheme, model)
        assert (descriptor["transfer"], answer["counts"], answer["shared"]) == (transfer, [0, 1, 6], kind == "etc1s")
        assert {"limner:provenance", "KTXwriter"} <= answer["notes"].keys()
