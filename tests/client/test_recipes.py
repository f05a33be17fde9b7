"""What `limner texture` and `limner scene` ask for."""

import pytest

from limner.client.access import UsageError
from limner.client.recipes import file_name, texture_brief
from limner.client.scenes import scene_brief, scene_format
from limner.v1.asset_pb2 import Asset
from limner.v1.briefs_pb2 import VIEW_SIDE, ImageBrief, SceneBrief, TextureBrief, TileBox


def test_a_texture_asks_for_its_maps_and_axes() -> None:
    image = ImageBrief(prompt="wall", width=64, height=64, seed=3, tile_x=True, sampling=None)
    wanted = TextureBrief(image=image, variants=2, maps=["ao", "normal"])
    assert texture_brief("wall", size=64, variants=2, maps="ao, normal", tile="x", seed=3) == wanted
    assert list(texture_brief("wall", maps="all").maps) == ["normal", "height", "roughness", "ao", "metallic"]


def test_a_scene_asks_for_its_size_and_part() -> None:
    wanted = SceneBrief(prompt="isle", width_tiles=40, height_tiles=30, view=VIEW_SIDE, layout_seed=2)
    wanted.region.CopyFrom(TileBox(x=1, y=2, width=10, height=8))
    assert scene_brief("isle", tiles="40x30", view="side", layout_seed=2, region="1,2,10,8") == wanted


@pytest.mark.parametrize(
    ("call", "option"),
    [
        (lambda: texture_brief("x", maps="colour"), "--maps"),
        (lambda: texture_brief("x", tile="z"), "--tile"),
        (lambda: scene_brief("x", tiles="40"), "--tiles"),
        (lambda: scene_brief("x", view="front"), "--view"),
        (lambda: scene_brief("x", region="1,2,3"), "--region"),
        (lambda: scene_format("gif"), "--format"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_is_not_understood_is_named(call: object, option: str) -> None:
    with pytest.raises(UsageError, match=option):
        call()  # type: ignore[operator]


def test_short_names_of_formats_are_those_of_engines() -> None:
    assert [scene_format(name) for name in ("tiled", "godot", "ldtk")] == ["tiled-tmx", "godot-scene", "ldtk"]


def test_files_of_a_texture_are_named_by_variant_and_map() -> None:
    assert file_name("wall", Asset(role="albedo")) == "wall_albedo.png"
    assert file_name("wall", Asset(role="ao", candidate=1)) == "wall-2_ao.png"
